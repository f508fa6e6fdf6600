"""Rule render_language_tables: from a probe's outcomes to the small tables of the figures."""

from pathlib import Path

import pandas as pd

from eunoe.config.figures import Bootstrap
from eunoe.config.model import Settings
from eunoe.errors import EunoeError
from eunoe.provenance import provenance
from eunoe.results.curves import CURVES, curve_rows
from eunoe.results.language.arrays import Results
from eunoe.results.language.reading import read_results
from eunoe.results.language.summary import accuracy_rows, change_rows, pooled_curves
from eunoe.results.language.tables import ACCURACIES, CHANGES
from eunoe.stages.command import run
from eunoe.tables.files import read_table, write_table
from eunoe.tables.training import CURVE


class LanguageTableSettings(Settings):
    """The one param of the rule."""

    probe: str
    """Name of the probe."""
    runs: dict[str, str]
    """The base of each run."""
    bootstrap: Bootstrap
    """How intervals are made."""
    code: str
    """Digest of the code."""


def render_language_tables(
    settings: LanguageTableSettings,
    outcomes: list[Path],
    curves: list[Path],
    accuracies_table: Path,
    changes_table: Path,
    curves_table: Path,
) -> None:
    """Aggregate over test items and seeds, with intervals."""
    results = results_of(outcomes, settings)
    trained = pd.concat([read_table(path, CURVE).to_pandas() for path in curves])
    made = provenance(settings.model_dump(mode="json"))
    of_probe = {
        accuracies_table: (accuracy_rows(results), ACCURACIES),
        changes_table: (change_rows(results, settings.runs), CHANGES),
        curves_table: (curve_rows(pooled_curves(trained)), CURVES),
    }
    for path, (rows, schema) in of_probe.items():
        write_table(path, rows.assign(probe=settings.probe), schema, made)


def results_of(outcomes: list[Path], settings: LanguageTableSettings) -> Results:
    """Return what the probe measured on test items; EunoeError if that is nothing."""
    found = read_results(outcomes, settings.bootstrap)
    if (settings.probe, "test") not in found:
        raise EunoeError(f"probe {settings.probe}: no outcome of a test item; allowed: some")
    return found[settings.probe, "test"]


if __name__ == "__main__":
    run(render_language_tables)
