"""The small tables of the figures, recomputed from the item tables by other means."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eunoe.config.worlds.regression import RegressionWorld
from eunoe.labs.regression.sources import Sources
from eunoe.results.curves import curve_rows
from eunoe.results.models import Model
from eunoe.results.regression.arrays import Results
from eunoe.results.regression.summary import (
    forgetting_rows,
    gamma_in,
    mean_error_rows,
    quantile_bins,
    ranges,
)
from tests.lab import ALPHAS, BINS, BOOTSTRAP, FEW, LAB_SETTINGS, PROBE, RUNS, WORLD, Lab

SOURCES = ("continuous", "bank", "fresh_bank")
UNIT = WORLD.dimension * WORLD.tau**2


def rendered(lab: Lab, name: str) -> pd.DataFrame:
    return pd.read_parquet(lab.root / "reports/tables" / PROBE / f"{name}.parquet")


@pytest.fixture(scope="module")
def results(lab: Lab) -> Results:
    return lab.results()


@pytest.fixture(scope="module")
def answers(lab: Lab) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in lab.found("answers")]).astype(
        dict.fromkeys(["kind", "model", "split", "source", "transform"], str)
    )


def assert_same(found: pd.DataFrame, expected: pd.Series) -> None:
    """The estimates of a rendered table are a series over the same keys."""
    keys = list(expected.index.names)
    estimates = found.astype(dict.fromkeys(set(keys) - {"exemplars"}, str)).set_index(keys)
    assert not estimates.index.has_duplicates
    assert set(estimates.index) == set(expected.index)
    np.testing.assert_allclose(
        estimates["estimate"], expected[estimates.index].to_numpy(), rtol=1e-4, atol=1e-6
    )


def test_errors_are_means_over_seeds_and_test_prompts(lab: Lab, answers: pd.DataFrame) -> None:
    tests = answers[answers["split"] == "test"]
    keys = ["kind", "model", "source", "transform", "exemplars"]
    assert_same(rendered(lab, "errors"), tests.groupby(keys)["squared_error"].mean() / UNIT)


def test_mean_errors_are_means_over_ranges_of_exemplar_counts(
    lab: Lab, answers: pd.DataFrame
) -> None:
    counts = answers["exemplars"]
    few = FEW
    parts = {"all": counts >= 0, "few": (counts >= 1) & (counts <= few), "many": counts > few}
    rows = pd.concat([answers[inside].assign(exemplars=part) for part, inside in parts.items()])
    keys = ["kind", "model", "split", "source", "transform", "exemplars"]
    found = rendered(lab, "mean_errors").astype({"exemplars": str})
    assert_same(found, rows.groupby(keys)["squared_error"].mean() / UNIT)


@pytest.mark.parametrize("name", ["errors", "mean_errors", "task_weights", "forgetting"])
def test_intervals_hold_their_estimates(lab: Lab, name: str) -> None:
    found = rendered(lab, name)
    assert (found["low"] <= found["estimate"]).all()
    assert (found["estimate"] <= found["high"]).all()
    assert (found["low"] < found["high"]).mean() > 0.5


def test_intervals_of_two_seeds_are_those_of_a_bootstrap_of_their_prompts(
    lab: Lab, answers: pd.DataFrame
) -> None:
    """Of the tuned run on D_cont, in plain pandas: other draws, so only about the same ends."""
    rows = answers[
        (answers["model"] == "mix50_to_bank")
        & (answers["split"] == "test")
        & (answers["source"] == "continuous")
        & (answers["transform"] == "identity")
    ]
    items = rows.groupby(["seed", "prompt"])["squared_error"].mean() / UNIT
    seeds = [items[seed].to_numpy() for seed in lab.seeds]
    draws = np.random.default_rng(0)
    means = [
        np.mean([draws.choice(items, len(items)).mean() for items in seeds]) for _ in range(2000)
    ]
    found = rendered(lab, "mean_errors").query(
        "model == 'mix50_to_bank' and split == 'test' and source == 'continuous'"
        " and transform == 'identity' and exemplars == 'all'"
    )
    tolerance = 0.4 * float(np.std(means))
    expected = np.quantile(means, [0.025, 0.975])
    np.testing.assert_allclose(found[["low", "high"]].iloc[0], expected, atol=tolerance)


@pytest.mark.parametrize(("apart", "seeds_differ"), [(1.0, True), (0.0, False)])
def test_intervals_of_more_seeds_are_of_students_t(apart: float, seeds_differ: bool) -> None:
    """Over the seeds' means; where they differ by less than their prompts let them, over those."""
    draws = np.random.default_rng(0)
    levels = 2 + apart * draws.standard_normal(5)
    scatter = draws.standard_normal((5, 400))
    scatter -= scatter.mean(axis=1, keepdims=True)  # the seeds' means are their levels
    items = (levels[:, None] + scatter)[..., None].astype(np.float32)
    key = (Model("base", "mix50"), "test", "continuous", "identity")
    found = mean_error_rows(Results(BOOTSTRAP, {key: items.repeat(WORLD.points, 2)}), WORLD, 2)
    error = levels.std(ddof=1) / np.sqrt(5)
    if not seeds_differ:
        error = float(np.mean(scatter.std(axis=1))) / np.sqrt(5 * 400)
    expected = np.array(stats.t.interval(0.95, 4, loc=levels.mean(), scale=error)) / UNIT
    assert len(found) == 3
    for ends in found[["low", "high"]].to_numpy():
        np.testing.assert_allclose(
            ends - levels.mean() / UNIT, expected - levels.mean() / UNIT, rtol=0.15
        )


def test_task_weights_are_pooled_over_contexts(lab: Lab) -> None:
    rows = pd.concat([pd.read_parquet(path) for path in lab.found("task_weights")])
    rows = rows.astype(dict.fromkeys(["kind", "model", "source", "transform"], str))
    # as a least-squares fit of all contexts of a seed at once would have it
    rows["product"] = rows["task_weight"].astype(float) * rows["distance"]
    rows["part"] = rows["explained"].astype(float) * rows["power"]
    keys = ["kind", "model", "source", "transform", "exemplars"]
    by_seed = [*keys, "seed"]
    sums = rows.groupby(by_seed)[["product", "distance", "part", "power"]].sum().astype(float)
    moments = ["discrete_power", "overlap", "ridge_power", "answer_discrete", "answer_ridge"]
    both = rows.groupby(by_seed)[moments].sum().astype(float)
    shares = {}
    for key, (dd, dr, rr, ad, ar) in zip(both.index, both.to_numpy(), strict=True):
        if key[1] != "zero":  # which has no share of the bank
            bank, ridge = np.linalg.solve([[dd, dr], [dr, rr]], [ad, ar])
            shares[key] = bank / (bank + ridge)
    expected = pd.concat(
        {
            "bank_share": pd.Series(shares).rename_axis(by_seed),
            "task_weight": sums["product"] / sums["distance"],
            "explained": (sums["part"] / sums["power"]).fillna(0.0),  # of predicting zero
        },
        names=["measure"],
    )
    assert_same(rendered(lab, "task_weights"), expected.groupby(["measure", *keys]).mean())


@pytest.mark.parametrize("run", RUNS)
def test_forgetting_is_the_rise_of_the_error_per_bin(
    lab: Lab, answers: pd.DataFrame, run: str
) -> None:
    bank = RUNS[run]
    likely = pd.concat([pd.read_parquet(path) for path in lab.found("likelihoods")])
    likely = likely[(likely["bank"] == bank) & (likely["source"] == "continuous")]
    likely = likely[(likely["split"] == "test") & (likely["exemplars"] > 0)]
    item = ["seed", "prompt", "exemplars"]
    plain = answers[(answers["transform"] == "identity") & (answers["source"] == "continuous")]
    wide = plain[plain["split"] == "test"].pivot_table(
        index=item, columns=["kind", "model"], values="squared_error"
    )
    ideal = wide["ideal"]["discrete" if bank == "bank" else "discrete_fresh"]
    rows = likely.set_index(item)[["log_likelihood"]].join(
        pd.DataFrame(
            {
                "forgetting": (wide["run"][run] - wide["base"]["mix50"]) / UNIT,
                "potential": (ideal - wide["ideal"]["ridge"]) / UNIT,
            }
        )
    )
    grouped = rows.groupby(["seed", "exemplars"])["log_likelihood"]
    rows["bin"] = grouped.transform(lambda values: pd.qcut(values, BINS, labels=False))
    means = rows.reset_index().groupby(["exemplars", "bin"])
    found = rendered(lab, "forgetting").query("run == @run")
    for measure in ("forgetting", "potential"):
        part = found[found["measure"] == measure].set_index(["exemplars", "bin"])
        assert len(part) == (WORLD.points - 1) * BINS
        expected = means[[measure, "log_likelihood"]].mean().loc[part.index]
        np.testing.assert_allclose(part["estimate"], expected[measure], rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(
            part["log_likelihood"], expected["log_likelihood"], rtol=1e-3, atol=1e-5
        )


def test_bins_hold_equally_many_prompts_of_each_seed() -> None:
    draws = np.random.default_rng(0)
    # seeds whose likelihoods do not overlap
    values = draws.standard_normal((3, 12, 2)) + 100 * np.arange(3)[:, None, None]
    found = quantile_bins(values, 4)
    assert found.shape == values.shape
    for index in range(4):
        np.testing.assert_array_equal((found == index).sum(1), 3)
    order = np.take_along_axis(found, values.argsort(1), axis=1)
    assert (np.diff(order, axis=1) >= 0).all()


def test_ties_go_to_the_lower_bin() -> None:
    assert (quantile_bins(np.zeros((2, 5)), 3) == 0).all()


def test_more_bins_than_prompts_leave_bins_out(results: Results) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = forgetting_rows(two_prompts(results), WORLD, {"mix50_to_bank": named("bank")}, 5)
    assert set(rows["bin"]) == {0, 4}
    assert rows.notna().all(axis=None)


def two_prompts(results: Results) -> Results:
    """The same results with two prompts of each seed."""
    return Results(
        results.bootstrap,
        {key: items[:, :2] for key, items in results.errors.items()},
        results.fits,
        {key: items[:, :2] for key, items in results.likelihoods.items()},
    )


def named(bank: str) -> dict[str, str]:
    return {"base": "mix50", "bank": bank}


# Ranges and labels


def test_ranges_share_the_exemplar_counts() -> None:
    found = {name: list(range(9))[part] for name, part in ranges(9, 4).items()}
    assert found == {"all": list(range(9)), "few": [1, 2, 3, 4], "many": [5, 6, 7, 8]}


@pytest.mark.parametrize("few", [5, 20])
def test_a_world_of_few_points_has_no_many(results: Results, few: int) -> None:
    assert WORLD.points == 6
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = mean_error_rows(results, WORLD, few)
    assert set(rows["exemplars"]) == {"all", "few"}


@pytest.mark.parametrize(
    ("label", "gamma"),
    [("identity", 1.0), ("scale(2)", 2.0), ("shrink(1.5)", 1.5), ("scale(1e-05)", 1e-5)],
)
def test_gamma_is_read_from_the_label(label: str, gamma: float) -> None:
    assert gamma_in(label) == gamma


def test_errors_are_in_units_of_the_expected_squared_target() -> None:
    results = Results(BOOTSTRAP, {(Model("ideal", "zero"), "test", "bank", "identity"): ONES})
    wide = RegressionWorld(kind="regression", dimension=5, tasks=2, points=4, sigma=1.0, tau=3.0)
    rows = mean_error_rows(results, wide, 2)
    np.testing.assert_allclose(rows["estimate"], 1 / 45, rtol=1e-6)


ONES = np.ones((2, 3, 4), np.float32)


# Training curves


def test_curves_are_means_with_the_range_over_seeds(lab: Lab) -> None:
    rows = pd.concat([pd.read_parquet(path) for path in lab.root.glob("data/*/*/*/curve.parquet")])
    wide = rows.astype(dict.fromkeys(["kind", "model", "measure"], str)).pivot_table(
        index=["kind", "model", "stage", "step", "measure"], columns="seed", values="value"
    )
    keys = list(wide.index.names)
    found = rendered(lab, "curves").astype(dict.fromkeys(["kind", "model", "measure"], str))
    found = found.set_index(keys).loc[wide.index]
    np.testing.assert_allclose(found["estimate"], (wide[0] + wide[1]) / 2)
    np.testing.assert_array_equal(found["low"], wide.min(axis=1))
    np.testing.assert_array_equal(found["high"], wide.max(axis=1))


def test_the_curve_of_one_seed_is_its_own_range() -> None:
    rows = pd.DataFrame({"kind": "base", "model": "a", "stage": 0, "step": [0, 1], "seed": 3})
    found = curve_rows(rows.assign(measure="loss", value=[2.0, 1.0]))
    assert found[["estimate", "low", "high"]].to_numpy().tolist() == [[2.0] * 3, [1.0] * 3]


# Which gamma is reported


def test_gamma_is_chosen_on_validation_prompts_only(lab: Lab) -> None:
    """Test prompts, all exemplar counts, the bank and the base would each choose otherwise."""
    evidence = lab.evidence()
    run, base = Model("run", "mix50_to_bank"), Model("base", "mix50")
    errors = evidence.results.errors
    few = np.arange(WORLD.points) <= FEW
    for label, best in (("scale(2)", True), ("scale(3)", False)):
        right = np.where(few, 0.1, 9.0) if best else np.where(few, 0.2, 0.0)
        for model, split, source in product((run, base), ("validation", "test"), SOURCES):
            asked = (model, split, source) == (run, "validation", "continuous")
            items = errors[model, split, source, label]
            errors[model, split, source, label] = np.broadcast_to(
                (right if asked else 9.0 * best), items.shape
            ).astype(np.float32)
    assert set(evidence.chosen(run)) == {"scale(2)"}
    assert set(evidence.chosen(base)) == {"scale(3)"}


def test_figures_show_the_gamma_that_is_best_over_all_seeds(lab: Lab) -> None:
    """Claims choose it for each seed by the others."""
    evidence = lab.evidence()
    runs = dict.fromkeys(RUNS, "mix50")
    sources = Sources(lab.rendered(), WORLD, LAB_SETTINGS, FEW, runs, ALPHAS)
    for run, transform in product(RUNS, ("scale", "shrink")):
        labels = evidence.labels(transform) + ["identity"] * (transform == "shrink")
        errors = {
            label: evidence.results.error(Model("run", run), "continuous", label, "validation")
            for label in labels
        }
        few = {label: items[..., 1 : FEW + 1].mean() for label, items in errors.items()}
        assert sources.chosen(run, transform)["transform"] == min(few, key=lambda name: few[name])
