"""Estimates from text probes, and from tuning."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, schema

MEAN_SCORES = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    source=CATEGORY,
    task=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    transform=CATEGORY,
    attached=CATEGORY,
    level=pa.field("level", pa.float64(), nullable=True),
    measure=CATEGORY,
    items=pa.int32(),
    seeds=pa.int32(),
    estimate=pa.float64(),
    low=pa.field("low", pa.float64(), nullable=True),
    high=pa.field("high", pa.float64(), nullable=True),
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

MEAN_COSTS = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    stage=pa.int16(),
    seeds=pa.int32(),
    updates=pa.float64(),
    examples=pa.float64(),
    tokens=pa.float64(),
    response_tokens=pa.float64(),
    flops=pa.float64(),
    seconds=pa.float64(),
)

MEAN_MIXTURES = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    stage=pa.int16(),
    source=CATEGORY,
    seeds=pa.int32(),
    examples=pa.float64(),
    drawn=pa.float64(),
    example_share=pa.float64(),
    token_share=pa.float64(),
    tokens=pa.float64(),
)

CHECKPOINTS = schema(
    probe=CATEGORY,
    run=CATEGORY,
    step=pa.int32(),
    target=pa.float64(),
    retention=pa.float64(),
    front=pa.bool_(),
)

EQUAL_TARGET = schema(
    probe=CATEGORY,
    run=CATEGORY,
    level=pa.float64(),
    sources=CATEGORY,
    best=pa.float64(),
    reached=pa.int32(),
    seeds=pa.int32(),
    target=pa.field("target", pa.float64(), nullable=True),
    retention=pa.field("retention", pa.float64(), nullable=True),
    low=pa.field("low", pa.float64(), nullable=True),
    high=pa.field("high", pa.float64(), nullable=True),
)


def columns_of(schema: pa.Schema) -> list[str]:
    """Return a schema's columns but for the probe."""
    return [name for name in schema.names if name != "probe"]
