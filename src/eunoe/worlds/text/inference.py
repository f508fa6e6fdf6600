"""Natural-language inference that the lexicon decides: true, false or neither.

The sentences have no objects. A noun is a set of individuals, within the set of its hypernym; an
adjective or a verb is a set; opposite adjectives share no individual. "The dog" is one certain dog,
the same in premise and hypothesis; "the old dog" is that dog, and tells, negated or not, that it is
old. "A dog" is some dog. A hypothesis is true if it holds wherever the premise does, false if it
holds nowhere there, and neither otherwise. `decide` derives this; the tests compare it with models.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from eunoe.errors import EunoeError
from eunoe.worlds.text.agreement import Determiner, Nominal
from eunoe.worlds.text.grammar import Sentence, adjectives_of, nouns_of, one_of
from eunoe.worlds.text.lexicon import load_lexicon

Label = Literal["true", "false", "neither"]
LABELS: tuple[Label, ...] = ("true", "false", "neither")


@dataclass(frozen=True)
class Inference:
    """A premise, a hypothesis, and what follows."""

    premise: Sentence
    hypothesis: Sentence
    label: Label


# Deciding


@dataclass(frozen=True)
class Claim:
    """That the, some, every or no individual of a noun has a property, or that the one lacks it."""

    determiner: Determiner
    noun: str
    property: str
    """An adjective or a verb."""
    holds: bool = True
    beside: frozenset[str] = frozenset()
    """Further properties of an indefinite individual."""


def claims_of(sentence: Sentence) -> list[Claim]:
    """Return what a sentence claims, the claim of an adjective beside a definite noun last."""
    if sentence.object:
        raise EunoeError(f"inference: {sentence.verb} has an object; allowed: verbs without one")
    subject, said = sentence.subject, sentence.verb or sentence.adjective or ""
    adjectives = frozenset([subject.adjective] if subject.adjective else [])
    beside = adjectives if subject.determiner == "indefinite" else frozenset[str]()
    main = Claim(subject.determiner, subject.noun, said, not sentence.negated, beside)
    return [main, *(Claim("definite", subject.noun, each) for each in adjectives - beside)]


def is_a(noun: str, kind: str) -> bool:
    """Tell whether every individual of a noun is one of a kind."""
    return kind in (noun, load_lexicon().hypernym(noun))


def opposed(one: str, other: str) -> bool:
    """Tell whether two properties are opposite adjectives."""
    adjectives = load_lexicon().concepts("adjective")
    return one in adjectives and load_lexicon().opposite(one) == other


@dataclass(frozen=True)
class Knowledge:
    """What follows from the claims of a premise about single individuals and about all."""

    claims: list[Claim]

    def every(self, noun: str, said: str) -> bool:
        """Every individual of the noun has the property."""
        return any(
            claim.determiner == "every" and claim.property == said and is_a(noun, claim.noun)
            for claim in self.claims
        )

    def none(self, noun: str, said: str) -> bool:
        """No individual of the noun has the property."""
        return any(
            is_a(noun, claim.noun)
            and (
                (claim.determiner == "no" and claim.property == said)
                or (claim.determiner == "every" and opposed(claim.property, said))
            )
            for claim in self.claims
        )

    def has(self, noun: str, said: str) -> bool:
        """`The` individual of the noun has the property."""
        return self.every(noun, said) or Claim("definite", noun, said) in self.claims

    def lacks(self, noun: str, said: str) -> bool:
        """`The` individual of the noun lacks the property."""
        return (
            self.none(noun, said)
            or Claim("definite", noun, said, holds=False) in self.claims
            or any(
                claim.determiner == "definite"
                and claim.holds
                and claim.noun == noun
                and opposed(claim.property, said)
                for claim in self.claims
            )
        )

    def individuals(self, noun: str) -> set[str]:
        """Return nouns whose `the` individual is one of the noun."""
        return {noun, *(claim.noun for claim in self.claims if is_a(claim.noun, noun))}

    def witnesses(self, noun: str) -> list[frozenset[str]]:
        """Return the properties of each indefinite individual that is one of the noun."""
        return [
            claim.beside | {claim.property}
            for claim in self.claims
            if claim.determiner == "indefinite" and is_a(claim.noun, noun)
        ]

    def some(self, noun: str, said: frozenset[str]) -> bool:
        """Some individual of the noun has all the properties."""
        return any(said <= witness for witness in self.witnesses(noun)) or any(
            all(self.has(each, one) for one in said) for each in self.individuals(noun)
        )

    def some_lacks(self, noun: str, said: str) -> bool:
        """Some individual of the noun lacks the property."""
        return any(
            opposed(one, said) for witness in self.witnesses(noun) for one in witness
        ) or any(self.lacks(each, said) for each in self.individuals(noun))

    def proves(self, claim: Claim) -> bool:
        """Tell whether a claim holds wherever the premise does."""
        if claim.determiner == "definite":
            return (self.has if claim.holds else self.lacks)(claim.noun, claim.property)
        if claim.determiner == "indefinite":
            return self.some(claim.noun, claim.beside | {claim.property})
        return (self.every if claim.determiner == "every" else self.none)(
            claim.noun, claim.property
        )

    def refutes(self, claim: Claim) -> bool:
        """Tell whether a claim holds nowhere where the premise does."""
        if claim.determiner == "definite":
            return (self.lacks if claim.holds else self.has)(claim.noun, claim.property)
        if claim.determiner == "indefinite":
            return any(self.none(claim.noun, one) for one in claim.beside | {claim.property})
        if claim.determiner == "every":
            return self.some_lacks(claim.noun, claim.property)
        return self.some(claim.noun, frozenset([claim.property]))


def decide(premise: Sentence, hypothesis: Sentence) -> Label:
    """Return whether the hypothesis is true, false or neither, given the premise.

    Neither sentence may contradict itself, as "the old dog is young" does. EunoeError for a verb
    with an object.
    """
    knowledge, claims = Knowledge(claims_of(premise)), claims_of(hypothesis)
    if all(knowledge.proves(claim) for claim in claims):
        return "true"
    return "false" if any(knowledge.refutes(claim) for claim in claims) else "neither"


# FigureDecorator

PREMISES: dict[tuple[Label, Determiner], tuple[Determiner, ...]] = {
    ("true", "definite"): ("definite", "definite", "every", "no"),
    ("true", "indefinite"): ("definite", "indefinite", "every"),
    ("true", "every"): ("every",),
    ("true", "no"): ("no", "every"),
    ("false", "definite"): ("definite", "definite", "every", "no"),
    ("false", "indefinite"): ("no", "every"),
    ("false", "every"): ("definite", "indefinite", "no", "every"),
    ("false", "no"): ("definite", "indefinite", "every"),
}
"""Determiners of premises that can give a label to a hypothesis with a determiner; any can give
neither."""

FULL: tuple[Determiner, ...] = ("definite", "definite", "indefinite", "every", "no")
PLAIN: tuple[Determiner, ...] = ("definite", "definite", "every")
"""Determiners of the hypotheses of each label alike, so that they do not tell the label."""


def draw_inference(rng: np.random.Generator, full: bool = True) -> Inference:
    """Return an inference, each label as likely.

    If it is not a `full` one, sentences are about "the" or "every" only, without adjectives beside
    the noun, and premises are not negated: what a network of the laptop scale learns in time.
    """
    label = LABELS[int(rng.integers(3))]
    determiners = FULL if full else PLAIN
    determiner = one_of(rng, determiners)
    negated = determiner == "definite" and bool(rng.random() < 0.3)
    fitting = PREMISES.get((label, determiner), determiners)
    allowed = tuple(each for each in fitting if each in determiners)
    while True:
        premise = draw_premise(rng, one_of(rng, allowed), full)
        hypothesis = draw_hypothesis(rng, premise, determiner, negated)
        if is_usable(premise, hypothesis) and decide(premise, hypothesis) == label:
            return Inference(premise, hypothesis, label)


def draw_premise(rng: np.random.Generator, determiner: Determiner, full: bool) -> Sentence:
    """Return a short sentence without an object."""
    noun = one_of(rng, load_lexicon().concepts("noun"))
    said = one_of(rng, properties_of(noun))
    beside = one_of(rng, adjectives_of(noun)) if full and rng.random() < 0.5 else None
    negated = full and determiner == "definite" and bool(rng.random() < 0.25)
    return about(noun, beside, determiner, said, negated)


def draw_hypothesis(
    rng: np.random.Generator, premise: Sentence, determiner: Determiner, negated: bool
) -> Sentence:
    """Return a sentence that may share its noun, a kind or a property with the premise."""
    noun = draw_related(rng, premise.subject.noun)
    said, beside = said_of(premise), premise.subject.adjective
    shared = [said, *([beside] if beside else [])]
    adjectives = load_lexicon().concepts("adjective")
    opposites = [load_lexicon().opposite(one) for one in shared if one in adjectives]
    choices = [said, *shared, *opposites, one_of(rng, properties_of(noun))]
    kept = beside if rng.random() < 0.15 else None
    return about(noun, kept, determiner, one_of(rng, choices), negated)


def draw_related(rng: np.random.Generator, noun: str) -> str:
    """Return the noun itself, its hypernym, or any noun of the same kind."""
    kind = load_lexicon().kind(noun)
    return one_of(rng, (noun, noun, noun, kind, one_of(rng, nouns_of(kind))))


def about(
    noun: str, beside: str | None, determiner: Determiner, said: str, negated: bool
) -> Sentence:
    """Return a sentence that says a property; only articles have an adjective beside the noun."""
    articled = determiner in ("definite", "indefinite")
    subject = Nominal(noun, beside if articled else None, determiner)
    if said in load_lexicon().concepts("adjective"):
        return Sentence(subject, adjective=said, negated=negated)
    return Sentence(subject, said, negated=negated)


def said_of(sentence: Sentence) -> str:
    """Return the property that a sentence without an object is about."""
    return sentence.verb or sentence.adjective or ""


@cache
def properties_of(noun: str) -> tuple[str, ...]:
    """Return the adjectives and the verbs without object that can be said of a noun."""
    lexicon = load_lexicon()
    verbs = (
        verb
        for verb in lexicon.concepts("intransitive")
        if lexicon.kind(noun) in lexicon.concept("intransitive", verb).subjects
    )
    return (*adjectives_of(noun), *verbs)


def is_usable(premise: Sentence, hypothesis: Sentence) -> bool:
    """Tell whether both sentences say something, the one not what the other does."""
    return (
        premise != hypothesis
        and is_informative(premise)
        and is_informative(hypothesis)
        and is_plain(premise.subject, hypothesis.subject)
    )


def is_informative(sentence: Sentence) -> bool:
    """Tell whether the property is not that of the adjective beside the noun, or its opposite."""
    said, beside = said_of(sentence), sentence.subject.adjective
    return beside is None or (said != beside and not opposed(said, beside))


def is_plain(premise: Nominal, hypothesis: Nominal) -> bool:
    """Tell whether a reader cannot doubt which individual a definite hypothesis is about.

    After "a dog sleeps" or "the animal sleeps", "the dog" could be that one.
    """
    if hypothesis.determiner != "definite" or premise.determiner in ("every", "no"):
        return True
    related = is_a(premise.noun, hypothesis.noun) or is_a(hypothesis.noun, premise.noun)
    same = premise.noun == hypothesis.noun and premise.determiner == "definite"
    return same or not related
