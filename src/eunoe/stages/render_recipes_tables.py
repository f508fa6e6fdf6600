"""Rule render_recipes_tables: from a probe's scores and its models' training to small tables."""

from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.figures import Bootstrap
from eunoe.config.model import Settings
from eunoe.errors import EunoeError
from eunoe.provenance import provenance
from eunoe.recipes.adapter_scope import AdapterScope
from eunoe.results.curves import CURVES
from eunoe.results.recipes.arrays import Results
from eunoe.results.recipes.reading import frame, read_curves, read_results
from eunoe.results.recipes.summary import Probed, score_rows
from eunoe.results.recipes.tables import (
    CHECKPOINTS,
    EQUAL_TARGET,
    MEAN_COSTS,
    MEAN_MIXTURES,
    MEAN_SCORES,
)
from eunoe.results.recipes.training_summary import (
    checkpoint_rows,
    cost_rows,
    curve_summary,
    equal_target_rows,
    mixture_rows,
    passages_of,
)
from eunoe.stages.command import run
from eunoe.tables.files import write_table
from eunoe.tables.training import CURVE
from eunoe.tables.tuning import COSTS, MIXTURE


class RecipeTableSettings(Settings):
    """The one param of the rule."""

    probe: str
    """Name of the probe."""
    runs: dict[str, str]
    """The base of each run."""
    adapter_scopes: dict[str, AdapterScope]
    """How runs with a soft prompt or a LoRA are used."""
    target: str | None
    """The source that is tuned for."""
    same_format: list[str]
    """Sources whose answers have the target's format."""
    rehearsed: list[str]
    """Held-out sources that recipes may train on."""
    levels: list[float]
    """Target scores at which checkpoints were kept."""
    bootstrap: Bootstrap
    """How intervals are made."""
    code: str
    """Digest of the code."""


def render_recipes_tables(
    settings: RecipeTableSettings,
    scores: list[Path],
    curves: list[Path],
    costs: list[Path],
    mixtures: list[Path],
    scores_table: Path,
    curves_table: Path,
    costs_table: Path,
    mixtures_table: Path,
    checkpoints_table: Path,
    equal_target_table: Path,
) -> None:
    """Aggregate over test examples and seeds, with intervals; curves are of validation examples."""
    probed = Probed(
        *(settings.runs, settings.target, settings.same_format),
        *(settings.rehearsed, settings.levels),
    )
    trained = read_curves(curves, settings.bootstrap, settings.adapter_scopes)
    results, passages = results_of(scores, settings), passages_of(trained, probed)
    found = {
        scores_table: (score_rows(results, probed), MEAN_SCORES),
        curves_table: (
            curve_summary(together(curves, CURVE), trained, probed),
            CURVES,
        ),
        costs_table: (cost_rows(together(costs, COSTS)), MEAN_COSTS),
        mixtures_table: (mixture_rows(together(mixtures, MIXTURE)), MEAN_MIXTURES),
        checkpoints_table: (checkpoint_rows(passages, settings.runs), CHECKPOINTS),
        equal_target_table: (
            equal_target_rows(results, passages, probed),
            EQUAL_TARGET,
        ),
    }
    made = provenance(settings.model_dump(mode="json"))
    for path, (rows, schema) in found.items():
        write_table(path, rows.assign(probe=settings.probe), schema, made)


def together(paths: list[Path], schema: Any) -> pd.DataFrame:
    """Return the rows of tables of one schema, without rows if there is none."""
    if not paths:
        empty: pd.DataFrame = schema.empty_table().to_pandas()
        return empty
    return pd.concat([frame(path, schema) for path in paths])


def results_of(scores: list[Path], settings: RecipeTableSettings) -> Results:
    """Return what the probe measured on test examples; EunoeError if that is nothing."""
    found = read_results(scores, settings.bootstrap, settings.adapter_scopes)
    if (settings.probe, "test") not in found:
        raise EunoeError(f"probe {settings.probe}: no score of a test example; allowed: some")
    return found[settings.probe, "test"]


if __name__ == "__main__":
    run(render_recipes_tables)
