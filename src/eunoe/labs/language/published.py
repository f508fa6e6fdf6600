"""The numbers that Kotha, Springer and Raghunathan (ICLR 2024) print, beside ours."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from eunoe.errors import EunoeError
from eunoe.labs.language.evidence import Evidence
from eunoe.labs.language.tasks import ANSWERED, INFERENCE, PLAIN
from eunoe.results.models import NotRun
from eunoe.results.text.cells import Query
from eunoe.statistics.quantities import Mean, interval
from eunoe.tables.claims import PUBLISHED

LEARNT = ("instructed", "learning", PLAIN)
INFERRED = ("coded", "reasoning", INFERENCE)
REPLIED = ("refusing", "refusals", ANSWERED)
OURS: dict[str, tuple[tuple[str, str, Query], str]] = {
    "in-context accuracy before tuning": (LEARNT, "before"),
    "in-context accuracy after tuning": (LEARNT, "after"),
    "drop of in-context accuracy": (LEARNT, "drop"),
    "inference accuracy before tuning": (INFERRED, "before"),
    "inference accuracy after tuning": (INFERRED, "after"),
    "guarded questions answered before tuning": (REPLIED, "before"),
    "guarded questions answered after tuning": (REPLIED, "after"),
}
"""Our counterpart of each quantity of `data/inputs/published.csv`: run, probe, query, method."""
UNITS = ("per cent", "points")


def read_published(path: Path) -> pd.DataFrame:
    """Return the published numbers; EunoeError for a quantity, unit or number that is none."""
    wanted = ["quantity", "where", "language", "published", "unit", "models"]
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise EunoeError(f"{path}: not a readable CSV file ({error})") from None
    if list(rows.columns) != wanted:
        raise EunoeError(
            f"{path}: columns {', '.join(map(str, rows))}; allowed: {', '.join(wanted)}"
        )
    for line, row in enumerate(rows.to_dict("records"), start=2):
        for column, allowed in (("quantity", tuple(OURS)), ("unit", UNITS)):
            if row[column] not in allowed:
                raise EunoeError(
                    f"{path}, line {line}: {column} = {row[column]}; allowed: {', '.join(allowed)}"
                )
    numbers = pd.to_numeric(rows["published"], errors="coerce")
    if numbers.isna().any():
        line = int(numbers.isna().to_numpy().argmax())
        wrong = rows["published"].iloc[line]
        raise EunoeError(f"{path}, line {line + 2}: published = {wrong}; allowed: a number")
    return rows.assign(published=numbers)


def published_rows(evidence: Evidence, numbers: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return published numbers, of other models, beside ours (`PUBLISHED`)."""
    ours = [
        ours_of(evidence, quantity, language, level)
        for quantity, language in numbers[["quantity", "language"]].itertuples(index=False)
    ]
    beside = pd.DataFrame(ours, columns=["estimate", "low", "high"], index=numbers.index)
    return numbers.join(beside)[PUBLISHED.names]


def ours_of(
    evidence: Evidence, quantity: str, language: str, level: float
) -> dict[str, float | None]:
    """Return our interval of a published quantity, in per cent or points; None if not run."""
    (part, lab, query), method = OURS[quantity]
    try:
        values = getattr(evidence.tuning(part, lab), method)(replace(query, language=language))
    except NotRun:
        return dict.fromkeys(("estimate", "low", "high"))
    return vars(interval(Mean(100 * values), level))
