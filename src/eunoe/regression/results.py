"""A probe's item rows as arrays over (seeds, prompts, exemplar counts), and their bootstrap.

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


class NotRun(Exception):
    """A result that the configuration did not ask for."""


@dataclass(frozen=True)
class Model:
    """Who answered: kind is base, run or ideal."""

    kind: str
    name: str


@dataclass(frozen=True)
class Fits:
    """Inferred task weights of a model on a source through a transform."""

    exemplars: list[int]
    """Lengths of the contexts."""
    columns: dict[str, Items]
    """The fit's columns of `tables.TASK_WEIGHTS`: (seeds, contexts, lengths) each."""


@dataclass
class Results:
    """All that a probe measured."""

    bootstrap: Bootstrap
    errors: dict[tuple[Model, str, str, str], Items] = field(default_factory=dict)
    """Squared errors (seeds, prompts, N) by (model, split, source, transform)."""
    fits: dict[tuple[Model, str, str], Fits] = field(default_factory=dict)
    """Inferred task weights by (model, source, transform)."""
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
        shape = (values.shape[0], values.shape[1])
        if shape not in self._weights:
            self._weights[shape] = resampling_weights(shape[0], shape[1], self.bootstrap)
        return weighted_means(self._weights[shape], values)

    def pooled_fit(
        self, model: Model, source: str, transform: str, exemplars: list[int]
    ) -> tuple[Array, Array]:
        """Return the task weight and the explained share, pooled over contexts: (1 + R,) each.

        Pooled: one g for all contexts, by least squares, so that contexts in which the two
        algorithms hardly differ, where g is noise, hardly count.
        """
        part = self._fits_at(model, source, transform, exemplars)
        weight = self._total(part["task_weight"] * part["distance"]) / self._total(part["distance"])
        power = self._total(part["power"])
        # a predictor of zero has no power for the algorithms to explain
        share = self._total(part["explained"] * part["power"]) / np.maximum(power, 1e-12)
        return weight, share

    def pooled_share(
        self, model: Model, source: str, transform: str, exemplars: list[int]
    ) -> Array:
        """Return the bank's share p / (p + q) of the fit answers = p discrete + q ridge, pooled.

        With two free factors, answers that are only too small or too large keep their share,
        whereas the task weight, whose factors add up to 1, takes them for another algorithm.
        """
        part = self._fits_at(model, source, transform, exemplars)
        dd, rr, dr, ad, ar = (
            self._total(part[name])
            for name in (
                *("discrete_power", "ridge_power", "overlap"),
                *("answer_discrete", "answer_ridge"),
            )
        )
        # the normal equations' solution, without the determinant that cancels in the share
        bank, ridge = ad * rr - ar * dr, ar * dd - ad * dr
        total = bank + ridge
        return np.divide(bank, total, out=np.full_like(total, np.nan), where=total != 0)

    def _total(self, values: Items) -> Array:
        return self.mean(values).sum(-1)

    def _fits_at(
        self, model: Model, source: str, transform: str, exemplars: list[int]
    ) -> dict[str, Items]:
        """Return the fits' columns at some context lengths; NotRun if there are none."""
        key = (model, source, transform)
        if key not in self.fits:
            raise NotRun(f"no task weight of {model.kind} {model.name} through {transform}")
        fits = self.fits[key]
        chosen = [index for index, count in enumerate(fits.exemplars) if count in exemplars]
        if not chosen:
            raise NotRun(f"no task weight with {exemplars} exemplars")
        return {name: items[..., chosen] for name, items in fits.columns.items()}


def as_items(rows: pd.DataFrame, value: str) -> Items:
    """Return a column as (seeds, prompts, exemplar counts); EunoeError if an item is missing."""
    rows = rows.sort_values(list(ITEM))
    axes = axes_of(rows)
    shape = tuple(len(axis) for axis in axes)
    wanted = dict(zip(ITEM, np.meshgrid(*axes, indexing="ij"), strict=True))
    if len(rows) != np.prod(shape) or any(
        (rows[name].to_numpy() != values.ravel()).any() for name, values in wanted.items()
    ):
        raise EunoeError(DIFFERENT)
    return rows[value].to_numpy(np.float32).reshape(shape)


ITEM = ("seed", "prompt", "exemplars")
DIFFERENT = "the seeds or models of a probe did not answer the same prompts"


def axes_of(rows: pd.DataFrame) -> list[NDArray[np.integer]]:
    """Return the seeds, prompts and exemplar counts that occur, each in order."""
    return [np.unique(rows[name].to_numpy()) for name in ITEM]


class SameItems:
    """Remembers which items each split and source has; EunoeError for a table with others."""

    def __init__(self) -> None:
        self.axes: dict[tuple[str, str], list[NDArray[np.integer]]] = {}

    def check(self, split: str, source: str, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows as they are, if their items are those of the first such table."""
        found = axes_of(rows)
        known = self.axes.setdefault((split, source), found)
        if not all(map(np.array_equal, known, found)):
            raise EunoeError(DIFFERENT)
        return rows


def read_fits(rows: pd.DataFrame) -> Fits:
    """Return rows of `tables.TASK_WEIGHTS` as arrays."""
    start = tables.TASK_WEIGHTS.names.index("task_weight")
    names = tables.TASK_WEIGHTS.names[start:]
    return Fits(axes_of(rows)[2].tolist(), {name: as_items(rows, name) for name in names})


def read_results(
    answers: list[Path], task_weights: list[Path], likelihoods: list[Path], bootstrap: Bootstrap
) -> Results:
    """Return a probe's results from the tables of all seeds and models."""
    results, same = Results(bootstrap), SameItems()
    wanted = ["kind", "model", "seed", "split", "source", "transform", "prompt", "exemplars"]
    parts: dict[tuple[Model, str, str, str], list[pd.DataFrame]] = {}
    for path in answers:
        rows = tables.read(path, tables.ANSWERS, [*wanted, "squared_error"]).to_pandas()
        keys = ["kind", "model", "split", "source", "transform"]
        for (kind, model, *rest), group in rows.groupby(keys, observed=True):
            compact = group[["seed", "prompt", "exemplars", "squared_error"]]
            parts.setdefault((Model(kind, model), *rest), []).append(compact)
    for key in list(parts):
        rows = same.check(key[1], key[2], pd.concat(parts.pop(key)))
        results.errors[key] = as_items(rows, "squared_error")
    fits = pd.concat([tables.read(p, tables.TASK_WEIGHTS).to_pandas() for p in task_weights])
    keys = ["kind", "model", "source", "transform"]
    for (kind, model, *rest), group in fits.groupby(keys, observed=True):
        results.fits[(Model(kind, model), *rest)] = read_fits(group)
    likely = pd.concat([tables.read(p, tables.LIKELIHOODS).to_pandas() for p in likelihoods])
    likely = likely[likely["split"] == "test"]
    for (source, bank), group in likely.groupby(["source", "bank"], observed=True):
        rows = same.check("test", source, group)
        results.likelihoods[(source, bank)] = as_items(rows, "log_likelihood")
    return results
