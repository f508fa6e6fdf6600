"""Published numbers beside ours."""

import pyarrow as pa

from eunoe.tables.columns import schema

PUBLISHED = schema(
    quantity=pa.string(),
    where=pa.string(),
    published=pa.float64(),
    unit=pa.string(),
    models=pa.string(),
    estimate=pa.field("estimate", pa.float64(), nullable=True),
    low=pa.field("low", pa.float64(), nullable=True),
    high=pa.field("high", pa.float64(), nullable=True),
)
