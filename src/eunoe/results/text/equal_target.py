"""What recipes keep where they have learnt the target equally well.

A run counts at a level where a monitored checkpoint of its last stage first reached that score on
the target: a model that one could deploy, chosen on validation examples and kept with its weights.
Its own target score and what it keeps are of test examples. Earlier stages do not count: a soft
prompt leaves the base's weights as they are, so it keeps everything by construction.
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
    """What the checkpoint of a run at a level does on test examples, as the run is used."""

    target: Array
    """Share of right replies on the target, (1 + R, seeds); NaN in a seed that never got there."""
    kept: Array
    """The same over other sources."""

    @property
    def reached(self) -> NDArray[np.bool_]:
        """Tell in which seeds the run reached the level, (seeds,)."""
        return ~np.isnan(self.target[0])


def at_level(
    results: Results, run: Model, level: float, target: str, sources: Sequence[str]
) -> Level | None:
    """Return what a run does at a level; None if it reached it in no seed."""
    kept = queries_of(sources, level=level)
    try:
        return Level(results.mean(run, query_of(target, level=level)), results.mean_over(run, kept))
    except NotRun:
        return None


def in_all_seeds(found: Level | None, run: Model, level: float, best: float) -> Level:
    """Return what a run does at a level; PremiseNotMet unless it reached it in every seed."""
    reached = found.reached.sum() if found else 0
    if found is None or not found.reached.all():
        seeds = f"in {reached} of {len(found.reached)} seeds" if found else "in no seed"
        raise PremiseNotMet(
            f"run {run.name} reaches {level:.0%} of the target {seeds}; its best is {best:.1%}"
        )
    return found


@dataclass(frozen=True)
class Passage:
    """The checkpoints of a run's last stage by target score and retention, of validation
    examples, as the run is used."""

    steps: NDArray[np.int64]
    """Updates made in that stage, (T,)."""
    target: Array
    """Share of right replies on the target, (seeds, T)."""
    retention: Array
    """Mean over other sources, over the same of the untuned base, (seeds, T)."""

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
    """Tell which points (n, 2) no other beats: none is as good on both and better on one."""
    as_good = np.all(points[None] >= points[:, None], axis=2)
    better = np.any(points[None] > points[:, None], axis=2)
    return ~np.any(as_good & better, axis=1)
