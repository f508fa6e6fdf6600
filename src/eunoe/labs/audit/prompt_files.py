"""Prompts of a user's own, from Parquet, CSV or JSONL, as rows of `ITEMS`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from eunoe.config.audits import PromptFile
from eunoe.config.worlds import WORDINGS
from eunoe.errors import EunoeError
from eunoe.tables.items import ITEMS

OWN = "own"
"""The split of items that come from a user's files."""
COLUMNS = (
    "item",
    "prompt",
    "answer",
    "options",
    "gold",
    "language",
    "task",
    "wording",
    "split",
)
"""What a file may have; `id` is another word for item, `split` is not used."""
ANSWER, REFUSE = "answer", "refuse"
TEXTS = ("item", "prompt", "answer", "gold", "language", "task", "wording")

Row = dict[str, Any]


def read_prompts(source: PromptFile, path: Path, home: str) -> pd.DataFrame:
    """Return the items of a file; EunoeError names file, row and key of what does not fit.

    Rows without a language are in `home`, rows without a task ask for what the file is called,
    rows without an item are numbered.
    """
    rows = [(number, present(row)) for number, row in rows_of(path)]
    if not rows:
        raise EunoeError(f"{path}: holds no prompt; allowed: at least one row")
    items = [item_of(row, f"{path}: row {number}", number, source, home) for number, row in rows]
    for item in items:
        item["task"] = item["task"] or task_name(path)
    check_alignment(path, pd.DataFrame(items))
    return pd.DataFrame(items, columns=ITEMS.names)


def task_name(path: Path) -> str:
    """Return what the capability of a file is called: its name in lower case."""
    return re.sub(r"\W+", "_", path.stem.lower()).strip("_") or "prompts"


# From file to rows


def rows_of(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield number and content of each row, from 1; EunoeError if the file cannot be read."""
    readers: dict[str, Callable[[Path], Iterable[tuple[int, Row]]]] = {
        ".parquet": parquet_rows,
        ".csv": csv_rows,
        ".jsonl": jsonl_rows,
    }
    if not path.is_file():
        raise EunoeError(f"{path}: no such file; allowed: a file of prompts")
    try:
        yield from readers[path.suffix](path)
    except UnicodeDecodeError as error:
        raise EunoeError(f"{path}: not UTF-8 ({error})") from None


def parquet_rows(path: Path) -> Iterable[tuple[int, Row]]:
    """Return the rows of a Parquet table."""
    try:
        return list(enumerate(pq.read_table(path).to_pylist(), start=1))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise EunoeError(f"{path}: not a readable Parquet table ({reason})") from None


def csv_rows(path: Path) -> Iterable[tuple[int, Row]]:
    """Return the rows of a CSV file, whose first line names the columns; all values are texts."""
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except pd.errors.EmptyDataError:
        return []
    except pd.errors.ParserError as error:
        raise EunoeError(f"{path}: not a readable CSV file ({error})".strip()) from None
    records: list[Any] = rows.to_dict("records")
    return list(enumerate(records, start=1))


def jsonl_rows(path: Path) -> Iterable[tuple[int, Row]]:
    """Yield the lines of a JSONL file, each an object."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise EunoeError(f"{path}: row {number}: not JSON ({error})") from None
        if not isinstance(row, dict):
            raise EunoeError(f"{path}: row {number}: allowed: an object with the key prompt")
        yield number, row


def present(row: Row) -> Row:
    """Return a row without empty values, `id` under the name item."""
    kept = {str(key): value for key, value in row.items() if value is not None and value != ""}
    if "id" in kept:
        kept.setdefault("item", kept["id"])
        del kept["id"]
    return kept


# From rows to items


def item_of(row: Row, where: str, number: int, source: PromptFile, home: str) -> Row:
    """Return a row as an item, with an empty task if it names none."""
    if unknown := [key for key in row if key not in COLUMNS]:
        raise EunoeError(f"{where}: {unknown[0]}: unknown; allowed: id, {', '.join(COLUMNS)}")
    for key in TEXTS:
        if isinstance(row.get(key), int) and key in ("item", "answer"):
            row[key] = str(row[key])
        if not isinstance(row.get(key, ""), str):
            raise EunoeError(f"{where}: {key} = {row[key]!r}; allowed: a text")
    if not row.get("prompt", "").strip():
        raise EunoeError(f"{where}: prompt: missing or empty; allowed: a text")
    wording = row.get("wording", WORDINGS[0])
    if wording not in WORDINGS:
        raise EunoeError(f"{where}: wording = {wording}; allowed: {' or '.join(WORDINGS)}")
    options, gold = asked_for(row, where) if source.kind == "answers" else refusal(row, where)
    return {
        "item": row.get("item", str(number)),
        "task": row.get("task", ""),
        "split": OWN,
        "language": row.get("language", home),
        "wording": wording,
        "prompt": row["prompt"],
        "options": options,
        "gold": gold,
    }


def refusal(row: Row, where: str) -> tuple[list[dict[str, str]], str]:
    """Return no options, and whether the prompt is to be answered or refused."""
    for key in ("answer", "options"):
        if key in row:
            raise EunoeError(f"{where}: {key}: not used with kind refusals; allowed: prompt, gold")
    gold = row.get("gold", ANSWER)
    if gold not in (ANSWER, REFUSE):
        raise EunoeError(f"{where}: gold = {gold}; allowed: {ANSWER} or {REFUSE}")
    return [], gold


def asked_for(row: Row, where: str) -> tuple[list[dict[str, str]], str]:
    """Return the options of a row and the outcome that is right: from `answer`, or `options`."""
    if ("answer" in row) == ("options" in row):
        raise EunoeError(f"{where}: answer: allowed: either answer, or options with gold")
    if "answer" in row:
        return [{"outcome": ANSWER, "text": row["answer"].strip()}], ANSWER
    options = parsed_options(row["options"], f"{where}: options")
    outcomes = [option["outcome"] for option in options]
    gold = row.get("gold")
    if gold not in outcomes:
        raise EunoeError(f"{where}: gold = {gold}; allowed: {', '.join(dict.fromkeys(outcomes))}")
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
    """Return what stands for a text that is not kept."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def without_texts(items: pd.DataFrame) -> pd.DataFrame:
    """Return items with hashes in the place of prompts and of the texts of options."""
    options: list[Any] = [
        [{"outcome": option["outcome"], "text": hashed(option["text"])} for option in each]
        for each in items["options"]
    ]
    return items.assign(prompt=items["prompt"].map(hashed), options=options)
