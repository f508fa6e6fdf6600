"""What models reply to examples."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, WHO, schema

SCORES = schema(
    probe=CATEGORY,
    **WHO,
    example=pa.string(),
    source=CATEGORY,
    task=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    split=CATEGORY,
    transform=CATEGORY,
    attached=pa.bool_(),
    level=pa.field("level", pa.float64(), nullable=True),
    reply=pa.field("reply", pa.string(), nullable=True),
    decoded=pa.field("decoded", pa.string(), nullable=True),
    right=pa.bool_(),
    formatted=pa.bool_(),
    credit=pa.float32(),
    specialised=pa.bool_(),
)
