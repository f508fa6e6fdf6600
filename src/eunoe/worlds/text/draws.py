"""Draws items: documents that say the same in several languages.

The wordings take turns. An item is drawn again until no other has its prompt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from eunoe.config.worlds.text import WORDINGS
from eunoe.streams import stream
from eunoe.worlds.text.documents import Document, World, spoken
from eunoe.worlds.text.tasks import TASKS

HELD_OUT = ("validation", "test")
"""Splits whose prompts no other item of a world has; they are made before the others."""

TRIES = 50
"""Largest number of draws to find an item with a new prompt."""

Versions = Mapping[str, Document]
"""The same document in several languages, by language."""


@dataclass(frozen=True)
class Place:
    """The place of an item in a world: task, split and number, in any language."""

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
        """The wording of the item; wordings alternate."""
        return WORDINGS[self.index % len(WORDINGS)]


def draws(
    known: World, purpose: str, place: Place, languages: Sequence[str], seed: int
) -> Iterator[Versions]:
    """Yield at most `TRIES` draws for an item, each in every language.

    `purpose` is what the random numbers are for.
    """
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

    Forbidden prompts are never returned. With `repeats`, the first draw with taken prompts is
    returned if none is new: tasks with few prompts repeat some in training.
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
