"""The ledger of claims."""

import pyarrow as pa

from eunoe.tables.columns import schema

CLAIMS = schema(
    claim=pa.string(),
    lab=pa.string(),
    family=pa.string(),
    source=pa.string(),
    statement=pa.string(),
    predicate=pa.string(),
    premises=pa.string(),
    estimate=pa.field("estimate", pa.float64(), nullable=True),
    low=pa.field("low", pa.float64(), nullable=True),
    high=pa.field("high", pa.float64(), nullable=True),
    seeds=pa.int32(),
    over=pa.string(),
    p=pa.field("p", pa.float64(), nullable=True),
    adjusted=pa.field("adjusted", pa.float64(), nullable=True),
    verdict=pa.string(),
    reason=pa.string(),
)

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
