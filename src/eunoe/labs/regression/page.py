"""The regression lab's part of its page: errors of its models."""

from pathlib import Path
from typing import Any

from eunoe.config.study import Study
from eunoe.report.lab import Inputs
from eunoe.report.models import made_from
from eunoe.results.regression.tables import MEAN_ERRORS
from eunoe.tables.files import read_table


def context(inputs: Inputs) -> dict[str, Any]:
    """Return what the lab's page.html shows: a row for each base and run of each probe."""
    paths = inputs.named("mean_errors")
    return {"models": [row for path in paths for row in error_rows(path, inputs.study)]}


def error_rows(path: Path, study: Study) -> list[dict[str, Any]]:
    """Return, for each base and run of a regression probe, its errors on test prompts."""
    rows = read_table(path, MEAN_ERRORS).to_pandas()
    chosen = rows[
        (rows["split"] == "test")
        & (rows["transform"] == "identity")
        & (rows["exemplars"] == "all")
        & (rows["kind"] != "ideal")
    ]
    found = []
    for (probe, kind, model), group in chosen.groupby(["probe", "kind", "model"], observed=True):
        errors = group.set_index("source")["estimate"]
        who = {"probe": probe, "kind": kind, "model": model}
        found.append({**who, "details": made_from(kind, model, study), **errors.to_dict()})
    return found
