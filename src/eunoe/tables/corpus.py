"""Documents of a language world."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, schema

CORPUS = schema(
    family=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    text=pa.string(),
    tokens=pa.list_(pa.int32()),
    reply=pa.int32(),
)
