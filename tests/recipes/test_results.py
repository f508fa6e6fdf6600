"""Means, how runs are used, and curves, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from eunoe.config.figures import Bootstrap
from eunoe.recipes.deployment import Deployment
from eunoe.recipes.results import (
    Asked,
    Cell,
    Course,
    Curves,
    Results,
    held_out,
    paired_weights,
)
from eunoe.results import Model, NotRun
from eunoe.statistics import interval
from tests.recipes import simulated

BOOTSTRAP = Bootstrap(replicates=400)
RUN, BASE = Model("run", "promot"), Model("base", "village")
PROMPTED = {"promot": Deployment(sources=["target"])}
EVERYWHERE = {"promot": Deployment(sources=["target"], elsewhere="attached")}


def results(deployments: dict[str, Deployment] = PROMPTED) -> Results:
    """Two seeds; four examples of the target, two of another source."""
    values = {
        Cell(RUN, "target", "identity", False): [[1, 0, 0, 0], [0, 0, 0, 0]],
        Cell(RUN, "target", "identity", True): [[1, 1, 1, 0], [1, 1, 1, 1]],
        Cell(RUN, "other", "identity", False): [[1, 0], [1, 1]],
        Cell(RUN, "other", "identity", True): [[0, 0], [0, 1]],
        Cell(BASE, "target", "identity", False): [[1, 0, 1, 0], [0, 1, 0, 1]],
        Cell(BASE, "other", "identity", False): [[1, 1], [1, 1]],
    }
    arrays = {cell: {"right": np.array(rows, dtype=float)} for cell, rows in values.items()}
    return Results(BOOTSTRAP, arrays, deployments)


def test_means_are_over_seeds_and_examples() -> None:
    found = results()
    assert found.mean(RUN, Asked("target"))[0] == 1 / 8
    assert found.mean(RUN, Asked("target", attached=True))[0] == 7 / 8
    assert found.mean(RUN, Asked("other")).shape == (401,)
    assert found.seeds_of(RUN, Asked("other")).tolist() == [0.5, 1.0]
    assert found.count(RUN, Asked("target")) == (2, 4)


def test_sources_count_alike_whatever_their_size() -> None:
    found = results()
    mean = found.mean_over(RUN, ["target", "other"], Asked("", attached=True))
    assert mean[0] == (7 / 8 + 1 / 4) / 2
    each = [found.mean(RUN, Asked(source, attached=True)) for source in ("target", "other")]
    assert mean == pytest.approx(np.mean(each, axis=0))


def test_a_prompt_is_attached_for_its_target_alone() -> None:
    found = results()
    assert found.deployed(RUN, "target")
    assert not found.deployed(RUN, "other")
    assert found.used(RUN, Asked("target", attached=False))[0] == 7 / 8
    assert found.used(RUN, Asked("other", attached=True))[0] == 3 / 4
    assert found.used_over(RUN, ["target", "other"], Asked(""))[0] == (7 / 8 + 3 / 4) / 2


def test_a_recipe_may_keep_it_attached_and_bases_have_none() -> None:
    found = results(EVERYWHERE)
    assert found.used(RUN, Asked("other"))[0] == 1 / 4
    same_name = Model("base", "promot")
    assert not found.deployed(same_name, "target")
    assert found.used(BASE, Asked("other"))[0] == 1
    assert found.attachable(RUN)
    assert not found.attachable(BASE)


def test_what_was_not_measured_is_not_run() -> None:
    found = results()
    for asked in (Asked("other", "leetspeak"), Asked("third"), Asked("other", measure="credit")):
        with pytest.raises(NotRun, match=r"^no (right|credit) of run promot on "):
            found.mean(RUN, asked)
    with pytest.raises(NotRun, match=r"on other through identity, attached$"):
        found.mean(BASE, Asked("other", attached=True))
    with pytest.raises(NotRun, match="no source"):
        found.mean_over(RUN, [], Asked(""))


def test_replicates_draw_the_same_seeds_for_sources_of_any_size() -> None:
    """Where only seeds differ, a mean over sources is as uncertain as a single one."""
    few, many = (np.repeat([[0.0], [1.0], [1.0]], size, axis=1) for size in (3, 50))
    cells = {Cell(RUN, name, "identity", False): {"right": values}
             for name, values in (("few", few), ("many", many))}  # fmt: skip
    found = Results(BOOTSTRAP, cells)
    ones, others = (found.mean(RUN, Asked(name)) for name in ("few", "many"))
    assert np.abs(ones - others).max() < 1e-12
    assert set(np.round(3 * ones[1:])) == {0, 1, 2, 3}


def test_weights_are_those_of_a_hierarchical_bootstrap() -> None:
    weights = paired_weights(3, 20, BOOTSTRAP)
    assert weights.sum(axis=(1, 2)) == pytest.approx(np.ones(401))
    assert (weights[0] == 1 / 60).all()
    drawn = np.round(weights[1:].sum(axis=2) * 3)  # how often each seed
    assert set(drawn.sum(axis=1)) == {3}
    assert (drawn == 0).any(axis=1).mean() == pytest.approx(1 - 6 / 27, abs=0.07)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """The retention of two sources, drawn anew with known rates, in 95% intervals."""
    truth = simulated.Truth()
    inside, worlds = 0, 60
    for luck in range(worlds):
        size = simulated.Size(seeds=tuple(range(8)), examples=60, luck=luck)
        found = Results(BOOTSTRAP)
        for source in simulated.HELD_OUT:
            cell = Cell(Model("run", "kl"), source, "identity", False)
            drawn = simulated.draw(truth, cell, "test", size)
            found.values[cell] = {"right": drawn["right"].astype(float)}
        mean = found.mean_over(Model("run", "kl"), simulated.HELD_OUT, Asked(""))
        ends = interval(mean, 0.95)
        inside += ends.low <= truth.held_out * truth.behaviours["kl"].kept <= ends.high
    assert inside >= 0.85 * worlds


def test_held_out_is_neither_the_target_nor_of_its_format() -> None:
    assert held_out(["a", "b", "c"], "a", ["c"]) == ["b"]
    assert held_out(["a", "b"], None) == ["a", "b"]


# Curves


def course(values: list[list[float]], stages: list[int], steps: list[int]) -> Course:
    return Course(np.array(stages), np.array(steps), np.array(steps), np.array(values))


def curves(deployments: dict[str, Deployment]) -> Curves:
    """The prompt is attached in the second stage alone."""
    return Curves(
        BOOTSTRAP,
        {
            (RUN, "plain.right.target"): course([[0, 0.1, 0.1, 0.2]], [0, 0, 1, 1], [0, 5, 0, 5]),
            (RUN, "attached.right.target"): course([[0.7, 0.9]], [1, 1], [0, 5]),
        },
        deployments,
    )


def test_a_curve_as_used_is_attached_as_soon_as_there_is_something() -> None:
    assert curves(PROMPTED).used(RUN, "target").values.tolist() == [[0, 0.1, 0.7, 0.9]]
    assert curves({}).used(RUN, "target").values.tolist() == [[0, 0.1, 0.1, 0.2]]
    for missing in ("other", ""):
        with pytest.raises(NotRun, match=r"^no plain\.right\."):
            curves(PROMPTED).used(RUN, missing)
    with pytest.raises(NotRun, match=r"^no loss in the curve of run promot$"):
        curves(PROMPTED).course(RUN, "loss")


def test_replicates_of_curves_draw_seeds() -> None:
    values = np.array([[0.0, 1.0], [1.0, 1.0]])
    found = curves({}).replicates(values)
    assert found.shape == (401, 2)
    assert found[0].tolist() == [0.5, 1.0]
    assert set(found[1:, 0]) == {0.0, 0.5, 1.0}
    assert (found[:, 1] == 1).all()
