"""Scores of replies: whether a reply is right, whether it has the item's format, and its credit.

Every item names the format of its replies. A reply and the item are read in the language that a
cipher stands for. Spaces around a reply do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from typing import Any

from eunoe.evaluation.options import outcome_among
from eunoe.worlds.text.ciphers import cipher_of
from eunoe.worlds.text.formats.interface import Asked, Format

Item = Mapping[str, Any]
"""At least language, reply, options, gold and format, as in `ITEMS`."""

FORMATS = {
    "option": "texts",
    "refusal": "refusals",
    "label": "texts",
    "word": "texts",
    "first_word": "texts",
    "exact": "texts",
    "sentence": "sentences",
    "continuation": "sentences",
    "capitals": "sentences",
    "reversed": "sentences",
    "translation": "sentences",
    "advice": "sentences",
    "shape": "sentences",
    "numbers": "numbers",
    "steps": "numbers",
    "program": "programs",
}
"""Every format of replies, and the module of this folder that has it.

A module is imported when one of its formats is used, so that scoring formats without the grammar
does not depend on the grammar."""


def module_of(name: str) -> str:
    """Return the module that defines a format."""
    return f"{__package__}.{FORMATS[name]}"


@cache
def format_of(name: str) -> Format:
    """Return a format by its name."""
    found: Format = import_module(module_of(name)).FORMATS[name]
    return found


def modules_behind(formats: Iterable[str] = FORMATS) -> list[str]:
    """Return the modules that define some formats, sorted, for a digest of the code."""
    return sorted({module_of(name) for name in formats})


@dataclass(frozen=True)
class Score:
    """The score of a reply."""

    right: bool
    """Whether the reply is right."""
    formatted: bool
    """Whether the reply has the item's format, right or not."""
    credit: float
    """From 0 to 1; a right reply has 1."""


def score(item: Item, reply: str) -> Score:
    """Return the score of a reply to an item."""
    asked, bare = read_plainly(item, reply)
    form = format_of(item["format"])
    right = form.right(asked, bare)
    part = form.credit(asked, bare) if form.credit and not right else 0.0
    return Score(right, form.formatted(asked, bare), 1.0 if right else part)


def check(item: Item, reply: str, target: Item | None = None) -> dict[str, Any]:
    """Return the score of a reply as columns of `REPLIES`.

    A reply is specialised if it has the format of the replies to the item `target`.
    """
    specialised = target is not None and has_format_of(target, reply)
    found = {"outcome": outcome_of(item, reply), **asdict(score(item, reply))}
    return {**found, "specialised": specialised}


def outcome_of(item: Item, reply: str) -> str:
    """Return the outcome of a reply, or `other`; the empty text for an item without options."""
    asked, bare = read_plainly(item, reply)
    form = format_of(item["format"])
    if form.outcome:
        return form.outcome(asked, bare)
    return asked.shown if asked.options else ""


def has_format_of(item: Item, reply: str) -> bool:
    """Tell whether a reply, to whatever prompt, has the format of the replies to an item.

    `item` is any item of the source. For a source whose replies have no format of their own
    (general instructions, options, refusals, free texts) the result is always False.
    """
    form = format_of(item["format"])
    return form.own_format and form.formatted(*read_plainly(item, reply))


def read_plainly(item: Item, reply: str) -> tuple[Asked, str]:
    """Return an item and a reply to it, both decoded from a cipher."""
    options = [(option["outcome"], option["text"]) for option in item["options"]]
    cipher, language = cipher_of(item["language"]), item["language"]
    found = [item["reply"], reply, *(text for _, text in options)]
    if cipher:
        found, language = [cipher.decode(text) for text in found], "en"
    own, said, *shown = (text.strip() for text in found)
    asked = Asked(language, own, shown, item["gold"], outcome_among(reply, options))
    return asked, said
