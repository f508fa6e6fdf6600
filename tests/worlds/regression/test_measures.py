"""What is measured about a predictor, against planted values, least squares and brute force."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from eunoe.config.probes.regression import TaskWeights
from eunoe.config.probes.shared import PromptCounts
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.transforms import Transform
from eunoe.transforms.labels import Scale, Shrink
from eunoe.transforms.plain import Identity
from eunoe.worlds.regression import bayes
from eunoe.worlds.regression.items import draw_rows
from eunoe.worlds.regression.material import world_rows
from eunoe.worlds.regression.measures import (
    answer_rows,
    fit_task_weight,
    likelihood_rows,
    stack,
    task_weight_rows,
)
from eunoe.worlds.regression.predictors import Predictor, ideal_predictors, network_predictor

Banks = Mapping[str, np.ndarray]
WANTED = TaskWeights(contexts=12, queries=5, exemplars=[1, 2, 4])
ALPHA = 0.3


@pytest.fixture(scope="module")
def items(world: RegressionWorld) -> pd.DataFrame:
    return draw_rows(world, world_rows(world, 0), PromptCounts(validation=2, test=20), 0)


@pytest.fixture(scope="module")
def ideals(world: RegressionWorld, banks: Banks) -> dict[str, Predictor]:
    return ideal_predictors(world, banks, [ALPHA])


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


# The fit


@given(st.floats(-2, 3), st.integers(0, 100))
def test_a_planted_weight_is_recovered_exactly(planted: float, seed: int) -> None:
    discrete, ridge = normal(4, 7, seed=seed), normal(4, 7, seed=seed + 1000)
    fit = fit_task_weight(planted * discrete + (1 - planted) * ridge, discrete, ridge)
    torch.testing.assert_close(fit["task_weight"], torch.full((4,), planted).double())
    torch.testing.assert_close(fit["explained"], torch.ones(4).double())
    torch.testing.assert_close(fit["distance"], (discrete - ridge).square().mean(1))


@given(st.integers(0, 100), st.floats(0.01, 10))
def test_the_fit_is_numpys_least_squares(seed: int, noise: float) -> None:
    discrete, ridge = normal(9, seed=seed), normal(9, seed=seed + 1000)
    answers = 0.3 * discrete + 0.7 * ridge + noise * normal(9, seed=seed + 2000)
    fit = fit_task_weight(answers, discrete, ridge)
    design = (discrete - ridge).numpy()[:, None]
    wanted, residual, _, _ = np.linalg.lstsq(design, (answers - ridge).numpy(), rcond=None)
    power = answers.numpy() @ answers.numpy()
    assert fit["task_weight"].item() == pytest.approx(wanted[0])
    assert fit["power"].item() == pytest.approx(power / 9)
    assert fit["explained"].item() == pytest.approx(1 - residual[0] / power)


def test_noise_lowers_the_explained_share_by_its_part_of_the_mean_square() -> None:
    discrete, ridge = normal(50_000), normal(50_000, seed=1)
    clean = 0.5 * discrete + 0.5 * ridge
    fit = fit_task_weight(clean + normal(50_000, seed=2), discrete, ridge)
    # mean square of the clean answers 1/2, of the noise 1
    assert fit["task_weight"].item() == pytest.approx(0.5, abs=0.02)
    assert fit["explained"].item() == pytest.approx(1 / 3, abs=0.02)


def test_where_the_algorithms_agree_or_the_answer_is_zero_the_fit_is_finite() -> None:
    ridge = normal(3, 5)
    fit = fit_task_weight(ridge, ridge, ridge)
    assert fit["task_weight"].tolist() == [0, 0, 0]
    assert fit["distance"].tolist() == [0, 0, 0]
    zero = fit_task_weight(torch.zeros(3, 5).double(), normal(3, 5, seed=1), ridge)
    assert zero["explained"].tolist() == [0, 0, 0]
    assert zero["power"].tolist() == [0, 0, 0]


# The inferred task weight of predictors that are known


def weights_of(
    predictor: Predictor,
    items: pd.DataFrame,
    banks: Banks,
    world: RegressionWorld,
    transforms: list[Transform] | None = None,
) -> pd.DataFrame:
    bank = torch.from_numpy(banks["bank"])
    kinds = transforms or [Identity()]
    return task_weight_rows(predictor, items, bank, world, kinds, WANTED, seed=0)


@pytest.mark.parametrize(("name", "weight"), [("ridge", 0.0), ("discrete", 1.0)])
def test_each_algorithm_has_its_own_weight(
    name: str,
    weight: float,
    ideals: dict[str, Predictor],
    items: pd.DataFrame,
    banks: Banks,
    world: RegressionWorld,
) -> None:
    rows = weights_of(ideals[name], items, banks, world, [Identity(), Scale(gamma=2)])
    assert len(rows) == 3 * WANTED.contexts * len(WANTED.exemplars) * 2
    np.testing.assert_allclose(rows["task_weight"], weight, atol=1e-5)
    np.testing.assert_allclose(rows["explained"], 1, atol=1e-6)


@pytest.mark.parametrize("gamma", [1.0, 2.0])
def test_the_ideal_mixture_weighs_by_its_posterior_for_the_prompt_it_is_shown(
    gamma: float,
    ideals: dict[str, Predictor],
    items: pd.DataFrame,
    banks: Banks,
    world: RegressionWorld,
) -> None:
    rows = weights_of(ideals[f"mixture({ALPHA})"], items, banks, world, [Scale(gamma=gamma)])
    xs, ys = stack(items["xs"]), gamma * stack(items["ys"])
    bank = torch.from_numpy(banks["bank"])
    posterior = bayes.discrete_posterior(xs, ys, bank, ALPHA, world.sigma, world.tau).numpy()
    expected = posterior[rows["prompt"], rows["exemplars"]]
    assert expected.std() > 0.1
    np.testing.assert_allclose(rows["task_weight"], expected, atol=1e-4)


def test_shrinking_the_answer_does_not_change_the_algorithm(
    ideals: dict[str, Predictor], items: pd.DataFrame, banks: Banks, world: RegressionWorld
) -> None:
    predictor = ideals[f"mixture({ALPHA})"]
    plain, shrunk = (
        weights_of(predictor, items, banks, world, [transform])
        for transform in (Identity(), Shrink(gamma=3))
    )
    np.testing.assert_allclose(plain["task_weight"], shrunk["task_weight"], atol=1e-9)
    np.testing.assert_allclose(plain["power"], 9 * shrunk["power"], rtol=1e-9)


def test_contexts_are_test_prompts_and_the_answer_to_a_query_is_not_shown(
    items: pd.DataFrame, banks: Banks, world: RegressionWorld
) -> None:
    shown: list[tuple[Tensor, Tensor]] = []

    def spy(xs: Tensor, ys: Tensor) -> Tensor:
        shown.append((xs, ys))
        return torch.zeros_like(ys)

    rows = weights_of(spy, items, banks, world)
    tests = items[items["split"] == "test"]
    assert set(rows["prompt"]) <= set(tests["prompt"])
    assert (rows.groupby(["source", "exemplars"]).size() == WANTED.contexts).all()
    for (xs, ys), k in zip(shown, WANTED.exemplars, strict=True):
        assert xs.shape == (3 * WANTED.contexts * WANTED.queries, k + 1, world.dimension)
        assert not ys[:, k].any()
        first = rows.loc[rows["exemplars"] == k, "prompt"].iloc[0]
        context = stack(items.loc[items["prompt"] == first, "ys"])[0, :k]
        assert (ys[: WANTED.queries, :k] == context).all()
        assert len(torch.unique(xs[: WANTED.queries, k], dim=0)) == WANTED.queries


# Answers and likelihoods


def answers_of(rows: pd.DataFrame, transform: Transform) -> np.ndarray:
    return rows.loc[rows["transform"] == transform.label, "answer"].to_numpy()


def test_ridge_is_equivariant_under_scaling_and_the_discrete_predictor_is_not(
    ideals: dict[str, Predictor], items: pd.DataFrame
) -> None:
    scale = Scale(gamma=2.5)
    ridge = answer_rows(ideals["ridge"], items, [Identity(), scale])
    np.testing.assert_allclose(
        answers_of(ridge, scale), answers_of(ridge, Identity()), rtol=1e-5, atol=1e-6
    )
    discrete = answer_rows(ideals["discrete"], items, [Identity(), scale])
    gap = answers_of(discrete, scale) - answers_of(discrete, Identity())
    assert np.abs(gap).mean() > 0.1


def test_shrink_divides_the_answers_and_nothing_else(
    ideals: dict[str, Predictor], items: pd.DataFrame
) -> None:
    shrink = Shrink(gamma=3)
    rows = answer_rows(ideals["discrete"], items, [Identity(), shrink])
    np.testing.assert_allclose(3 * answers_of(rows, shrink), answers_of(rows, Identity()))


def test_rows_line_up_with_their_prompts(
    ideals: dict[str, Predictor], items: pd.DataFrame, world: RegressionWorld
) -> None:
    rows = answer_rows(ideals["ridge"], items, [Identity()])
    assert len(rows) == len(items) * world.points
    row = rows[(rows["prompt"] == 7) & (rows["exemplars"] == 3)].iloc[0]
    item = items.iloc[7]
    xs, ys = np.array(item["xs"]), np.array(item["ys"])
    penalty = (world.sigma / world.tau) ** 2 * np.eye(world.dimension)
    weights = np.linalg.solve(xs[:3].T @ xs[:3] + penalty, xs[:3].T @ ys[:3])
    assert row["answer"] == pytest.approx(weights @ xs[3], rel=1e-4)
    assert row["target"] == pytest.approx(item["targets"][3])
    assert row["squared_error"] == pytest.approx((row["answer"] - row["target"]) ** 2, rel=1e-4)
    assert (row["split"], row["source"]) == (item["split"], item["source"])


def test_the_likelihood_is_the_banks_mean_density(
    items: pd.DataFrame, banks: Banks, world: RegressionWorld
) -> None:
    rows = likelihood_rows(items.iloc[:4], banks, world)
    assert len(rows) == 4 * 2 * world.points
    for row in rows.to_dict("records"):
        item, k = items.iloc[row["prompt"]], row["exemplars"]
        xs, ys = np.array(item["xs"])[:k], np.array(item["ys"])[:k]
        densities = [
            math.prod(
                math.exp(-((y - x @ w) ** 2) / (2 * world.sigma**2))
                / math.sqrt(2 * math.pi * world.sigma**2)
                for x, y in zip(xs, ys, strict=True)
            )
            for w in banks[row["bank"]]
        ]
        expected = math.log(sum(densities) / len(densities))
        assert row["log_likelihood"] == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_a_network_answers_alike_in_parts_and_at_once() -> None:
    class Sum(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1))

        def forward(self, xs: Tensor, ys: Tensor) -> Tensor:
            return self.weight * xs.sum(-1) + ys

    xs, ys = normal(7, 4, 3).float(), normal(7, 4, seed=1).float()
    whole, parts = (network_predictor(Sum(), size)(xs, ys) for size in (100, 3))
    assert torch.equal(whole, parts)
    assert not whole.requires_grad


def test_two_free_factors_recover_a_planted_share() -> None:
    """answers = p discrete + q ridge: the normal equations over one context give p / (p + q)."""
    generator = torch.Generator().manual_seed(3)
    discrete, ridge = torch.randn(2, 4, 64, generator=generator, dtype=torch.float64)
    for p, q in ((0.2, 0.3), (1.0, 0.0), (0.05, 0.2)):
        fit = fit_task_weight(p * discrete + q * ridge, discrete, ridge)
        both = torch.stack([discrete, ridge], dim=-1)
        answers = (p * discrete + q * ridge)[..., None]
        expected = torch.linalg.lstsq(both, answers).solution[..., 0]
        bank = fit["answer_discrete"] * fit["ridge_power"] - fit["answer_ridge"] * fit["overlap"]
        other = (
            fit["answer_ridge"] * fit["discrete_power"] - fit["answer_discrete"] * fit["overlap"]
        )
        torch.testing.assert_close(bank / (bank + other), expected[:, 0] / expected.sum(-1))
