"""Sentences of the micro-world: drawn as trees, put into words in six languages, and read back.

A sentence has a subject and either an adjective or a verb, with an object or without. What would be
ambiguous or stilted in one of the languages is left out: only sentences with definite noun phrases
are negated, and after "no" an object is definite.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple, TypeVar

import numpy as np

from eunoe.errors import EunoeError
from eunoe.worlds.text.agreement import (
    Determiner,
    Nominal,
    capitalized,
    euphonic,
    noun_phrase,
    predicative_form,
)
from eunoe.worlds.text.lexicon import known, load_lexicon, words_of
from eunoe.worlds.text.questions import (
    arithmetic_question,
    blank_facts,
    refusal,
    topic_answer,
    topic_question,
)

__all__ = [
    "Determiner",
    "Nominal",
    "Sentence",
    "arithmetic_question",
    "blank_facts",
    "draw_sentence",
    "linearize",
    "parse",
    "refusal",
    "topic_answer",
    "topic_question",
]


@dataclass(frozen=True)
class Sentence:
    """A sentence as a tree; it has either a verb or an adjective after the verb to be."""

    subject: Nominal
    verb: str | None = None
    adjective: str | None = None
    object: Nominal | None = None
    negated: bool = False

    def __post_init__(self) -> None:
        if reason := fault(self):
            raise EunoeError(f"grammar: {reason}")


def fault(sentence: Sentence) -> str | None:
    """Return what the grammar has no words for in a sentence, or None."""
    if (sentence.verb is None) == (sentence.adjective is None):
        return "neither or both of verb and adjective; allowed: one"
    transitive = sentence.verb in load_lexicon().concepts("transitive")
    if transitive != (sentence.object is not None):
        return (
            f"{sentence.verb or sentence.adjective}: allowed: {'an' if transitive else 'no'} object"
        )
    if sentence.negated and sentence.subject.determiner != "definite":
        return "a negated sentence; allowed: with a definite subject"
    negative = sentence.negated or sentence.subject.determiner == "no"
    if sentence.object is None or sentence.object.determiner == "definite":
        return None
    if negative or sentence.object.determiner != "indefinite":
        return "the object; allowed: a definite one, in positive sentences an indefinite one"
    return None


class Frame(NamedTuple):
    """What stands before the verb, after it, and at the end, to negate a sentence."""

    before: str = ""
    after: str = ""
    end: str = ""


def frame_of(sentence: Sentence, language: str) -> Frame:
    """Return how a language negates a sentence or, in French and Hungarian, agrees with "no"."""
    no = sentence.subject.determiner == "no"
    words = load_lexicon().parts("function", "not", language)
    polarity = load_lexicon().parts("function", "polarity", language)[:1]
    if no:
        return Frame(before=polarity[0] if polarity else "")
    if not sentence.negated:
        return Frame()
    if language == "fr":
        return Frame(before=polarity[0], after=words[0])
    if language in ("es", "hu"):
        return Frame(before=words[0])
    if sentence.adjective:
        return Frame(after=words[0])
    if language == "en":
        return Frame(before=f"{load_lexicon().parts('function', 'do', language)[0]} {words[0]}")
    return Frame(end=words[0])


def verb_form(sentence: Sentence, language: str) -> str:
    """Return the verb, or the verb to be; Hungarian leaves the latter out."""
    lexicon = load_lexicon()
    if sentence.adjective:
        copulas = lexicon.parts("function", "be", language)
        if language == "es":
            return lexicon.parts("adjective", sentence.adjective, language)[2]
        return copulas[0] if copulas else ""
    category = "transitive" if sentence.object else "intransitive"
    forms = lexicon.parts(category, sentence.verb or "", language)
    definite = sentence.object is not None and sentence.object.determiner == "definite"
    second = sentence.negated if language == "en" else definite  # sleep, látja
    return forms[-1] if second else forms[0]


def linearize(sentence: Sentence, language: str) -> str:
    """Return a sentence in words, at most nine of them: "The red dog sees a house."."""
    known(language)
    frame = frame_of(sentence, language)
    complement = ""
    if sentence.adjective:
        complement = predicative_form(sentence.adjective, sentence.subject.noun, language)
    elif sentence.object:
        complement = noun_phrase(sentence.object, language, accusative=True)
    subject, verb = noun_phrase(sentence.subject, language), verb_form(sentence, language)
    words = [subject, frame.before, verb, frame.after, complement, frame.end]
    return capitalized(euphonic(" ".join(word for word in words if word), language)) + "."


# Reading


Readings = dict[str, list[Nominal]]


@cache
def nominals(language: str, accusative: bool) -> Readings:
    """Return every noun phrase, by its words in lower case."""
    lexicon = load_lexicon()
    found: Readings = defaultdict(list)
    for noun in lexicon.concepts("noun"):
        shapes = [Nominal(noun, None, "every"), Nominal(noun, None, "no")]
        for adjective in (None, *lexicon.concepts("adjective")):
            shapes += [
                Nominal(noun, adjective, "definite"),
                Nominal(noun, adjective, "indefinite"),
            ]
        for nominal in shapes:
            found[noun_phrase(nominal, language, accusative=accusative).lower()].append(nominal)
    return dict(found)


@cache
def predicates(category: str, language: str) -> dict[str, str]:
    """Return the verbs or adjectives by each of their forms in lower case."""
    lexicon = load_lexicon()
    return {
        form.lower(): name
        for name in lexicon.concepts(category)
        for form in lexicon.concept(category, name).words(language)
    }


def spans(words: Sequence[str]) -> Iterator[str]:
    """Yield every run of one to four words, as a noun phrase may have."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + 4, len(words)) + 1):
            yield " ".join(words[start:end])


def candidates(words: Sequence[str], language: str) -> Iterator[Sentence]:
    """Yield sentences that have a subject, a predicate and an object named by the words."""
    for end in range(1, min(4, len(words)) + 1):
        for subject in nominals(language, False).get(" ".join(words[:end]), []):
            rest = words[end:]
            contents = [word.split("'")[-1] for word in rest]
            for negated in (False, True):
                yield from readings(subject, rest, contents, negated, language)


def readings(
    subject: Nominal, rest: Sequence[str], contents: Sequence[str], negated: bool, language: str
) -> Iterator[Sentence]:
    """Yield the sentences about a subject that the rest of the words may be."""
    if negated and subject.determiner != "definite":
        return
    for word in contents:
        if adjective := predicates("adjective", language).get(word):
            yield Sentence(subject, adjective=adjective, negated=negated)
        if verb := predicates("intransitive", language).get(word):
            yield Sentence(subject, verb, negated=negated)
        if verb := predicates("transitive", language).get(word):
            negative = negated or subject.determiner == "no"
            for span in spans(rest):
                for thing in nominals(language, True).get(span, []):
                    if thing.determiner == "definite" or (
                        thing.determiner == "indefinite" and not negative
                    ):
                        yield Sentence(subject, verb, object=thing, negated=negated)


@lru_cache(maxsize=100_000)
def read(text: str, language: str) -> Sentence | None:
    """Return the sentence that a text is in whatever case, None if it is none."""
    if not text.endswith("."):
        return None
    lowered = text.lower()
    for sentence in candidates(lowered[:-1].split(" "), language):
        if linearize(sentence, language).lower() == lowered:
            return sentence
    return None


def parse(text: str, language: str) -> Sentence:
    """Return the sentence that `linearize` puts into these words.

    EunoeError if there is none; it names the first word that the lexicon does not know.
    """
    sentence = read(text, known(language))
    if sentence is not None and linearize(sentence, language) == text:
        return sentence
    forms = load_lexicon().forms(language)
    unknown = [word for word in words_of(text) if word.lower() not in forms]
    if unknown:
        raise EunoeError(f"{language}: {text!r}: {unknown[0]} is not in the lexicon")
    raise EunoeError(f"{language}: {text!r} is no sentence; allowed: what the grammar can say")


# FigureDecorator


Name = TypeVar("Name", bound=str)


def one_of(rng: np.random.Generator, names: Sequence[Name]) -> Name:
    """Return one of the names, each as likely."""
    return names[int(rng.integers(len(names)))]


@cache
def nouns_of(*kinds: str) -> tuple[str, ...]:
    """Return the nouns of some kinds, those of the kinds themselves included."""
    lexicon = load_lexicon()
    return tuple(noun for noun in lexicon.concepts("noun") if lexicon.kind(noun) in kinds)


@cache
def adjectives_of(noun: str) -> tuple[str, ...]:
    """Return the adjectives that can be said of a noun."""
    lexicon = load_lexicon()
    return tuple(
        name
        for name in lexicon.concepts("adjective")
        if lexicon.kind(noun) in lexicon.concept("adjective", name).subjects
    )


def draw_determiner(rng: np.random.Generator) -> Determiner:
    """Return a determiner; articles are the most frequent."""
    names: tuple[Determiner, ...] = ("definite", "indefinite", "every", "no")
    return names[int(rng.choice(4, p=(0.45, 0.3, 0.125, 0.125)))]


def draw_adjective(rng: np.random.Generator, noun: str, besides: str | None) -> str | None:
    """Return an adjective for a noun, not `besides` or its opposite; mostly none."""
    taken = (besides, load_lexicon().opposite(besides)) if besides else ()
    allowed = [name for name in adjectives_of(noun) if name not in taken]
    return one_of(rng, allowed) if rng.random() < 0.35 else None


def draw_object(
    rng: np.random.Generator, kinds: Sequence[str], subject: str, definite: bool
) -> Nominal:
    """Return an object of one of the kinds that is not the subject's noun."""
    noun = one_of(rng, [noun for noun in nouns_of(*kinds) if noun != subject])
    adjective = draw_adjective(rng, noun, None)
    determiner: Determiner = "definite" if definite or rng.random() < 0.5 else "indefinite"
    return Nominal(noun, adjective, determiner)


def draw_sentence(rng: np.random.Generator) -> Sentence:
    """Return a sentence whose verb or adjective can be said of its subject and its object."""
    category = ("adjective", "intransitive", "transitive")[int(rng.choice(3, p=(0.35, 0.3, 0.35)))]
    lexicon = load_lexicon()
    name = one_of(rng, lexicon.concepts(category))
    predicate = lexicon.concept(category, name)
    noun = one_of(rng, nouns_of(*predicate.subjects))
    determiner = draw_determiner(rng)
    articled = determiner in ("definite", "indefinite")
    copular = name if category == "adjective" else None
    adjective = draw_adjective(rng, noun, copular) if articled else None
    negated = determiner == "definite" and bool(rng.random() < 0.2)
    subject = Nominal(noun, adjective, determiner)
    if category == "adjective":
        return Sentence(subject, adjective=name, negated=negated)
    if category == "intransitive":
        return Sentence(subject, name, negated=negated)
    definite = negated or determiner == "no"
    thing = draw_object(rng, predicate.objects, noun, definite)
    return Sentence(subject, name, object=thing, negated=negated)
