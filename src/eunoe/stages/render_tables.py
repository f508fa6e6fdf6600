"""Rule render_tables: tables of estimates of a regression probe."""

from pathlib import Path

import pandas as pd
from pydantic import Field

from eunoe.config.figures import Bootstrap
from eunoe.config.model import Settings
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.provenance import provenance
from eunoe.results.curves import CURVES, curve_rows
from eunoe.results.regression import summary
from eunoe.results.regression.arrays import read_results
from eunoe.results.regression.tables import ERRORS, FORGETTING, MEAN_ERRORS, MEAN_TASK_WEIGHTS
from eunoe.stages.command import run
from eunoe.tables.files import read_table, write_table
from eunoe.tables.training import CURVE


class TableSettings(Settings):
    """The one param of the rule."""

    probe: str
    """Name of the probe."""
    world: RegressionWorld
    """The probe's world."""
    bootstrap: Bootstrap
    """How intervals are made."""
    few: int = Field(ge=1)
    """Low exemplar counts are 1 to this many."""
    bins: int = Field(ge=2)
    """Groups of prompts by log-likelihood."""
    runs: dict[str, dict[str, str]]
    """The base and the tuned bank of each run."""
    code: str
    """Digest of the code."""


def render_tables(
    settings: TableSettings,
    answers: list[Path],
    task_weights: list[Path],
    likelihoods: list[Path],
    curves: list[Path],
    errors_table: Path,
    mean_errors_table: Path,
    task_weights_table: Path,
    forgetting_table: Path,
    curves_table: Path,
) -> None:
    """Aggregate over prompts and seeds, with intervals."""
    world = settings.world
    results = read_results(answers, task_weights, likelihoods, settings.bootstrap)
    trained = pd.concat([read_table(path, CURVE).to_pandas() for path in curves])
    made = provenance(settings.model_dump(mode="json"))
    of_probe = {
        errors_table: (summary.error_rows(results, world), ERRORS),
        mean_errors_table: (
            summary.mean_error_rows(results, world, settings.few),
            MEAN_ERRORS,
        ),
        task_weights_table: (summary.task_weight_rows(results), MEAN_TASK_WEIGHTS),
        forgetting_table: (
            summary.forgetting_rows(results, world, settings.runs, settings.bins),
            FORGETTING,
        ),
        curves_table: (curve_rows(trained), CURVES),
    }
    for path, (rows, schema) in of_probe.items():
        write_table(path, rows.assign(probe=settings.probe), schema, made)


if __name__ == "__main__":
    run(render_tables)
