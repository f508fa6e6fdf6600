"""The language lab's part of its page: accuracies of its models."""

from pathlib import Path
from typing import Any

from eunoe.config.study import Study
from eunoe.labs.language.tasks import POOLS
from eunoe.report.lab import Inputs
from eunoe.report.models import made_from
from eunoe.results.text.tables import MEAN_SCORES
from eunoe.tables.files import read_table


def context(inputs: Inputs) -> dict[str, Any]:
    """Return what the lab's page.html shows: a row for each task of each base and run."""
    paths = inputs.named("scores")
    return {"models": [row for path in paths for row in accuracy_rows(path, inputs.study)]}


def accuracy_rows(path: Path, study: Study) -> list[dict[str, Any]]:
    """Return, for each base and run of a language probe and each task, its accuracy by language.

    Tasks of a group are left to the group.
    """
    rows = read_table(path, MEAN_SCORES).to_pandas()
    grouped = {task for tasks in POOLS.values() for task in tasks}
    chosen = rows[
        (rows["transform"] == "identity")
        & (rows["wording"] == "all")
        & (rows["attached"] == "deployed")
        & rows["level"].isna()
        & (rows["measure"] == "right")
        & ~rows["task"].isin(grouped)
    ]
    keys = ["probe", "task", "kind", "model"]
    found = []
    for (probe, task, kind, model), group in chosen.groupby(keys, observed=True, sort=False):
        who = {"probe": probe, "task": task, "kind": kind, "model": model}
        by_language = group.set_index("language")["estimate"].to_dict()
        made = {"details": made_from(kind, model, study), "accuracies": by_language}
        found.append({**who, **made})
    return found
