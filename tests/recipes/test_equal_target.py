"""Comparison at equal target score: crossings by hand, planted recipes, Student's t by mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from eunoe.config.figures import Bootstrap
from eunoe.recipes.equal_target import (
    EqualTarget,
    Passage,
    equal_target,
    front,
    monitored,
    passage_of,
    t_interval,
    t_quantiles,
    t_replicates,
)
from eunoe.recipes.results import Course, Curves
from eunoe.results import Model, NotRun
from eunoe.statistics import interval
from tests.recipes import simulated

BOOTSTRAP = Bootstrap(replicates=2000)
SOURCES = ["a", "b"]


def passage(target: list[float], kept: list[float], steps: list[int] | None = None) -> Passage:
    count = len(target)
    return Passage(
        stages=np.zeros(count, dtype=np.int64),
        steps=np.array(steps or range(0, 10 * count, 10)),
        target=np.array([target]),
        retention=np.array([kept]),
        untuned=np.array([target[0]]),
    )


@pytest.mark.parametrize(
    ("level", "kept"),
    [(0.5, 1.0), (0.6, 0.9), (0.75, 0.7), (0.9, 0.4), (0.91, np.nan)],
)
def test_retention_is_read_off_where_the_level_is_first_reached(level: float, kept: float) -> None:
    """Up to .7 and back, then up to .9."""
    found = passage([0.5, 0.7, 0.6, 0.9], [1.0, 0.8, 0.8, 0.4])
    expected = {0.75: 0.8 - 0.4 * 0.15 / 0.3}.get(level, kept)
    result = found.retention_at(np.array([level]))
    assert result == pytest.approx([expected], nan_ok=True)


def test_nothing_lies_between_a_base_and_what_is_merged_with_it() -> None:
    merged = passage([0.5, 0.9], [1.0, 0.4], steps=[0, 1])
    assert merged.retention_at(np.array([0.7])) == [0.4]
    tuned = passage([0.5, 0.9], [1.0, 0.4], steps=[0, 10])
    assert tuned.retention_at(np.array([0.7])) == pytest.approx([0.7])


def test_the_level_is_a_share_of_the_median_best_score_of_those_that_learn() -> None:
    runs = EqualTarget(
        {
            "good": passage([0.5, 0.9], [1.0, 0.5]),
            "fair": passage([0.5, 0.8], [1.0, 0.9]),
            "weak": passage([0.5, 0.72], [1.0, 0.95]),
            "idle": passage([0.5, 0.6], [1.0, 0.99]),
        },
        share=0.95,
    )
    assert runs.learners == ["good", "fair", "weak"]
    assert runs.levels == pytest.approx([0.76])
    assert runs.retention("good") == pytest.approx([1 - 0.5 * 0.26 / 0.4])
    assert runs.retention("fair") == pytest.approx([1 - 0.1 * 0.26 / 0.3])
    assert np.isnan(runs.retention("weak")).all()
    assert np.isnan(runs.retention("idle")).all()
    assert runs.difference("fair", "good")[0] == pytest.approx(0.325 - 0.26 / 3)
    with pytest.raises(NotRun, match="the curve of run other does not follow"):
        runs.retention("other")


def test_where_no_run_learns_there_is_no_level() -> None:
    idle = EqualTarget({"idle": passage([0.5, 0.5], [1.0, 1.0])})
    for runs in (idle, EqualTarget({})):
        with pytest.raises(NotRun, match="no run learns the target"):
            _ = runs.levels


def test_levels_are_those_of_each_seed() -> None:
    """A seed that learns less has a lower level, and everyone reaches it."""
    values = np.array([[0.5, 0.9], [0.5, 0.7]])
    kept = np.array([[1.0, 0.6], [1.0, 0.6]])
    found = Passage(np.zeros(2, int), np.array([0, 9]), values, kept, values[:, 0])
    runs = EqualTarget({"only": found}, share=0.9)
    assert runs.levels == pytest.approx([0.81, 0.63])
    assert runs.retention("only") == pytest.approx([1 - 0.4 * 0.31 / 0.4, 1 - 0.4 * 0.13 / 0.2])


# From curves


def curves_with(**values: list[list[float]]) -> Curves:
    count = len(next(iter(values.values()))[0])
    steps = np.arange(count) * 10
    return Curves(
        BOOTSTRAP,
        {
            (Model("run", "r"), f"plain.right.{source}"): Course(
                np.zeros(count, int), steps, steps, np.array(found)
            )
            for source, found in values.items()
        },
    )


def test_retention_is_relative_to_the_untuned_base() -> None:
    found = passage_of(
        curves_with(t=[[0.5, 1.0]], a=[[0.8, 0.4]], b=[[0.4, 0.2]]), "r", "t", SOURCES
    )
    assert found.retention == pytest.approx(np.array([[1.0, 0.5]]))
    assert found.best == [1.0]
    assert found.gain == 0.5


def test_a_curve_without_a_source_is_left_out() -> None:
    curves = curves_with(t=[[0.5, 1.0]], a=[[0.8, 0.4]])
    assert monitored(curves, SOURCES) == ["a"]
    with pytest.raises(NotRun):
        passage_of(curves, "r", "t", SOURCES)
    assert equal_target(curves, ["r", "absent"], "t", SOURCES).passages == {}
    assert set(equal_target(curves, ["r", "absent"], "t", ["a"]).passages) == {"r"}
    with pytest.raises(NotRun, match="gets nothing right on a"):
        passage_of(curves_with(t=[[0.5, 1.0]], a=[[0.0, 0.4]]), "r", "t", ["a"])


def test_planted_recipes_are_ranked_as_they_were_planted() -> None:
    truth, size = simulated.Truth(), simulated.Size(seeds=(0, 1, 2))
    curves = simulated.curves_of(truth, size)
    found = equal_target(curves, list(truth.behaviours), simulated.TARGET, list(simulated.HELD_OUT))
    assert set(found.learners) == set(truth.behaviours)
    kept = {run: found.retention(run).mean() for run in truth.behaviours}
    assert kept["promot"] > 0.97
    assert kept["promot"] > kept["replay"] > kept["kl"] > kept["lower_rate"] > kept["plain"]
    low, _ = t_interval(found.difference("promot", "plain"), 0.95)
    assert low > 0


# Fronts and intervals


def test_a_front_is_what_no_other_point_beats() -> None:
    points = np.random.default_rng(0).random((40, 2)).round(1)
    expected = [
        not any((other >= point).all() and (other > point).any() for other in points)
        for point in points
    ]
    assert front(points).tolist() == expected
    assert 1 <= sum(expected) < 40


def student(rank: float, freedom: int) -> float:
    """Probability density of t with its normalisation, integrated and solved by mpmath."""
    half = mpmath.mpf(freedom) / 2
    scale = mpmath.gamma(half + 0.5) / (mpmath.sqrt(freedom * mpmath.pi) * mpmath.gamma(half))

    def mass(end: float) -> mpmath.mpf:
        density = lambda t: scale * (1 + t * t / freedom) ** -(half + 0.5)  # noqa: E731
        return 0.5 + mpmath.quad(density, mpmath.linspace(0, end, 9))

    return float(mpmath.findroot(lambda end: mass(end) - rank, (1, 4), solver="anderson"))


@pytest.mark.parametrize("freedom", [1, 2, 4, 19])
@pytest.mark.parametrize("rank", [0.75, 0.975])
def test_quantiles_are_students(freedom: int, rank: float) -> None:
    expected = student(rank, freedom)
    found = t_quantiles(np.array([rank, 1 - rank, 0.5]), freedom)
    assert found == pytest.approx([expected, -expected, 0], rel=1e-4, abs=1e-6)


def test_two_seeds_have_a_wide_interval_and_one_has_none() -> None:
    """t of one degree of freedom reaches to 12.706 standard errors."""
    low, high = t_interval(np.array([0.4, 0.6]), 0.95)
    assert (low, high) == pytest.approx((0.5 - 1.2706, 0.5 + 1.2706), abs=1e-4)
    assert np.isnan(t_interval(np.array([0.4]), 0.95)).all()


def test_replicates_have_students_interval() -> None:
    values = np.array([0.4, 0.5, 0.7, 0.6])
    found = interval(t_replicates(values, BOOTSTRAP), 0.95)
    assert (found.low, found.high) == pytest.approx(t_interval(values, 0.95), abs=5e-3)
    assert found.estimate == values.mean()
    alone = t_replicates(np.array([0.4]), BOOTSTRAP)
    assert alone[0] == 0.4
    assert np.isnan(alone[1:]).all()
    assert np.isnan(t_replicates(np.array([0.4, np.nan]), BOOTSTRAP)).all()
