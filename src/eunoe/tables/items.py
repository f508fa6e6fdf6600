"""The items that models of text are trained and evaluated on."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, schema

OPTIONS = pa.list_(pa.struct([("outcome", pa.string()), ("text", pa.string())]))
"""The answers that an item can have: what each would show, and how it reads."""

ITEMS = schema(
    item=pa.string(),
    source=CATEGORY,
    task=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    split=CATEGORY,
    prompt=pa.string(),
    reply=pa.string(),
    options=OPTIONS,
    gold=CATEGORY,
    format=CATEGORY,
)
