"""The training mixture and the costs of a recipe."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, WHO, schema

MIXTURE = schema(
    **WHO,
    stage=pa.int16(),
    source=CATEGORY,
    examples=pa.int32(),
    drawn=pa.int32(),
    example_share=pa.float64(),
    token_share=pa.float64(),
    tokens=pa.int64(),
)

COSTS = schema(
    **WHO,
    stage=pa.int16(),
    updates=pa.int64(),
    examples=pa.int64(),
    tokens=pa.int64(),
    response_tokens=pa.int64(),
    flops=pa.float64(),
    seconds=pa.float64(),
)
