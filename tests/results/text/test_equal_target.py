"""Comparison where the target is learnt equally well: by hand, and as planted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eunoe.config.figures import Bootstrap
from eunoe.results.models import Model, NotRun
from eunoe.results.text.equal_target import (
    at_level,
    front,
    in_all_seeds,
    last_stage,
    monitored,
    passage_of,
)
from eunoe.results.text.probed import Probed
from eunoe.results.text.training_summary import checkpoint_rows, equal_target_rows, passages_of
from eunoe.results.text.trajectories import Curves, Trajectory
from eunoe.statistics.quantities import PremiseNotMet
from tests.results.text import simulated_recipes as simulated

BOOTSTRAP = Bootstrap(replicates=2000)
SOURCES = ["a", "b"]
HELD_OUT = list(simulated.HELD_OUT)
SIZE = simulated.Size(seeds=(0, 1, 2), examples=400)
FORGETTING = simulated.Behaviour(0.95, 0.1, 0.97)


def planted(**behaviours: simulated.Behaviour) -> simulated.Truth:
    return simulated.Truth(behaviours=behaviours, abilities={})


def level_of(truth: simulated.Truth, run: str, level: float) -> Any:
    results = simulated.results_of(truth, "retention", "test", SIZE)
    return at_level(results, Model("run", run), level, simulated.TARGET, HELD_OUT)


# From curves


def curves_with(steps: list[int] | None = None, **values: list[list[float]]) -> Curves:
    """A run `r` of one stage, 10 updates between its checkpoints."""
    count = len(next(iter(values.values()))[0])
    at = np.array(steps or np.arange(count) * 10)
    return Curves(
        BOOTSTRAP,
        {
            (Model("run", "r"), f"plain.right.{source}"): Trajectory(
                np.zeros(count, int), at, at, np.array(found)
            )
            for source, found in values.items()
        },
    )


def test_retention_is_relative_to_the_untuned_base() -> None:
    found = passage_of(
        curves_with(t=[[0.5, 0.9, 0.7]], a=[[0.8, 0.4, 0.2]], b=[[0.4, 0.2, 0.4]]),
        *("r", "t", SOURCES),
    )
    assert found.steps.tolist() == [10, 20]  # the base is no checkpoint of the run
    assert found.target.tolist() == [[0.9, 0.7]]
    assert found.retention == pytest.approx(np.array([[0.5, 0.5]]))
    assert found.best == 0.9


def test_the_best_score_is_that_of_each_seed() -> None:
    found = passage_of(curves_with(t=[[0.5, 0.9, 0.7], [0.5, 0.6, 0.8]], a=[[1, 1, 1]] * 2),
                       "r", "t", ["a"])  # fmt: skip
    assert found.best == pytest.approx((0.9 + 0.8) / 2)


def test_a_curve_without_a_source_is_left_out() -> None:
    curves = curves_with(t=[[0.5, 1.0]], a=[[0.8, 0.4]])
    assert monitored(curves, SOURCES) == ["a"]
    with pytest.raises(NotRun):
        passage_of(curves, "r", "t", SOURCES)
    with pytest.raises(NotRun, match="no source but the target is monitored"):
        passage_of(curves, "r", "t", [])
    assert set(passages_of(curves, Probed({"r": "base", "absent": "base"}, "t"))) == {"r"}
    assert passages_of(curves, Probed({"r": "base"}, None)) == {}
    with pytest.raises(NotRun, match="gets nothing right on a"):
        passage_of(curves_with(t=[[0.5, 1.0]], a=[[0.0, 0.4]]), "r", "t", ["a"])


def test_stages_before_the_last_do_not_count() -> None:
    """A soft prompt alone leaves the weights as they are, so that it keeps everything."""
    promot = replace(simulated.BEHAVIOURS["promot"], stage_one=0.95, target=0.4)
    curves = simulated.curves_of(planted(promot=promot))
    trajectory = curves.used(Model("run", "promot"), simulated.TARGET)
    last = last_stage(trajectory)
    assert trajectory.values.max() > 0.9
    assert last.values.max() < 0.7
    assert set(last.stages) == {1}
    assert last.steps.tolist() == simulated.STEPS[1:].tolist()
    passage = passage_of(curves, "promot", simulated.TARGET, HELD_OUT)
    assert passage.best < 0.7


def test_what_is_merged_with_the_base_is_one_checkpoint() -> None:
    found = passage_of(curves_with([0, 1], t=[[0.5, 0.9]], a=[[1.0, 0.4]]), "r", "t", ["a"])
    assert found.steps.tolist() == [1]


# At a level


def test_the_checkpoint_at_a_level_is_what_is_tested() -> None:
    """Not the final model, and not the curve: the rate that is planted there."""
    truth = planted(plain=FORGETTING)
    for level in simulated.LEVELS:
        passed, target = truth.passed_at(FORGETTING, level) or (0, 0)
        found = level_of(truth, "plain", level)
        assert found.target[0] == pytest.approx([target] * 3, abs=0.05)
        kept = truth.held_out * (1 - 0.9 * passed)
        assert found.kept[0] == pytest.approx([kept] * 3, abs=0.04)
        assert found.reached.all()
    assert kept < truth.held_out * 0.2  # at the highest hardly anything


def test_a_level_that_is_missed_in_a_seed_is_no_premise() -> None:
    truth = planted(plain=replace(FORGETTING, unlucky=1), weak=replace(FORGETTING, target=0.75))
    run = Model("run", "plain")
    found = level_of(truth, "plain", 0.8)
    assert found.reached.tolist() == [False, True, True]
    with pytest.raises(PremiseNotMet, match=r"^run plain reaches 80% .* in 2 of 3 seeds"):
        in_all_seeds(found, run, 0.8, 0.75)
    assert level_of(truth, "weak", 0.8) is None
    with pytest.raises(PremiseNotMet, match=r"80% of the target in no seed; its best is 75\.0%"):
        in_all_seeds(None, run, 0.8, 0.75)
    assert in_all_seeds(level_of(truth, "weak", 0.7), run, 0.7, 0.75).reached.all()


def test_a_level_reached_in_stage_one_alone_is_missed() -> None:
    promot = replace(simulated.BEHAVIOURS["promot"], stage_one=0.95, target=0.4)
    assert level_of(planted(promot=promot), "promot", 0.8) is None


def test_planted_recipes_are_ranked_as_they_were_planted() -> None:
    truth = simulated.Truth(abilities={})
    kept = {run: level_of(truth, run, 0.8).kept[0].mean() for run in truth.behaviours}
    assert kept["promot"] > kept["replay"] > kept["kl"] > kept["lower_rate"] > kept["plain"]


# Tables


def rows_of(truth: simulated.Truth, **values: Any) -> Any:
    results = simulated.results_of(truth, "retention", "test", SIZE)
    probed = Probed(
        dict.fromkeys(truth.behaviours, simulated.BASE),
        simulated.TARGET,
        [simulated.SAME_FORMAT],
        levels=simulated.LEVELS,
        **values,
    )
    passages = passages_of(simulated.curves_of(truth, SIZE), probed)
    rows = equal_target_rows(results, passages, probed).set_index(["run", "level", "sources"])
    return rows, checkpoint_rows(passages, probed.runs)


def test_every_run_has_a_row_at_every_level() -> None:
    rows, _ = rows_of(planted(plain=FORGETTING, weak=replace(FORGETTING, target=0.75)))
    assert len(rows) == 2 * 3
    assert (rows["seeds"] == 3).all()
    assert rows["reached"].to_dict() == {
        ("plain", 0.7, "held_out"): 3,
        ("plain", 0.8, "held_out"): 3,
        ("plain", 0.9, "held_out"): 3,
        ("weak", 0.7, "held_out"): 3,
        ("weak", 0.8, "held_out"): 0,
        ("weak", 0.9, "held_out"): 0,
    }
    missed = rows.loc[("weak", 0.9, "held_out")]
    assert missed[["target", "retention", "low", "high"]].isna().all()
    assert missed["best"] == pytest.approx(0.75, abs=0.02)
    found = rows.loc[("plain", 0.8, "held_out")]
    assert found["low"] < found["retention"] < found["high"]
    assert found["target"] >= 0.78


def test_seeds_that_reach_a_level_are_shown_without_an_interval_if_they_are_few() -> None:
    """The mean is of the two seeds that get there; two say nothing about other seeds."""
    whole, _ = rows_of(planted(plain=FORGETTING))
    rows, _ = rows_of(planted(plain=replace(FORGETTING, unlucky=1)))
    key = ("plain", 0.8, "held_out")
    assert rows.loc[key, "reached"] == 2
    assert rows.loc[key, ["low", "high"]].isna().all()
    assert rows.loc[key, "retention"] == pytest.approx(whole.loc[key, "retention"], abs=0.03)


def test_what_is_rehearsed_is_told_apart() -> None:
    """A recipe that keeps what it rehearses and loses the rest: one number would hide that."""
    crammer = simulated.Behaviour(0.95, 0.3, 0.5, rehearsed=1.0)
    rows, _ = rows_of(planted(replay=crammer), rehearsed=simulated.REHEARSED)
    kept = rows.loc["replay", 0.9]["retention"]
    assert set(kept.index) == {"held_out", "rehearsed", "unrehearsed"}
    passed, _ = planted(replay=crammer).passed_at(crammer, 0.9) or (0, 0)
    assert kept["rehearsed"] == pytest.approx(1, abs=0.04)
    assert kept["unrehearsed"] == pytest.approx(1 - 0.7 * passed, abs=0.04)
    together = (kept["rehearsed"] + 3 * kept["unrehearsed"]) / 4  # but for the base's own scores
    assert kept["held_out"] == pytest.approx(together, abs=0.02)


def test_checkpoints_are_those_of_last_stages_and_fronts_of_bases() -> None:
    promot = simulated.BEHAVIOURS["promot"]
    _, rows = rows_of(planted(plain=FORGETTING, promot=promot))
    assert rows.groupby("run")["step"].agg(list).to_dict() == {
        "plain": simulated.STEPS[1:].tolist(),
        "promot": simulated.STEPS[1:].tolist(),
    }
    assert set(rows["run"][rows["front"]]) == {"promot"}


def test_checkpoints_are_of_what_no_recipe_trains_on() -> None:
    """A recipe that keeps what it rehearses is not nearer to the front for it."""
    crammer = simulated.Behaviour(0.95, 0.3, 0.5, rehearsed=1.0)
    _, apart = rows_of(planted(replay=crammer), rehearsed=simulated.REHEARSED)
    _, together = rows_of(planted(replay=crammer))
    assert apart["retention"].iloc[-1] == pytest.approx(0.3, abs=0.02)
    assert together["retention"].iloc[-1] == pytest.approx((1 + 3 * 0.3) / 4, abs=0.02)


def test_a_front_is_what_no_other_point_beats() -> None:
    points = np.random.default_rng(0).random((40, 2)).round(1)
    expected = [
        not any((other >= point).all() and (other > point).any() for other in points)
        for point in points
    ]
    assert front(points).tolist() == expected
    assert 1 <= sum(expected) < 40
