"""What the language world writes down: the corpus, and the items of a probe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.probes import LanguageItems
from eunoe.config.worlds import FAMILIES, WORDINGS, LanguageWorld
from eunoe.errors import EunoeError
from eunoe.streams import stream
from eunoe.tables.corpus import CORPUS
from eunoe.tables.files import read_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text import documents
from eunoe.worlds.text.documents import Document, spoken
from eunoe.worlds.text.tokenizer import build_tokenizer

WORLD = CORPUS
PROMPTS = ITEMS

TRIES = 50
"""Draws for an item before giving up on finding one that the corpus does not hold."""


def world_rows(world: LanguageWorld, seed: int) -> pd.DataFrame:
    """Return the corpus, with tokens (`CORPUS`); EunoeError if a document is too long."""
    rows = pd.DataFrame(
        {
            "family": family,
            "language": language,
            "wording": wording,
            "prompt": document.prompt,
            "text": document.text,
        }
        for family in FAMILIES
        for language in world.languages
        for wording, document in corpus_documents(world, family, language, seed)
    )
    tokenizer = build_tokenizer(rows["text"])
    rows["tokens"] = tokenizer(rows["text"].tolist())["input_ids"]
    rows["reply"] = [len(tokens) for tokens in tokenizer(rows.pop("prompt").tolist())["input_ids"]]
    longest = rows["tokens"].map(len)
    if longest.max() > world.context:
        row = rows.iloc[int(longest.argmax())]
        raise EunoeError(
            f"worlds: context = {world.context}: a document of {row['family']}.{row['language']}"
            f" has {longest.max()} tokens; allowed: an integer of at least {longest.max()}"
        )
    return rows


def corpus_documents(
    world: LanguageWorld, family: str, language: str, seed: int
) -> Iterator[tuple[str, Document]]:
    """Yield the documents of a source with their wordings, which take turns."""
    known = documents.World.of(world)
    numbers = stream(seed, f"corpus/{family}/{language}")
    for index in range(world.documents):
        wording = WORDINGS[index % len(WORDINGS)]
        yield wording, spoken(documents.FAMILIES[family], numbers, language, wording, known)


@dataclass(frozen=True)
class Place:
    """Where an item stands in a probe, whatever its language."""

    task: str
    split: str
    index: int
    """Number within the split, from 0."""

    @property
    def name(self) -> str:
        """The item's id."""
        return f"{self.task}.{self.split}.{self.index:04}"

    @property
    def wording(self) -> str:
        """Wordings take turns."""
        return WORDINGS[self.index % len(WORDINGS)]


def prompt_rows(
    world: LanguageWorld, material: Path, probe: LanguageItems, seed: int
) -> pd.DataFrame:
    """Return a probe's items (`ITEMS`), none of which begins a document of the corpus.

    An item's number means the same in every language. Half of the items are put in words that
    fine-tuning on `plain` documents never shows. EunoeError if a world has too few items.
    """
    seen = prompts_in(material)
    languages = list(dict.fromkeys(["en", *probe.languages]))
    rows: list[dict[str, Any]] = []
    for task in probe.tasks:
        taken: set[str] = set()
        for place in places(probe, task):
            versions = first_new(draws(world, place, languages, seed), seen, taken)
            if versions is None:
                raise EunoeError(
                    f"probes: items = {probe.items.validation + probe.items.test}: no new item of"
                    f" {task} after {place.index} of {place.split}; allowed: fewer items, or a"
                    " world with fewer documents"
                )
            taken.add(versions["en"].prompt)
            rows += [item_row(place, language, versions[language]) for language in probe.languages]
    return pd.DataFrame(rows)


def prompts_in(material: Path) -> set[str]:
    """Return what stands before the replies of the corpus."""
    texts = read_table(material, WORLD, ["text"])["text"].to_pylist()
    return {text[: text.rindex(":") + 1] for text in texts if ":" in text}


def places(probe: LanguageItems, task: str) -> Iterator[Place]:
    """Yield the places of a task's items."""
    for split in ("validation", "test"):
        for index in range(getattr(probe.items, split)):
            yield Place(task, split, index)


def draws(
    world: LanguageWorld, place: Place, languages: Sequence[str], seed: int
) -> Iterator[dict[str, Document]]:
    """Yield draws for an item, each in every language, until it is time to give up."""
    known, purpose = documents.World.of(world), f"items/{place.task}/{place.split}"
    for attempt in range(TRIES):
        yield {
            language: spoken(
                documents.ITEMS[place.task],
                stream(seed, purpose, place.index, attempt),
                language,
                place.wording,
                known,
            )
            for language in languages
        }


def first_new(
    drawn: Iterable[dict[str, Document]], seen: set[str], taken: set[str]
) -> dict[str, Document] | None:
    """Return the first draw that is neither in the corpus nor, in English, an item already."""
    for versions in drawn:
        new = versions["en"].prompt not in taken
        if new and all(usable(document, seen) for document in versions.values()):
            return versions
    return None


def usable(item: Document, seen: set[str]) -> bool:
    """Whether the corpus does not hold an item and no reply would show two outcomes."""
    alike = any(a.startswith(b) for a, b in permutations(item.options.values(), 2))
    return item.prompt not in seen and not alike


def item_row(place: Place, language: str, item: Document) -> dict[str, Any]:
    """Return an item in one language, as a row."""
    return {
        "item": place.name,
        "task": place.task,
        "split": place.split,
        "language": language,
        "wording": place.wording,
        "prompt": item.prompt,
        "options": [{"outcome": name, "text": text} for name, text in item.options.items()],
        "gold": item.gold,
    }
