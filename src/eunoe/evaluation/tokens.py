"""From text to the token ids that a model is shown, and back, for any tokenizer of transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from eunoe.errors import EunoeError
from eunoe.evaluation.batches import common_length

Pair = tuple[str, str]
"""A prompt and the reply to it."""


class Question(NamedTuple):
    """A prompt whose possible answers are to be compared."""

    head: list[int]
    """Tokens that the prompt shares with all of its continuations."""
    tails: list[list[int]]
    """For each option, the tokens that follow the head."""


class Tokens:
    """A tokenizer, and the number of tokens that fit its model."""

    def __init__(self, tokenizer: Any, config: Any, prefix: Sequence[int] = ()) -> None:
        self.tokenizer = tokenizer
        self.prefix = list(prefix)
        """Ids that every row begins with, before the start token: those of a soft prompt."""
        text_config = config.get_text_config(decoder=True)
        self.context: int | None = getattr(text_config, "max_position_embeddings", None)
        """Most tokens that the model has positions for, or None if there is no such limit."""
        self.vocabulary: int = text_config.vocab_size
        first = tokenizer("a", verbose=False)["input_ids"][:1]
        adds_start = tokenizer.bos_token_id is not None and first == [tokenizer.bos_token_id]
        self.start: str = tokenizer.bos_token if adds_start else ""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of texts, with prefix and start token but no end token.

        A text that begins with its start token, as those of chat templates do, gets no second one.
        """
        if not texts:
            return []
        bare = [text.removeprefix(self.start) for text in texts]
        rows: list[list[int]] = self.tokenizer(bare, truncation=False, verbose=False)["input_ids"]
        end, end_text = self.tokenizer.eos_token_id, self.tokenizer.eos_token
        bodies = [
            row[:-1] if row[1:] and row[-1] == end and not text.endswith(end_text) else row
            for row, text in zip(rows, texts, strict=True)
        ]
        return [self.prefix + row for row in bodies]

    def decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """Return the text of token ids, without special tokens and with every space kept."""
        texts: list[str] = self.tokenizer.batch_decode(
            rows, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return texts

    def prompts(self, prompts: Mapping[str, str], room: int) -> dict[str, list[int]]:
        """Return the token ids of prompts; EunoeError with the id of one that cannot be asked.

        A prompt is empty, or it leaves no `room` (tokens) in the model's context.
        """
        for name, prompt in prompts.items():
            if not prompt.removeprefix(self.start):
                raise EunoeError(f"item {name}: the prompt is empty; allowed: some text")
        rows = dict(zip(prompts, self.encode(list(prompts.values())), strict=True))
        for name, row in rows.items():
            self.check(name, row, room)
        return rows

    def check(self, name: str, row: list[int], room: int) -> None:
        """Raise EunoeError if token ids cannot be shown to the model with `room` more."""
        if len(row) == len(self.prefix):
            raise EunoeError(f"item {name}: the tokenizer finds no token in the prompt")
        if self.context is not None and len(row) + room > self.context:
            own = len(row) - len(self.prefix)
            before = f" after {len(self.prefix)} of the soft prompt" if self.prefix else ""
            raise EunoeError(
                f"item {name}: the prompt has {own} tokens{before} and {room} are to follow; "
                f"allowed: {self.context} together, the model's context"
            )

    def questions(
        self, prompts: Mapping[str, str], options: Mapping[str, Sequence[str]]
    ) -> dict[str, Question]:
        """Return prompts with the token ids of their options; EunoeError as for prompts.

        Prompt and option are tokenized together, since tokens may span the boundary. The head ends
        where the first option's tokens, or any other's, begin to differ from the prompt's own, so
        that all options are scored from the same token on.
        """
        heads = self.prompts(prompts, room=0)
        whole = self.encode(
            [continued(prompt, text) for name, prompt in prompts.items() for text in options[name]]
        )
        rows = iter(whole)
        questions = {}
        for name, prompt in heads.items():
            own = [next(rows) for _ in options[name]]
            shared = common_length([prompt, *own])
            for text, row in zip(options[name], own, strict=True):
                self.check(name, row, room=0)
                if not text.strip() or not len(self.prefix) < shared < len(row):
                    raise EunoeError(
                        f"item {name}: option {text!r} cannot be told from its prompt by tokens; "
                        "allowed: a prompt and an option with tokens of their own"
                    )
            questions[name] = Question(prompt[:shared], [row[shared:] for row in own])
        return questions


def continued(prompt: str, option: str) -> str:
    """Return a prompt with an option after it.

    A space goes between them unless the prompt ends or the option begins with white space: prompts
    end in a colon or a word, after which models go on with a token that has its space in front.
    """
    space = "" if prompt[-1:].isspace() or option[:1].isspace() else " "
    return f"{prompt}{space}{option}"


def demonstrated(prompt: str, demonstrations: Sequence[Pair]) -> str:
    """Return a prompt after demonstrations with their replies, one below the other."""
    return "\n".join([*(continued(*shown) for shown in demonstrations), prompt])
