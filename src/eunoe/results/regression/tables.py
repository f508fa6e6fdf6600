"""Estimates from regression probes."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, INTERVAL, schema

ERRORS = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    source=CATEGORY,
    transform=CATEGORY,
    gamma=pa.float32(),
    exemplars=pa.int16(),
    **INTERVAL,
)

MEAN_ERRORS = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    split=CATEGORY,
    source=CATEGORY,
    transform=CATEGORY,
    gamma=pa.float32(),
    exemplars=CATEGORY,
    **INTERVAL,
)

MEAN_TASK_WEIGHTS = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    source=CATEGORY,
    transform=CATEGORY,
    gamma=pa.float32(),
    exemplars=pa.int16(),
    measure=CATEGORY,
    **INTERVAL,
)

FORGETTING = schema(
    probe=CATEGORY,
    run=CATEGORY,
    exemplars=pa.int16(),
    bin=pa.int16(),
    log_likelihood=pa.float64(),
    measure=CATEGORY,
    **INTERVAL,
)
