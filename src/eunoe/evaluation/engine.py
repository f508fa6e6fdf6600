"""Batched greedy generation and likelihoods with any causal language model of transformers.

The guarantee: in float32 every prompt gets the reply and the likelihoods that it gets in a
batch of one, up to the order in which sums are rounded. Logits agree to about 1e-5 of their size; a
reply can differ only where two tokens are tied to that precision, a likelihood only in digits
beyond it. In lower precision ties are wider. The same prompts in the same batches on the same
machine give the same numbers.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

from eunoe.errors import EunoeError
from eunoe.evaluation import caches
from eunoe.evaluation.batches import SHARED, batches, common_length, pad, pad_left, positions
from eunoe.evaluation.greedy import NanWatch, TextStop, cut_at, ends_of
from eunoe.evaluation.tokens import Question, Tokens

LOGITS = 2**27
"""Most logits that a forward pass over whole prompts may return: half a GiB in float32."""


class Engine:
    """A model and its tokenizer, evaluated on many prompts at a time.

    Every prompt is shown after the token ids of `prefix`, such as those that the model's input
    layer knows as its soft prompt; likelihoods are those after it, and it takes up context.
    The model is put into evaluation mode, and its own generation settings (sampling, penalties)
    are put aside: decoding is plain greedy search. Its padding token, if any, is not used.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        batch_size: int = 32,
        device: torch.device | None = None,
        prefix: Sequence[int] = (),
    ) -> None:
        self.model = model.eval() if device is None else model.eval().to(device)
        self.tokens = Tokens(tokenizer, model.config, prefix)
        self.batch_size = batch_size
        self.ends = ends_of(model, tokenizer)
        self.model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]
        self.arguments = set(inspect.signature(model.forward).parameters)

    @property
    def device(self) -> torch.device:
        """Where the model's first layer is."""
        device: torch.device = self.model.get_input_embeddings().weight.device
        return device

    def batches(self, prompts: Mapping[str, str], new_tokens: int) -> list[list[str]]:
        """Return the ids of prompts as `generate` would batch them; EunoeError as there.

        A batch that is asked alone is the same batch, so work can be resumed between batches
        without a change in the results.
        """
        return batches(self.tokens.prompts(prompts, new_tokens), self.batch_size)

    def generate(
        self, prompts: Mapping[str, str], new_tokens: int, stop: Sequence[str] = ("\n",)
    ) -> dict[str, str]:
        """Return the greedy reply to each prompt, by id: at most `new_tokens` tokens.

        A reply ends before the first stop string or the end of the sequence. EunoeError with the
        id of a prompt that is empty, does not fit the context or has logits that are no numbers.
        """
        rows = self.tokens.prompts(prompts, new_tokens)
        replies: dict[str, str] = {}
        for names in batches(rows, self.batch_size):
            texts = self.reply(names, [rows[name] for name in names], new_tokens, stop)
            replies.update(zip(names, texts, strict=True))
        return {name: replies[name] for name in prompts}

    def log_likelihoods(
        self, prompts: Mapping[str, str], options: Mapping[str, Sequence[str]]
    ) -> dict[str, list[float]]:
        """Return the total log-probability (nats) of each option after its prompt, by id.

        `tokens.continued` says how an option is appended, `Tokens.questions` which tokens count.
        The end of the option is not scored, so "7" is at least as likely as "77". Errors as in
        `generate`.
        """
        questions = self.tokens.questions(prompts, options)
        heads = {name: question.head for name, question in questions.items()}
        found: dict[str, list[float]] = {}
        for names in batches(heads, self.batch_size):
            asked = [questions[name] for name in names]
            found.update(zip(names, self.compare(names, asked), strict=True))
        return {name: found[name] for name in prompts}

    def prompt_log_likelihoods(self, prompts: Mapping[str, str]) -> dict[str, float]:
        """Return how likely each prompt is to the model, by id, in nats per character.

        The log-probability of the prompt's tokens after the first one, divided by the number of
        characters of the prompt. Errors as in `generate`.
        """
        rows = self.tokens.prompts(prompts, room=0)
        longest = max(map(len, rows.values()), default=1)
        size = max(1, min(self.batch_size, LOGITS // (longest * self.tokens.vocabulary)))
        found: dict[str, float] = {}
        for names in batches(rows, size):
            starts = [len(self.tokens.prefix) + 1] * len(names)
            totals = self.score(names, [rows[name] for name in names], starts)
            found.update(zip(names, totals, strict=True))
        return {name: found[name] / len(prompt) for name, prompt in prompts.items()}

    @torch.inference_mode()
    def reply(
        self, names: list[str], rows: list[list[int]], new_tokens: int, stop: Sequence[str]
    ) -> list[str]:
        """Return the replies of one batch."""
        ids, mask = pad_left(rows, self.device)
        watch = NanWatch()
        settings = GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=False,
            max_new_tokens=new_tokens,
            eos_token_id=self.ends or None,
            pad_token_id=0,
            use_cache=True,
        )
        cache = self.prefix(rows, mask)
        sequences = self.model.generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=settings,
            logits_processor=LogitsProcessorList([watch]),
            stopping_criteria=StoppingCriteriaList(
                [TextStop(self.tokens, ids.shape[1], stop)] if stop else []
            ),
            **({} if cache is None else {"past_key_values": cache}),
        )
        refuse_nan(names, watch.rows.tolist())
        new = [cut_at(row, self.ends) for row in sequences[:, ids.shape[1] :].tolist()]
        return [first_part(text, stop) for text in self.tokens.decode(new)]

    @torch.inference_mode()
    def compare(self, names: list[str], questions: list[Question]) -> list[list[float]]:
        """Return the log-probabilities of one batch's options; a prompt is computed once."""
        rows = [question.head for question in questions]
        ids, mask = pad_left(rows, self.device)
        prefix = self.prefix(rows, mask)
        new = ids if prefix is None else ids[:, prefix.get_seq_length() :]
        output = self.forward(new, mask, prefix, keep=1)
        cache = output.get("past_key_values")
        totals = (
            self.extend(output.logits[:, -1], mask, cache, questions)
            if caches.is_plain(cache)
            else self.recompute(names, questions)
        )
        refuse_nan(names, [any(total != total for total in row) for row in totals])
        return totals

    def extend(
        self, first: Tensor, mask: Tensor, cache: Any, questions: list[Question]
    ) -> list[list[float]]:
        """Score tails after heads that are in the cache; `first` (heads, words) are its logits."""
        heads = [row for row, question in enumerate(questions) for _ in question.tails]
        tails = [tail for question in questions for tail in question.tails]
        index = torch.tensor(heads, device=self.device)
        targets = pad(tails, "right", self.device)
        shown = pad([[1] * len(tail) for tail in tails], "right", self.device)
        logits = first[index, None]
        if targets.shape[1] > 1:
            cache.batch_select_indices(index)
            seen = torch.cat([mask[index], shown[:, :-1]], dim=1)
            more = self.forward(targets[:, :-1], seen, cache)
            logits = torch.cat([logits, more.logits], dim=1)
        totals = iter(log_probabilities(logits, targets, shown))
        return [[next(totals) for _ in question.tails] for question in questions]

    def recompute(self, names: list[str], questions: list[Question]) -> list[list[float]]:
        """Score every option with all of its prompt, for models without a plain cache."""
        rows = [question.head + tail for question in questions for tail in question.tails]
        starts = [len(question.head) for question in questions for _ in question.tails]
        owners = [
            name for name, question in zip(names, questions, strict=True) for _ in question.tails
        ]
        totals: Iterator[float] = iter(
            [
                total
                for begin in range(0, len(rows), self.batch_size)
                for part in [slice(begin, begin + self.batch_size)]
                for total in self.score(owners[part], rows[part], starts[part])
            ]
        )
        return [[next(totals) for _ in question.tails] for question in questions]

    @torch.inference_mode()
    def score(self, names: list[str], rows: list[list[int]], starts: list[int]) -> list[float]:
        """Return the log-probability of each row's tokens from its start on."""
        ids, mask = pad_left(rows, self.device)
        scored = [len(row) - start for row, start in zip(rows, starts, strict=True)]
        longest = max(scored)
        if longest == 0:
            return [0.0] * len(rows)
        logits = self.forward(ids, mask, None, keep=longest + 1).logits
        shown = pad([[1] * count for count in scored], "left", self.device)
        totals = log_probabilities(logits[:, :-1], ids[:, -longest:], shown)
        refuse_nan(names, [total != total for total in totals])
        return totals

    def prefix(self, rows: list[list[int]], mask: Tensor) -> Any:
        """Return a cache of the prefix that all rows share, or None if it is too short to pay."""
        # a row's last token is asked again, so that there are logits after it
        shared = common_length([row[:-1] for row in rows])
        if len(rows) == 1 or shared < SHARED:
            return None
        ids = torch.tensor([rows[0][:shared]], device=self.device)
        output = self.forward(ids, torch.ones_like(ids), None, keep=1)
        cache = output.get("past_key_values")
        if not caches.is_plain(cache):
            return None
        caches.spread(cache, (mask == 0).sum(-1))
        return cache

    def forward(self, ids: Tensor, mask: Tensor, cache: Any, keep: int = 0) -> Any:
        """Return the model's output for token ids after those in the cache, which grows.

        ids (rows, tokens) and mask (rows, tokens with those in the cache); the logits are those of
        the last `keep` tokens, or of all if 0.
        """
        wanted = {
            "position_ids": positions(mask)[:, -ids.shape[1] :],
            "past_key_values": cache,
            "use_cache": True,
            "logits_to_keep": keep,
        }
        known = {name: value for name, value in wanted.items() if name in self.arguments}
        output = self.model(input_ids=ids, attention_mask=mask, return_dict=True, **known)
        output.logits = output.logits[:, -keep:]
        return output


def log_probabilities(logits: Tensor, targets: Tensor, shown: Tensor) -> list[float]:
    """Return each row's total log-probability of the targets that are shown, in nats.

    logits (rows, tokens, words), targets and shown (rows, tokens).
    """
    logits = logits.float()
    known = targets.where(shown.bool(), 0)  # what is not shown may be no word, but a prefix's id
    chosen = logits.gather(-1, known[..., None]).squeeze(-1) - logits.logsumexp(-1)
    totals: list[float] = chosen.double().where(shown.bool(), 0.0).sum(-1).tolist()
    return totals


def refuse_nan(names: list[str], bad: list[bool]) -> None:
    """Raise EunoeError with the first id that has a NaN or infinite number."""
    for name, is_bad in zip(names, bad, strict=True):
        if is_bad:
            raise EunoeError(
                f"item {name}: the model's logits are not numbers (NaN); "
                "allowed: finite logits, as of intact weights in a wide enough dtype"
            )


def first_part(text: str, stop: Sequence[str]) -> str:
    """Return the text before the first stop string."""
    found = [text.find(part) for part in stop if part in text]
    return text[: min(found)] if found else text
