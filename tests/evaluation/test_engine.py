"""The engine says of every prompt what the model says of it alone, computed in the plainest way."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor

from eunoe.errors import EunoeError
from eunoe.evaluation.engine import Engine
from eunoe.evaluation.tokens import continued
from eunoe.worlds.text.adapters import wrap
from tests.evaluation.models import (
    CONTEXT,
    MAKERS,
    START,
    make_model,
    make_prompts,
    make_tokenizer,
)

NEW = 8
OPTIONS = ["two", "three cats likes", "no bird"]
TOLERANCE = 1e-4  # nats; totals are some tens of nats
TIE = 1e-4  # logits that are closer may change places with the order of sums


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer()


@torch.inference_mode()
def logits_of(model: Any, row: Sequence[int]) -> Tensor:
    """Logits (tokens, words) of one row, without cache, padding or mask."""
    logits: Tensor = model(input_ids=torch.tensor([row]), use_cache=False).logits[0]
    return logits


def plain_reply(model: Any, tokenizer: Any, prompt: str) -> tuple[str, float]:
    """Greedy reply, everything computed anew for each token, and the narrowest choice."""
    row = tokenizer(prompt)["input_ids"]
    start, narrowest = len(row), math.inf
    while len(row) < start + NEW and row[-1] != tokenizer.eos_token_id:
        best, second = logits_of(model, row)[-1].topk(2).values.tolist()
        narrowest = min(narrowest, best - second)
        row.append(int(logits_of(model, row)[-1].argmax()))
    text = tokenizer.decode(row[start:], skip_special_tokens=True)
    return text.split("\n")[0], narrowest


def plain_log_likelihood(model: Any, row: list[int], start: int) -> float:
    """Log-probability of a row's tokens from a start on."""
    scores = logits_of(model, row).double().log_softmax(-1)
    return math.fsum(float(scores[n - 1, row[n]]) for n in range(start, len(row)))


@contextmanager
def count_tokens(model: Any) -> Iterator[list[int]]:
    """Collects how many tokens each forward pass computes."""
    counts: list[int] = []
    embeddings = model.get_input_embeddings()
    handle = embeddings.register_forward_hook(lambda _, given, __: counts.append(given[0].numel()))
    try:
        yield counts
    finally:
        handle.remove()


# As in a batch of one


@pytest.mark.parametrize("start", ["", START], ids=["", "common_start"])
@pytest.mark.parametrize("name", MAKERS)
def test_replies_are_those_of_a_prompt_alone(name: str, start: str, tokenizer: Any) -> None:
    model = make_model(name)
    prompts = make_prompts(21, start=start)
    plain = {key: plain_reply(model, tokenizer, prompt) for key, prompt in prompts.items()}
    replies = Engine(model, tokenizer, batch_size=8).generate(prompts, NEW)
    assert list(replies) == list(prompts)
    clear = [key for key, (_, narrowest) in plain.items() if narrowest > TIE]
    assert len(clear) > 18
    assert {key: replies[key] for key in clear} == {key: plain[key][0] for key in clear}
    assert len(set(replies.values())) > 10


@pytest.mark.parametrize("start", ["", START], ids=["", "common_start"])
@pytest.mark.parametrize("name", MAKERS)
def test_likelihoods_are_those_of_a_prompt_alone(name: str, start: str, tokenizer: Any) -> None:
    model = make_model(name)
    prompts = make_prompts(13, start=start)
    engine = Engine(model, tokenizer, batch_size=6)
    options = {key: OPTIONS[: 1 + index % 3] for index, key in enumerate(prompts)}
    found = engine.log_likelihoods(prompts, options)
    own = engine.prompt_log_likelihoods(prompts)
    for key, prompt in prompts.items():
        head = tokenizer(prompt)["input_ids"]
        assert own[key] * len(prompt) == pytest.approx(
            plain_log_likelihood(model, head, 1), abs=TOLERANCE
        )
        rows = [tokenizer(f"{prompt} {option}")["input_ids"] for option in options[key]]
        plain = [plain_log_likelihood(model, row, len(head)) for row in rows]
        assert found[key] == pytest.approx(plain, abs=TOLERANCE)


@pytest.mark.parametrize("name", ["llama", "opt", "gpt2"])
def test_logits_do_not_depend_on_the_batch(name: str, tokenizer: Any) -> None:
    """The likelihoods of all words that may come next, which fixes the logits but for a shift."""
    model = make_model(name)
    prompts = make_prompts(9, start=START)
    words = ["a", "cat", "house", "plus", "yes", "?", "e", "x"]
    options = {key: words for key in prompts}
    together = Engine(model, tokenizer, batch_size=9).log_likelihoods(prompts, options)
    alone = Engine(model, tokenizer, batch_size=1).log_likelihoods(prompts, options)
    for key in prompts:
        assert together[key] == pytest.approx(alone[key], abs=2e-5)


def test_common_beginnings_are_computed_once(tokenizer: Any) -> None:
    prompts = make_prompts(16, start=START)
    alone = sum(map(len, tokenizer(list(prompts.values()))["input_ids"]))
    for name, share in {"llama": 0.6, "gpt2": 0.6}.items():
        model = make_model(name)
        with count_tokens(model) as counts:
            Engine(model, tokenizer, batch_size=16).generate(prompts, new_tokens=1)
        assert sum(counts) < share * alone


def test_a_prompt_is_computed_once_for_all_its_options(tokenizer: Any) -> None:
    model = make_model("llama")
    prompt = {"q": "What is two plus three? a cat sees the big house"}
    tokens = len(tokenizer(prompt["q"])["input_ids"])
    with count_tokens(model) as counts:
        Engine(model, tokenizer).log_likelihoods(prompt, {"q": OPTIONS})
    assert tokens <= sum(counts) < tokens + 3 * 12


# After a soft prompt


def embedded_logits(model: Any, words: Any, vectors: Tensor, row: Sequence[int]) -> Tensor:
    """Logits (tokens, words) of one row after vectors, which are put in front of its embeddings."""
    embedded = torch.cat([vectors, words(torch.tensor(row))])[None]
    logits: Tensor = model(inputs_embeds=embedded, use_cache=False).logits[0, len(vectors) :]
    return logits


@torch.inference_mode()
def embedded_reply(model: Any, words: Any, vectors: Tensor, row: list[int]) -> list[int]:
    """Greedy reply, everything computed anew for each token."""
    start, end = len(row), 1
    while len(row) < start + NEW and row[-1] != end:
        row = [*row, int(embedded_logits(model, words, vectors, row)[-1].argmax())]
    return row[start:]


class Prompted:
    """A model with vectors of a soft prompt, and an engine that shows them before every prompt."""

    def __init__(self, name: str, length: int, tokenizer: Any) -> None:
        self.model = make_model(name)
        self.words = self.model.get_input_embeddings()
        width = self.words.weight.shape[1]
        self.vectors = 8 * torch.randn((length, width), generator=torch.manual_seed(3))
        first = wrap(self.model, self.vectors.clone()).first
        prefix = range(first, first + length)
        self.engine = Engine(self.model, tokenizer, batch_size=4, prefix=prefix)

    def reply(self, row: list[int]) -> list[int]:
        """Greedy reply to a row alone."""
        return embedded_reply(self.model, self.words, self.vectors, row)

    @torch.inference_mode()
    def log_likelihood(self, row: list[int], start: int) -> float:
        """Log-probability of a row's tokens from a start on, asked alone."""
        logits = embedded_logits(self.model, self.words, self.vectors, row)
        scores = logits.double().log_softmax(-1)
        return math.fsum(float(scores[n - 1, row[n]]) for n in range(start, len(row)))


PREFIXED = pytest.mark.parametrize(
    ("name", "length"),
    [(name, length) for name in ("llama", "gpt2", "opt", "mistral") for length in (3, 20)],
)


@PREFIXED
def test_replies_after_a_prefix_are_those_after_its_vectors(
    name: str, length: int, tokenizer: Any
) -> None:
    prompts = make_prompts(9)
    without = Engine(make_model(name), tokenizer).generate(prompts, NEW)
    prompted = Prompted(name, length, tokenizer)
    found = prompted.engine.generate(prompts, NEW)
    rows = [prompted.reply(tokenizer(prompt)["input_ids"]) for prompt in prompts.values()]
    expected = [text.split("\n")[0] for text in prompted.engine.tokens.decode(rows)]
    alike = [one == other for one, other in zip(expected, found.values(), strict=True)]
    assert sum(alike) >= 8  # one may be a tie
    assert sum(found[key] != without[key] for key in prompts) > 4


@PREFIXED
def test_likelihoods_after_a_prefix_are_those_after_its_vectors(
    name: str, length: int, tokenizer: Any
) -> None:
    prompts = make_prompts(9)
    prompted = Prompted(name, length, tokenizer)
    own = prompted.engine.prompt_log_likelihoods(prompts)
    options = {key: ["two", "yes no"] for key in prompts}
    compared = prompted.engine.log_likelihoods(prompts, options)
    for key, prompt in prompts.items():
        row, whole = (tokenizer(text)["input_ids"] for text in (prompt, f"{prompt} yes no"))
        assert own[key] * len(prompt) == pytest.approx(
            prompted.log_likelihood(row, 1), abs=TOLERANCE
        )
        expected = prompted.log_likelihood(whole, len(row))
        assert compared[key][1] == pytest.approx(expected, abs=TOLERANCE)


def test_a_prefix_takes_up_context(tokenizer: Any) -> None:
    engine = Prompted("gpt2", 10, tokenizer).engine
    rows = tokenizer("? " * 200)["input_ids"]
    fits = tokenizer.decode(rows[1 : CONTEXT - NEW - 10])
    engine.generate({"fits": fits}, NEW)
    message = (
        rf"^item q: the prompt has {CONTEXT - NEW - 10} tokens after 10 of the soft prompt and 9"
    )
    with pytest.raises(EunoeError, match=message):
        engine.generate({"q": fits}, NEW + 1)


# Replies end


class Says:
    """Makes a model say given token ids one after the other, whatever it is asked."""

    def __init__(self, model: Any, rows: Sequence[Sequence[int]], lengths: Sequence[int]) -> None:
        self.model, self.rows, self.lengths = model, rows, list(lengths)
        self.calls = 0
        model.lm_head.register_forward_hook(self.change)

    def change(self, _: object, __: object, logits: Tensor) -> Tensor:
        self.calls += 1
        logits = torch.zeros_like(logits)
        for row, said in enumerate(self.rows):
            logits[row, -1, said[min(self.calls, len(said)) - 1]] = 1
        return logits


def say(tokenizer: Any, *texts: str) -> tuple[Engine, Says]:
    model = make_model("llama")
    rows = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    return Engine(model, tokenizer), Says(model, rows, [])


def test_a_reply_ends_at_a_stop_string_or_the_end_of_the_sequence(tokenizer: Any) -> None:
    engine, says = say(tokenizer, " yes\nno", " a cat</s>", "no. yes")
    prompts = {"newline": "a", "end": "b", "dot": "c"}
    replies = engine.generate(prompts, 40, stop=["\n", "."])
    assert replies == {"newline": " yes", "end": " a cat", "dot": "no"}
    assert says.calls < 12  # nothing is computed after the last has ended


def test_a_stop_string_may_span_tokens_and_may_be_absent(tokenizer: Any) -> None:
    ids = tokenizer("yes no", add_special_tokens=False)["input_ids"]
    assert len(ids) > 1
    engine, _ = say(tokenizer, "a yes no cat")
    assert engine.generate({"q": "a"}, 40, stop=["yes no"]) == {"q": "a "}
    engine, _ = say(tokenizer, "a\nb")
    assert engine.generate({"q": "a"}, 3, stop=[]) == {"q": "a\nb"}


def test_every_end_token_of_the_model_ends_a_reply(tokenizer: Any) -> None:
    model = make_model("llama")
    other = tokenizer("?", add_special_tokens=False)["input_ids"][0]
    model.generation_config.eos_token_id = [1, other]
    Says(model, [tokenizer("a?b", add_special_tokens=False)["input_ids"]], [])
    assert Engine(model, tokenizer).generate({"q": "cat"}, NEW) == {"q": "a"}


def test_generation_settings_that_come_with_a_model_have_no_effect(tokenizer: Any) -> None:
    prompts = make_prompts(6)
    expected = Engine(make_model("gpt2"), tokenizer).generate(prompts, NEW)
    model = make_model("gpt2")
    model.generation_config.update(
        do_sample=True, temperature=3.0, repetition_penalty=5.0, min_new_tokens=4, top_k=2
    )
    assert Engine(model, tokenizer).generate(prompts, NEW) == expected


# What cannot be asked


def test_a_prompt_longer_than_the_context_is_refused_with_its_id(tokenizer: Any) -> None:
    engine = Engine(make_model("gpt2"), tokenizer)
    text = "? " * 200
    rows = tokenizer(text)["input_ids"]
    fits = tokenizer.decode(rows[1 : CONTEXT - NEW])
    assert len(tokenizer(fits)["input_ids"]) == CONTEXT - NEW
    engine.generate({"fits": fits}, NEW)
    message = rf"^item long: the prompt has {CONTEXT - NEW} tokens and 9 are to follow; allowed: 96"
    with pytest.raises(EunoeError, match=message):
        engine.generate({"short": "a cat", "long": fits}, NEW + 1)
    with pytest.raises(EunoeError, match=r"^item long: the prompt has"):
        engine.prompt_log_likelihoods({"long": text})
    with pytest.raises(EunoeError, match=r"^item long: the prompt has"):
        engine.log_likelihoods({"long": fits}, {"long": ["yes", "no " * 40]})


@pytest.mark.parametrize("empty", ["", "<s>"])
def test_an_empty_prompt_is_refused_with_its_id(tokenizer: Any, empty: str) -> None:
    engine = Engine(make_model("llama"), tokenizer)
    prompts = {"full": "a cat", "hollow": empty}
    with pytest.raises(EunoeError, match=r"^item hollow: the prompt is empty; allowed: some text$"):
        engine.generate(prompts, NEW)
    with pytest.raises(EunoeError, match=r"^item hollow: "):
        engine.prompt_log_likelihoods(prompts)
    with pytest.raises(EunoeError, match=r"^item hollow: "):
        engine.log_likelihoods(prompts, {"full": ["a"], "hollow": ["a"]})


def test_an_option_without_a_token_of_its_own_is_refused(tokenizer: Any) -> None:
    engine = Engine(make_model("llama"), tokenizer)
    with pytest.raises(EunoeError, match=r"^item q: option '' cannot be told from its prompt"):
        engine.log_likelihoods({"q": "a cat "}, {"q": ["yes", ""]})
    with pytest.raises(EunoeError, match=r"^item q: option ' ' cannot be told from its prompt"):
        engine.log_likelihoods({"q": "a cat"}, {"q": ["yes", " "]})


def test_logits_that_are_no_numbers_stop_the_run_with_the_id(tokenizer: Any) -> None:
    model = make_model("llama")
    [bad] = tokenizer("Z", add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        model.model.embed_tokens.weight[bad] = math.nan
    engine = Engine(model, tokenizer, batch_size=4)
    good = make_prompts(5)
    prompts = {**good, "broken": "a cat Z"}
    engine.generate(good, 1)
    message = r"^item broken: the model's logits are not numbers"
    with pytest.raises(EunoeError, match=message):
        engine.generate(prompts, 1)
    with pytest.raises(EunoeError, match=message):
        engine.prompt_log_likelihoods(prompts)
    with pytest.raises(EunoeError, match=message):
        engine.log_likelihoods(prompts, {key: ["yes", "no"] for key in prompts})
    with pytest.raises(EunoeError, match=r"^item q\d: the model's logits"):
        engine.log_likelihoods(good, {key: ["yes", "no Z no"] for key in good})


def test_nothing_to_ask_is_no_error(tokenizer: Any) -> None:
    engine = Engine(make_model("llama"), tokenizer)
    empty: Mapping[str, Any] = {}
    assert engine.generate(empty, NEW) == {}
    assert engine.log_likelihoods(empty, {}) == {}
    assert engine.prompt_log_likelihoods(empty) == {}


# Tokens


def test_a_space_goes_before_an_option_where_there_is_none() -> None:
    assert continued("Output:", "yes") == "Output: yes"
    assert continued("Output: ", "yes") == "Output: yes"
    assert continued("Output:\n", "yes") == "Output:\nyes"
    assert continued("Output:", " yes") == "Output: yes"


def test_options_may_merge_with_the_end_of_their_prompt(tokenizer: Any) -> None:
    """The space at the end becomes a part of the options' tokens and is scored with each."""
    model = make_model("gpt2")
    engine = Engine(model, tokenizer)
    merged, apart = (tokenizer(text)["input_ids"] for text in ("What is two", "What is x"))
    prompt = tokenizer("What is ")["input_ids"]
    assert merged[: len(prompt)] != prompt
    start = len(tokenizer("What is")["input_ids"])
    found = engine.log_likelihoods({"q": "What is "}, {"q": ["two", "x"]})["q"]
    plain = [plain_log_likelihood(model, row, start) for row in (merged, apart)]
    assert found == pytest.approx(plain, abs=TOLERANCE)


def test_a_prompt_that_brings_its_start_token_gets_no_second_one(tokenizer: Any) -> None:
    tokens = Engine(make_model("llama"), tokenizer).tokens
    assert tokens.encode(["<s>a cat", "a cat"]) == [tokenizer("a cat")["input_ids"]] * 2
    bare = make_tokenizer(start=False)
    tokens = Engine(make_model("llama"), bare).tokens
    [row] = tokens.encode(["<s>a cat"])
    assert row == [0, *bare("a cat")["input_ids"]]


def test_a_tokenizer_that_ends_texts_does_not_end_prompts(tokenizer: Any) -> None:
    ending = make_tokenizer()
    ending.add_eos_token = True
    assert ending("a cat")["input_ids"][-1] == ending.eos_token_id
    tokens = Engine(make_model("llama"), ending).tokens
    assert tokens.encode(["a cat"]) == [tokenizer("a cat")["input_ids"]]


def test_replies_keep_their_spaces(tokenizer: Any) -> None:
    tokens = Engine(make_model("llama"), tokenizer).tokens
    text = " a cat , yes  no ."
    assert tokens.decode([tokenizer(text)["input_ids"]]) == [text]
