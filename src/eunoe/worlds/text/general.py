"""General instruction following: many formats, each said in words and easy once understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from eunoe.worlds.text import grammar
from eunoe.worlds.text.agreement import capitalized
from eunoe.worlds.text.documents import Document, Voice, World
from eunoe.worlds.text.grammar import one_of
from eunoe.worlds.text.lexicon import load_lexicon


def instructed(voice: Voice, key: str, text: str, reply: str) -> Document:
    """Return an instruction, the input that it is about, and what comes out."""
    lines = [voice.phrase(key), f"{voice.phrase('input')} {text}", voice.phrase("output")]
    return Document("\n".join(lines), reply)


def word(voice: Voice, category: str, name: str) -> str:
    """Return the word for a concept by itself; days and months have a capital in every language."""
    text = load_lexicon().concept(category, name).words(voice.language)[0]
    return capitalized(text) if category in ("day", "month") else text


def choose(rng: np.random.Generator, names: Sequence[str], count: int) -> list[str]:
    """Return so many different names in any order."""
    return [names[index] for index in rng.choice(len(names), count, replace=False)]


def some_nouns(rng: np.random.Generator, voice: Voice) -> list[str]:
    """Return two to four words for things."""
    names = choose(rng, load_lexicon().concepts("noun"), int(rng.integers(2, 5)))
    return [word(voice, "noun", name) for name in names]


InputAndReply = tuple[str, str]
Drawn = Callable[[np.random.Generator, Voice], InputAndReply]


def opposites(rng: np.random.Generator, voice: Voice) -> InputAndReply:
    """Adjectives, and their opposites."""
    lexicon = load_lexicon()
    names = choose(rng, lexicon.concepts("adjective"), int(rng.integers(2, 4)))
    others = [lexicon.opposite(name) for name in names]
    return in_a_row(voice, "adjective", names), in_a_row(voice, "adjective", others)


def in_a_row(voice: Voice, category: str, names: Sequence[str]) -> str:
    """Return the words for concepts, with spaces between them."""
    return " ".join(word(voice, category, name) for name in names)


def kinds(rng: np.random.Generator, voice: Voice) -> InputAndReply:
    """Things, and the kinds that they are of."""
    lexicon = load_lexicon()
    things = [noun for noun in lexicon.concepts("noun") if lexicon.hypernym(noun)]
    names = choose(rng, things, int(rng.integers(2, 4)))
    others = [lexicon.kind(name) for name in names]
    return in_a_row(voice, "noun", names), in_a_row(voice, "noun", others)


def following(rng: np.random.Generator, voice: Voice) -> InputAndReply:
    """Two days or two months, and those that come next."""
    lexicon = load_lexicon()
    category = ("day", "month")[rng.integers(2)]
    names = choose(rng, lexicon.concepts(category), int(rng.integers(2, 4)))
    others = [lexicon.concept(category, name).kin for name in names]
    return in_a_row(voice, category, names), in_a_row(voice, category, others)


def twice(rng: np.random.Generator, voice: Voice) -> InputAndReply:
    """A sentence, and the same twice."""
    text = voice.sentence(grammar.draw_sentence(rng))
    return text, f"{text} {text}"


def last_word(rng: np.random.Generator, voice: Voice) -> InputAndReply:
    """Words, and the last of them."""
    words = some_nouns(rng, voice)
    return " ".join(words), words[-1]


def numbered(rng: np.random.Generator, voice: Voice) -> InputAndReply:
    """Words, and a list of them: 1 dog, 2 cat."""
    words = some_nouns(rng, voice)
    return " ".join(words), ", ".join(f"{place} {each}" for place, each in enumerate(words, 1))


def largest(rng: np.random.Generator, _: Voice) -> InputAndReply:
    """Numbers below 100, and the largest of them."""
    numbers = rng.choice(100, int(rng.integers(2, 4)), replace=False)
    return " ".join(map(str, numbers)), str(numbers.max())


def negate(rng: np.random.Generator, voice: Voice) -> InputAndReply:
    """A sentence about "the", and its negation."""
    sentence = grammar.draw_sentence(rng)
    thing = replace(sentence.object, determiner="definite") if sentence.object else None
    subject = replace(sentence.subject, determiner="definite")
    plain = replace(sentence, subject=subject, object=thing, negated=False)
    return voice.sentence(plain), voice.sentence(replace(plain, negated=True))


def brackets(rng: np.random.Generator, voice: Voice) -> InputAndReply:
    """Words, and the same in brackets."""
    text = " ".join(some_nouns(rng, voice))
    return text, f"( {text} )"


def odd_one(rng: np.random.Generator, voice: Voice) -> InputAndReply:
    """Things of one kind and one of another, and the latter."""
    lexicon = load_lexicon()
    kind, other = choose(rng, lexicon.kinds, 2)
    alike = choose(rng, [noun for noun in grammar.nouns_of(kind) if noun != kind], 2)
    odd = one_of(rng, [noun for noun in grammar.nouns_of(other) if noun != other])
    names = choose(rng, [*alike, odd], 3)
    return in_a_row(voice, "noun", names), word(voice, "noun", odd)


FORMATS: dict[str, Drawn] = {
    "opposites": opposites,
    "kinds": kinds,
    "following": following,
    "twice": twice,
    "last_word": last_word,
    "numbered": numbered,
    "largest": largest,
    "negate": negate,
    "brackets": brackets,
    "odd_one": odd_one,
}
"""What inputs and replies look like, by the key of the instruction."""


def draw_general(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return an instruction of any format, an input, and the reply."""
    key = one_of(rng, list(FORMATS))
    return instructed(voice, key, *FORMATS[key](rng, voice))
