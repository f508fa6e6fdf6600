"""Item-level tables of text probes as frames of plain columns."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from eunoe.tables.files import read_table
from eunoe.tables.replies import REPLIES

UNREAD = ("digest", "reply", "decoded")
"""Columns that no result uses."""


def read_replies(path: Path) -> pd.DataFrame:
    """Return the rows of a table of `REPLIES`; EunoeError with the file if it is another."""
    return frame(path, REPLIES, [name for name in REPLIES.names if name not in UNREAD])


def likeliest_is_right(rows: pd.DataFrame) -> pd.Series:
    """Return 1 where the likeliest option is gold, else 0; NaN where likelihoods are not known."""
    likeliest = rows["choice"].astype(object)
    return (likeliest == rows["gold"].astype(object)).astype(float).where(likeliest.notna())


def frame(path: Path, schema: pa.Schema, columns: list[str] | None = None) -> pd.DataFrame:
    """Return a table as a frame of plain columns."""
    rows: pd.DataFrame = read_table(path, schema, columns).to_pandas()
    return rows.astype(dict.fromkeys(rows.select_dtypes("category").columns, object))


def joined(paths: Sequence[Path], schema: pa.Schema) -> pd.DataFrame:
    """Return the rows of tables of one schema, without rows if there is none."""
    if not paths:
        empty: pd.DataFrame = schema.empty_table().to_pandas()
        return empty
    return pd.concat([frame(path, schema) for path in paths], ignore_index=True)
