"""The items of a probe of text: those that its world holds out of training, or new ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.probes.text import TextItems
from eunoe.config.probes.text import TextItems as ASKED
from eunoe.config.worlds.text import TextWorld
from eunoe.config.worlds.text import TextWorld as SETTINGS
from eunoe.errors import EunoeError
from eunoe.evaluation.tokens import demonstrated
from eunoe.streams import stream
from eunoe.tables.files import read_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.documents import World
from eunoe.worlds.text.draws import HELD_OUT, Place, Versions, draws, first_new, item_row
from eunoe.worlds.text.sources import rows_from, rows_of_source

__all__ = ["ASKED", "ITEMS", "SETTINGS", "item_rows"]


def item_rows(world: TextWorld, material: Path, probe: TextItems, seed: int) -> pd.DataFrame:
    """Return the items of a probe (`ITEMS`), none of which is trained on.

    Before each prompt stand training items of the same source, the same for all models. EunoeError
    if there is no such source, or if too few new items can be drawn.
    """
    items = read_table(material, ITEMS).to_pandas()
    to_draw = [source for source in probe.asked if is_new(world, items, source)]
    parts = [held_out_rows(items, source, probe) for source in probe.asked if source not in to_draw]
    if to_draw:
        parts.append(new_rows(world, set(items["prompt"]), to_draw, probe, seed))
    rows = pd.concat(parts, ignore_index=True)
    if probe.demonstrations:
        rows["prompt"] = demonstrated_prompts(rows, items, probe.demonstrations, seed)
    return in_format(rows, probe.format)


def is_new(world: TextWorld, items: pd.DataFrame, source: str) -> bool:
    """Tell whether the probe draws the items of a source, because the world holds out none."""
    if world.files is not None:
        return False
    test = items[items["split"] == "test"]
    return rows_of_source(test, source).empty


def in_format(rows: pd.DataFrame, name: str | None) -> pd.DataFrame:
    """Return items with a format, or each with its task's format; EunoeError if one cannot have
    it."""
    if name is None:
        return rows
    without = rows["source"][rows["options"].map(len) == 0]
    if len(without):
        raise EunoeError(
            f"probes: format = {name}: items of {without.iloc[0]} have no options; allowed: null"
        )
    return rows.assign(format=name)


# Items of the world


def held_out_rows(items: pd.DataFrame, source: str, probe: TextItems) -> pd.DataFrame:
    """Return the first validation and test items of a source; `source` is the name in the probe."""
    rows = rows_from(items, source, "probe")
    parts = [rows[rows["split"] == split].head(getattr(probe.items, split)) for split in HELD_OUT]
    return pd.concat(parts).assign(source=source)


def demonstrated_prompts(
    rows: pd.DataFrame, items: pd.DataFrame, count: int, seed: int
) -> list[str]:
    """Return prompts after training items of their source; numbers start anew in each split."""
    train = items[items["split"] == "train"]
    found = []
    for (source, _), part in rows.groupby(["source", "split"], sort=False, observed=True):
        of_source = rows_from(train, str(source), "probe: demonstrations")
        shown = list(of_source[["prompt", "reply"]].itertuples(index=False, name=None))
        prompts = [
            with_demonstrations(prompt, shown, count, seed, number)
            for number, prompt in enumerate(part["prompt"])
        ]
        found.append(pd.Series(prompts, part.index))
    return pd.concat(found).reindex(rows.index).tolist()


def with_demonstrations(
    prompt: str, shown: Sequence[tuple[str, str]], count: int, seed: int, number: int
) -> str:
    """Return a prompt after some of the items that can be shown, each once."""
    numbers = stream(seed, "evaluate/demonstrations", number)
    chosen = numbers.choice(len(shown), size=min(count, len(shown)), replace=False)
    return demonstrated(prompt, [shown[place] for place in chosen])


# New items


def new_rows(
    world: TextWorld, seen: set[str], sources: Sequence[str], probe: TextItems, seed: int
) -> pd.DataFrame:
    """Return items whose prompts are not among those that were seen.

    An item says the same in every language, and is told apart from the others of its task in
    English too. No reply to it would show two outcomes.
    """
    known = World.of(world)
    rows: list[dict[str, Any]] = []
    for task, asked in languages_of(sources).items():
        languages, taken = list(dict.fromkeys(["en", *asked])), set[str]()
        for place in places(probe, task):
            drawn = draws(known, f"items/{task}/{place.split}", place, languages, seed)
            versions = first_new(filter(can_be_told, drawn), seen, taken, repeats=False)
            if versions is None:
                raise EunoeError(
                    f"probes: items = {len([*places(probe, task)])}: no new item of {task} after"
                    f" {place.index} of {place.split}; allowed: fewer items, or a world with fewer"
                    " items"
                )
            taken.add(versions["en"].prompt)
            rows += [item_row(place, language, versions[language]) for language in asked]
    return pd.DataFrame(rows, columns=ITEMS.names)


def languages_of(sources: Sequence[str]) -> dict[str, list[str]]:
    """Return the languages of each task, in their order."""
    found: dict[str, list[str]] = {}
    for source in sources:
        task, language = source.split(".")
        found.setdefault(task, []).append(language)
    return found


def places(probe: TextItems, task: str) -> Iterator[Place]:
    """Yield the places of a task's items."""
    for split in HELD_OUT:
        for index in range(getattr(probe.items, split)):
            yield Place(task, split, index)


def can_be_told(versions: Versions) -> bool:
    """Tell whether, in every language, no reply could show two outcomes."""
    return not any(
        one.startswith(other)
        for document in versions.values()
        for one, other in permutations(document.options.values(), 2)
    )
