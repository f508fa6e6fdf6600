"""Items from a user's JSONL, Parquet and CSV files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from eunoe.config.model import SOURCE_PATTERN, SOURCE_RULE
from eunoe.config.worlds.text import WORDINGS
from eunoe.errors import EunoeError
from eunoe.tables.items import ITEMS

SPLITS = ("train", "validation", "test")

COLUMNS = ("prompt", "response", "source", "language")
"""Columns that a file of items may have."""
NEEDED = ("prompt", "response")
DEFAULTS = {"source": "own", "language": "en"}
"""Defaults of the optional columns."""

TASK = "own"
"""The task of all items from files."""

MOST_LABELS, LEAST_USES = 10, 2
"""The replies of a source are labels if at most so many differ, and each occurs so often."""

Row = dict[str, Any]


def read_files(paths: Mapping[str, Path]) -> pd.DataFrame:
    """Return the items (`ITEMS`) of a file per split.

    EunoeError names file, row and column of a fault.
    """
    rows: list[Row] = []
    for split in SPLITS:
        rows += split_rows(paths[split], split)
    check_apart(rows, paths)
    labels = labels_by_source(rows)
    for row in rows:
        known = labels[row["source"]]
        row["options"] = [{"outcome": label, "text": label} for label in known]
        row["gold"] = row["reply"] if known else ""
        row["format"] = "label" if known else "exact"
    return pd.DataFrame(rows, columns=ITEMS.names)


def split_rows(path: Path, split: str) -> Iterator[Row]:
    """Yield the items of one file, without the columns that depend on all replies of a source."""
    counts: dict[str, int] = {}
    for number, found in rows_of(path):
        where = f"{path}: row {number}"
        row = DEFAULTS | checked(found, where, COLUMNS, NEEDED, COLUMNS)
        if not re.fullmatch(SOURCE_PATTERN, row["source"]):
            raise EunoeError(f"{where}: column source is {row['source']!r}; allowed: {SOURCE_RULE}")
        index = counts[row["source"]] = counts.get(row["source"], -1) + 1
        yield {
            "item": f"{row['source']}.{split}.{index:05}",
            "source": row["source"],
            "task": TASK,
            "language": row["language"],
            "wording": WORDINGS[0],
            "split": split,
            "prompt": row["prompt"],
            "reply": row["response"],
        }


def check_apart(rows: Iterable[Row], paths: Mapping[str, Path]) -> None:
    """Raise an EunoeError for a prompt of validation or test that is also in another split."""
    first: dict[str, str] = {}
    for row in rows:
        split = first.setdefault(row["prompt"], row["split"])
        if split != row["split"]:
            raise EunoeError(
                f"{paths[row['split']]}: item {row['item']}: column prompt: the same is in"
                f" {paths[split]}; allowed: prompts of one split only"
            )


def labels_by_source(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Return the labels of each source, none for a source whose replies are free texts."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        found = counts.setdefault(row["source"], {})
        found[row["reply"]] = found.get(row["reply"], 0) + 1
    return {
        source: sorted(found)
        if len(found) <= MOST_LABELS and min(found.values()) >= LEAST_USES
        else []
        for source, found in counts.items()
    }


# From file to rows


def rows_of(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield the number of each row, from 1, and its values but for those that are empty.

    EunoeError if the file cannot be read, or has no row.
    """
    if path.suffix not in READERS:
        raise EunoeError(f"{path}: cannot be read; allowed: a file *{', *'.join(READERS)}")
    if not path.is_file():
        raise EunoeError(f"{path}: no such file; allowed: a file of items")
    empty = True
    for number, row in READERS[path.suffix](path):
        empty = False
        yield number, {str(key): each for key, each in row.items() if not is_empty(each)}
    if empty:
        raise EunoeError(f"{path}: holds no item; allowed: at least one row")


def is_empty(value: Any) -> bool:
    """Tell whether a cell holds nothing."""
    return value is None or (isinstance(value, str) and value == "")


def checked(
    row: Row, where: str, columns: Sequence[str], needed: Sequence[str], texts: Sequence[str]
) -> Row:
    """Return a row; EunoeError if a column is unknown, missing, or no text where it should be."""
    if unknown := [key for key in row if key not in columns]:
        raise EunoeError(f"{where}: column {unknown[0]} is unknown; allowed: {', '.join(columns)}")
    if missing := [key for key in needed if key not in row]:
        raise EunoeError(f"{where}: column {missing[0]} is missing; allowed: a text in each row")
    for key in texts:
        if key in row and (not isinstance(row[key], str) or not row[key].strip()):
            raise EunoeError(
                f"{where}: column {key} is {row[key]!r}; allowed: a text that is not empty"
            )
    return row


INDEX = "__index_level_"
"""Prefix of the columns in which pandas writes the index of a filtered frame."""


def parquet_rows(path: Path) -> Iterable[tuple[int, Row]]:
    """Return the rows of a Parquet table."""
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise EunoeError(f"{path}: not a readable Parquet table ({reason})") from None
    named = [name for name in table.column_names if not name.startswith(INDEX)]
    return list(enumerate(table.select(named).to_pylist(), start=1))


def csv_rows(path: Path) -> Iterable[tuple[int, Row]]:
    """Return the rows of a CSV file, whose first line names the columns; all values are texts."""
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except pd.errors.EmptyDataError:
        return []
    except UnicodeDecodeError as error:
        raise EunoeError(f"{path}: not UTF-8 ({error})") from None
    except pd.errors.ParserError as error:
        reason = " ".join(str(error).split())
        raise EunoeError(f"{path}: not a readable CSV file ({reason})") from None
    records: list[Any] = rows.to_dict("records")
    return list(enumerate(records, start=1))


def jsonl_rows(path: Path) -> Iterable[tuple[int, Row]]:
    """Yield the lines of a JSONL file, each an object."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise EunoeError(f"{path}: not UTF-8 ({error})") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EunoeError(f"{path}: row {number}: not JSON ({error})") from None
        if not isinstance(row, dict):
            raise EunoeError(f"{path}: row {number}: allowed: an object with columns and values")
        yield number, row


READERS: Mapping[str, Callable[[Path], Iterable[tuple[int, Row]]]] = {
    ".jsonl": jsonl_rows,
    ".parquet": parquet_rows,
    ".csv": csv_rows,
}
"""Readers of files, by the ending of the file's name."""
