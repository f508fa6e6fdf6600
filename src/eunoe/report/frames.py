"""Tables as data frames, for the figures of every lab."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa

from eunoe.errors import EunoeError
from eunoe.tables.files import read_table


@cache
def cached_table(path: Path, schema: pa.Schema) -> pd.DataFrame:
    """Return a table as a frame of plain columns; EunoeError if it does not fit the schema."""
    frame: pd.DataFrame = read_table(path, schema).to_pandas()
    categories = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(categories, object))


def find_table(
    paths: Iterable[Path], schemas: Mapping[str, pa.Schema], name: str, probe: str
) -> pd.DataFrame:
    """Return a probe's table among `{probe}/{table}.parquet`; EunoeError if it is not there."""
    for path in paths:
        if path.stem == name and path.parent.name == probe:
            return cached_table(path, schemas[name])
    raise EunoeError(f"no table {name} of probe {probe} among the figure's inputs")


def select(rows: pd.DataFrame, **values: object) -> pd.DataFrame:
    """Return the rows whose columns have the given values."""
    for column, value in values.items():
        rows = rows[rows[column] == value]
    return rows
