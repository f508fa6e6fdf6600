"""Tell whether two trees of results hold the same rows and the same weights.

    python tools/compare_rows.py OLD NEW [--path 'REGEX=REPLACEMENT']... [--column OLD=NEW]...

Every Parquet table and every safetensors file under data/ and reports/ of OLD is looked up in NEW,
under the path that the replacements give, and compared value by value: order counts; bytes and
metadata, which hold commit and versions, do not. Columns that only one of two tables has are named,
not compared. Measured times are left out. Exits with 1 if anything differs or is missing.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import torch
from safetensors.torch import load_file

MEASURED = {"seconds"}
"""Columns that no two runs share."""


def main() -> None:
    """Compare the trees and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--path", action="append", default=[], metavar="REGEX=REPLACEMENT")
    parser.add_argument("--column", action="append", default=[], metavar="OLD=NEW")
    parser.add_argument("--only", default="", help="paths that hold this text")
    given = parser.parse_args()
    paths = [tuple(pair.split("=", 1)) for pair in given.path]
    columns = dict(pair.split("=", 1) for pair in given.column)
    same = bad = 0
    for old in files_under(given.old, given.only):
        name = str(old.relative_to(given.old))
        for pattern, replacement in paths:
            name = re.sub(pattern, replacement, name)
        problems = list(differences(old, given.new / name, columns))
        for problem in problems:
            print(f"{old.relative_to(given.old)}: {problem}")
        bad += bool([problem for problem in problems if not problem.startswith("only")])
        same += not problems
    print(f"{same} files alike, {bad} not")
    sys.exit(1 if bad or not same else 0)


def files_under(root: Path, only: str) -> Iterator[Path]:
    """Yield the tables and weights of a tree."""
    for folder in ("data", "reports"):
        for path in sorted((root / folder).rglob("*")):
            wanted = path.suffix in (".parquet", ".safetensors") and "resume" not in path.parts
            if wanted and only in str(path):
                yield path


def differences(old: Path, new: Path, columns: dict[str, str]) -> Iterator[str]:
    """Yield what differs between two files, in words."""
    if not new.is_file():
        yield "missing"
    elif old.suffix == ".safetensors":
        yield from different_weights(old, new)
    else:
        yield from different_rows(frame_of(old).rename(columns=columns), frame_of(new))


def different_weights(old: Path, new: Path) -> Iterator[str]:
    """Yield the tensors that differ."""
    ours, theirs = load_file(old), load_file(new)
    for name in sorted(ours.keys() ^ theirs.keys()):
        yield f"tensor {name} is in one only"
    for name in sorted(ours.keys() & theirs.keys()):
        if ours[name].shape != theirs[name].shape or not torch.equal(ours[name], theirs[name]):
            yield f"tensor {name} differs"


def different_rows(old: pd.DataFrame, new: pd.DataFrame) -> Iterator[str]:
    """Yield the columns that differ, with the first row in which they do."""
    for side, one, other in (("old", old, new), ("new", new, old)):
        if alone := [name for name in one.columns if name not in other.columns]:
            yield f"only in {side}: {', '.join(alone)}"
    if len(old) != len(new):
        yield f"{len(old)} rows became {len(new)}"
        return
    for name in old.columns.intersection(new.columns).difference(list(MEASURED)):
        pairs = zip(old[name], new[name], strict=True)
        for row, (before, after) in enumerate(pairs):
            if repr(before) != repr(after):  # NaN equals NaN, and lists compare whole
                yield f"column {name}, row {row}: {before!r} became {after!r}"
                break


def frame_of(path: Path) -> pd.DataFrame:
    """Return a table as a frame of Python values."""
    return pd.DataFrame(pq.read_table(path).to_pydict())


if __name__ == "__main__":
    main()
