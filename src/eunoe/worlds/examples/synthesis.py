"""What an examples world writes down: examples, made or a user's own, in three splits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.worlds import WORDINGS, ExamplesWorld
from eunoe.errors import EunoeError
from eunoe.streams import stream
from eunoe.tables.examples import EXAMPLES
from eunoe.worlds.text.documents import Document, Voice, cipher_of, spoken
from eunoe.worlds.text.files import SPLITS, read_files
from eunoe.worlds.text.tasks import TASKS, world_of
from eunoe.worlds.text.tokenizer import pieces_of

WORLD = EXAMPLES

HELD_OUT = ("validation", "test")
"""Splits whose prompts no other example has; they are made before the others."""

TRIES = 50
"""Draws for an example before giving up on finding a new one."""

Versions = Mapping[str, Document]
"""The same document in several languages."""


def world_rows(settings: ExamplesWorld, seed: int) -> pd.DataFrame:
    """Return the examples of a world (`EXAMPLES`), made or read from its files.

    Of those that are made, a number means the same in every language, and wordings take turns. No
    prompt of validation or test is that of another example. EunoeError if a task has too few
    prompts, or if an example is longer than a row.
    """
    if settings.files is not None:
        return read_files({split: Path(getattr(settings.files, split)) for split in SPLITS})
    rows = pd.DataFrame(made_rows(settings, seed), columns=WORLD.names)
    check_lengths(rows, settings.context)
    return rows


def made_rows(settings: ExamplesWorld, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the examples that are made, those that are held out first."""
    held_out: set[str] = set()
    for split in (*HELD_OUT, "train"):
        for task, languages in spoken_tasks(settings).items():
            seen: set[str] = set()
            for index in range(getattr(settings.examples, split)):
                place = Place(task, split, index)
                versions = first_new(draws(settings, place, languages, seed), held_out, seen, place)
                prompts = {document.prompt for document in versions.values()}
                (seen if split == "train" else held_out).update(prompts)
                for language, document in versions.items():
                    yield example_row(place, language, document)


def spoken_tasks(settings: ExamplesWorld) -> dict[str, list[str]]:
    """Return the languages of each task."""
    found: dict[str, list[str]] = {}
    for source in settings.made:
        task, language = source.split(".")
        found.setdefault(task, []).append(language)
    return found


@dataclass(frozen=True)
class Place:
    """Where an example stands, whatever its language."""

    task: str
    split: str
    index: int
    """Number within the split, from 0."""

    @property
    def wording(self) -> str:
        """Wordings take turns."""
        return WORDINGS[self.index % len(WORDINGS)]


def draws(
    settings: ExamplesWorld, place: Place, languages: list[str], seed: int
) -> Iterator[Versions]:
    """Yield draws for an example, each in every language, until it is time to give up."""
    purpose, known = f"examples/{place.task}/{place.split}", world_of(settings)
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
    drawn: Iterable[Versions], held_out: Set[str], seen: Set[str], place: Place
) -> Versions:
    """Return the first draw that is new, or one that training alone has seen already.

    Tasks with few prompts repeat some in training, none that is held out. EunoeError if all draws
    are held out.
    """
    repeated: Versions | None = None
    for versions in drawn:
        prompts = [document.prompt for document in versions.values()]
        if held_out.isdisjoint(prompts):
            if seen.isdisjoint(prompts):
                return versions
            repeated = repeated or versions
    if repeated is None:
        raise EunoeError(
            f"worlds: examples: no new prompt of {place.task} after {place.index} of"
            f" {place.split}; allowed: fewer examples of validation and test"
        )
    return repeated


def example_row(place: Place, language: str, document: Document) -> dict[str, Any]:
    """Return an example as a row."""
    return {
        "example": f"{place.task}.{language}.{place.split}.{place.index:05}",
        "source": f"{place.task}.{language}",
        "task": place.task,
        "language": language,
        "wording": place.wording,
        "split": place.split,
        "prompt": document.prompt,
        "response": document.reply,
        "labels": labels_of(place.task, language),
    }


def labels_of(task: str, language: str) -> list[str]:
    """Return what the replies to a task can be, if that is a choice of few; else nothing."""
    cipher = cipher_of(language)
    voice = Voice("en" if cipher else language, WORDINGS[0])
    labels = [voice.phrase(key) for key in TASKS[task].labels]
    return [cipher.encode(label) for label in labels] if cipher else labels


def check_lengths(rows: pd.DataFrame, context: int) -> None:
    """Refuse an example that has more tokens than a row, with those that begin and end it."""
    texts = rows["prompt"] + " " + rows["response"]
    lengths = [len(pieces_of(text)) + 2 for text in texts]
    longest = max(lengths)
    if longest > context:
        source = rows["source"].iloc[lengths.index(longest)]
        raise EunoeError(
            f"worlds: context = {context}: an example of {source} has {longest} tokens;"
            f" allowed: an integer of at least {longest}"
        )
