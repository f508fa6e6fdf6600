"""The only functions that write and read a Parquet table.

`docs/tables.md` describes the columns in words. A table that does not match its schema is refused
at both ends, with the file, the column and the reason. Provenance travels in the file's metadata.
"""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from eunoe.errors import EunoeError
from eunoe.files import atomic


def mismatch(found: pa.Schema, wanted: pa.Schema) -> str | None:
    """Return what is wrong with a schema, in words that name the column, or None."""
    for field in wanted:
        if field.name not in found.names:
            return f"column {field.name} is missing"
        kind = found.field(field.name).type
        if kind != field.type:
            return f"column {field.name} is {kind}; allowed: {field.type}"
    extra = [name for name in found.names if name not in wanted.names]
    return f"column {extra[0]} is not known; allowed: {', '.join(wanted.names)}" if extra else None


def write_table(
    path: Path, rows: pd.DataFrame, wanted: pa.Schema, provenance: dict[str, Any]
) -> None:
    """Write rows as Parquet, atomically; EunoeError if they do not fit the schema."""
    missing = [name for name in wanted.names if name not in rows.columns]
    if missing:
        raise EunoeError(f"{path}: column {missing[0]} is missing")
    extra = [name for name in rows.columns if name not in wanted.names]
    if extra:
        raise EunoeError(f"{path}: column {extra[0]} is not known")
    columns = []
    for field in wanted:
        try:
            # inferred, as Arrow would silently truncate Python's floats to integers
            column = pa.Array.from_pandas(rows[field.name].infer_objects(), type=field.type)
        except (pa.ArrowException, OverflowError) as error:
            raise EunoeError(f"{path}: column {field.name} is no {field.type}: {error}") from None
        if column.null_count and not field.nullable:
            row = column.is_null().index(True).as_py()
            raise EunoeError(f"{path}: column {field.name}, row {row}: a value is missing")
        columns.append(column)
    metadata = {"eunoe": json.dumps(provenance, sort_keys=True)}
    table = pa.Table.from_arrays(columns, schema=wanted.with_metadata(metadata))
    with atomic(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def read_table(path: Path, wanted: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """Return a table, or some columns of it; EunoeError if the file does not fit the schema."""
    if problem := mismatch(read_schema(path), wanted):
        raise EunoeError(f"{path}: {problem}")
    try:
        table = pq.read_table(path, columns=columns, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, error) from None
    for name in table.column_names:
        if table[name].null_count and not wanted.field(name).nullable:
            raise EunoeError(f"{path}: column {name}: a value is missing")
    return table


def read_schema(path: Path) -> pa.Schema:
    """Return the schema of a Parquet file; EunoeError if it is none."""
    if not os.path.exists(path):
        raise EunoeError(f"{path}: no such file")
    try:
        return pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: Exception) -> EunoeError:
    """Return the error for a file that is torn, altered or no Parquet at all."""
    return EunoeError(f"{path}: not a readable Parquet table ({str(error).splitlines()[0]})")


def read_provenance(path: Path) -> dict[str, Any]:
    """Return what `write_table` was told about how the table came to be."""
    metadata = read_schema(path).metadata or {}
    if b"eunoe" not in metadata:
        raise EunoeError(f"{path}: no provenance in the metadata; not written by eunoe")
    provenance: dict[str, Any] = json.loads(metadata[b"eunoe"])
    return provenance
