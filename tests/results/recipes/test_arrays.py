"""Means, how runs are used, and curves, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from eunoe.config.figures import Bootstrap
from eunoe.recipes.adapter_scope import AdapterScope
from eunoe.results.models import Model, NotRun
from eunoe.results.recipes.arrays import (
    Asked,
    Cell,
    Course,
    Curves,
    Results,
    held_out,
)
from eunoe.statistics.quantities import Mean, interval
from eunoe.statistics.redraws import item_weights
from tests.results.recipes import simulated

BOOTSTRAP = Bootstrap(replicates=400)
RUN, BASE = Model("run", "promot"), Model("base", "village")
PROMPTED = {"promot": AdapterScope(sources=["target"])}
EVERYWHERE = {"promot": AdapterScope(sources=["target"], everywhere=True)}


def results(adapter_scopes: dict[str, AdapterScope] = PROMPTED) -> Results:
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
    return Results(BOOTSTRAP, arrays, adapter_scopes)


def test_means_are_those_of_each_seed() -> None:
    found = results()
    assert found.mean(RUN, Asked("target"))[0].tolist() == [1 / 4, 0]
    assert found.mean(RUN, Asked("target", attached=True))[0].tolist() == [3 / 4, 1]
    assert found.mean(RUN, Asked("other")).shape == (401, 2)
    assert found.mean(RUN, Asked("other"))[0].tolist() == [0.5, 1.0]
    assert found.count(RUN, Asked("target")) == (2, 4)


def test_sources_count_alike_whatever_their_size() -> None:
    found = results()
    mean = found.mean_over(RUN, ["target", "other"], Asked("", attached=True))
    assert mean[0].tolist() == [(3 / 4 + 0) / 2, (1 + 1 / 2) / 2]
    each = [found.mean(RUN, Asked(source, attached=True)) for source in ("target", "other")]
    assert mean == pytest.approx(np.mean(each, axis=0))


def test_a_prompt_is_attached_for_its_target_alone() -> None:
    found = results()
    assert found.deployed(RUN, "target")
    assert not found.deployed(RUN, "other")
    assert found.used(RUN, Asked("target", attached=False))[0].tolist() == [3 / 4, 1]
    assert found.used(RUN, Asked("other", attached=True))[0].tolist() == [1 / 2, 1]
    both = found.used_over(RUN, ["target", "other"], Asked(""))
    assert both[0].tolist() == [(3 / 4 + 1 / 2) / 2, 1]


def test_a_recipe_may_keep_it_attached_and_bases_have_none() -> None:
    found = results(EVERYWHERE)
    assert found.used(RUN, Asked("other"))[0].tolist() == [0, 1 / 2]
    same_name = Model("base", "promot")
    assert not found.deployed(same_name, "target")
    assert found.used(BASE, Asked("other"))[0].tolist() == [1, 1]
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


def test_a_checkpoint_at_a_level_is_another_model_of_the_same_examples() -> None:
    found = results()
    at_half = Cell(RUN, "other", "identity", False, 0.5)
    found.values[at_half] = {"right": np.array([[np.nan, np.nan], [0.0, 1.0]])}
    asked = Asked("other", level=0.5)
    assert str(found.used(RUN, asked)[0].tolist()) == "[nan, 0.5]"
    assert found.used(RUN, Asked("other"))[0].tolist() == [1 / 2, 1]
    with pytest.raises(NotRun, match=r"^no right of run promot .*, not attached, at 60% of the ta"):
        found.used(RUN, Asked("other", level=0.6))


def test_redraws_are_of_items_alone() -> None:
    """Seeds that differ leave a seed's redraws alone; where all its items are alike, they move by
    about one item of it."""
    values = np.repeat([[0.0], [1.0], [1.0]], 50, axis=1)
    found = Results(BOOTSTRAP, {Cell(RUN, "many", "identity", False): {"right": values}})
    mean = found.mean(RUN, Asked("many"))
    assert mean[0] == pytest.approx([0, 1, 1])
    assert np.abs(mean[1:] - mean[0]).max() < 5 / 50
    assert mean[1:].std(axis=0) == pytest.approx(np.full(3, 1 / 50), rel=0.15)


def test_models_are_paired_by_example_within_a_seed() -> None:
    """A difference of two models that are right about the same examples has hardly an error."""
    draws = np.random.default_rng(0)
    same = (draws.random((3, 200)) < 0.5).astype(float)
    other = (draws.random((3, 200)) < 0.5).astype(float)
    cells = {Cell(Model("run", name), "a", "identity", False): {"right": values}
             for name, values in (("one", same), ("two", same), ("three", other))}  # fmt: skip
    found = Results(BOOTSTRAP, cells)
    one, two, three = (found.mean(Model("run", run), Asked("a")) for run in ("one", "two", "three"))
    assert Mean(one - two).item_error < 0.2 * Mean(one - three).item_error


def test_weights_are_those_of_a_bootstrap_within_each_seed() -> None:
    weights = item_weights(3, 20, BOOTSTRAP)
    assert weights.sum(axis=2) == pytest.approx(np.ones((401, 3)))
    assert (weights[0] == 1 / 20).all()
    counts = np.round(weights[1:] * 20)
    assert counts.var() == pytest.approx(1 - 1 / 20, rel=0.05)  # of a multinomial
    between = [np.corrcoef(counts[:, 0].ravel(), counts[:, seed].ravel())[0, 1] for seed in (1, 2)]
    assert np.abs(between).max() < 0.05


@pytest.mark.parametrize("seeds", [3, 8])
def test_intervals_hold_the_truth_about_as_often_as_they_say(seeds: int) -> None:
    """The mean over four sources, drawn anew with known rates, in 95% intervals: of 60 worlds at
    least 52 (a worse rate than 93% would fail this now and then)."""
    truth = simulated.Truth()
    inside, worlds = 0, 60
    for luck in range(worlds):
        size = simulated.Size(seeds=tuple(range(seeds)), examples=60, luck=luck)
        found = Results(BOOTSTRAP)
        for source in simulated.HELD_OUT:
            cell = Cell(Model("run", "kl"), source, "identity", False)
            drawn = simulated.draw(truth, cell, "test", size)
            found.values[cell] = {"right": drawn["right"].astype(float)}
        mean = found.mean_over(Model("run", "kl"), simulated.HELD_OUT, Asked(""))
        ends = interval(Mean(mean), 0.95)
        inside += ends.low <= truth.held_out * truth.behaviours["kl"].kept <= ends.high
    assert inside >= 52


def test_held_out_is_neither_the_target_nor_of_its_format() -> None:
    assert held_out(["a", "b", "c"], "a", ["c"]) == ["b"]
    assert held_out(["a", "b"], None) == ["a", "b"]


# Curves


def course(values: list[list[float]], stages: list[int], steps: list[int]) -> Course:
    return Course(np.array(stages), np.array(steps), np.array(steps), np.array(values))


def curves(adapter_scopes: dict[str, AdapterScope]) -> Curves:
    """The prompt is attached in the second stage alone."""
    return Curves(
        BOOTSTRAP,
        {
            (RUN, "plain.right.target"): course([[0, 0.1, 0.1, 0.2]], [0, 0, 1, 1], [0, 5, 0, 5]),
            (RUN, "attached.right.target"): course([[0.7, 0.9]], [1, 1], [0, 5]),
        },
        adapter_scopes,
    )


def test_a_curve_as_used_is_attached_as_soon_as_there_is_something() -> None:
    assert curves(PROMPTED).used(RUN, "target").values.tolist() == [[0, 0.1, 0.7, 0.9]]
    assert curves({}).used(RUN, "target").values.tolist() == [[0, 0.1, 0.1, 0.2]]
    for missing in ("other", ""):
        with pytest.raises(NotRun, match=r"^no plain\.right\."):
            curves(PROMPTED).used(RUN, missing)
    with pytest.raises(NotRun, match=r"^no loss in the curve of run promot$"):
        curves(PROMPTED).course(RUN, "loss")


def test_redraws_of_curves_are_of_prompts() -> None:
    """Binomial around each seed's share; a number that is no share has no error of its own."""
    values = np.array([0.0, 0.5, 0.9])
    found = curves({}).redraws(values, 100)
    assert found.shape == (401, 3)
    assert found[0].tolist() == values.tolist()
    wanted = np.sqrt(values * (1 - values) / 100 + 1 / 100**2)  # and about one prompt
    assert found[1:].std(axis=0) == pytest.approx(wanted, rel=0.15)
    assert (curves({}).redraws(values) == values).all()
