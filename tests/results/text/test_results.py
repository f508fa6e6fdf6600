"""Means, how runs are used, and curves, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eunoe.config.figures import Bootstrap
from eunoe.recipes.adapter_scope import AdapterScope
from eunoe.results.models import Model, NotRun
from eunoe.results.text.cells import Cell, queries_of, stream_of
from eunoe.results.text.cells import query_of as about
from eunoe.results.text.probed import held_out
from eunoe.results.text.results import Results
from eunoe.results.text.trajectories import Curves, Trajectory
from eunoe.statistics.quantities import Mean, interval
from eunoe.statistics.redraws import item_weights
from tests.results.text import simulated_recipes as simulated
from tests.results.text.simulated_recipes import cell_of

BOOTSTRAP = Bootstrap(replicates=400)
RUN, BASE = Model("run", "promot"), Model("base", "village")
PROMPTED = {"promot": AdapterScope(sources=["target"])}
EVERYWHERE = {"promot": AdapterScope(sources=["target"], everywhere=True)}


def results(adapter_scopes: dict[str, AdapterScope] = PROMPTED) -> Results:
    """Two seeds; four examples of the target, two of another source."""
    values = {
        cell_of(RUN, "target", "identity", False): [[1, 0, 0, 0], [0, 0, 0, 0]],
        cell_of(RUN, "target", "identity", True): [[1, 1, 1, 0], [1, 1, 1, 1]],
        cell_of(RUN, "other", "identity", False): [[1, 0], [1, 1]],
        cell_of(RUN, "other", "identity", True): [[0, 0], [0, 1]],
        cell_of(BASE, "target", "identity", False): [[1, 0, 1, 0], [0, 1, 0, 1]],
        cell_of(BASE, "other", "identity", False): [[1, 1], [1, 1]],
    }
    arrays = {cell: {"right": np.array(rows, dtype=float)} for cell, rows in values.items()}
    return Results(BOOTSTRAP, arrays, adapter_scopes)


def test_means_are_those_of_each_seed() -> None:
    found = results()
    assert found.mean(RUN, about("target", attached="no"))[0].tolist() == [1 / 4, 0]
    assert found.mean(RUN, about("target", attached="yes"))[0].tolist() == [3 / 4, 1]
    assert found.mean(RUN, about("other", attached="no")).shape == (401, 2)
    assert found.mean(RUN, about("other", attached="no"))[0].tolist() == [0.5, 1.0]
    assert found.count(RUN, queries_of(["target"])) == (2, 4)


def test_sources_count_alike_whatever_their_size() -> None:
    found = results()
    mean = found.mean_over(RUN, queries_of(["target", "other"], attached="yes"))
    assert mean[0].tolist() == [(3 / 4 + 0) / 2, (1 + 1 / 2) / 2]
    each = [found.mean(RUN, about(source, attached="yes")) for source in ("target", "other")]
    assert mean == pytest.approx(np.mean(each, axis=0))


def test_a_prompt_is_attached_for_its_target_alone() -> None:
    found = results()
    assert found.deployed(RUN, "target")
    assert not found.deployed(RUN, "other")
    assert found.mean(RUN, about("target"))[0].tolist() == [3 / 4, 1]
    assert found.mean(RUN, about("other"))[0].tolist() == [1 / 2, 1]
    both = found.mean_over(RUN, queries_of(["target", "other"]))
    assert both[0].tolist() == [(3 / 4 + 1 / 2) / 2, 1]


def test_a_recipe_may_keep_it_attached_and_bases_have_none() -> None:
    found = results(EVERYWHERE)
    assert found.mean(RUN, about("other"))[0].tolist() == [0, 1 / 2]
    same_name = Model("base", "promot")
    assert not found.deployed(same_name, "target")
    assert found.mean(BASE, about("other"))[0].tolist() == [1, 1]


def test_what_was_not_measured_is_not_run() -> None:
    found = results()
    for asked in (
        about("other", transform="leetspeak"),
        about("third"),
        about("other", measure="credit"),
    ):
        with pytest.raises(NotRun, match=r"^no (right|credit) of run promot on "):
            found.mean(RUN, asked)
    with pytest.raises(NotRun, match=r"on other through identity, attached$"):
        found.mean(BASE, about("other", attached="yes"))
    with pytest.raises(NotRun, match="no source"):
        found.mean_over(RUN, [])


def test_a_checkpoint_at_a_level_is_another_model_of_the_same_examples() -> None:
    found = results()
    at_half = cell_of(RUN, "other", "identity", False, 0.5)
    found.values[at_half] = {"right": np.array([[np.nan, np.nan], [0.0, 1.0]])}
    asked = about("other", level=0.5)
    assert str(found.mean(RUN, asked)[0].tolist()) == "[nan, 0.5]"
    assert found.mean(RUN, about("other"))[0].tolist() == [1 / 2, 1]
    with pytest.raises(NotRun, match=r"^no right of run promot .*, not attached, at 60% of the ta"):
        found.mean(RUN, about("other", level=0.6))


def test_redraws_are_of_items_alone() -> None:
    """Seeds that differ leave a seed's redraws alone; where all its items are alike, they move by
    about one item of it."""
    values = np.repeat([[0.0], [1.0], [1.0]], 50, axis=1)
    found = Results(BOOTSTRAP, {cell_of(RUN, "many", "identity", False): {"right": values}})
    mean = found.mean(RUN, about("many"))
    assert mean[0] == pytest.approx([0, 1, 1])
    assert np.abs(mean[1:] - mean[0]).max() < 5 / 50
    assert mean[1:].std(axis=0) == pytest.approx(np.full(3, 1 / 50), rel=0.15)


def test_models_are_paired_by_example_within_a_seed() -> None:
    """A difference of two models that are right about the same examples has hardly an error."""
    draws = np.random.default_rng(0)
    same = (draws.random((3, 200)) < 0.5).astype(float)
    other = (draws.random((3, 200)) < 0.5).astype(float)
    cells = {cell_of(Model("run", name), "a", "identity", False): {"right": values}
             for name, values in (("one", same), ("two", same), ("three", other))}  # fmt: skip
    found = Results(BOOTSTRAP, cells)
    one, two, three = (found.mean(Model("run", run), about("a")) for run in ("one", "two", "three"))
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
            cell = cell_of(Model("run", "kl"), source, "identity", False)
            drawn = simulated.draw(truth, cell, "test", size)
            found.values[cell] = {"right": drawn["right"].astype(float)}
        mean = found.mean_over(Model("run", "kl"), queries_of(simulated.HELD_OUT))
        ends = interval(Mean(mean), 0.95)
        inside += ends.low <= truth.held_out * truth.behaviours["kl"].kept <= ends.high
    assert inside >= 52


def test_held_out_is_neither_the_target_nor_of_its_format() -> None:
    assert held_out(["a", "b", "c"], "a", ["c"]) == ["b"]
    assert held_out(["a", "b"], None) == ["a", "b"]


def test_random_numbers_are_named_by_the_cell() -> None:
    """A name that changes moves every interval, and two cells with one name move alike."""
    plain = Cell(RUN, "repeat_math", "en", "plain", "leetspeak")
    model = "Model(kind='run', name='promot')"
    assert stream_of(plain, crossed=True) == (
        f"Cell(model={model}, task='repeat_math', wording='plain', "
        "place=Place(language='en', transform='leetspeak'))"
    )
    at_half = cell_of(RUN, "repeat.en", "identity", True, 0.5)
    assert stream_of(at_half, crossed=False) == (
        f"Cell(model={model}, source='repeat.en', transform='identity', attached=True, level=0.5)"
    )
    cells = [plain, replace(plain, attached=True), replace(plain, level=0.5)]
    cells += [replace(plain, level=0.5, attached=True), replace(plain, wording="other")]
    assert len({stream_of(cell, crossed=True) for cell in cells}) == len(cells)


# Curves


def trajectory(values: list[list[float]], stages: list[int], steps: list[int]) -> Trajectory:
    return Trajectory(np.array(stages), np.array(steps), np.array(steps), np.array(values))


def curves(adapter_scopes: dict[str, AdapterScope]) -> Curves:
    """The prompt is attached in the second stage alone."""
    return Curves(
        BOOTSTRAP,
        {
            (RUN, "plain.right.target"): trajectory(
                [[0, 0.1, 0.1, 0.2]], [0, 0, 1, 1], [0, 5, 0, 5]
            ),
            (RUN, "attached.right.target"): trajectory([[0.7, 0.9]], [1, 1], [0, 5]),
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
        curves(PROMPTED).trajectory(RUN, "loss")


def test_redraws_of_curves_are_of_prompts() -> None:
    """Binomial around each seed's share; a number that is no share has no error of its own."""
    values = np.array([0.0, 0.5, 0.9])
    found = curves({}).redraws(values, 100)
    assert found.shape == (401, 3)
    assert found[0].tolist() == values.tolist()
    wanted = np.sqrt(values * (1 - values) / 100 + 1 / 100**2)  # and about one prompt
    assert found[1:].std(axis=0) == pytest.approx(wanted, rel=0.15)
    assert (curves({}).redraws(values) == values).all()
