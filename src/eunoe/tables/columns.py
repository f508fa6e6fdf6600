"""Columns of which schemas are made."""

import pyarrow as pa

CATEGORY = pa.dictionary(pa.int32(), pa.string())


def schema(**columns: pa.DataType) -> pa.Schema:
    """Return a schema without nulls, except in columns whose type is wrapped in `nullable`."""
    return pa.schema(
        [
            kind if isinstance(kind, pa.Field) else pa.field(name, kind, nullable=False)
            for name, kind in columns.items()
        ]
    )


WHO = {"kind": CATEGORY, "model": CATEGORY, "seed": pa.int32()}
INTERVAL = {"estimate": pa.float64(), "low": pa.float64(), "high": pa.float64()}
