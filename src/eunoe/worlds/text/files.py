"""Examples of a user's own, from JSONL or Parquet, as rows of `EXAMPLES`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from eunoe.config.model import SOURCE_PATTERN, SOURCE_RULE
from eunoe.config.worlds import WORDINGS
from eunoe.errors import EunoeError
from eunoe.tables.examples import EXAMPLES

SPLITS = ("train", "validation", "test")

COLUMNS = ("prompt", "response", "source", "language")
NEEDED = ("prompt", "response")
DEFAULTS = {"source": "own", "language": "en"}
"""What the other columns hold in rows that have none."""

TASK = "own"
"""The task of all examples that are read."""

MOST_LABELS, LEAST_USES = 10, 2
"""A source's responses are labels if they are few, and none of them is there only once."""

Row = dict[str, Any]


def read_files(paths: Mapping[str, Path]) -> pd.DataFrame:
    """Return the examples of a file per split; EunoeError names file, row and column of a fault."""
    rows: list[Row] = []
    for split in SPLITS:
        rows += split_rows(paths[split], split)
    check_apart(rows, paths)
    labels = labels_by_source(rows)
    for row in rows:
        row["labels"] = labels[row["source"]]
    return pd.DataFrame(rows, columns=EXAMPLES.names)


def split_rows(path: Path, split: str) -> Iterator[Row]:
    """Yield the examples of one file, without labels."""
    counts: dict[str, int] = {}
    for number, found in rows_of(path):
        row = checked(found, f"{path}: row {number}")
        index = counts[row["source"]] = counts.get(row["source"], -1) + 1
        yield {
            **row,
            "example": f"{row['source']}.{split}.{index:05}",
            "task": TASK,
            "wording": WORDINGS[0],
            "split": split,
        }
    if not counts:
        raise EunoeError(f"{path}: holds no example; allowed: at least one row")


INDEX = "__index_level_"
"""How the columns begin that pandas writes a filtered frame's index into."""


def checked(found: Row, where: str) -> Row:
    """Return the columns of a row; EunoeError if one is missing, or is no text."""
    row = {key: value for key, value in found.items() if value is not None}
    if unknown := [key for key in row if key not in COLUMNS]:
        raise EunoeError(f"{where}: column {unknown[0]} is unknown; allowed: {', '.join(COLUMNS)}")
    if missing := [key for key in NEEDED if key not in row]:
        raise EunoeError(f"{where}: column {missing[0]} is missing; allowed: a text in each row")
    row = DEFAULTS | row
    for key, value in row.items():
        if not isinstance(value, str) or not value.strip():
            raise EunoeError(
                f"{where}: column {key} is {value!r}; allowed: a text that is not empty"
            )
    if not re.fullmatch(SOURCE_PATTERN, row["source"]):
        raise EunoeError(f"{where}: column source is {row['source']!r}; allowed: {SOURCE_RULE}")
    return row


def check_apart(rows: Iterable[Row], paths: Mapping[str, Path]) -> None:
    """Refuse a prompt of validation or test that is in another split too."""
    first: dict[str, str] = {}
    for row in rows:
        split = first.setdefault(row["prompt"], row["split"])
        if split != row["split"]:
            raise EunoeError(
                f"{paths[row['split']]}: example {row['example']}: column prompt: the same is in"
                f" {paths[split]}; allowed: prompts of one split only"
            )


def labels_by_source(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Return the labels of each source, nothing for one whose responses are free texts."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        found = counts.setdefault(row["source"], {})
        found[row["response"]] = found.get(row["response"], 0) + 1
    return {
        source: sorted(found)
        if len(found) <= MOST_LABELS and min(found.values()) >= LEAST_USES
        else []
        for source, found in counts.items()
    }


# From file to rows


def rows_of(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield number, from 1, and content of each row; EunoeError if the file cannot be read."""
    readers: dict[str, Callable[[Path], Iterable[tuple[int, Row]]]] = {
        ".parquet": parquet_rows,
        ".jsonl": jsonl_rows,
    }
    if path.suffix not in readers:
        raise EunoeError(f"{path}: cannot be read; allowed: a file *.jsonl or *.parquet")
    if not path.is_file():
        raise EunoeError(f"{path}: no such file; allowed: a file of examples")
    yield from readers[path.suffix](path)


def parquet_rows(path: Path) -> Iterable[tuple[int, Row]]:
    """Return the rows of a Parquet table; it has to have the columns even if it has no rows."""
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise EunoeError(f"{path}: not a readable Parquet table ({reason})") from None
    if missing := [name for name in NEEDED if name not in table.column_names]:
        raise EunoeError(f"{path}: column {missing[0]} is missing; allowed: {', '.join(COLUMNS)}")
    named = [name for name in table.column_names if not name.startswith(INDEX)]
    return list(enumerate(table.select(named).to_pylist(), start=1))


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
            raise EunoeError(
                f"{path}: row {number}: allowed: an object with {' and '.join(NEEDED)}"
            )
        yield number, row
