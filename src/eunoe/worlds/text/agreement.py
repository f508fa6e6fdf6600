"""Noun phrases: agreement of determiner, adjective and noun, and elision between words.

French sets no space before a colon or a question mark here, as is usual in Canada.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from eunoe.errors import EunoeError
from eunoe.worlds.text.lexicon import load_lexicon

Determiner = Literal["definite", "indefinite", "every", "no"]
"""The dog, a dog (that is, some dog), every dog, no dog."""

PLACES = {"m": 0, "f": 1, "n": 2, "de": 0, "het": 1}
"""Where the form of a gender stands in the cell of a determiner."""
MASCULINE_ACCUSATIVE = 3
"""Where the German one stands."""

VOWELS = {"en": "aeiou", "fr": "aâàeéèêiîoôœuyh", "hu": "aáeéiíoóöőuúüű"}
"""Letters before which the word before changes; every h of the French lexicon is mute."""


@dataclass(frozen=True)
class Nominal:
    """A noun phrase."""

    noun: str
    adjective: str | None = None
    determiner: Determiner = "definite"

    def __post_init__(self) -> None:
        if self.adjective and self.determiner in ("every", "no"):
            raise EunoeError(
                f"grammar: {self.determiner} {self.adjective} {self.noun}: has an adjective;"
                " allowed: one after a definite or indefinite article"
            )


def gender_of(noun: str, language: str, category: str = "noun") -> str:
    """Return m, f, n, de or het; the empty text in a language without gender."""
    last = load_lexicon().parts(category, noun, language)[-1]
    return last if last in PLACES else ""


def noun_phrase(
    nominal: Nominal, language: str, *, accusative: bool = False, category: str = "noun"
) -> str:
    """Return a noun phrase in lower case but for German nouns; category: noun, topic or tool."""
    parts = load_lexicon().parts(category, nominal.noun, language)
    noun = parts[1] if language == "hu" and accusative else parts[0]
    gender = gender_of(nominal.noun, language, category)
    words = [determiner_form(nominal.determiner, language, gender, accusative), noun]
    if nominal.adjective:
        place = 2 if follows_noun(nominal.adjective, language) else 1
        words.insert(place, attributive_form(nominal, language, gender, accusative))
    if language == "es" and accusative and category == "noun" and is_animate(nominal.noun):
        words.insert(0, load_lexicon().parts("function", "to", language)[0])
    return euphonic(" ".join(words), language)


def is_animate(noun: str) -> bool:
    """Tell whether a noun names an animal or a person."""
    return load_lexicon().kind(noun) in ("animal", "person")


def determiner_form(determiner: str, language: str, gender: str, accusative: bool) -> str:
    """Return an article or another determiner; Hungarian puts "no" into the predicate."""
    name = "indefinite" if (determiner, language) == ("no", "hu") else determiner
    forms = load_lexicon().parts("function", name, language)
    if language == "de" and accusative and gender == "m" and len(forms) > MASCULINE_ACCUSATIVE:
        return forms[MASCULINE_ACCUSATIVE]
    return forms[min(PLACES.get(gender, 0), len(forms) - 1)]


def follows_noun(adjective: str, language: str) -> bool:
    """Tell whether an adjective stands after its noun."""
    if language == "fr":
        return load_lexicon().parts("adjective", adjective, language)[2] == "after"
    return language == "es"


def attributive_form(nominal: Nominal, language: str, gender: str, accusative: bool) -> str:
    """Return an adjective as it stands beside its noun."""
    assert nominal.adjective is not None
    forms = load_lexicon().parts("adjective", nominal.adjective, language)
    definite = nominal.determiner == "definite"
    if language == "de":
        return forms[0] + german_ending(gender, definite, accusative)
    if language == "nl":
        return forms[0] if gender == "het" and not definite else forms[1]
    return forms[1] if gender == "f" else forms[0]


def german_ending(gender: str, definite: bool, accusative: bool) -> str:
    """Return the ending of an adjective: weak after der, mixed after ein."""
    if gender == "m" and accusative:
        return "en"
    return "e" if definite else {"m": "er", "f": "e", "n": "es"}[gender]


def predicative_form(adjective: str, subject: str, language: str) -> str:
    """Return an adjective as it stands after the verb to be."""
    forms = load_lexicon().parts("adjective", adjective, language)
    agrees = language in ("fr", "es") and gender_of(subject, language) == "f"
    return forms[1] if agrees else forms[0]


def euphonic(text: str, language: str) -> str:
    """Return the text with a, le, la, de, ne, az and al in the form that the next word requires."""
    if language == "es":
        return re.sub(r"\ba el\b", "al", text)
    before_vowel = f" (?=[{VOWELS.get(language, '')}])"
    if language == "en":
        return re.sub(r"\ba" + before_vowel, "an ", text)
    if language == "hu":
        return re.sub(r"\b([Aa])" + before_vowel, r"\1z ", text)
    if language == "fr":
        return re.sub(r"\b([ldn])[ea]" + before_vowel, r"\1'", text)
    return text


def capitalized(text: str) -> str:
    """Return the text with its first letter, and nothing else, changed to a capital."""
    for place, letter in enumerate(text):
        if letter.isalpha():
            return text[:place] + letter.upper() + text[place + 1 :]
    return text
