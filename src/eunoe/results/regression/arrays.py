"""A probe's item rows as arrays over (seeds, prompts, exemplar counts), with redraws of prompts.

Every model of a seed answers the same prompts, so arrays of two models line up item by item.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eunoe.config.figures import Bootstrap
from eunoe.errors import EunoeError
from eunoe.results.models import Model, NotRun
from eunoe.statistics.redraws import Array, item_weights, weighted_means
from eunoe.tables.answers import ANSWERS, LIKELIHOODS, TASK_WEIGHTS
from eunoe.tables.files import read_table

Items = NDArray[np.float32]
"""(seeds, prompts, ...)."""
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Fits:
    """Inferred task weights of a model on a source through a transform."""

    exemplars: list[int]
    """Lengths of the contexts."""
    columns: dict[str, Items]
    """The fit's columns of `TASK_WEIGHTS`: (seeds, contexts, lengths) each."""


@dataclass
class Results:
    """All results of a probe."""

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
        """Return each seed's mean of values (seeds, prompts, ...), and redraws: (1 + R, seeds,
        ...)."""
        shape = (values.shape[0], values.shape[1])
        if shape not in self._weights:
            self._weights[shape] = item_weights(*shape, self.bootstrap)
        return weighted_means(self._weights[shape], values)

    def pooled_fit(
        self, model: Model, source: str, transform: str, exemplars: list[int]
    ) -> tuple[Array, Array]:
        """Return the task weight and the explained share of each seed: (1 + R, seeds) each.

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
        """Return each seed's share p / (p + q) of the bank in the fit answers = p discrete + q
        ridge, pooled over contexts: (1 + R, seeds).

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
    """Remembers the prompts of each split and source; EunoeError for a table with others."""

    def __init__(self) -> None:
        self.axes: dict[tuple[str, str], list[NDArray[np.integer]]] = {}

    def check(self, split: str, source: str, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows unchanged, if their items are those of the first such table."""
        found = axes_of(rows)[1:]
        known = self.axes.setdefault((split, source), found)
        if not all(map(np.array_equal, known, found)):
            raise EunoeError(DIFFERENT)
        return rows


def stack_seeds(parts: dict[Key, dict[int, Items]], seeds: list[int]) -> dict[Key, Items]:
    """Return each key's (1, ...) arrays by seed as one; EunoeError if a key lacks a seed."""
    if any(sorted(by_seed) != seeds for by_seed in parts.values()):
        raise EunoeError(DIFFERENT)
    return {key: np.concatenate([part[seed] for seed in seeds]) for key, part in parts.items()}


def read_fits(rows: pd.DataFrame) -> Fits:
    """Return rows of `TASK_WEIGHTS` as arrays."""
    start = TASK_WEIGHTS.names.index("task_weight")
    names = TASK_WEIGHTS.names[start:]
    return Fits(axes_of(rows)[2].tolist(), {name: as_items(rows, name) for name in names})


def read_results(
    answers: list[Path], task_weights: list[Path], likelihoods: list[Path], bootstrap: Bootstrap
) -> Results:
    """Return a probe's results from the tables of all seeds and models."""
    same = SameItems()
    errors: dict[tuple[Model, str, str, str], dict[int, Items]] = {}
    likely: dict[tuple[str, str], dict[int, Items]] = {}
    wanted = ["kind", "model", "split", "source", "transform", *ITEM, "squared_error"]
    for path in answers:  # one at a time: as rows, all of them need twenty times the memory
        rows = read_table(path, ANSWERS, wanted).to_pandas()
        keys = ["seed", "kind", "model", "split", "source", "transform"]
        for (seed, kind, model, split, source, transform), group in rows.groupby(
            keys, observed=True
        ):
            key = (Model(kind, model), split, source, transform)
            items = as_items(same.check(split, source, group), "squared_error")
            errors.setdefault(key, {})[seed] = items
    for path in likelihoods:
        rows = read_table(path, LIKELIHOODS).to_pandas()
        rows = rows[rows["split"] == "test"]
        for (seed, source, bank), group in rows.groupby(["seed", "source", "bank"], observed=True):
            items = as_items(same.check("test", source, group), "log_likelihood")
            likely.setdefault((source, bank), {})[seed] = items
    fits = pd.concat([read_table(path, TASK_WEIGHTS).to_pandas() for path in task_weights])
    seeds = sorted({seed for by_seed in errors.values() for seed in by_seed})
    return Results(
        bootstrap,
        stack_seeds(errors, seeds),
        {
            (Model(kind, model), source, transform): read_fits(group)
            for (kind, model, source, transform), group in fits.groupby(
                ["kind", "model", "source", "transform"], observed=True
            )
        },
        stack_seeds(likely, seeds),
    )
