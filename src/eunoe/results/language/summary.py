"""From a probe's outcomes to the small tables that the figures are drawn from."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from eunoe.results.language.arrays import (
    ACCURACY_COLUMNS,
    MAIN,
    QUANTITIES,
    Asked,
    Place,
    Results,
    Tuning,
    scored,
)
from eunoe.results.language.tables import ACCURACIES, CHANGES
from eunoe.results.models import Model, NotRun
from eunoe.statistics.quantities import PremiseNotMet, Ratio, interval, interval_columns
from eunoe.statistics.redraws import Array

Described = Iterator[tuple[dict[str, Any], Array | Ratio]]
"""What was measured, and its values (1 + R, seeds) or a ratio of such values."""


def where(place: Place, asked: Asked) -> dict[str, Any]:
    """Return the columns that say what was measured."""
    return {
        "task": asked.task,
        "language": place.language,
        "wording": asked.wording,
        "transform": place.transform,
        "measure": asked.measure,
    }


def accuracy_rows(results: Results) -> pd.DataFrame:
    """Return the mean of every measure of every model (`ACCURACIES` but for the probe)."""

    def described(model: Model, asked: Asked) -> Described:
        for place in results.places(asked.task):
            for measure in results.measures(model, place, asked):
                what = scored(asked, measure)
                seeds, items = results.count(model, place, what)
                who = {"kind": model.kind, "model": model.name, "seeds": seeds, "items": items}
                yield {**who, **where(place, what)}, results.mean(model, place, what)

    parts = [described(model, asked) for model in results.models() for asked in results.asked()]
    return with_intervals(parts, results.bootstrap.level, names(ACCURACIES))


def change_rows(results: Results, runs: dict[str, str]) -> pd.DataFrame:
    """Return every quantity that compares a run to its base (`CHANGES` but for the probe).

    `runs` gives each run's base; a run that was not measured has no rows. A quantity without
    meaning, such as the share recovered of what was not surely lost, has no row.
    """

    def described(run: str, base: str, asked: Asked) -> Described:
        tuning = Tuning(results, Model("run", run), Model("base", base))
        if tuning.run not in results.models():
            return
        for place in results.places(asked.task):
            for measure in ACCURACY_COLUMNS:
                what = scored(asked, measure)
                for quantity, values in quantities(tuning, place, what):
                    yield {"run": run, "quantity": quantity, **where(place, what)}, values

    parts = [described(run, base, asked) for run, base in runs.items() for asked in results.asked()]
    return with_intervals(parts, results.bootstrap.level, names(CHANGES))


def quantities(tuning: Tuning, place: Place, asked: Asked) -> Iterator[tuple[str, Array | Ratio]]:
    """Yield every quantity that was measured and has a meaning."""
    for quantity in QUANTITIES:
        try:
            values = getattr(tuning, quantity)(place, asked)
        except (NotRun, PremiseNotMet):
            continue
        yield quantity, values


def with_intervals(parts: Iterable[Described], level: float, columns: list[str]) -> pd.DataFrame:
    """Return the rows with their estimates and intervals, in the order given."""
    found: list[pd.DataFrame] = []
    for part in parts:  # part by part: all values at once are many
        described = list(part)
        if described:
            rows = pd.DataFrame([row for row, _ in described])
            ends = interval_ends([values for _, values in described], level)
            found.append(pd.concat([rows, ends], axis=1)[columns])
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)


def interval_ends(values: list[Array | Ratio], level: float) -> pd.DataFrame:
    """Return estimate, low and high of each quantity; an infinite end is left out."""
    means = [number for number, each in enumerate(values) if not isinstance(each, Ratio)]
    found = pd.DataFrame(index=range(len(values)), columns=["estimate", "low", "high"], dtype=float)
    if means:
        stacked: Any = np.stack([values[number] for number in means], axis=-1)  # type: ignore[misc]
        found.loc[means] = pd.DataFrame(interval_columns(stacked, level)).to_numpy()
    for number, each in enumerate(values):
        if isinstance(each, Ratio):
            found.loc[number] = list(vars(interval(each, level)).values())
    return found.replace([np.inf, -np.inf], np.nan)


def pooled_curves(curves: pd.DataFrame) -> pd.DataFrame:
    """Return training curves with the mean over the main tasks in each language beside them, as
    `all.{language}` (`CURVE`)."""
    parts = curves["measure"].astype(str).str.partition(".")
    main = curves.assign(measure="all." + parts[2])[parts[0].isin(MAIN)]
    keys = ["kind", "model", "seed", "stage", "step", "measure"]
    means = main.groupby(keys, observed=True)[["value"]].mean().reset_index()
    return pd.concat([curves.astype({"measure": str}), means], ignore_index=True)


def names(schema: Any) -> list[str]:
    """Return a schema's columns but for the probe."""
    return [name for name in schema.names if name != "probe"]
