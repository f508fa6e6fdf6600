"""Tables of estimates of a regression probe, from its item-level tables.

Errors are divided by d tau^2, the expected squared target on D_cont: 1 is what predicting zero
costs.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from eunoe.config.worlds.regression import RegressionWorld
from eunoe.results.models import Model
from eunoe.results.regression.arrays import Results
from eunoe.statistics.quantities import interval_columns


def scale_of(world: RegressionWorld) -> float:
    """Return d tau^2."""
    return world.dimension * world.tau**2


def gamma_in(label: str) -> float:
    """Return the number in a transform's label: 2 for "scale(2)", 1 where there is none."""
    number = re.fullmatch(r"\w+\(([0-9.e+-]+)\)", label)
    return float(number[1]) if number else 1.0


def ranges(points: int, few: int) -> dict[str, slice]:
    """Return the ranges of exemplar counts over which means are taken, by name.

    In a world of so few points that all counts are few, there is no "many".
    """
    found = {"all": slice(0, points), "few": slice(1, few + 1), "many": slice(few + 1, points)}
    return {name: part for name, part in found.items() if part.start < points}


def error_rows(results: Results, world: RegressionWorld) -> pd.DataFrame:
    """Return the error at each exemplar count, on test prompts (part of `ERRORS`)."""
    parts = []
    for (model, split, source, transform), items in results.errors.items():
        if split == "test":
            means = results.mean(items) / scale_of(world)
            parts.append(
                pd.DataFrame(
                    {
                        **who(model, source, transform),
                        "exemplars": np.arange(means.shape[2]),
                        **interval_columns(means, results.bootstrap.level),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def who(model: Model, source: str, transform: str) -> dict[str, Any]:
    """Return the columns that name what was measured."""
    gamma = gamma_in(transform)
    return {
        "kind": model.kind,
        "model": model.name,
        "source": source,
        "transform": transform,
        "gamma": gamma,
    }


def mean_error_rows(results: Results, world: RegressionWorld, few: int) -> pd.DataFrame:
    """Return errors averaged over few, many and all exemplar counts (`MEAN_ERRORS`)."""
    names = ranges(world.points, few)
    parts = []
    for (model, split, source, transform), items in results.errors.items():
        means = results.mean(items) / scale_of(world)
        averaged = np.stack([means[..., part].mean(-1) for part in names.values()], axis=-1)
        parts.append(
            pd.DataFrame(
                {
                    **who(model, source, transform),
                    "split": split,
                    "exemplars": list(names),
                    **interval_columns(averaged, results.bootstrap.level),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def task_weight_rows(results: Results) -> pd.DataFrame:
    """Return the pooled task weight, bank's share and explained share
    (`MEAN_TASK_WEIGHTS`)."""

    def rows() -> Iterator[pd.DataFrame]:
        for (model, source, transform), fits in results.fits.items():
            for exemplars in fits.exemplars:
                where = (model, source, transform, [exemplars])
                weight, explained = results.pooled_fit(*where)
                share = results.pooled_share(*where)
                measures = {"task_weight": weight, "explained": explained}
                if np.isfinite(share[0]).all():  # a predictor of zero has none
                    measures["bank_share"] = share
                yield pd.DataFrame(
                    {
                        **who(model, source, transform),
                        "exemplars": exemplars,
                        "measure": list(measures),
                        **interval_columns(
                            np.stack(list(measures.values()), axis=-1), results.bootstrap.level
                        ),
                    }
                )

    return pd.concat(rows(), ignore_index=True)


def forgetting_rows(
    results: Results, world: RegressionWorld, runs: dict[str, dict[str, str]], bins: int
) -> pd.DataFrame:
    """Return, per bin of log-likelihood under the tuned bank and exemplar count, the forgetting of
    each run on D_cont: its error minus its base's (`FORGETTING`).

    `runs` gives each run's base and bank. `potential` is the error of the ideal discrete predictor
    minus ridge's: the forgetting of a model that turns from ridge into that predictor.
    """
    parts = []
    level = results.bootstrap.level
    for run, names in runs.items():
        discrete = "discrete_fresh" if names["bank"] == "fresh_bank" else "discrete"
        values = {
            "forgetting": results.error(Model("run", run), "continuous")
            - results.error(Model("base", names["base"]), "continuous"),
            "potential": results.error(Model("ideal", discrete), "continuous")
            - results.error(Model("ideal", "ridge"), "continuous"),
        }
        likelihood = results.likelihoods["continuous", names["bank"]]
        for exemplars in range(1, world.points):
            members = quantile_bins(likelihood[..., exemplars], bins)
            for index in range(bins):
                inside = (members == index).astype(np.float64)
                if not inside.any():  # fewer prompts than bins
                    continue
                share = np.maximum(results.mean(inside), 1 / inside.shape[1])  # at least one prompt
                for measure, items in values.items():
                    sums = results.mean(items[..., exemplars] * inside) / scale_of(world)
                    parts.append(
                        {
                            "run": run,
                            "exemplars": exemplars,
                            "bin": index,
                            "log_likelihood": likelihood[..., exemplars][inside > 0].mean(),
                            "measure": measure,
                            **numbers(interval_columns((sums / share)[..., None], level)),
                        }
                    )
    return pd.DataFrame(parts, columns=FORGETTING_COLUMNS)


FORGETTING_COLUMNS = [
    *("run", "exemplars", "bin", "log_likelihood", "measure", "estimate", "low", "high")
]


def numbers(columns: dict[str, Any]) -> dict[str, float]:
    """Return columns of length one as numbers."""
    return {name: float(values[0]) for name, values in columns.items()}


def quantile_bins(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the bin of each value (seeds, prompts, ...), bins holding equally many prompts of
    each seed; ties go to the lower bin.

    Of each seed, as seeds have banks of their own: a bin of all seeds together could hold the
    prompts of one network only, and would compare networks instead of prompts.
    """
    shares = np.linspace(0, 1, bins + 1)[1:-1]
    edges = np.quantile(values, shares, axis=1, keepdims=True)
    return (values > edges).sum(0)
