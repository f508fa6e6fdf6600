"""Estimates from language probes."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, INTERVAL, schema

ACCURACIES = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    task=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    transform=CATEGORY,
    measure=CATEGORY,
    items=pa.int32(),
    seeds=pa.int32(),
    **INTERVAL,
)

CHANGES = schema(
    probe=CATEGORY,
    run=CATEGORY,
    task=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    transform=CATEGORY,
    measure=CATEGORY,
    quantity=CATEGORY,
    estimate=pa.float64(),
    low=pa.field("low", pa.float64(), nullable=True),
    high=pa.field("high", pa.float64(), nullable=True),
)
