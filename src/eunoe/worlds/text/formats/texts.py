"""Options, labels, words, and texts that must match exactly."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eunoe.evaluation.options import OTHER
from eunoe.worlds.text.formats.interface import Asked, Format, normalized


def shows_gold(asked: Asked, _: str) -> bool:
    """It begins with the text of the outcome that is right."""
    return asked.shown == asked.gold


def shows_option(asked: Asked, _: str) -> bool:
    """It begins with the text of an option."""
    return asked.shown != OTHER


def is_same(asked: Asked, reply: str) -> bool:
    """The item's reply, but for capitals and final punctuation."""
    return normalized(reply) == normalized(asked.reply)


def is_label(asked: Asked, reply: str) -> bool:
    """One of the options."""
    return normalized(reply) in {normalized(option) for option in asked.options}


WORD = re.compile(r"¿?[^\W\d_]+(?:['-][^\W\d_]+)*[.?!]?")


def is_word(_: Asked, reply: str) -> bool:
    """One word."""
    return bool(WORD.fullmatch(reply))


def is_first_word(asked: Asked, reply: str) -> bool:
    """The item's reply, or that and a word more: L'homme is one word, translated it is two."""
    words = reply.split()
    return 0 < len(words) < 3 and normalized(words[0]) == normalized(asked.reply)


def is_word_or_two(asked: Asked, reply: str) -> bool:
    """One word, or an article and a noun."""
    return 0 < len(words := reply.split()) < 3 and all(is_word(asked, each) for each in words)


def is_exact(asked: Asked, reply: str) -> bool:
    """Exactly the item's reply, or its first line."""
    return reply == first_line(asked.reply)


def first_line(text: str) -> str:
    """Return the part of a text that a generated reply can have."""
    return text.strip().split("\n")[0].strip()


def says_something(_: Asked, reply: str) -> bool:
    """Not nothing."""
    return bool(reply)


def overlap(asked: Asked, reply: str) -> float:
    """ROUGE-L: the F1 of words in common and in the same order (Lin 2004, section 3)."""
    wanted, found = first_line(asked.reply).split(), reply.split()
    common = common_length(wanted, found)
    return 2 * common / (len(wanted) + len(found)) if common else 0.0


def common_length(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for first in one:
        before = 0
        for place, second in enumerate(other, 1):
            before, row[place] = (
                row[place],
                before + 1 if first == second else max(row[place], row[place - 1]),
            )
    return row[-1]


FORMATS = {
    "option": Format(shows_gold, shows_option, own_format=False),
    "label": Format(is_same, is_label),
    "word": Format(is_same, is_word),
    "first_word": Format(is_first_word, is_word_or_two),
    "exact": Format(is_exact, says_something, overlap, own_format=False),
}
