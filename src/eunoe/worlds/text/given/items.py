"""Items of given texts: shipped ones, XNLI and a user's own files, lined up across languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from eunoe.config.probes.given import GivenTexts
from eunoe.config.probes.text import TextItems
from eunoe.config.probes.text import TextItems as ASKED
from eunoe.config.worlds.text import TextWorld
from eunoe.config.worlds.text import TextWorld as SETTINGS
from eunoe.errors import EunoeError
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.formats.refusals import label, shipped_markers
from eunoe.worlds.text.given.prompt_files import own_items, without_texts
from eunoe.worlds.text.given.prompts import TASK_LANGUAGES, items_for
from eunoe.worlds.text.given.xnli import WORDS, xnli_items

__all__ = ["ASKED", "ITEMS", "SETTINGS", "item_rows"]

XNLI_TIMES = 10
"""The ratio of XNLI pairs to items of a shipped task."""


def item_rows(world: TextWorld, material: None, probe: TextItems, seed: int) -> pd.DataFrame:
    """Return a probe's items of given texts (`ITEMS`); they do not depend on the world and the
    seed.

    EunoeError if a language has no items, or no words that refusals begin with, or if a task of a
    file has a name that is taken.
    """
    del world, material, seed
    assert probe.texts is not None
    own = own_items(probe.texts)
    for source, found in zip(probe.texts.prompts, own, strict=True):
        for language in found["language"].unique() if source.kind == "refusals" else []:
            label("", language, shipped_markers())  # raises where there are no markers
    return all_items(probe.texts, own)


def all_items(texts: GivenTexts, own: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return every item once, with hashes for those of files that keep no texts."""
    parts = [*shipped_items(texts)]
    for source, items in zip(texts.prompts, own, strict=True):
        taken = {task for part in parts for task in part["task"]}
        if clash := sorted(taken & set(items["task"])):
            raise EunoeError(
                f"{source.file}: task {clash[0]} is asked elsewhere; allowed: a name of its own"
            )
        parts.append(items if source.keep_texts else without_texts(items))
    parts = [part for part in parts if len(part)]
    known = {language for part in parts for language in part["language"]}
    for language in texts.languages or []:
        if language not in known:
            raise EunoeError(
                f"languages: nothing is asked in {language}; allowed:"
                f" {', '.join(languages_of(texts, own)) or 'none'}"
            )
    return pd.concat(parts, ignore_index=True)


def shipped_items(texts: GivenTexts) -> Iterator[pd.DataFrame]:
    """Yield the items of shipped tasks and of XNLI, in each language that has texts."""
    for task in texts.tasks:
        if spoken := spoken_in(TASK_LANGUAGES[task], texts.languages):
            yield items_for(task, spoken, texts.items)
    if texts.xnli and (spoken := spoken_in(list(WORDS), texts.languages)):
        yield xnli_items(spoken, XNLI_TIMES * texts.items)


def spoken_in(known: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    """Return the languages that are known and wanted, in the order of those known."""
    return [language for language in known if wanted is None or language in wanted]


def languages_of(texts: GivenTexts, own: Sequence[pd.DataFrame]) -> list[str]:
    """Return every language that something can be asked in."""
    shipped = [language for task in texts.tasks for language in TASK_LANGUAGES[task]]
    given = [language for items in own for language in items["language"]]
    return list(dict.fromkeys([*shipped, *(WORDS if texts.xnli else []), *given]))
