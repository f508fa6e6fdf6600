"""The lexicon: concepts and fixed phrases with their forms in six languages.

It is read from `data/inputs/lexicon.csv` and `lexicon_phrases.csv`: one concept or phrase a row,
one language a column; `data/inputs/README.md` says what stands in a cell.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import ClassVar

from eunoe.errors import EunoeError

FOLDER = Path(__file__).parents[4] / "data" / "inputs"
"""Where the lexicon is kept."""

LANGUAGES = ("en", "fr", "es", "de", "nl", "hu")
"""English, French, Spanish, German, Dutch, Hungarian."""

ABSENT = "-"
"""The cell of a function word that the language does not have."""

GENDERS = {"fr": ("m", "f"), "es": ("m", "f"), "de": ("m", "f", "n"), "nl": ("de", "het")}
"""Marks of a noun's gender; Dutch nouns are marked by their article."""

GERMAN_ENDINGS = ("", "e", "er", "en", "es")
"""Endings of German adjectives; the lexicon lists their stem."""

NOUN: dict[str, int | None] = {"en": 1, "fr": 2, "es": 2, "de": 2, "nl": 2, "hu": 2}
ONE: dict[str, int | None] = dict.fromkeys(LANGUAGES, 1)
PARTS: dict[str, dict[str, int | None]] = {
    "noun": NOUN,
    "topic": NOUN,
    "tool": NOUN,
    "intransitive": ONE | {"en": 2},
    "transitive": ONE | {"en": 2, "hu": 2},
    "adjective": {"en": 1, "fr": 3, "es": 3, "de": 1, "nl": 2, "hu": 1},
    "day": ONE,
    "month": ONE,
    "question": ONE,
    "operator": ONE | {"hu": None},
    "action": ONE,
    "function": dict.fromkeys(LANGUAGES, None),
}
"""How many parts a cell has, by category and language; None: any number."""


@dataclass(frozen=True)
class Concept:
    """A row of the lexicon."""

    category: str
    name: str
    kin: str
    """Hypernym of a noun, opposite of an adjective, next day or month, tool of an action."""
    subjects: tuple[str, ...]
    """Hypernyms of the nouns that an adjective or a verb can be said of."""
    objects: tuple[str, ...]
    """Hypernyms of the objects that a verb can have."""
    parts: dict[str, tuple[str, ...]]
    """The parts of the cell of a language."""

    def words(self, language: str) -> tuple[str, ...]:
        """Return every form in a language, the one that a dictionary would list first."""
        parts = self.parts[language]
        if PARTS[self.category] is NOUN and language in GENDERS:
            return parts[:1]
        if self.category in ("topic", "tool") and language == "hu":
            return parts[1:]  # they are never subjects
        if self.category == "adjective" and language in ("fr", "es"):
            return parts[:2]  # the third is no form of it: its place, or the copula
        if self.category == "adjective" and language == "de":
            return tuple(parts[0] + ending for ending in GERMAN_ENDINGS)
        return parts


@dataclass(frozen=True)
class Lexicon:
    """Concepts and phrases; languages are checked on every look-up."""

    entries: dict[tuple[str, str], Concept]
    """By category and name."""
    phrases: dict[tuple[str, str], dict[str, str]]
    """Texts by language, by key and wording."""

    languages: ClassVar[tuple[str, ...]] = LANGUAGES

    @cached_property
    def by_category(self) -> dict[str, list[str]]:
        """The names of the concepts of each category, in the order of the file."""
        return {
            category: [name for kind, name in self.entries if kind == category]
            for category in PARTS
        }

    def concepts(self, category: str) -> list[str]:
        """Return the names of a category's concepts, in the order of the file."""
        if category not in self.by_category:
            raise EunoeError(
                f"lexicon: category {category} is unknown; allowed: {', '.join(PARTS)}"
            )
        return self.by_category[category]

    def concept(self, category: str, name: str) -> Concept:
        """Return a concept; EunoeError if there is none."""
        if (category, name) not in self.entries:
            allowed = ", ".join(self.concepts(category))
            raise EunoeError(f"lexicon: {category} {name} is unknown; allowed: {allowed}")
        return self.entries[category, name]

    def parts(self, category: str, name: str, language: str) -> tuple[str, ...]:
        """Return the parts of a cell."""
        return self.concept(category, name).parts[known(language)]

    def form(self, noun: str, language: str) -> str:
        """Return a noun's singular."""
        return self.parts("noun", noun, language)[0]

    def phrase(self, key: str, language: str, wording: str = "plain") -> str:
        """Return a fixed phrase, in the plain wording if there is no other one."""
        texts = self.phrases.get((key, wording)) or self.phrases.get((key, "plain"))
        if texts is None:
            allowed = ", ".join(key for key, wording in self.phrases if wording == "plain")
            raise EunoeError(f"lexicon: phrase {key} is unknown; allowed: {allowed}")
        return texts[known(language)]

    def opposite(self, adjective: str) -> str:
        """Return the opposite of an adjective."""
        return self.concept("adjective", adjective).kin

    def hypernym(self, noun: str) -> str | None:
        """Return the kind of thing that a noun names, None for a kind itself."""
        return self.concept("noun", noun).kin or None

    def kind(self, noun: str) -> str:
        """Return the hypernym of a noun; a hypernym is its own kind."""
        return self.hypernym(noun) or noun

    @cached_property
    def kinds(self) -> list[str]:
        """The hypernyms."""
        return [noun for noun in self.concepts("noun") if not self.hypernym(noun)]

    def forms(self, language: str) -> set[str]:
        """Return every word, in lower case, that texts in a language can hold."""
        known(language)
        found = {word for concept in self.entries.values() for word in concept.words(language)}
        for texts in self.phrases.values():
            found.update(words_of(re.sub(r"\{\w+\}", "", texts[language])))
        return {word.lower().lstrip("¿") for word in found}


def known(language: str) -> str:
    """Return the language; EunoeError if the lexicon does not have it."""
    if language not in LANGUAGES:
        raise EunoeError(f"language {language} has no lexicon; allowed: {', '.join(LANGUAGES)}")
    return language


def words_of(text: str) -> list[str]:
    """Return the words of a text without punctuation and digits; an elided one keeps its '."""
    return re.findall(r"[^\W\d_]+'?", text)


@cache
def load_lexicon(folder: Path = FOLDER) -> Lexicon:
    """Return the lexicon in a folder; EunoeError for a gap or a collision, with row and column."""
    entries = read_concepts(folder / "lexicon.csv")
    phrases = read_phrases(folder / "lexicon_phrases.csv")
    check_kin(folder / "lexicon.csv", entries)
    return Lexicon(entries, phrases)


def rows_of(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number, from 1 for the header, and the cells of each row of a CSV file."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EunoeError(f"{path}: cannot be read ({error})") from error
    if not rows or rows[0] != list(columns):
        raise EunoeError(f"{path}: row 1: wrong columns; allowed: {', '.join(columns)}")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(columns):
            raise EunoeError(f"{path}: row {number}: {len(row)} cells; allowed: {len(columns)}")
        yield number, dict(zip(columns, row, strict=True))


def read_concepts(path: Path) -> dict[tuple[str, str], Concept]:
    """Return the concepts by category and name."""
    entries: dict[tuple[str, str], Concept] = {}
    seen: dict[tuple[str, str, str], str] = {}
    columns = ("category", "concept", "kin", "subjects", "objects", *LANGUAGES)
    for number, row in rows_of(path, columns):
        where = f"{path}: row {number}"
        key = row["category"], row["concept"]
        if key[0] not in PARTS:
            raise EunoeError(f"{where}: category {key[0]}; allowed: {', '.join(PARTS)}")
        if key in entries:
            raise EunoeError(f"{where}: {key[0]} {key[1]} stands there twice; allowed: once")
        parts = {language: parts_of(row, language, where) for language in LANGUAGES}
        subjects, objects = tuple(row["subjects"].split()), tuple(row["objects"].split())
        entries[key] = Concept(*key, row["kin"], subjects, objects, parts)
        check_collisions(entries[key], seen, where)
    return entries


def parts_of(row: dict[str, str], language: str, where: str) -> tuple[str, ...]:
    """Return the parts of a cell; EunoeError for a gap."""
    parts = tuple(row[language].split())
    wanted = PARTS[row["category"]][language]
    name = f"{row['category']} {row['concept']}"
    if not parts or (wanted is not None and len(parts) != wanted):
        raise EunoeError(
            f"{where}, column {language}: {name} has {len(parts)} forms;"
            f" allowed: {wanted or 'at least one'}"
        )
    genders = GENDERS.get(language)
    if PARTS[row["category"]] is NOUN and genders and parts[-1] not in genders:
        allowed = ", ".join(genders)
        raise EunoeError(
            f"{where}, column {language}: {name}: gender {parts[-1]}; allowed: {allowed}"
        )
    return () if parts == (ABSENT,) and row["category"] == "function" else parts


def check_collisions(concept: Concept, seen: dict[tuple[str, str, str], str], where: str) -> None:
    """Refuse a form that another concept of the same category has in the same language."""
    if concept.category == "function":
        return  # "no" is both a determiner and a negation; the grammar tells them apart
    for language in LANGUAGES:
        for word in set(concept.words(language)):
            other = seen.setdefault((concept.category, language, word.lower()), concept.name)
            if other != concept.name:
                raise EunoeError(
                    f"{where}, column {language}: {concept.category} {concept.name} is {word},"
                    f" as {other} is; allowed: a form of its own"
                )


KIN = {"noun": "noun", "adjective": "adjective", "day": "day", "month": "month", "action": "tool"}
"""The category that the kin of a category belongs to."""


def check_kin(path: Path, entries: dict[tuple[str, str], Concept]) -> None:
    """Refuse a concept whose kin is no concept."""
    kinds = {name for (kind, name), entry in entries.items() if kind == "noun" and not entry.kin}
    for (category, name), entry in entries.items():
        missing = category in KIN and category != "noun" and not entry.kin
        if missing or (entry.kin and (KIN.get(category, ""), entry.kin) not in entries):
            allowed = (
                f"the name of a row of category {KIN[category]}" if category in KIN else "nothing"
            )
            raise EunoeError(f"{path}: {category} {name}: kin is {entry.kin}; allowed: {allowed}")
        if unknown := [kind for kind in (*entry.subjects, *entry.objects) if kind not in kinds]:
            allowed = ", ".join(sorted(kinds))
            raise EunoeError(f"{path}: {category} {name}: {unknown[0]}; allowed: {allowed}")


SLOTS = {
    "arithmetic": ("number", "operator", "number"),
    "opposite": ("first", "second"),
    "before": ("first", "second"),
    "topic_question": ("action", "topic"),
    "topic_answer": ("tool",),
}
"""The names in braces in the phrases that have slots, sorted."""


def check_slots(texts: dict[str, str], wanted: Sequence[str], where: str, key: str) -> None:
    """Refuse a phrase with other slots than its key has."""
    for language, text in texts.items():
        if sorted(found := re.findall(r"\{(\w*)\}", text)) != sorted(wanted):
            raise EunoeError(
                f"{where}, column {language}: {key} has the slots {', '.join(found) or 'none'};"
                f" allowed: {', '.join(wanted) or 'none'}"
            )


def read_phrases(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Return texts by language, by key and wording."""
    phrases: dict[tuple[str, str], dict[str, str]] = {}
    for number, row in rows_of(path, ("key", "wording", *LANGUAGES)):
        key = row["key"], row["wording"]
        if key in phrases or key[1] not in ("plain", "other"):
            raise EunoeError(f"{path}: row {number}: {' '.join(key)}; allowed: plain, other, once")
        texts = {language: row[language] for language in LANGUAGES}
        if gaps := [language for language, text in texts.items() if not text]:
            raise EunoeError(f"{path}: row {number}, column {gaps[0]}: {key[0]} is empty")
        check_slots(texts, SLOTS.get(key[0], ()), f"{path}: row {number}", key[0])
        phrases[key] = texts
    return phrases
