"""Translation by Marian models of transformers, from a folder or the Hugging Face hub."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from eunoe.errors import EunoeError
from eunoe.transforms.interface import TextTransform
from eunoe.transforms.lines import translate_lines

BATCH = 32
"""Lines translated at a time."""


class Marian(TextTransform):
    """Translate prompts into another language by one model, and answers back by another.

    Line by line, greedily. Lossy: the way there and the way back may each choose other words.
    """

    name: Literal["marian"] = "marian"
    exact: ClassVar[bool] = False
    model: str = Field(min_length=1)
    """Folder or hub id of the model from `source` to `to`; `id@revision` for a revision."""
    back: str = Field(min_length=1)
    """Folder or hub id of the model from `to` to `source`."""
    source: str = Field(pattern=r"^[a-z]{2,3}$")
    """Language of the prompts, such as en."""
    to: str = Field(pattern=r"^[a-z]{2,3}$")
    """Language that the model sees, such as fr."""

    @property
    def label(self) -> str:
        """`marian(en-fr)`."""
        return f"{self.name}({self.source}-{self.to})"

    @property
    def languages(self) -> tuple[str, ...]:
        """The source alone."""
        return (self.source,)

    def encode(self, prompt: str) -> str:
        """Return the translation; EunoeError if the model does not load or a line is too long."""
        return self.encode_all([prompt])[0]

    def decode(self, answer: str) -> str:
        """Return the translation back; a line that is too long for the model stays as it is."""
        return self.decode_all([answer])[0]

    def encode_all(self, prompts: Sequence[str]) -> list[str]:
        """Return all translations, in batches."""
        translator = load_translator(self.model)
        for prompt in prompts:
            for number, line in enumerate(prompt.split("\n"), start=1):
                translator.check_length(line, number)
        return translate_lines(prompts, translator.translate)

    def decode_all(self, answers: Sequence[str]) -> list[str]:
        """Return all translations back, in batches."""
        return translate_lines(answers, load_translator(self.back).translate)


class Translator(NamedTuple):
    """A Marian model with its tokenizer."""

    where: str
    tokenizer: Any  # of transformers, whose import reading a config should not cost
    model: Any

    @property
    def longest(self) -> int:
        """Most tokens that the model reads or writes."""
        return int(self.model.config.max_position_embeddings)

    def length(self, line: str) -> int:
        """Return the number of tokens of a line."""
        return len(self.tokenizer(line, verbose=False).input_ids)

    def check_length(self, line: str, number: int) -> None:
        """Raise an EunoeError unless the model can read a line."""
        if (length := self.length(line)) > self.longest:
            raise EunoeError(
                f"marian: {self.where}: line {number} of a text has {length} tokens;"
                f" allowed: at most {self.longest}"
            )

    def translate(self, lines: list[str]) -> list[str]:
        """Return the translation of each line, or the line where it is too long."""
        found = {line: line for line in lines}
        alike: dict[int, list[str]] = {}
        for line in lines:
            if (length := self.length(line)) <= self.longest:
                alike.setdefault(self.room(length), []).append(line)
        for room, group in alike.items():
            for start in range(0, len(group), BATCH):
                batch = group[start : start + BATCH]
                found |= zip(batch, self.translate_batch(batch, room), strict=True)
        return [found[line] for line in lines]

    def room(self, length: int) -> int:
        """Return the most tokens of the translation of so many.

        At least twice as many and a few; a power of two, so that lines of about a length are one
        batch; and never a matter of what else is in the batch.
        """
        return min(self.longest, 1 << (2 * length + 10).bit_length())

    def translate_batch(self, lines: list[str], room: int) -> list[str]:
        """Return the greedy translation of each line, of at most `room` tokens."""
        shown = self.tokenizer(lines, padding=True, return_tensors="pt").to(self.model.device)
        answers = self.model.generate(**shown, do_sample=False, num_beams=1, max_length=room)
        texts: list[str] = self.tokenizer.batch_decode(answers, skip_special_tokens=True)
        return texts


@lru_cache(maxsize=4)
def load_translator(where: str) -> Translator:
    """Return a model that a folder or a hub id names; EunoeError if it does not load."""
    import torch
    from transformers import MarianMTModel, MarianTokenizer

    if where.startswith(("/", ".", "~")) and not Path(where).is_dir():
        raise EunoeError(f"marian: {where}: no such folder; allowed: a folder or a hub id")
    name, _, revision = (where, "", "") if Path(where).exists() else where.partition("@")
    which: dict[str, Any] = {"revision": revision or "main", "trust_remote_code": False}
    try:
        with warnings.catch_warnings(action="ignore"):  # that it could clean punctuation
            tokenizer = MarianTokenizer.from_pretrained(name, **which)
            model: Any = MarianMTModel.from_pretrained(name, use_safetensors=True, **which)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise EunoeError(
            f"marian: {where} does not load: {reason[:200]}; allowed: a folder or hub id of a"
            " Marian model in safetensors, with sentencepiece installed"
        ) from None
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Translator(where, tokenizer, model.to(device).eval())
