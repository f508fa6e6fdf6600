"""Tables of estimates about training: curves, costs, mixtures, equal target score."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from eunoe.results.curves import curve_rows
from eunoe.results.models import Model, NotRun
from eunoe.results.text.cells import Design, queries_of
from eunoe.results.text.equal_target import Passage, at_level, front, monitored, passage_of
from eunoe.results.text.probed import Probed
from eunoe.results.text.results import Results
from eunoe.results.text.tables import (
    CHECKPOINTS,
    EQUAL_TARGET,
    MEAN_COSTS,
    MEAN_MIXTURES,
    columns_of,
)
from eunoe.results.text.trajectories import Curves, Trajectory
from eunoe.statistics.quantities import LEAST_SEEDS, PremiseNotMet, Ratio, interval


def curve_summary(rows: pd.DataFrame, curves: Curves, probed: Probed) -> pd.DataFrame:
    """Return training curves (`CURVE`) with the range over seeds, and beside them what runs
    do as they are used, `used.{measure}.{source}`, and means over the monitored held-out sources,
    `{plain|attached|used}.{measure}.held_out`, and over pools of tasks (`CURVES` but for the
    probe)."""
    own = curve_rows(pooled_curves(rows, probed.design))
    derived = [
        curve_rows(trajectory_rows(model, measure, trajectory))
        for model in curves.models
        if model.kind == "run"
        for measure, trajectory in derived_of(curves, model, probed)
    ]
    return pd.concat([own.astype({"kind": str, "model": str, "measure": str}), *derived])


MONITORED = ("right", "formatted", "specialised", "credit")
"""Measures of which a run's curves may hold `{plain|attached}.{measure}.{source}`."""


NAME = r"(?P<how>.*\.|)(?P<task>\w+)(?P<where>\.\w+)"
"""The parts of a measure's name, but for those of no source."""


def pooled_curves(curves: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return training curves (`CURVE`) with the mean over each pool of tasks in each language
    beside them, `plain.right.{pool}.{language}` of `plain.right.{task}.{language}`."""
    parts = curves["measure"].astype(str).str.extract(NAME)
    found = [curves.astype({"measure": str})]
    keys = ["kind", "model", "seed", "stage", "step", "measure"]
    for pool, tasks in design.groups.items():
        pooled = parts["how"] + pool + parts["where"]
        members = curves.assign(measure=pooled)[parts["task"].isin(tasks)]
        found.append(members.groupby(keys, observed=True)[["value"]].mean().reset_index())
    return pd.concat(found, ignore_index=True)


def derived_of(curves: Curves, model: Model, probed: Probed) -> Iterator[tuple[str, Trajectory]]:
    """Yield the curves that are derived from a run's own."""
    for measure in MONITORED:
        start = f"plain.{measure}."
        known = [name for name in curves.measures(model) if name.startswith(start)]
        sources = [name.removeprefix(start) for name in known]
        used = {source: curves.used(model, source, measure) for source in sources}
        yield from ((f"used.{measure}.{source}", trajectory) for source, trajectory in used.items())
        others = probed.held_out(sources)
        for how in ("plain", "attached"):
            found = [
                curves.trajectory(model, name)
                for name in (f"{how}.{measure}.{source}" for source in others)
                if name in curves.measures(model)
            ]
            if others and len(found) == len(others):
                yield f"{how}.{measure}.held_out", mean_trajectory(found)
        if others:
            yield f"used.{measure}.held_out", mean_trajectory([used[source] for source in others])


def mean_trajectory(trajectories: Sequence[Trajectory]) -> Trajectory:
    """Return the mean of trajectories with the same checkpoints."""
    return replace(
        trajectories[0], values=np.mean([trajectory.values for trajectory in trajectories], axis=0)
    )


def trajectory_rows(model: Model, measure: str, trajectory: Trajectory) -> pd.DataFrame:
    """Return a trajectory as rows of `CURVE`; seeds are numbered."""
    seeds, checkpoints = trajectory.values.shape
    return pd.DataFrame(
        {
            "stage": np.tile(trajectory.stages, seeds),
            "step": np.tile(trajectory.steps, seeds),
            "seed": np.repeat(np.arange(seeds), checkpoints),
            "value": trajectory.values.ravel(),
        }
    ).assign(kind=model.kind, model=model.name, measure=measure)


def cost_rows(costs: pd.DataFrame) -> pd.DataFrame:
    """Return costs (`COSTS`), means over seeds (`MEAN_COSTS` but for the probe)."""
    return over_seeds(costs, ["kind", "model", "stage"], columns_of(MEAN_COSTS))


def mixture_rows(mixtures: pd.DataFrame) -> pd.DataFrame:
    """Return mixtures (`MIXTURE`), means over seeds (`MEAN_MIXTURES` but for the
    probe)."""
    return over_seeds(mixtures, ["kind", "model", "stage", "source"], columns_of(MEAN_MIXTURES))


def over_seeds(rows: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Return the means over seeds of what is not a key, and the number of seeds."""
    grouped = rows.groupby(keys, observed=True, sort=False)
    values = [name for name in columns if name not in (*keys, "seeds")]
    return grouped[values].mean().assign(seeds=grouped["seed"].nunique()).reset_index()[columns]


# At equal target score


def passages_of(curves: Curves, probed: Probed) -> dict[str, Passage]:
    """Return the passage of every run whose curve follows the target and other sources; none
    without a target."""
    if probed.target is None:
        return {}
    known = {
        name.removeprefix("plain.right.")
        for model in curves.models
        for name in curves.measures(model)
        if name.startswith("plain.right.")
    }
    sources = monitored(curves, probed.unseen(sorted(known)))
    found = {}
    for run in probed.runs:
        try:
            found[run] = passage_of(curves, run, probed.target, sources)
        except NotRun:
            continue
    return found


def checkpoint_rows(passages: Mapping[str, Passage], bases: Mapping[str, str]) -> pd.DataFrame:
    """Return every checkpoint of every run's last stage, means over seeds (`CHECKPOINTS` but
    for the probe). The front is that of the runs of one base."""
    columns = columns_of(CHECKPOINTS)
    parts = [
        pd.DataFrame(
            {
                "step": passage.steps,
                "target": passage.target.mean(axis=0),
                "retention": passage.retention.mean(axis=0),
            }
        ).assign(run=run, base=bases[run])
        for run, passage in passages.items()
    ]
    if not parts:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(parts, ignore_index=True)
    for _, of_base in rows.groupby("base"):
        best = front(of_base[["target", "retention"]].to_numpy(np.float64))
        rows.loc[of_base.index, "front"] = best
    return rows.astype({"front": bool})[columns]


def equal_target_rows(
    results: Results, passages: Mapping[str, Passage], probed: Probed
) -> pd.DataFrame:
    """Return the retention of each run at each level: over all held-out sources, over those that
    recipes may train on, and over the others (`EQUAL_TARGET` but for the probe).

    `reached` counts the seeds that reach the level; an interval needs three of them.
    """
    rows = []
    for run, passage in passages.items():
        for level in probed.levels:
            for group, sources in probed.groups(results.sources).items():
                who = {"run": run, "level": level, "sources": group, "best": passage.best}
                rows.append(who | level_row(results, run, level, sources, probed))
    return pd.DataFrame(rows, columns=columns_of(EQUAL_TARGET))


def level_row(
    results: Results, run: str, level: float, sources: Sequence[str], probed: Probed
) -> dict[str, Any]:
    """Return the retention of a run at a level, as a mean over the seeds that reach it."""
    assert probed.target is not None, "without a target there are no passages"
    base = results.mean_over(Model("base", probed.runs[run]), queries_of(sources))
    nothing = dict.fromkeys(("target", "retention", "low", "high"))
    found = at_level(results, Model("run", run), level, probed.target, sources)
    if found is None:
        return {"seeds": base.shape[1], "reached": 0, **nothing}
    inside = found.reached
    counts = {"seeds": len(inside), "reached": int(inside.sum())}
    target = float(found.target[0, inside].mean())
    try:
        kept = Ratio(found.kept[:, inside], base[:, inside], "the score of the base")
    except PremiseNotMet:
        return {**counts, **nothing, "target": target}
    ends = interval(kept, results.bootstrap.level)
    known = counts["reached"] >= LEAST_SEEDS
    low, high = (ends.low, ends.high) if known else (None, None)
    return {**counts, "target": target, "retention": ends.estimate, "low": low, "high": high}
