"""The replies of models of text to items."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, WHO, schema

REPLIES = schema(
    probe=CATEGORY,
    **WHO,
    item=pa.string(),
    source=CATEGORY,
    task=CATEGORY,
    split=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    transform=CATEGORY,
    attached=pa.bool_(),
    level=pa.field("level", pa.float64(), nullable=True),
    digest=pa.string(),  # of the encoded prompt, where texts are not kept
    prompt=pa.field("prompt", pa.string(), nullable=True),
    reply=pa.field("reply", pa.string(), nullable=True),
    decoded=pa.field("decoded", pa.string(), nullable=True),
    gold=CATEGORY,
    outcome=CATEGORY,
    right=pa.bool_(),
    formatted=pa.bool_(),
    credit=pa.float32(),
    specialised=pa.bool_(),
    choice=pa.field("choice", CATEGORY, nullable=True),
    gold_share=pa.field("gold_share", pa.float32(), nullable=True),
    prompt_log_likelihood=pa.field("prompt_log_likelihood", pa.float32(), nullable=True),
)
