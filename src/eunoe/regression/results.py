"""A probe's item rows as arrays over (seeds, prompts, exemplar counts), with the bootstrap's weights.

Every model of a seed answers the same prompts, so arrays of two models line up item by item.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eunoe import tables
from eunoe.config.figures import Bootstrap
from eunoe.errors import EunoeError
from eunoe.statistics import Array, resampling_weights, weighted_means

Items = NDArray[np.float32]
"""(seeds, prompts, ...)."""


class NotRun(Exception):  # noqa: N818  a state, not a failure
    """A result that the configuration did not ask for."""


@dataclass(frozen=True)
class Model:
    """Who answered: kind is base, run or ideal."""

    kind: str
    name: str


@dataclass
class Results:
    """All that a probe measured."""

    bootstrap: Bootstrap
    errors: dict[tuple[Model, str, str, str], Items] = field(default_factory=dict)
    """Squared errors (seeds, prompts, N) by (model, split, source, transform)."""
    fits: dict[tuple[Model, str, str], pd.DataFrame] = field(default_factory=dict)
    """Inferred task weights by (model, source, transform), sorted by seed, prompt, exemplars."""
    likelihoods: dict[tuple[str, str], Items] = field(default_factory=dict)
    """Log-likelihoods (seeds, prompts, N) of test prompts by (source, bank)."""
    _weights: dict[tuple[int, int], Array] = field(default_factory=dict)

    def error(
        self, model: Model, source: str, transform: str = "identity", split: str = "test"
    ) -> Items:
        """Return squared errors (seeds, prompts, N); NotRun if they were not measured."""
        key = (model, split, source, transform)
        if key not in self.errors:
            raise NotRun(f"no {model.kind} {model.name} on {source} through {transform}")
        return self.errors[key]

    def mean(self, values: NDArray[np.floating]) -> Array:
        """Return the mean of values (seeds, prompts, ...) in each replicate: (1 + R, ...)."""
        shape = values.shape[:2]
        if shape not in self._weights:
            self._weights[shape] = resampling_weights(*shape, self.bootstrap)
        return weighted_means(self._weights[shape], values)

    def pooled_fit(
        self, model: Model, source: str, transform: str, exemplars: list[int]
    ) -> tuple[Array, Array]:
        """Return the task weight and the explained share, pooled over contexts: (1 + R,) each.

        Pooled: one g for all contexts, by least squares, so that contexts in which the two
        algorithms hardly differ, where g is noise, hardly count.
        """
        key = (model, source, transform)
        if key not in self.fits:
            raise NotRun(f"no task weight of {model.kind} {model.name} through {transform}")
        rows = self.fits[key]
        rows = rows[rows["exemplars"].isin(exemplars)]
        if rows.empty:
            raise NotRun(f"no task weight with {exemplars} exemplars")

        def total(values: pd.Series) -> Array:
            return self.mean(as_items(rows.assign(value=values), "value")).sum(-1)

        weight = total(rows["task_weight"] * rows["distance"]) / total(rows["distance"])
        power = total(rows["power"])
        # a predictor of zero has no power for the algorithms to explain
        share = total(rows["explained"] * rows["power"]) / np.maximum(power, 1e-12)
        return weight, share


def as_items(rows: pd.DataFrame, value: str) -> Items:
    """Return a column as (seeds, prompts, exemplar counts); EunoeError if an item is missing."""
    rows = rows.sort_values(["seed", "prompt", "exemplars"])
    seeds = rows["seed"].nunique()
    counts = rows["exemplars"].nunique()
    prompts, rest = divmod(len(rows), seeds * counts)
    first = rows["prompt"].to_numpy().reshape(seeds, -1)[0] if rest == 0 else None
    if first is None or not (rows["prompt"].to_numpy().reshape(seeds, -1) == first).all():
        raise EunoeError("the seeds or models of a probe did not answer the same prompts")
    return rows[value].to_numpy(np.float32).reshape(seeds, prompts, counts)


def read_results(
    answers: list[Path], task_weights: list[Path], likelihoods: list[Path], bootstrap: Bootstrap
) -> Results:
    """Return a probe's results from the tables of all seeds and models."""
    results = Results(bootstrap)
    wanted = ["kind", "model", "seed", "split", "source", "transform", "prompt", "exemplars"]
    parts: dict[tuple[Model, str, str, str], list[pd.DataFrame]] = {}
    for path in answers:
        rows = tables.read(path, tables.ANSWERS, [*wanted, "squared_error"]).to_pandas()
        keys = ["kind", "model", "split", "source", "transform"]
        for (kind, model, *rest), group in rows.groupby(keys, observed=True):
            compact = group[["seed", "prompt", "exemplars", "squared_error"]]
            parts.setdefault((Model(kind, model), *rest), []).append(compact)
    for key in list(parts):
        results.errors[key] = as_items(pd.concat(parts.pop(key)), "squared_error")
    fits = pd.concat([tables.read(p, tables.TASK_WEIGHTS).to_pandas() for p in task_weights])
    for (kind, model, *rest), group in fits.groupby(["kind", "model", "source", "transform"]):
        results.fits[(Model(kind, model), *rest)] = group
    likely = pd.concat([tables.read(p, tables.LIKELIHOODS).to_pandas() for p in likelihoods])
    for (source, bank), group in likely[likely["split"] == "test"].groupby(["source", "bank"]):
        results.likelihoods[(source, bank)] = as_items(group, "log_likelihood")
    return results
