"""All items of an audit: shipped texts, XNLI and a user's own files, lined up across languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from eunoe.config.audits import PromptFile
from eunoe.config.worlds.text import WORDINGS
from eunoe.errors import EunoeError
from eunoe.labs.audit.prompt_files import read_prompts, without_texts
from eunoe.labs.audit.prompts import TASK_LANGUAGES, items_for
from eunoe.labs.audit.xnli import WORDS, xnli_items

SEED = 0
"""Of the shipped items, which are the same in every audit."""
XNLI_TIMES = 10
"""How many more pairs of XNLI than shipped items there are."""


def shipped_items(
    tasks: Sequence[str], languages: Sequence[str] | None, count: int
) -> list[pd.DataFrame]:
    """Return the items of shipped tasks, in each language that a task has texts in."""
    found = []
    for task in tasks:
        spoken = spoken_in(TASK_LANGUAGES[task], languages)
        if spoken:
            found.append(items_for([task], spoken, count, SEED, wordings=WORDINGS))
    return found


def spoken_in(known: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    """Return the languages that are known and wanted, in the order of those known."""
    return [language for language in known if wanted is None or language in wanted]


def own_items(
    sources: Sequence[PromptFile],
    paths: Sequence[Path],
    languages: Sequence[str] | None,
    home: str,
) -> list[pd.DataFrame]:
    """Return the items of each of a user's files, with their texts."""
    found = []
    for source, path in zip(sources, paths, strict=True):
        items = read_prompts(source, path, home)
        if languages is not None:
            items = items[items["language"].isin(languages)]
        found.append(items)
    return found


def all_items(
    tasks: Sequence[str],
    languages: Sequence[str] | None,
    count: int,
    xnli: bool,
    sources: Sequence[PromptFile],
    own: Sequence[pd.DataFrame],
) -> pd.DataFrame:
    """Return every item once, those of files that keep no texts with hashes.

    EunoeError if a language has no items, or a task of a file has a name that is taken.
    """
    parts = shipped_items(tasks, languages, count)
    if xnli and (spoken := spoken_in(list(WORDS), languages)):
        parts.append(xnli_items(spoken, XNLI_TIMES * count))
    for source, items in zip(sources, own, strict=True):
        taken = {task for part in parts for task in part["task"]}
        if clash := sorted(taken & set(items["task"])):
            raise EunoeError(
                f"{source.file}: task {clash[0]} is asked elsewhere; allowed: a name of its own"
            )
        parts.append(items if source.keep_texts else without_texts(items))
    parts = [part for part in parts if len(part)]
    known = dict.fromkeys(language for part in parts for language in part["language"])
    for language in languages or []:
        if language not in known:
            raise EunoeError(
                f"languages: nothing is asked in {language}; allowed:"
                f" {', '.join(languages_of(tasks, xnli, own)) or 'none'}"
            )
    return pd.concat(parts, ignore_index=True)


def languages_of(tasks: Sequence[str], xnli: bool, own: Sequence[pd.DataFrame]) -> list[str]:
    """Return every language that something can be asked in."""
    shipped = [language for task in tasks for language in TASK_LANGUAGES[task]]
    given = [language for items in own for language in items["language"]]
    return list(dict.fromkeys([*shipped, *(WORDS if xnli else []), *given]))
