"""From training to the small tables of the figures: curves, costs, mixtures, equal target score."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from eunoe import tables
from eunoe.language.summary import names
from eunoe.recipes.equal_target import EqualTarget, equal_target, front, monitored, t_interval
from eunoe.recipes.results import MEASURES, Course, Curves
from eunoe.recipes.summary import Probed
from eunoe.results import Model, NotRun, curve_rows


def curve_summary(rows: pd.DataFrame, curves: Curves, probed: Probed) -> pd.DataFrame:
    """Return training curves (`tables.CURVE`) with the range over seeds, and beside them what runs
    do as they are used, `used.{measure}.{source}`, and means over the monitored held-out sources,
    `{plain|attached|used}.{measure}.held_out` (`tables.CURVES` but for the probe)."""
    own = curve_rows(rows, curves.bootstrap.level)
    derived = [
        curve_rows(course_rows(model, measure, course), curves.bootstrap.level)
        for model in curves.models
        if model.kind == "run"
        for measure, course in pooled(curves, model, probed)
    ]
    return pd.concat([own.astype({"kind": str, "model": str, "measure": str}), *derived])


def pooled(curves: Curves, model: Model, probed: Probed) -> Iterator[tuple[str, Course]]:
    """Yield the curves that are made from a run's own."""
    for measure in MEASURES:
        start = f"plain.{measure}."
        known = [name for name in curves.measures(model) if name.startswith(start)]
        sources = [name.removeprefix(start) for name in known]
        used = {source: curves.used(model, source, measure) for source in sources}
        yield from ((f"used.{measure}.{source}", course) for source, course in used.items())
        others = probed.held_out(sources)
        for how in ("plain", "attached"):
            found = [
                curves.course(model, name)
                for name in (f"{how}.{measure}.{source}" for source in others)
                if name in curves.measures(model)
            ]
            if others and len(found) == len(others):
                yield f"{how}.{measure}.held_out", mean_course(found)
        if others:
            yield f"used.{measure}.held_out", mean_course([used[source] for source in others])


def mean_course(courses: Sequence[Course]) -> Course:
    """Return the mean of courses with the same checkpoints."""
    return replace(courses[0], values=np.mean([course.values for course in courses], axis=0))


def course_rows(model: Model, measure: str, course: Course) -> pd.DataFrame:
    """Return a course as rows of `tables.CURVE`; seeds are numbered."""
    seeds, checkpoints = course.values.shape
    return pd.DataFrame(
        {
            "stage": np.tile(course.stages, seeds),
            "step": np.tile(course.steps, seeds),
            "seed": np.repeat(np.arange(seeds), checkpoints),
            "value": course.values.ravel(),
        }
    ).assign(kind=model.kind, model=model.name, measure=measure)


def cost_rows(costs: pd.DataFrame) -> pd.DataFrame:
    """Return costs (`tables.COSTS`), means over seeds (`tables.MEAN_COSTS` but for the probe)."""
    return over_seeds(costs, ["kind", "model", "stage"], names(tables.MEAN_COSTS))


def mixture_rows(mixtures: pd.DataFrame) -> pd.DataFrame:
    """Return mixtures (`tables.MIXTURE`), means over seeds (`tables.MEAN_MIXTURES` but for the
    probe)."""
    return over_seeds(mixtures, ["kind", "model", "stage", "source"], names(tables.MEAN_MIXTURES))


def over_seeds(rows: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Return the means over seeds of what is not a key, and the number of seeds."""
    grouped = rows.groupby(keys, observed=True, sort=False)
    values = [name for name in columns if name not in (*keys, "seeds")]
    return grouped[values].mean().assign(seeds=grouped["seed"].nunique()).reset_index()[columns]


# At equal target score


def compared(curves: Curves, probed: Probed) -> list[EqualTarget]:
    """Return, for each base, its runs along target score and retention; none without a target."""
    if probed.target is None:
        return []
    known = {
        name.removeprefix("plain.right.")
        for model in curves.models
        for name in curves.measures(model)
        if name.startswith("plain.right.")
    }
    sources = monitored(curves, sorted(set(probed.held_out(sorted(known)))))
    bases = dict.fromkeys(probed.runs.values())
    found = [
        equal_target(
            curves,
            [run for run, of_run in probed.runs.items() if of_run == base],
            probed.target,
            sources,
        )
        for base in bases
    ]
    return [each for each in found if each.passages]


def checkpoint_rows(groups: Sequence[EqualTarget]) -> pd.DataFrame:
    """Return every checkpoint of every run, means over seeds (`tables.CHECKPOINTS` but for the
    probe)."""
    columns = names(tables.CHECKPOINTS)
    parts = []
    for group in groups:
        rows = pd.concat(
            pd.DataFrame(
                {
                    "stage": passage.stages,
                    "step": passage.steps,
                    "target": passage.target.mean(axis=0),
                    "retention": passage.retention.mean(axis=0),
                }
            ).assign(run=run)
            for run, passage in group.passages.items()
        )
        points = rows[["target", "retention"]].to_numpy(np.float64)
        parts.append(rows.assign(front=front(points))[columns])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def equal_target_rows(groups: Sequence[EqualTarget], level: float) -> pd.DataFrame:
    """Return what each run keeps at the common target score of the runs of its base, with Student's
    t intervals over the seeds that reach it (`tables.EQUAL_TARGET` but for the probe).

    No rows of a base of which no run learns the target.
    """
    rows = []
    for group in groups:
        try:
            learners = group.learners
        except NotRun:
            continue
        for run, passage in group.passages.items():
            kept = group.retention(run)
            kept = kept[~np.isnan(kept)]
            low, high = t_interval(kept, level)
            rows.append(
                {
                    "run": run,
                    "best": passage.best.mean(),
                    "level": group.levels.mean(),
                    "learns": run in learners,
                    "reached": len(kept),
                    "seeds": len(passage.target),
                    "retention": kept.mean() if len(kept) else None,
                    "low": low,
                    "high": high,
                }
            )
    return pd.DataFrame(rows, columns=names(tables.EQUAL_TARGET))
