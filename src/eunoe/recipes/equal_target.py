"""What recipes keep when they are compared where they have learnt the target equally well.

All values are of validation examples, from the training curves: a run goes from the untuned base,
which knows little of the target and has all else, along its checkpoints. In each seed the level is
a share of the median of the best target scores of the recipes that learn: the weakest of them may
not reach it, but it is a level worth reaching, which the smallest best score need not be. Retention
is read off where a run first reaches it, between two checkpoints by a straight line. Seeds are few,
so intervals are Student's t over seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eunoe.config.figures import Bootstrap
from eunoe.recipes.results import Curves
from eunoe.results import Model, NotRun
from eunoe.statistics import Array

SHARE = 0.95
"""Of the median best target score."""
LEARNS = 0.5
"""A recipe learns that gains at least this share of what the recipe that gains most gains."""


@dataclass(frozen=True)
class Passage:
    """A run's way through target score and retention, as it is used."""

    stages: NDArray[np.int64]
    """Stage of each checkpoint, (T,)."""
    steps: NDArray[np.int64]
    """Updates made in that stage, (T,)."""
    target: Array
    """Share of right replies on the target, (seeds, T)."""
    retention: Array
    """Mean over the other sources, over the same of the untuned base, (seeds, T)."""
    untuned: Array
    """The untuned base's share of right replies on the target, (seeds,)."""

    @property
    def best(self) -> Array:
        """Highest target score of each seed, (seeds,)."""
        best: Array = self.target.max(axis=1)
        return best

    @property
    def gain(self) -> float:
        """What the best checkpoints gain over the untuned base, mean over seeds."""
        return float((self.best - self.untuned).mean())

    def retention_at(self, levels: Array) -> Array:
        """Return each seed's retention where its target score first reaches its level, (seeds,);
        NaN where it never does."""
        jumps = self._jumps()
        return np.array(
            [
                first_crossing(target, kept, level, jumps)
                for target, kept, level in zip(self.target, self.retention, levels, strict=True)
            ]
        )

    def _jumps(self) -> NDArray[np.bool_]:
        """Tell which checkpoints nothing lies before, (T,): the first, and merged weights, which
        are step 1 of a stage that has no other."""
        last = {int(stage): int(step) for stage, step in zip(self.stages, self.steps, strict=True)}
        merged = np.array([last[int(stage)] == 1 for stage in self.stages])
        return (np.arange(len(self.steps)) == 0) | (merged & (self.steps == 1))


def first_crossing(target: Array, kept: Array, level: float, jumps: NDArray[np.bool_]) -> float:
    """Return what is kept where the target score of a seed, (T,), first reaches a level."""
    reached = np.flatnonzero(target >= level)
    if not len(reached):
        return float("nan")
    after = int(reached[0])
    if jumps[after]:
        return float(kept[after])
    before = after - 1
    part = (level - target[before]) / (target[after] - target[before])
    return float(kept[before] + part * (kept[after] - kept[before]))


def passage_of(curves: Curves, run: str, target: str, sources: Sequence[str]) -> Passage:
    """Return the passage of a run, retention being taken over sources; NotRun if its curve has not
    all of them, or if its base gets none of them right."""
    who = Model("run", run)
    if not sources:
        raise NotRun("no source but the target is monitored")
    on_target = curves.used(who, target)
    others = np.mean([curves.used(who, source).values for source in sources], axis=0)
    first = {name: curves.course(who, f"plain.right.{name}").values[:, 0] for name in sources}
    base = np.mean(list(first.values()), axis=0)
    if (base <= 0).any():
        raise NotRun(f"the base of run {run} gets nothing right on {', '.join(sources)}")
    untuned = curves.course(who, f"plain.right.{target}").values[:, 0]
    return Passage(
        on_target.stages, on_target.steps, on_target.values, others / base[:, None], untuned
    )


def monitored(curves: Curves, sources: Sequence[str]) -> list[str]:
    """Return the sources that are in the curve of every run."""
    runs = [model for model in curves.models if model.kind == "run"]
    known = [set(curves.measures(model)) for model in runs]
    return [source for source in sources if all(f"plain.right.{source}" in each for each in known)]


@dataclass(frozen=True)
class EqualTarget:
    """The runs of a base at a common target score."""

    passages: Mapping[str, Passage]
    """By run, each with the same seeds."""
    share: float = SHARE
    """Of the median best target score."""

    @cached_property
    def learners(self) -> list[str]:
        """The runs that learn the target; NotRun if none does."""
        most = max((passage.gain for passage in self.passages.values()), default=0.0)
        if most <= 0:
            raise NotRun("no run learns the target")
        return [run for run, passage in self.passages.items() if passage.gain >= LEARNS * most]

    @cached_property
    def levels(self) -> Array:
        """The common target score of each seed, (seeds,)."""
        best: Array = np.median([self.passages[run].best for run in self.learners], axis=0)
        return self.share * best

    def retention(self, run: str) -> Array:
        """Return what a run keeps at the level, by seed, (seeds,); NaN where it is never reached.

        NotRun if the run was not followed.
        """
        if run not in self.passages:
            raise NotRun(f"the curve of run {run} does not follow the target and other sources")
        return self.passages[run].retention_at(self.levels)

    def difference(self, run: str, other: str) -> Array:
        """Return how much more a run keeps than another, seed by seed, (seeds,)."""
        return self.retention(run) - self.retention(other)


def equal_target(
    curves: Curves, runs: Sequence[str], target: str, sources: Sequence[str], share: float = SHARE
) -> EqualTarget:
    """Return the runs of one base whose curves follow the target and all the sources.

    A run whose seeds are not as many as those of the first is left out, as is one without such a
    curve.
    """
    found: dict[str, Passage] = {}
    for run in runs:
        try:
            passage = passage_of(curves, run, target, sources)
        except NotRun:
            continue
        if all(len(other.target) == len(passage.target) for other in found.values()):
            found[run] = passage
    return EqualTarget(found, share)


def front(points: Array) -> NDArray[np.bool_]:
    """Tell which points (n, 2) no other beats: none is as good on both and better on one."""
    as_good = np.all(points[None] >= points[:, None], axis=2)
    better = np.any(points[None] > points[:, None], axis=2)
    return ~np.any(as_good & better, axis=1)


def t_replicates(values: Array, bootstrap: Bootstrap) -> Array:
    """Return replicates (1 + R,) whose percentile interval is Student's t over values (seeds,).

    Row 0 is the mean, the others are the quantiles of the mean's t distribution. NaN if a seed is
    NaN; with one seed all but row 0 are NaN. So claims can judge it like a bootstrap.
    """
    seeds = len(values)
    ranks = (np.arange(bootstrap.replicates) + 0.5) / bootstrap.replicates
    error = values.std(ddof=1) / np.sqrt(seeds) if seeds > 1 else np.nan
    spread = error * t_quantiles(ranks, max(1, seeds - 1))
    return values.mean() + np.concatenate([[0.0], spread])


def t_interval(values: Array, level: float) -> tuple[float, float]:
    """Return the ends of Student's t interval for the mean of values (seeds,); NaN with one."""
    if len(values) < 2:
        return float("nan"), float("nan")
    error = values.std(ddof=1) / np.sqrt(len(values))
    reach = error * t_quantiles(np.array([(1 + level) / 2]), len(values) - 1)[0]
    return float(values.mean() - reach), float(values.mean() + reach)


def t_quantiles(ranks: Array, freedom: int) -> Array:
    """Return quantiles of Student's t with some degrees of freedom.

    With t = sqrt(freedom) tan(angle) the density is cos(angle) ** (freedom - 1), up to a constant,
    which is integrated on a grid; good to 5 digits for ranks from 1e-4 to 1 - 1e-4.
    """
    angles = np.linspace(-np.pi / 2, np.pi / 2, 200_001)
    density = np.clip(np.cos(angles), 0, None) ** (freedom - 1)
    total = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    found: Array = np.sqrt(freedom) * np.tan(np.interp(ranks, total / total[-1], angles))
    return found
