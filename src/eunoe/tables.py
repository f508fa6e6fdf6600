"""Every Parquet table: its schema, and the only functions that write and read one.

`docs/tables.md` describes the columns in words. A table that does not match its schema is refused
at both ends, with the file, the column and the reason. Provenance travels in the file's metadata.
"""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from eunoe.errors import EunoeError
from eunoe.files import atomic

CATEGORY = pa.dictionary(pa.int32(), pa.string())


def schema(**columns: pa.DataType) -> pa.Schema:
    """Return a schema without nulls, except in columns whose type is wrapped in `nullable`."""
    return pa.schema(
        [
            kind if isinstance(kind, pa.Field) else pa.field(name, kind, nullable=False)
            for name, kind in columns.items()
        ]
    )


WHO = {"kind": CATEGORY, "model": CATEGORY, "seed": pa.int32()}
INTERVAL = {"estimate": pa.float64(), "low": pa.float64(), "high": pa.float64()}

BANK = schema(bank=CATEGORY, task=pa.int32(), weights=pa.list_(pa.float64()))

PROMPTS = schema(
    prompt=pa.int32(),
    split=CATEGORY,
    source=CATEGORY,
    task=pa.list_(pa.float32()),
    xs=pa.list_(pa.list_(pa.float32())),
    ys=pa.list_(pa.float32()),
    targets=pa.list_(pa.float32()),
)

CURVE = schema(**WHO, stage=pa.int16(), step=pa.int32(), measure=CATEGORY, value=pa.float64())

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

CURVES = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    stage=pa.int16(),
    step=pa.int32(),
    measure=CATEGORY,
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

OPTIONS = pa.list_(pa.struct([("outcome", pa.string()), ("text", pa.string())]))
"""The answers that an item can have: what each would show, and how it reads."""

CORPUS = schema(
    family=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    text=pa.string(),
    tokens=pa.list_(pa.int32()),
    reply=pa.int32(),
)

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

ACCURACIES = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    task=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    transform=CATEGORY,
    measure=CATEGORY,
    items=pa.int32(),
    seeds=pa.int32(),
    **INTERVAL,
)

CHANGES = schema(
    probe=CATEGORY,
    run=CATEGORY,
    task=CATEGORY,
    language=CATEGORY,
    wording=CATEGORY,
    transform=CATEGORY,
    measure=CATEGORY,
    quantity=CATEGORY,
    estimate=pa.float64(),
    low=pa.field("low", pa.float64(), nullable=True),
    high=pa.field("high", pa.float64(), nullable=True),
)

PUBLISHED = schema(
    quantity=pa.string(),
    where=pa.string(),
    published=pa.float64(),
    unit=pa.string(),
    models=pa.string(),
    estimate=pa.field("estimate", pa.float64(), nullable=True),
    low=pa.field("low", pa.float64(), nullable=True),
    high=pa.field("high", pa.float64(), nullable=True),
)

VERDICTS = schema(
    audit=CATEGORY,
    task=CATEGORY,
    language=CATEGORY,
    measure=CATEGORY,
    transform=CATEGORY,
    role=CATEGORY,
    items=pa.int32(),
    floor=pa.float64(),
    base=pa.float64(),
    base_low=pa.float64(),
    base_high=pa.float64(),
    tuned=pa.float64(),
    tuned_low=pa.float64(),
    tuned_high=pa.float64(),
    drop=pa.float64(),
    drop_low=pa.float64(),
    drop_high=pa.float64(),
    recovered=pa.float64(),
    recovered_low=pa.float64(),
    recovered_high=pa.float64(),
    beyond_low=pa.field("beyond_low", pa.float64(), nullable=True),
    share=pa.field("share", pa.float64(), nullable=True),
    share_low=pa.field("share_low", pa.float64(), nullable=True),
    verdict=CATEGORY,
    reason=pa.string(),
)

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

MEAN_SCORES = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    source=CATEGORY,
    transform=CATEGORY,
    attached=CATEGORY,
    measure=CATEGORY,
    items=pa.int32(),
    seeds=pa.int32(),
    estimate=pa.float64(),
    low=pa.field("low", pa.float64(), nullable=True),
    high=pa.field("high", pa.float64(), nullable=True),
)

MEAN_COSTS = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    stage=pa.int16(),
    seeds=pa.int32(),
    updates=pa.float64(),
    examples=pa.float64(),
    tokens=pa.float64(),
    response_tokens=pa.float64(),
    flops=pa.float64(),
    seconds=pa.float64(),
)

MEAN_MIXTURES = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    stage=pa.int16(),
    source=CATEGORY,
    seeds=pa.int32(),
    examples=pa.float64(),
    drawn=pa.float64(),
    example_share=pa.float64(),
    token_share=pa.float64(),
    tokens=pa.float64(),
)

CHECKPOINTS = schema(
    probe=CATEGORY,
    run=CATEGORY,
    step=pa.int32(),
    target=pa.float64(),
    retention=pa.float64(),
    front=pa.bool_(),
)

EQUAL_TARGET = schema(
    probe=CATEGORY,
    run=CATEGORY,
    level=pa.float64(),
    sources=CATEGORY,
    best=pa.float64(),
    reached=pa.int32(),
    seeds=pa.int32(),
    target=pa.field("target", pa.float64(), nullable=True),
    retention=pa.field("retention", pa.float64(), nullable=True),
    low=pa.field("low", pa.float64(), nullable=True),
    high=pa.field("high", pa.float64(), nullable=True),
)

CLAIMS = schema(
    claim=pa.string(),
    chapter=pa.string(),
    family=pa.string(),
    source=pa.string(),
    statement=pa.string(),
    predicate=pa.string(),
    premises=pa.string(),
    estimate=pa.field("estimate", pa.float64(), nullable=True),
    low=pa.field("low", pa.float64(), nullable=True),
    high=pa.field("high", pa.float64(), nullable=True),
    seeds=pa.int32(),
    over=pa.string(),
    p=pa.field("p", pa.float64(), nullable=True),
    adjusted=pa.field("adjusted", pa.float64(), nullable=True),
    verdict=pa.string(),
    reason=pa.string(),
)


def mismatch(found: pa.Schema, wanted: pa.Schema) -> str | None:
    """Return what is wrong with a schema, in words that name the column, or None."""
    for field in wanted:
        if field.name not in found.names:
            return f"column {field.name} is missing"
        kind = found.field(field.name).type
        if kind != field.type:
            return f"column {field.name} is {kind}; allowed: {field.type}"
    extra = [name for name in found.names if name not in wanted.names]
    return f"column {extra[0]} is not known; allowed: {', '.join(wanted.names)}" if extra else None


def write(path: Path, rows: pd.DataFrame, wanted: pa.Schema, provenance: dict[str, Any]) -> None:
    """Write rows as Parquet, atomically; EunoeError if they do not fit the schema."""
    missing = [name for name in wanted.names if name not in rows.columns]
    if missing:
        raise EunoeError(f"{path}: column {missing[0]} is missing")
    extra = [name for name in rows.columns if name not in wanted.names]
    if extra:
        raise EunoeError(f"{path}: column {extra[0]} is not known")
    columns = []
    for field in wanted:
        try:
            # inferred, as Arrow would silently truncate Python's floats to integers
            column = pa.Array.from_pandas(rows[field.name].infer_objects(), type=field.type)
        except (pa.ArrowException, OverflowError) as error:
            raise EunoeError(f"{path}: column {field.name} is no {field.type}: {error}") from None
        if column.null_count and not field.nullable:
            row = column.is_null().index(True).as_py()
            raise EunoeError(f"{path}: column {field.name}, row {row}: a value is missing")
        columns.append(column)
    metadata = {"eunoe": json.dumps(provenance, sort_keys=True)}
    table = pa.Table.from_arrays(columns, schema=wanted.with_metadata(metadata))
    with atomic(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def read(path: Path, wanted: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """Return a table, or some columns of it; EunoeError if the file does not fit the schema."""
    if problem := mismatch(read_schema(path), wanted):
        raise EunoeError(f"{path}: {problem}")
    try:
        table = pq.read_table(path, columns=columns, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, error) from None
    for name in table.column_names:
        if table[name].null_count and not wanted.field(name).nullable:
            raise EunoeError(f"{path}: column {name}: a value is missing")
    return table


def read_schema(path: Path) -> pa.Schema:
    """Return the schema of a Parquet file; EunoeError if it is none."""
    if not os.path.exists(path):
        raise EunoeError(f"{path}: no such file")
    try:
        return pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: Exception) -> EunoeError:
    """Return the error for a file that is torn, altered or no Parquet at all."""
    return EunoeError(f"{path}: not a readable Parquet table ({str(error).splitlines()[0]})")


def read_provenance(path: Path) -> dict[str, Any]:
    """Return what `write` was told about how the table came to be."""
    metadata = read_schema(path).metadata or {}
    if b"eunoe" not in metadata:
        raise EunoeError(f"{path}: no provenance in the metadata; not written by eunoe")
    provenance: dict[str, Any] = json.loads(metadata[b"eunoe"])
    return provenance
