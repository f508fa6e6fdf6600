"""Prompts per second of the evaluation engine against one `generate` call for each prompt.

Without --model, two small networks with random weights are asked questions that share their
instructions. Contenders run in turn within each round, so that a busy machine slows them alike;
ratios are medians over rounds. Answers are compared too: the exit code is 1 if any reply differs
from that of the reference, or any likelihood by more than rounding.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from eunoe.evaluation.engine import Engine, first_part
from eunoe.evaluation.tokens import Question, continued
from eunoe.provenance import processor

INSTRUCTION = "Repeat the input. Two examples come first, then it is your turn to answer.\n"
NOUNS = ["cat", "dog", "bird", "lamp", "table", "river", "garden", "teacher", "child", "horse"]
VERBS = ["sees", "likes", "finds", "follows", "paints", "remembers"]
OPTIONS = ["The cat sees", "The garden", "nothing at all"]
NEW_TOKENS = 10
TOLERANCE = 1e-4  # nats, for totals of some tens of nats in float32


class Unshared(Engine):
    """Computes the prompts' common beginning for each prompt."""

    def prefix(self, *_: Any) -> Any:
        """Return no cache."""
        return None


class Recomputing(Engine):
    """Computes the whole prompt for each of its options."""

    def compare(self, names: list[str], questions: list[Question]) -> list[list[float]]:
        """Return the log-probabilities of one batch's options."""
        return self.recompute(names, questions)


def sentence(draw: random.Random) -> str:
    """Return a short sentence."""
    return f"The {draw.choice(NOUNS)} {draw.choice(VERBS)} the {draw.choice(NOUNS)}."


def make_prompts(count: int) -> dict[str, str]:
    """Return prompts of an instruction, two examples and a question of one to three sentences."""
    draw = random.Random(0)
    prompts = {}
    for index in range(count):
        examples = [sentence(draw) for _ in range(2)]
        asked = " ".join(sentence(draw) for _ in range(draw.randint(1, 3)))
        shown = "".join(f"Input: {text}\nOutput: {text}\n" for text in examples)
        prompts[f"q{index}"] = f"{INSTRUCTION}{shown}Input: {asked}\nOutput:"
    return prompts


def make_tokenizer() -> Any:
    """Return a byte-level BPE tokenizer that is trained on the prompts."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=512, special_tokens=["<s>"], initial_alphabet=alphabet, show_progress=False
    )
    core.train_from_iterator(make_prompts(256).values(), trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=core, bos_token="<s>", eos_token="<s>"
    )


def small_models() -> dict[str, Callable[[], Any]]:
    """Return what makes the networks of the laptop's scale, by name."""
    gpt2 = GPT2Config(
        vocab_size=512, n_embd=128, n_layer=3, n_head=4, n_positions=256,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    llama = LlamaConfig(
        vocab_size=512, hidden_size=128, intermediate_size=320, num_hidden_layers=3,
        num_attention_heads=4, max_position_embeddings=256, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    return {"GPT-2": lambda: GPT2LMHeadModel(gpt2), "Llama": lambda: LlamaForCausalLM(llama)}


@torch.inference_mode()
def reply_singly(engine: Engine, prompts: Mapping[str, str]) -> dict[str, str]:
    """Return the replies of one `generate` call for each prompt."""
    replies = {}
    for name, prompt in prompts.items():
        ids = torch.tensor(engine.tokens.encode([prompt]), device=engine.device)
        sequence = engine.model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW_TOKENS,
            do_sample=False, eos_token_id=engine.ends, pad_token_id=0,
        )  # fmt: skip
        [text] = engine.tokens.decode(sequence[:, ids.shape[1] :].tolist())
        replies[name] = first_part(text, ["\n"])
    return replies


@torch.inference_mode()
def compare_singly(engine: Engine, prompts: Mapping[str, str]) -> dict[str, list[float]]:
    """Return the options' log-probabilities, one forward pass for each."""
    found: dict[str, list[float]] = {}
    for name, prompt in prompts.items():
        head, *rows = engine.tokens.encode([prompt, *(continued(prompt, text) for text in OPTIONS)])
        found[name] = []
        for row in rows:
            ids = torch.tensor([row], device=engine.device)
            scores = engine.model(input_ids=ids).logits[0, :-1].float().log_softmax(-1)
            chosen = scores.gather(-1, ids[0, 1:, None])[len(head) - 1 :]
            found[name].append(float(chosen.double().sum()))
    return found


def seconds(work: Callable[[], Any], device: torch.device) -> tuple[float, Any]:
    """Return the wall time of some work, and its result."""
    start = time.perf_counter()
    result = work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, result


def race(
    contenders: Mapping[str, Callable[[Mapping[str, str]], dict[str, Any]]],
    prompts: Mapping[str, str],
    rounds: int,
    device: torch.device,
) -> tuple[dict[str, list[float]], dict[str, dict[str, Any]]]:
    """Return each contender's seconds a prompt in each round, and its results.

    The first contender, which is slow, gets one in eight of the prompts in each timed round.
    """
    reference = next(iter(contenders))
    few = dict(list(prompts.items())[: max(1, len(prompts) // 8)])
    results = {name: work(prompts) for name, work in contenders.items()}  # warms up too
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            asked = few if name == reference else prompts
            taken, _ = seconds(lambda work=work, asked=asked: work(asked), device)  # type: ignore[misc]
            times[name].append(taken / len(asked))
    return times, results


def differs(one: Any, other: Any) -> bool:
    """Tell whether two answers differ by more than rounding."""
    if isinstance(one, str):
        return bool(one != other)
    return any(abs(a - b) > TOLERANCE for a, b in zip(one, other, strict=True))


def report(
    model: str, work: str, times: Mapping[str, Sequence[float]], results: Mapping[str, Any]
) -> int:
    """Print the rows of one race and return how many answers differ from the first one's."""
    reference, *_ = times
    total = 0
    for name, values in times.items():
        pairs = zip(times[reference], values, strict=True)
        ratio = statistics.median(slow / quick for slow, quick in pairs)
        answers = results[reference].items()
        different = sum(differs(answer, results[name][key]) for key, answer in answers)
        total += different
        speed = 1 / statistics.median(values)
        print(
            f"| {model} | {work} | {name} | {speed:.0f} | {ratio:.1f} | {different} |", flush=True
        )
    return total


def compare(name: str, model: Any, tokenizer: Any, options: argparse.Namespace) -> int:
    """Print the rows of one model and return how many answers differ."""
    device = torch.device(options.device)
    kinds = {"engine": Engine, "without shared prefixes": Unshared}
    engines = {key: kind(model, tokenizer, options.batch, device) for key, kind in kinds.items()}
    recomputing = Recomputing(model, tokenizer, options.batch, device)
    engine = engines["engine"]
    prompts = make_prompts(options.prompts)
    choices = {key: OPTIONS for key in prompts}
    replies: dict[str, Any] = {"generate, one by one": lambda asked: reply_singly(engine, asked)}
    totals: dict[str, Any] = {"forward, one by one": lambda asked: compare_singly(engine, asked)}
    for key, each in engines.items():
        replies[key] = lambda asked, each=each: each.generate(asked, NEW_TOKENS)
        totals[key] = lambda asked, each=each: each.log_likelihoods(asked, choices)
    totals["prompt anew for each option"] = lambda asked: recomputing.log_likelihoods(
        asked, choices
    )
    different = 0
    for work, contenders in (("replies", replies), ("likelihoods", totals)):
        times, results = race(contenders, prompts, options.rounds, device)
        different += report(name, work, times, results)
    return different


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="folder or hub id instead of the small random networks")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--prompts", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    on_cpu = options.device == "cpu"
    machine = processor() if on_cpu else torch.cuda.get_device_name(options.device)
    print(f"torch {torch.__version__}, transformers {transformers.__version__},", end=" ")
    print(f"{torch.get_num_threads()} threads, {machine}, batch {options.batch},", end=" ")
    print(f"{options.prompts} prompts\n")
    print("| model | work | contender | prompts/s | ratio | answers that differ |")
    print("|---|---|---|---|---|---|")
    if options.model:
        tokenizer = AutoTokenizer.from_pretrained(options.model)
        model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32)
        different = compare(options.model, model, tokenizer, options)
    else:
        torch.manual_seed(0)
        different = sum(
            compare(name, make(), make_tokenizer(), options)
            for name, make in small_models().items()
        )
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
