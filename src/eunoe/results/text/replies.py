"""Item-level tables of text probes as frames with the columns that results are made of."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from eunoe.results.text.cells import source_of
from eunoe.tables.files import read_schema, read_table
from eunoe.tables.outcomes import OUTCOMES
from eunoe.tables.scores import SCORES

WHO = ["probe", "kind", "model", "seed"]
WHERE = ["task", "split", "language", "wording", "transform"]


def read_replies(path: Path) -> pd.DataFrame:
    """Return the rows of a table of either schema; EunoeError with the file if it has another."""
    if "outcome" in read_schema(path).names:
        return of_outcomes(path)
    return of_scores(path)


def of_outcomes(path: Path) -> pd.DataFrame:
    """Return the rows of `OUTCOMES`."""
    columns = [*WHO, *WHERE, "item", "prompt", "gold", "outcome", "correct", "choice"]
    rows = frame(path, OUTCOMES, [*columns, "gold_share", "prompt_log_likelihood"])
    sources = [source_of(*pair) for pair in zip(rows["task"], rows["language"], strict=True)]
    rows = rows.rename(columns={"correct": "right"})
    return rows.assign(source=sources, attached=False, level=float("nan"))


def of_scores(path: Path) -> pd.DataFrame:
    """Return the rows of `SCORES`: of no item is known which options it has."""
    measured = ["right", "formatted", "specialised", "credit"]
    rows = frame(path, SCORES, [*WHO, *WHERE, "source", "example", "attached", "level", *measured])
    return rows.rename(columns={"example": "item"}).assign(outcome="")


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
