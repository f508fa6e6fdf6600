"""Verdicts of an audit."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, schema

VERDICTS = schema(
    audit=CATEGORY,
    task=CATEGORY,
    language=CATEGORY,
    measure=CATEGORY,
    transform=CATEGORY,
    role=CATEGORY,
    items=pa.int32(),
    floor=pa.float64(),
    base=pa.float64(),
    base_low=pa.float64(),
    base_high=pa.float64(),
    tuned=pa.float64(),
    tuned_low=pa.float64(),
    tuned_high=pa.float64(),
    drop=pa.float64(),
    drop_low=pa.float64(),
    drop_high=pa.float64(),
    recovered=pa.float64(),
    recovered_low=pa.float64(),
    recovered_high=pa.float64(),
    beyond_low=pa.field("beyond_low", pa.float64(), nullable=True),
    share=pa.field("share", pa.float64(), nullable=True),
    share_low=pa.field("share_low", pa.float64(), nullable=True),
    verdict=CATEGORY,
    reason=pa.string(),
)
