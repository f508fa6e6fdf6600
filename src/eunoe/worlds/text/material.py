"""The items of a world of text: those to train on, and those held out of training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.worlds.text import TextWorld
from eunoe.config.worlds.text import TextWorld as SETTINGS
from eunoe.errors import EunoeError
from eunoe.tables.items import ITEMS
from eunoe.tables.items import ITEMS as WORLD
from eunoe.worlds.text.documents import World
from eunoe.worlds.text.draws import HELD_OUT, Place, Versions, draws, first_new, item_row
from eunoe.worlds.text.files import SPLITS, read_files
from eunoe.worlds.text.tokenizer import pieces_of

__all__ = ["SETTINGS", "WORLD", "world_rows"]


def world_rows(world: TextWorld, seed: int) -> pd.DataFrame:
    """Return the items of a world (`ITEMS`), made or read from its files.

    No prompt of validation or test is that of another item. EunoeError if a task has too few
    prompts, or if an item is longer than a row.
    """
    if world.files is not None:
        return read_files({split: Path(getattr(world.files, split)) for split in SPLITS})
    rows = pd.DataFrame(made_rows(world, seed), columns=ITEMS.names)
    check_lengths(rows, world.context)
    return rows


def made_rows(world: TextWorld, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the items that are made, held-out ones first."""
    held_out = set[str]()
    for split in (*HELD_OUT, "train"):
        for task, languages in languages_by_task(world, split).items():
            apart = split == "train" and not world.parallel
            for together in [[language] for language in languages] if apart else [languages]:
                own = f"/{together[0]}" if apart else ""
                for place, versions in made(world, task, split, together, own, held_out, seed):
                    for language, document in versions.items():
                        yield item_row(place, language, document)


def made(
    world: TextWorld,
    task: str,
    split: str,
    languages: list[str],
    own: str,
    held_out: set[str],
    seed: int,
) -> Iterator[tuple[Place, Versions]]:
    """Yield a task's items of a split in languages in which they say the same.

    `held_out` are the prompts that are held out so far, to which those of this split are added
    unless it is trained on; `own` makes the random numbers those of one language.
    """
    assert world.items is not None, "a world without files has counts"
    known, seen = World.of(world), set[str]()
    for index in range(getattr(world.items, split)):
        place = Place(task, split, index)
        drawn = draws(known, f"examples/{task}/{split}{own}", place, languages, seed)
        versions = first_new(drawn, held_out, seen, repeats=True)
        if versions is None:
            raise EunoeError(
                f"worlds: items: no new prompt of {task} after {index} of {split};"
                " allowed: fewer items of validation and test"
            )
        prompts = {document.prompt for document in versions.values()}
        (seen if split == "train" else held_out).update(prompts)
        yield place, versions


def languages_by_task(world: TextWorld, split: str) -> dict[str, list[str]]:
    """Return the languages of each task that has items in a split.

    Monitored sources have validation items, whether there are others of their task or not.
    """
    sources = list(world.made)
    if split == "validation":
        sources += [source for source in world.monitored if source not in sources]
    found: dict[str, list[str]] = {}
    for source in sources:
        task, language = source.split(".")
        found.setdefault(task, []).append(language)
    return found


def check_lengths(rows: pd.DataFrame, context: int) -> None:
    """Raise an EunoeError for an item that, with its end tokens, has more tokens than a row."""
    texts = rows["prompt"].where(rows["reply"] == "", rows["prompt"] + " " + rows["reply"])
    lengths = [len(pieces_of(text)) + 2 for text in texts]
    longest = max(lengths)
    if longest > context:
        source = rows["source"].iloc[lengths.index(longest)]
        raise EunoeError(
            f"worlds: context = {context}: an item of {source} has {longest} tokens;"
            f" allowed: an integer of at least {longest}"
        )
