"""Sentences of the grammar, and formats that are derived from them."""

from __future__ import annotations

import re

from eunoe.worlds.text.formats.interface import Asked, Format
from eunoe.worlds.text.formats.texts import is_exact, overlap
from eunoe.worlds.text.grammar import linearize, read
from eunoe.worlds.text.questions import patterns


def is_sentence_of(text: str, language: str) -> bool:
    """Tell whether a text is a sentence, as the grammar has it."""
    sentence = read(text, language)
    return sentence is not None and linearize(sentence, language) == text


def is_sentence(asked: Asked, reply: str) -> bool:
    """A sentence of the language."""
    return is_sentence_of(reply, asked.language)


def is_capitals(asked: Asked, reply: str) -> bool:
    """A sentence in capitals."""
    return reply == reply.upper() and read(reply, asked.language) is not None


def is_reversed(asked: Asked, reply: str) -> bool:
    """A sentence from its last word to its first."""
    return is_sentence_of(" ".join(reversed(reply.split(" "))), asked.language)


def target_of(language: str) -> str:
    """Return the language that texts are translated into: French, or from French English."""
    return "en" if language == "fr" else "fr"


def is_translation(asked: Asked, reply: str) -> bool:
    """A sentence of the language that this one is translated into."""
    return is_sentence_of(reply, target_of(asked.language))


def is_advice(asked: Asked, reply: str) -> bool:
    """Advice to use a tool."""
    found = patterns(asked.language).get(reply.lower())
    return found is not None and found[0].key == "topic_answer"


def has_shape(asked: Asked, reply: str) -> bool:
    """Words, numbers, marks and sentences where the item's reply has them."""
    return shape_of(reply, asked.language) == shape_of(asked.reply, asked.language)


def shape_of(text: str, language: str) -> str:
    """Return what a text is made of: `s` for a sentence, `w` for a word, `0` for a number."""
    units = re.split(r"(?<=[.?]) ", text)
    if all(is_sentence_of(unit, language) for unit in units):
        return "s" * len(units)
    return re.sub(r"[^\W\d_]+(?:['-][^\W\d_]+)*", "w", re.sub(r"[0-9]+", "0", text))


FORMATS = {
    "sentence": Format(is_exact, is_sentence, overlap),
    "continuation": Format(is_sentence, is_sentence),
    "capitals": Format(is_exact, is_capitals, overlap),
    "reversed": Format(is_exact, is_reversed, overlap),
    "translation": Format(is_exact, is_translation, overlap),
    "advice": Format(is_exact, is_advice, overlap),
    "shape": Format(is_exact, has_shape, overlap, own_format=False),
}
