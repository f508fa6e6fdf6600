"""Prompts of a user's own, as rows of `ITEMS`."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.probes.given import GivenTexts, PromptFile
from eunoe.config.worlds.text import WORDINGS
from eunoe.errors import EunoeError
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.files import Row, checked, rows_of
from eunoe.worlds.text.formats.refusals import ANSWER, REFUSE

OWN = "own"
"""The split of items that come from a user's files."""
COLUMNS = ("id", "prompt", "answer", *(name for name in ITEMS.names if name != "prompt"))
"""Columns that a file may have: `id` is another name of `item`; `split`, `reply` and `format`,
which items of the workflow also have, are not used."""
TEXTS = ("item", "prompt", "answer", "gold", "language", "source", "task", "wording")


def own_items(texts: GivenTexts) -> list[pd.DataFrame]:
    """Return the items of each of a user's files, with their texts."""
    found = [read_prompts(source, texts.home) for source in texts.prompts]
    if texts.languages is None:
        return found
    return [items[items["language"].isin(texts.languages)] for items in found]


def read_prompts(source: PromptFile, home: str) -> pd.DataFrame:
    """Return the items of a file; EunoeError names file, row and column of what does not fit.

    Rows without a language are in `home`, rows without a task ask for what the file is called,
    rows without an item are numbered.
    """
    path = Path(source.file)
    usual = {"task": task_name(path), "language": home, "wording": WORDINGS[0]}
    items = [
        item_of({"item": str(number)} | usual | named(row), f"{path}: row {number}", source)
        for number, row in rows_of(path)
    ]
    check_alignment(path, pd.DataFrame(items))
    return pd.DataFrame(items, columns=ITEMS.names)


def task_name(path: Path) -> str:
    """Return what the capability of a file is called: its name in lower case."""
    return re.sub(r"\W+", "_", path.stem.lower()).strip("_") or "prompts"


# From rows to items


def named(row: Row) -> Row:
    """Return a row with `id` under the name item, and with numbers as texts where texts belong."""
    row = {"item": row["id"], **row} if "id" in row else dict(row)
    row.pop("id", None)
    numbers = [key for key in ("item", "answer") if isinstance(row.get(key), int)]
    return row | {key: str(row[key]) for key in numbers}


def item_of(row: Row, where: str, source: PromptFile) -> Row:
    """Return a row, with defaults filled in, as an item."""
    checked(row, where, COLUMNS, ["prompt"], TEXTS)
    if row["wording"] not in WORDINGS:
        raise EunoeError(
            f"{where}: column wording is {row['wording']}; allowed: {' or '.join(WORDINGS)}"
        )
    answers = source.kind == "answers"
    options, gold = asked_for(row, where) if answers else refusal(row, where)
    replies = [option["text"] for option in options if option["outcome"] == gold]
    return {
        **{key: row[key] for key in ("item", "task", "language", "wording", "prompt")},
        "source": row.get("source", f"{row['task']}.{row['language']}"),
        "split": OWN,
        "reply": replies[0] if replies else "",
        "options": options,
        "gold": gold,
        "format": "option" if answers else "refusal",
    }


def refusal(row: Row, where: str) -> tuple[list[dict[str, str]], str]:
    """Return no options, and whether the prompt is to be answered or refused."""
    for key in ("answer", "options"):
        if key in row:
            raise EunoeError(
                f"{where}: column {key}: not used with kind refusals; allowed: prompt, gold"
            )
    gold = row.get("gold", ANSWER)
    if gold not in (ANSWER, REFUSE):
        raise EunoeError(f"{where}: column gold is {gold}; allowed: {ANSWER} or {REFUSE}")
    return [], gold


def asked_for(row: Row, where: str) -> tuple[list[dict[str, str]], str]:
    """Return the options of a row and the outcome that is right: from `answer`, or `options`."""
    if ("answer" in row) == ("options" in row):
        raise EunoeError(f"{where}: column answer: allowed: either answer, or options with gold")
    if "answer" in row:
        return [{"outcome": ANSWER, "text": row["answer"].strip()}], ANSWER
    options = parsed_options(row["options"], f"{where}: column options")
    outcomes = [option["outcome"] for option in options]
    gold = row.get("gold")
    if gold not in outcomes:
        allowed = ", ".join(dict.fromkeys(outcomes))
        raise EunoeError(f"{where}: column gold is {gold}; allowed: {allowed}")
    return options, gold


def parsed_options(value: Any, where: str) -> list[dict[str, str]]:
    """Return options from a mapping of outcome to text, a list of both, or JSON of either."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise EunoeError(f"{where}: not JSON ({error})") from None
    if isinstance(value, dict):
        value = [{"outcome": outcome, "text": text} for outcome, text in value.items()]
    fits = isinstance(value, list) and all(
        isinstance(option, dict)
        and set(option) == {"outcome", "text"}
        and all(isinstance(text, str) and text.strip() for text in option.values())
        for option in value
    )
    if not fits or not value:
        raise EunoeError(
            f'{where}: allowed: {{"outcome": "text", ...}} with texts that say something'
        )
    return [{key: option[key].strip() for key in ("outcome", "text")} for option in value]


def check_alignment(path: Path, items: pd.DataFrame) -> None:
    """Raise an EunoeError unless a task has the same items in each language and wording, once."""
    keys = ["task", "language", "wording"]
    for key, rows in items.groupby(keys, sort=True):
        if len(twice := rows["item"][rows["item"].duplicated()]):
            what = ", ".join(map(str, key))
            raise EunoeError(f"{path}: item {twice.iloc[0]} ({what}) is there twice; allowed: once")
    for task, rows in items.groupby("task", sort=True):
        sets = {
            " ".join(map(str, cell)): set(part["item"])
            for cell, part in rows.groupby(["language", "wording"])
        }
        (first, wanted), *others = sets.items()
        for cell, found in others:
            if odd := sorted(wanted ^ found):
                has, lacks = (first, cell) if odd[0] in wanted else (cell, first)
                raise EunoeError(
                    f"{path}: task {task}: items do not line up: {odd[0]} is there in {has}, not"
                    f" in {lacks}; allowed: the same items in each"
                )


# Without texts


def hashed(text: str) -> str:
    """Return the hash that replaces a text that is not kept."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def without_texts(items: pd.DataFrame) -> pd.DataFrame:
    """Return items with hashes in the place of prompts, replies and the texts of options."""
    options: list[Any] = [
        [{"outcome": option["outcome"], "text": hashed(option["text"])} for option in each]
        for each in items["options"]
    ]
    hidden = {name: items[name].map(hashed) for name in ("prompt", "reply")}
    return items.assign(**hidden, options=options)
