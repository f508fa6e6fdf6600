"""The rows of `ITEMS` that a source's name stands for."""

from __future__ import annotations

import pandas as pd

from eunoe.config.worlds.text import WORDINGS
from eunoe.errors import EunoeError


def rows_of_source(rows: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return the rows of a source, or of one wording of it (`source.wording`), in their order."""
    known = rows["source"] == source
    name, _, wording = source.rpartition(".")
    if not known.any() and wording in WORDINGS:
        known = (rows["source"] == name) & (rows["wording"] == wording)
    return rows[known]


def rows_from(rows: pd.DataFrame, source: str, where: str) -> pd.DataFrame:
    """Return what `rows_of_source` returns; EunoeError, which names `where`, if there is none."""
    found = rows_of_source(rows, source)
    if found.empty:
        names = ", ".join(sorted(map(str, rows["source"].unique())))
        raise EunoeError(f"{where}: source {source}: no such source in the world; allowed: {names}")
    return found
