"""Translation by the lexicon, and re-wording: transforms that stay in the micro-world.

A text is read line by line: a format word, then sentences, questions and fixed phrases, each put
into words again in the other language or wording. They may be upper-cased, or their words reversed,
as the answers of the demonstrated tasks are. A word alone that is the first one of the sentence
before it is put as the first word of that sentence. What is left is translated word by word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, model_validator

from eunoe.config.model import wrong
from eunoe.errors import EunoeError
from eunoe.transforms.interface import TextTransform
from eunoe.worlds.text.agreement import capitalized, euphonic
from eunoe.worlds.text.grammar import linearize, read
from eunoe.worlds.text.lexicon import LANGUAGES, load_lexicon
from eunoe.worlds.text.questions import BLANK, NUMBER, Phrase, patterns, render

WORD = re.compile(r"¿?[^\W\d_]+'?")
UNIT_ENDS = re.compile(r"(?<=[.?]) ")
FORMAT = re.compile(r"([^\W\d_]+:)(?: (.*))?")
"""A format word, and the rest of the line."""

NOUNS = ("noun", "topic", "tool")
DATES = ("day", "month")
"""Categories whose words have a capital in some languages wherever they stand."""

Put = Callable[[str], str | None]
"""Puts a sentence or a phrase differently; None if the text is neither."""


def has_lexicon(language: object) -> object:
    """Refuse a language without a lexicon."""
    if language not in LANGUAGES:
        raise wrong("", language, "a language without a lexicon", ", ".join(LANGUAGES))
    return language


Spoken = Annotated[Literal["en", "fr", "es", "de", "nl", "hu"], BeforeValidator(has_lexicon)]
"""A language of the lexicon."""


class Translate(TextTransform):
    """Translate texts of the micro-world by its lexicon and grammar.

    What `encode` returns, `decode` takes back to the letter; it raises an EunoeError for any text
    for which that would not hold, and names the word that the lexicon does not know.
    """

    name: Literal["translate"] = "translate"
    to: Spoken
    """Language that the model sees."""
    source: Spoken = "en"
    """Language of the prompts."""

    @model_validator(mode="after")
    def _two_languages(self) -> Self:
        if self.to == self.source:
            raise wrong("to", self.to, "the prompts' own language", "another one than source")
        return self

    @property
    def label(self) -> str:
        """`translate(fr)`, or `translate(fr, es)` from another language than English."""
        ends = self.to if self.source == "en" else f"{self.source}, {self.to}"
        return f"{self.name}({ends})"

    @property
    def languages(self) -> tuple[str, ...]:
        """The source."""
        return (self.source,)

    def encode(self, prompt: str) -> str:
        """Return the prompt in the other language."""
        for word in WORD.findall(prompt):
            if word.lower().lstrip("¿") not in known_words(self.source):
                raise EunoeError(f"{self.label}: {word} is not in the lexicon of {self.source}")
        text = translated(prompt, self.source, self.to)
        if translated(text, self.to, self.source) != prompt:
            line = self.inexact_line(prompt)
            raise EunoeError(
                f"{self.label}: {line!r} cannot be taken back; allowed: texts of the micro-world"
            )
        return text

    def inexact_line(self, prompt: str) -> str:
        """Return the first line that is another one after translation there and back."""
        for line in prompt.split("\n"):
            text = translated(line, self.source, self.to)
            if translated(text, self.to, self.source) != line:
                return line
        return prompt

    def decode(self, answer: str) -> str:
        """Return an answer in the prompt's language; words that are not known stay."""
        return translated(answer, self.to, self.source)


class Reword(TextTransform):
    """Put instructions, format words and questions in the lexicon's other wording.

    The control that changes the prompt but not its language. An answer is a number, a word, or the
    input changed as demonstrated; the other wording of a question starts and ends with the same
    words, so that such answers begin alike, and nothing has to be taken back.
    """

    name: Literal["reword"] = "reword"
    exact: ClassVar[bool] = True

    @property
    def languages(self) -> tuple[str, ...]:
        """Those of the lexicon."""
        return LANGUAGES

    def encode(self, prompt: str) -> str:
        """Return the prompt in the other wording of the language in which it has most phrases."""
        language = max(LANGUAGES, key=lambda each: count_phrases(prompt, each))
        return by_lines(prompt, lambda text: rephrased(text, language, language, "other"))

    def decode(self, answer: str) -> str:
        """Return the answer as it is."""
        return answer


# Lines


def by_lines(text: str, put: Put) -> str:
    """Return a text with what `put` knows of each line put differently, and the rest as it is."""
    return "\n".join(by_units(line, put) for line in text.split("\n"))


def by_units(line: str, put: Put) -> str:
    """Return a line put differently: as a whole, or its format word and each of its sentences."""
    body = line.strip(" ")
    start, end = line[: len(line) - len(line.lstrip(" "))], line[len(line.rstrip(" ")) :]
    if not body:
        return line
    whole = put(body)
    if whole is None and (found := FORMAT.fullmatch(body)) and (head := put(found[1])):
        rest = "" if found[2] is None else " " + by_units(found[2], put)
        whole = head + rest
    if whole is None and len(units := UNIT_ENDS.split(body)) > 1:
        whole = " ".join(by_units(unit, put) for unit in units)
    return start + (body if whole is None else whole) + end


def count_phrases(text: str, language: str) -> int:
    """Return how many phrases and sentences a language recognizes in a text."""
    count = 0

    def put(unit: str) -> str | None:
        nonlocal count
        known = in_either_order(unit, lambda each: put_phrase(each, language, language, None))
        known = known or in_either_order(unit, lambda each: put_sentence(each, language, language))
        count += known is not None
        return known

    by_lines(text, put)
    return count


# Sentences and phrases


def in_either_order(text: str, put: Put) -> str | None:
    """Put a text differently, or the text that it is with its words reversed."""
    found = put(text)
    if found is None and " " in text and (turned := put(reversed_words(text))) is not None:
        return reversed_words(turned)
    return found


def reversed_words(text: str) -> str:
    """Return the words, between single spaces, from last to first."""
    return " ".join(reversed(text.split(" ")))


def in_case_of(text: str, original: str, result: str) -> str:
    """Return a result in capitals if the text is, and the original of the result is not."""
    return result.upper() if text != original and text == original.upper() else result


def put_sentence(text: str, source: str, target: str) -> str | None:
    """Return a sentence in another language."""
    sentence = read(text, source)
    if sentence is None:
        return None
    return in_case_of(text, linearize(sentence, source), linearize(sentence, target))


def put_phrase(text: str, source: str, target: str, wording: str | None) -> str | None:
    """Return a phrase in another language, and in another wording if there is one."""
    numbers, blanks = re.findall(r"\d+", text), re.findall(r"_+", text)
    pattern = re.sub(r"_+", BLANK, re.sub(r"\d+", NUMBER, text.lower()))
    found = patterns(source).get(re.sub(f"{NUMBER}-sz[eoö]r", f"{NUMBER}-szer", pattern))
    if found is None or NUMBER in text:
        return None
    phrase = Phrase(found[0].key, found[0].names, tuple(numbers), "".join(blanks))
    original = render(phrase, source, found[1])
    result = render(phrase, target, wording or found[1])
    return in_case_of(text, original, result)


def rephrased(text: str, source: str, target: str, wording: str) -> str | None:
    """Return a phrase in another wording; sentences have one only."""
    return in_either_order(text, lambda each: put_phrase(each, source, target, wording))


@lru_cache(maxsize=100_000)
def translated(text: str, source: str, target: str) -> str:
    """Return a text in another language; what is not known stays as it is."""

    said, put_as = "", ""  # the last sentence or question

    def put(unit: str) -> str | None:
        nonlocal said, put_as
        if unit == said.split(" ")[0]:  # as the first-word task answers: Le, L'homme
            return put_as.split(" ")[0]
        found = in_either_order(unit, lambda each: put_phrase(each, source, target, None))
        found = found or in_either_order(unit, lambda each: put_sentence(each, source, target))
        if found and " " in unit:
            said, put_as = unit, found
        return found or (None if has_units(unit) else word_by_word(unit, source, target))

    return by_lines(text, put)


def has_units(text: str) -> bool:
    """Tell whether a text is more than words: a format word, or several sentences."""
    return bool(FORMAT.fullmatch(text) or UNIT_ENDS.search(text))


# Words


@cache
def dictionary(language: str) -> dict[str, tuple[str, str]]:
    """Return category and name of the concept that has a form, the first one in the lexicon."""
    found: dict[str, tuple[str, str]] = {}
    for key, concept in load_lexicon().entries.items():
        for word in concept.words(language):
            found.setdefault(word.lower(), key)
    return found


@cache
def known_words(language: str) -> frozenset[str]:
    """Return every word of a language in lower case."""
    return frozenset(load_lexicon().forms(language))


def word_by_word(text: str, source: str, target: str) -> str:
    """Return a text with each word that is known in its first form in the other language."""

    def put(match: re.Match[str]) -> str:
        return put_word(match[0], source, target, ends=text[match.end() :] == ".")

    return euphonic(re.sub(" +", " ", WORD.sub(put, text)), target)


def put_word(word: str, source: str, target: str, *, ends: bool) -> str:
    """Return a word, which may end a sentence, in another language."""
    if label := put_phrase(word, source, target, None):
        return label
    entries = dictionary(source)
    key = entries.get(word.lower()) or entries.get("¿" + word.lower())
    if key is None:
        return word
    forms = load_lexicon().entries[key].words(target)
    if not forms:
        return ""
    space = " " if word.endswith("'") and not forms[0].endswith("'") else ""
    return like(word, forms[0], is_name(key[0], source, ends)) + space


def is_name(category: str, language: str, ends: bool) -> bool:
    """Tell whether the word would have a capital anyway; a date alone may begin a sentence."""
    if category in NOUNS:
        return language == "de"
    return ends and category in DATES and language in ("en", "de")


def like(word: str, form: str, is_name: bool) -> str:
    """Return a form with the capitals of a word; the capital of a name says nothing."""
    if len(word.strip("¿'")) > 1 and word.isupper():
        return form.upper()
    capital = word.lstrip("¿")[0].isupper() and not is_name
    return capitalized(form) if capital else form
