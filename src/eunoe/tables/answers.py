"""Tables of what regression probes measure."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, WHO, schema

ANSWERS = schema(
    probe=CATEGORY,
    **WHO,
    split=CATEGORY,
    source=CATEGORY,
    prompt=pa.int32(),
    transform=CATEGORY,
    gamma=pa.float32(),
    exemplars=pa.int16(),
    answer=pa.float32(),
    target=pa.float32(),
    squared_error=pa.float32(),
)

TASK_WEIGHTS = schema(
    probe=CATEGORY,
    **WHO,
    source=CATEGORY,
    prompt=pa.int32(),
    transform=CATEGORY,
    gamma=pa.float32(),
    exemplars=pa.int16(),
    task_weight=pa.float32(),
    distance=pa.float32(),
    explained=pa.float32(),
    power=pa.float32(),
    discrete_power=pa.float32(),
    ridge_power=pa.float32(),
    overlap=pa.float32(),
    answer_discrete=pa.float32(),
    answer_ridge=pa.float32(),
)

LIKELIHOODS = schema(
    probe=CATEGORY,
    seed=pa.int32(),
    split=CATEGORY,
    source=CATEGORY,
    prompt=pa.int32(),
    bank=CATEGORY,
    exemplars=pa.int16(),
    log_likelihood=pa.float64(),
)
