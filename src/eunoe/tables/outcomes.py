"""What models reply to items."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, WHO, schema

OUTCOMES = schema(
    probe=CATEGORY,
    **WHO,
    item=pa.string(),
    task=CATEGORY,
    split=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    transform=CATEGORY,
    digest=pa.string(),  # of the encoded prompt, where texts are not kept
    prompt=pa.field("prompt", pa.string(), nullable=True),
    reply=pa.field("reply", pa.string(), nullable=True),
    decoded=pa.field("decoded", pa.string(), nullable=True),
    gold=CATEGORY,
    outcome=CATEGORY,
    correct=pa.bool_(),
    choice=pa.field("choice", CATEGORY, nullable=True),
    choice_correct=pa.field("choice_correct", pa.bool_(), nullable=True),
    gold_share=pa.field("gold_share", pa.float32(), nullable=True),
    prompt_log_likelihood=pa.field("prompt_log_likelihood", pa.float32(), nullable=True),
)
