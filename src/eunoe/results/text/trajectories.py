"""Reads training curves into arrays over seeds; EunoeError if seeds have other checkpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eunoe.config.figures import Bootstrap
from eunoe.errors import EunoeError
from eunoe.results.models import Model, NotRun
from eunoe.results.text.cells import Scope
from eunoe.results.text.replies import frame
from eunoe.statistics.redraws import Array, unsettled
from eunoe.streams import stream
from eunoe.tables.training import CURVE


@dataclass(frozen=True)
class Trajectory:
    """One measure of one model over its training."""

    stages: NDArray[np.int64]
    """Stage of each checkpoint, (T,)."""
    steps: NDArray[np.int64]
    """Updates made in that stage, (T,)."""
    updates: NDArray[np.int64]
    """Updates made since the first stage began, (T,)."""
    values: Array
    """(seeds, T)."""


@dataclass
class Curves:
    """The training curves of all models and seeds (`CURVE`)."""

    bootstrap: Bootstrap
    trajectories: dict[tuple[Model, str], Trajectory] = field(default_factory=dict)
    """By model and measure."""
    adapter_scopes: Mapping[str, Scope] = field(default_factory=dict)
    """As in `Results`."""

    def trajectory(self, model: Model, measure: str) -> Trajectory:
        """Return a measure, such as "loss" or "plain.right.arithmetic.en"; NotRun if absent."""
        if (model, measure) not in self.trajectories:
            raise NotRun(f"no {measure} in the curve of {model.kind} {model.name}")
        return self.trajectories[model, measure]

    def used(self, model: Model, source: str, measure: str = "right") -> Trajectory:
        """Return a source's measure, attached or not as the model is used on the source.

        At a checkpoint before any adapter exists, the plain measure is used. NotRun if absent.
        """
        plain = self.trajectory(model, f"plain.{measure}.{source}")
        scope = self.adapter_scopes.get(model.name) if model.kind == "run" else None
        name = f"attached.{measure}.{source}"
        if scope is None or not scope.covers(source):
            return plain
        return spliced(plain, self.trajectory(model, name))

    def redraws(self, values: Array, prompts: int | None = None) -> Array:
        """Return values (seeds,) as an array (1 + R, seeds): shares of that many prompts with
        redraws of those, or numbers without an error of their own."""
        found = np.tile(values, (1 + self.bootstrap.replicates, 1))
        if prompts is not None:
            spread = np.sqrt(np.clip(values * (1 - values), 0, None) / prompts)
            draws = stream(0, "bootstrap/monitored").standard_normal(found[1:].shape)
            found[1:] += spread * draws
            found = unsettled(found, prompts, "monitored")
        return found

    @cached_property
    def models(self) -> list[Model]:
        """Every model with a curve."""
        return list(dict.fromkeys(model for model, _ in self.trajectories))

    def measures(self, model: Model) -> list[str]:
        """Return the measures of a model's curve."""
        return [measure for who, measure in self.trajectories if who == model]


def spliced(plain: Trajectory, attached: Trajectory) -> Trajectory:
    """Return the plain trajectory, with the attached values in place at checkpoints that have
    one."""
    known = {
        place: column
        for column, place in enumerate(zip(attached.stages, attached.steps, strict=True))
    }
    values = plain.values.copy()
    for column, place in enumerate(zip(plain.stages, plain.steps, strict=True)):
        if place in known:
            values[:, column] = attached.values[:, known[place]]
    return replace(plain, values=values)


def load_curves(
    curves: list[Path], bootstrap: Bootstrap, adapter_scopes: Mapping[str, Scope]
) -> Curves:
    """Return the curves of all seeds and models (`CURVE`).

    EunoeError if two seeds of a model were not measured at the same checkpoints.
    """
    found = Curves(bootstrap, {}, adapter_scopes)
    if not curves:
        return found
    rows = pd.concat([frame(path, CURVE) for path in curves])
    rows = rows.sort_values(["seed", "stage", "step"], kind="stable")
    for (kind, model), of_model in rows.groupby(["kind", "model"], sort=False):
        who = Model(str(kind), str(model))
        starts = stage_starts(of_model)
        for measure, group in of_model.groupby("measure", sort=False):
            found.trajectories[who, str(measure)] = trajectory_of(who, str(measure), group, starts)
    return found


def stage_starts(rows: pd.DataFrame) -> Array:
    """Return how many updates a model has had when each of its stages, from 0, begins."""
    stages, steps = rows["stage"].to_numpy(np.int64), rows["step"].to_numpy(np.int64)
    lengths = np.zeros(stages.max() + 1)
    np.maximum.at(lengths, stages, steps)
    starts: Array = np.cumsum(lengths) - lengths
    return starts


def trajectory_of(who: Model, measure: str, rows: pd.DataFrame, starts: Array) -> Trajectory:
    """Return one measure of one model, from rows in the order of seed, stage and step."""
    by_seed = [part for _, part in rows.groupby("seed", sort=True)]
    places = [part[["stage", "step"]].to_numpy(np.int64) for part in by_seed]
    alike = all(np.array_equal(place, places[0]) for place in places)
    if not alike or len(np.unique(places[0], axis=0)) < len(places[0]):
        raise EunoeError(
            f"{who.kind} {who.name}: {measure} was not measured at the same checkpoints in all "
            "seeds, each once; allowed: curves of one configuration"
        )
    stages, steps = places[0].T
    updates = steps + starts[stages].astype(np.int64)
    values = np.stack([part["value"].to_numpy(np.float64) for part in by_seed])
    return Trajectory(stages, steps, updates, values)
