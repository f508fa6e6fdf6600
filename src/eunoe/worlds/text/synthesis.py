"""What worlds and probes of text write down, all of it rows of `ITEMS`.

The documents of a corpus are drawn for each language alone. Items are drawn for all languages
together: an item says the same in each, and the wordings take turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.probes.text import LanguageItems
from eunoe.config.worlds.text import FAMILIES, WORDINGS, ExamplesWorld, LanguageWorld
from eunoe.errors import EunoeError
from eunoe.streams import stream
from eunoe.tables.files import read_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.documents import Document, World, spoken
from eunoe.worlds.text.files import SPLITS, read_files
from eunoe.worlds.text.tasks import TASKS, stream_name
from eunoe.worlds.text.tokenizer import pieces_of

HELD_OUT = ("validation", "test")
"""Splits whose prompts no other item of a world has; they are made before the others."""

TRIES = 50
"""Draws for an item before giving up on finding a new one."""

Versions = Mapping[str, Document]
"""The same document by language."""


@dataclass(frozen=True)
class Place:
    """Where an item stands, whatever its language."""

    task: str
    split: str
    index: int
    """Number within the split, from 0."""

    @property
    def name(self) -> str:
        """The item's id."""
        return f"{self.task}.{self.split}.{self.index:05}"

    @property
    def wording(self) -> str:
        """Wordings take turns."""
        return WORDINGS[self.index % len(WORDINGS)]


# Documents of a corpus


def corpus_rows(world: LanguageWorld, seed: int) -> pd.DataFrame:
    """Return the documents of a world (`ITEMS`); EunoeError if one is too long."""
    rows = pd.DataFrame(
        item_row(place, language, document)
        for family in FAMILIES
        for language in world.languages
        for place, document in corpus_documents(world, family, language, seed)
    )
    check_lengths(rows, world.context, ends=1)
    return rows


def corpus_documents(
    world: LanguageWorld, family: str, language: str, seed: int
) -> Iterator[tuple[Place, Document]]:
    """Yield the documents of a source."""
    known = World.of(world)
    numbers = stream(seed, f"corpus/{stream_name('corpus', family)}/{language}")
    for index in range(world.documents):
        place = Place(family, "train", index)
        yield place, spoken(TASKS[family].draw, numbers, language, place.wording, known)


# Items in splits


def split_rows(world: ExamplesWorld, seed: int) -> pd.DataFrame:
    """Return the items of a world (`ITEMS`), made or read from its files.

    No prompt of validation or test is that of another item. EunoeError if a task has too few
    prompts, or if an item is longer than a row.
    """
    if world.files is not None:
        return read_files({split: Path(getattr(world.files, split)) for split in SPLITS})
    rows = pd.DataFrame(made_rows(world, seed), columns=ITEMS.names)
    check_lengths(rows, world.context, ends=2)
    return rows


def made_rows(world: ExamplesWorld, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the items that are made, those that are held out first."""
    assert world.examples is not None, "a world without files has counts"
    known, held_out = World.of(world), set[str]()
    for split in (*HELD_OUT, "train"):
        for task, languages in languages_by_task(world).items():
            seen: set[str] = set()
            for index in range(getattr(world.examples, split)):
                place = Place(task, split, index)
                drawn = draws(known, "examples", place, languages, seed)
                versions = first_new(drawn, held_out, seen, repeats=True)
                if versions is None:
                    raise EunoeError(
                        f"worlds: examples: no new prompt of {task} after {index} of {split};"
                        " allowed: fewer examples of validation and test"
                    )
                prompts = {document.prompt for document in versions.values()}
                (seen if split == "train" else held_out).update(prompts)
                for language, document in versions.items():
                    yield item_row(place, language, document)


def languages_by_task(world: ExamplesWorld) -> dict[str, list[str]]:
    """Return the languages of each task."""
    found: dict[str, list[str]] = {}
    for source in world.made:
        task, language = source.split(".")
        found.setdefault(task, []).append(language)
    return found


# Items of a probe


def probe_rows(
    world: LanguageWorld, material: Path, probe: LanguageItems, seed: int
) -> pd.DataFrame:
    """Return a probe's items (`ITEMS`), none of which begins a document of the corpus.

    Half of them are put in words that fine-tuning on `plain` documents never shows. A reply is
    right if it begins with the right option, as in Kotha et al. 2024, section 3, whatever format
    the replies of its task have otherwise. EunoeError if a world has too few items.
    """
    seen = set(read_table(material, ITEMS, ["prompt"])["prompt"].to_pylist())
    known, languages = World.of(world), list(dict.fromkeys(["en", *probe.languages]))
    rows: list[dict[str, Any]] = []
    for task in probe.tasks:
        taken: set[str] = set()
        for place in places(probe, task):
            drawn = filter(can_be_told, draws(known, "items", place, languages, seed))
            versions = first_new(drawn, seen, taken, repeats=False)
            if versions is None:
                raise EunoeError(
                    f"probes: items = {probe.items.validation + probe.items.test}: no new item of"
                    f" {task} after {place.index} of {place.split}; allowed: fewer items, or a"
                    " world with fewer documents"
                )
            taken.add(versions["en"].prompt)
            drawn_rows = [item_row(place, each, versions[each]) for each in probe.languages]
            rows += [row | {"format": "option"} for row in drawn_rows]
    return pd.DataFrame(rows)


def places(probe: LanguageItems, task: str) -> Iterator[Place]:
    """Yield the places of a task's items."""
    for split in HELD_OUT:
        for index in range(getattr(probe.items, split)):
            yield Place(task, split, index)


def can_be_told(versions: Versions) -> bool:
    """Tell whether no reply would show two outcomes, in whatever language."""
    return not any(
        one.startswith(other)
        for document in versions.values()
        for one, other in permutations(document.options.values(), 2)
    )


# What items of all kinds share


def draws(
    known: World, drawn: str, place: Place, languages: Sequence[str], seed: int
) -> Iterator[Versions]:
    """Yield draws for an item, each in every language, until it is time to give up.

    `drawn` is what is drawn: `items` of a probe or `examples` of a world.
    """
    purpose = f"{drawn}/{stream_name(drawn, place.task)}/{place.split}"
    for attempt in range(TRIES):
        yield {
            language: spoken(
                TASKS[place.task].draw,
                stream(seed, purpose, place.index, attempt),
                language,
                place.wording,
                known,
            )
            for language in languages
        }


def first_new(
    drawn: Iterable[Versions], forbidden: Set[str], taken: Set[str], repeats: bool
) -> Versions | None:
    """Return the first draw with prompts that are new; None if there is none.

    With `repeats`, the first one with prompts that are taken will do if all new ones are forbidden:
    tasks with few prompts repeat some in training.
    """
    repeated: Versions | None = None
    for versions in drawn:
        prompts = [document.prompt for document in versions.values()]
        if forbidden.isdisjoint(prompts):
            if taken.isdisjoint(prompts):
                return versions
            repeated = repeated or versions
    return repeated if repeats else None


def item_row(place: Place, language: str, document: Document) -> dict[str, Any]:
    """Return an item in one language, as a row of `ITEMS`."""
    return {
        "item": place.name,
        "source": f"{place.task}.{language}",
        "task": place.task,
        "language": language,
        "wording": place.wording,
        "split": place.split,
        "prompt": document.prompt,
        "reply": document.reply,
        "options": [{"outcome": name, "text": text} for name, text in document.options.items()],
        "gold": document.gold,
        "format": TASKS[place.task].format,
    }


def check_lengths(rows: pd.DataFrame, context: int, ends: int) -> None:
    """Refuse an item that has more tokens than a row, with the end tokens beside its text."""
    texts = rows["prompt"].where(rows["reply"] == "", rows["prompt"] + " " + rows["reply"])
    lengths = [len(pieces_of(text)) + ends for text in texts]
    longest = max(lengths)
    if longest > context:
        source = rows["source"].iloc[lengths.index(longest)]
        raise EunoeError(
            f"worlds: context = {context}: an item of {source} has {longest} tokens;"
            f" allowed: an integer of at least {longest}"
        )
