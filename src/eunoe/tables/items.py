"""Items of probes of text."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, schema

OPTIONS = pa.list_(pa.struct([("outcome", pa.string()), ("text", pa.string())]))
"""The answers that an item can have: what each would show, and how it reads."""

ITEMS = schema(
    item=pa.string(),
    task=CATEGORY,
    split=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    prompt=pa.string(),
    options=OPTIONS,
    gold=CATEGORY,
)
