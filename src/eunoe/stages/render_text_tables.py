"""Rule render_text_tables: tables of estimates of a text probe and of its models' training."""

from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.figures import Bootstrap
from eunoe.config.model import Settings
from eunoe.errors import EunoeError
from eunoe.provenance import provenance
from eunoe.recipes.adapter_scope import AdapterScope
from eunoe.results.curves import CURVES
from eunoe.results.text.cells import Design
from eunoe.results.text.loading import load_results
from eunoe.results.text.probed import Probed
from eunoe.results.text.replies import frame
from eunoe.results.text.results import Results
from eunoe.results.text.summary import change_rows, score_rows
from eunoe.results.text.tables import (
    CHANGES,
    CHECKPOINTS,
    EQUAL_TARGET,
    MEAN_COSTS,
    MEAN_MIXTURES,
    MEAN_SCORES,
)
from eunoe.results.text.training_summary import (
    checkpoint_rows,
    cost_rows,
    curve_summary,
    equal_target_rows,
    mixture_rows,
    passages_of,
)
from eunoe.results.text.trajectories import load_curves
from eunoe.stages.command import run
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.training import CURVE
from eunoe.tables.tuning import COSTS, MIXTURE


class TextTableSettings(Settings):
    """The one param of the rule."""

    probe: str
    """Name of the probe."""
    crossed: bool
    """Whether results are given for each wording, and items are paired across languages."""
    pools: dict[str, list[str]]
    """Tasks that are pooled, by the name of the pool."""
    runs: dict[str, str]
    """The base of each run."""
    adapter_scopes: dict[str, AdapterScope]
    """The scopes of the runs' adapters."""
    target: str | None
    """The source that recipes tune for."""
    same_format: list[str]
    """Other sources whose replies have the target's format."""
    rehearsed: list[str]
    """Held-out sources that recipes may train on."""
    levels: list[float]
    """Target scores at which checkpoints were kept."""
    bootstrap: Bootstrap
    """How intervals are made."""
    code: str
    """Digest of the code."""


def render_text_tables(
    settings: TextTableSettings,
    items: list[Path],
    replies: list[Path],
    curves: list[Path],
    costs: list[Path],
    mixtures: list[Path],
    scores_table: Path,
    changes_table: Path,
    curves_table: Path,
    costs_table: Path,
    mixtures_table: Path,
    checkpoints_table: Path,
    equal_target_table: Path,
) -> None:
    """Aggregate over test items and seeds, with intervals; curves are of validation items."""
    outcomes = outcomes_of(items) if settings.crossed else {}  # elsewhere nothing reads them
    design = Design(crossed=settings.crossed, groups=settings.pools, outcomes=outcomes)
    probed = Probed(
        *(settings.runs, settings.target, settings.same_format),
        *(settings.rehearsed, settings.levels, design),
    )
    results = results_of(replies, settings, design)
    trained = load_curves(curves, settings.bootstrap, settings.adapter_scopes)
    passages = passages_of(trained, probed)
    found = {
        scores_table: (score_rows(results, probed), MEAN_SCORES),
        changes_table: (change_rows(results, settings.runs), CHANGES),
        curves_table: (curve_summary(together(curves, CURVE), trained, probed), CURVES),
        costs_table: (cost_rows(together(costs, COSTS)), MEAN_COSTS),
        mixtures_table: (mixture_rows(together(mixtures, MIXTURE)), MEAN_MIXTURES),
        checkpoints_table: (checkpoint_rows(passages, settings.runs), CHECKPOINTS),
        equal_target_table: (equal_target_rows(results, passages, probed), EQUAL_TARGET),
    }
    made = provenance(settings.model_dump(mode="json"))
    for path, (rows, schema) in found.items():
        write_table(path, rows.assign(probe=settings.probe), schema, made)


def outcomes_of(items: list[Path]) -> dict[str, list[str]]:
    """Return the outcomes that each task's items can have, even where no reply shows them."""
    found: dict[str, dict[str, None]] = {}
    for path in items:
        rows = read_table(path, ITEMS, ["task", "options"]).to_pandas()
        for task, options in zip(rows["task"], rows["options"], strict=True):
            found.setdefault(task, {}).update({each["outcome"]: None for each in options})
    return {task: list(outcomes) for task, outcomes in found.items()}


def together(paths: list[Path], schema: Any) -> pd.DataFrame:
    """Return the rows of tables of one schema, without rows if there is none."""
    if not paths:
        empty: pd.DataFrame = schema.empty_table().to_pandas()
        return empty
    return pd.concat([frame(path, schema) for path in paths])


def results_of(replies: list[Path], settings: TextTableSettings, design: Design) -> Results:
    """Return what the probe measured on test items; EunoeError if that is nothing."""
    found = load_results(replies, settings.bootstrap, design, settings.adapter_scopes)
    if (settings.probe, "test") not in found:
        raise EunoeError(f"probe {settings.probe}: no reply to a test item; allowed: some")
    return found[settings.probe, "test"]


if __name__ == "__main__":
    run(render_text_tables)
