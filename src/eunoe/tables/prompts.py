"""Prompts of a regression probe."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, schema

PROMPTS = schema(
    prompt=pa.int32(),
    split=CATEGORY,
    source=CATEGORY,
    task=pa.list_(pa.float32()),
    xs=pa.list_(pa.list_(pa.float32())),
    ys=pa.list_(pa.float32()),
    targets=pa.list_(pa.float32()),
)
