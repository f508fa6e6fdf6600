"""Examples of a world of examples."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, schema

EXAMPLES = schema(
    example=pa.string(),
    source=CATEGORY,
    task=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    split=CATEGORY,
    prompt=pa.string(),
    response=pa.string(),
    labels=pa.list_(pa.string()),
)
