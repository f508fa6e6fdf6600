"""Retention of recipes at checkpoints that score equally well on the target.

A run is represented at a level by the first monitored checkpoint of its last stage that reaches
this score on the target: a model that one could deploy, selected on validation items and saved with
its weights. Its target score and retention are of test items. Earlier stages do not count: a soft
prompt leaves the base's weights unchanged, so it keeps everything by construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eunoe.results.models import Model, NotRun
from eunoe.results.text.cells import queries_of, query_of
from eunoe.results.text.results import Results
from eunoe.results.text.trajectories import Curves, Trajectory
from eunoe.statistics.quantities import PremiseNotMet
from eunoe.statistics.redraws import Array


@dataclass(frozen=True)
class Level:
    """Scores of a run's checkpoint at a level, on test items, as the run is used."""

    target: Array
    """Share of right replies on the target, (1 + R, seeds); NaN in a seed that never got there."""
    kept: Array
    """Mean share of right replies on other sources, in the same shape."""

    @property
    def reached(self) -> NDArray[np.bool_]:
        """Tell in which seeds the run reached the level, (seeds,)."""
        return ~np.isnan(self.target[0])


def at_level(
    results: Results, run: Model, level: float, target: str, sources: Sequence[str]
) -> Level | None:
    """Return the scores of a run at a level; None if it reached the level in no seed."""
    kept = queries_of(sources, level=level)
    try:
        return Level(results.mean(run, query_of(target, level=level)), results.mean_over(run, kept))
    except NotRun:
        return None


def in_all_seeds(found: Level | None, run: Model, level: float, best: float) -> Level:
    """Return the scores of a run at a level; PremiseNotMet unless it reached it in every seed."""
    reached = found.reached.sum() if found else 0
    if found is None or not found.reached.all():
        seeds = f"in {reached} of {len(found.reached)} seeds" if found else "in no seed"
        raise PremiseNotMet(
            f"run {run.name} reaches {level:.0%} of the target {seeds}; its best is {best:.1%}"
        )
    return found


@dataclass(frozen=True)
class Passage:
    """The checkpoints of a run's last stage by target score and retention, on validation
    items, as the run is used."""

    steps: NDArray[np.int64]
    """Updates made in that stage, (T,)."""
    target: Array
    """Share of right replies on the target, (seeds, T)."""
    retention: Array
    """Mean score on other sources, as a ratio to that of the untuned base, (seeds, T)."""

    @property
    def best(self) -> float:
        """Highest target score of each seed, mean over seeds."""
        return float(self.target.max(axis=1).mean())


def passage_of(curves: Curves, run: str, target: str, sources: Sequence[str]) -> Passage:
    """Return the passage of a run, retention being taken over sources; NotRun if its curve has not
    all of them, or if its base gets none of them right."""
    who = Model("run", run)
    if not sources:
        raise NotRun("no source but the target is monitored")
    on_target = last_stage(curves.used(who, target))
    others = [last_stage(curves.used(who, source)).values for source in sources]
    first = [curves.trajectory(who, f"plain.right.{name}").values[:, 0] for name in sources]
    base = np.mean(first, axis=0)
    if (base <= 0).any():
        raise NotRun(f"the base of run {run} gets nothing right on {', '.join(sources)}")
    retention = np.mean(others, axis=0) / base[:, None]
    return Passage(on_target.steps, on_target.values, retention)


def last_stage(trajectory: Trajectory) -> Trajectory:
    """Return the checkpoints of the last stage, after at least one update."""
    inside = (trajectory.stages == trajectory.stages.max()) & (trajectory.steps > 0)
    return replace(
        trajectory,
        stages=trajectory.stages[inside],
        steps=trajectory.steps[inside],
        updates=trajectory.updates[inside],
        values=trajectory.values[:, inside],
    )


def monitored(curves: Curves, sources: Sequence[str]) -> list[str]:
    """Return the sources that are in the curve of every run."""
    runs = [model for model in curves.models if model.kind == "run"]
    known = [set(curves.measures(model)) for model in runs]
    return [source for source in sources if all(f"plain.right.{source}" in each for each in known)]


def front(points: Array) -> NDArray[np.bool_]:
    """Tell which points (n, 2) are on the Pareto front: no other is as good on both and better on
    one."""
    as_good = np.all(points[None] >= points[:, None], axis=2)
    better = np.any(points[None] > points[:, None], axis=2)
    return ~np.any(as_good & better, axis=1)
