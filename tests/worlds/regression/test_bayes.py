"""Bayes-optimal regression predictors against brute force, exact arithmetic and known limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from eunoe.worlds.regression import bayes

Array = np.ndarray[Any, np.dtype[np.float64]]
Prompts = tuple[Tensor, Tensor, Tensor]

SEEDS = st.integers(0, 2**31 - 1)
SCALES = st.floats(0.05, 20.0)
PROBABILITIES = st.floats(0.0, 1.0)


def draw(
    seed: int,
    shape: tuple[int, int, int, int] = (3, 7, 4, 5),
    sigma: float = 1.0,
    from_bank: bool = False,
) -> Prompts:
    """xs (B, N, d), ys (B, N) and bank (n, d) for shape (B, N, d, n), with tau = 1."""
    batch, length, width, tasks = shape
    rng = torch.Generator().manual_seed(seed)

    def normal(*size: int) -> Tensor:
        return torch.randn(*size, generator=rng, dtype=torch.float64)

    xs, bank = normal(batch, length, width), normal(tasks, width)
    pick = torch.randint(tasks, (batch,), generator=rng)
    truth = bank[pick] if from_bank else normal(batch, width)
    ys = torch.einsum("bnd,bd->bn", xs, truth) + sigma * normal(batch, length)
    return xs, ys, bank


def close(actual: Tensor, expected: Tensor | Array, rtol: float = 1e-9) -> None:
    expected = torch.as_tensor(expected)
    torch.testing.assert_close(actual, expected, rtol=rtol, atol=rtol)


# Brute force: one prompt and one position at a time, with dense matrices.


def log_density(y: Array, mean: Array, covariance: Array) -> float:
    if len(y) == 0:
        return 0.0
    gap = y - mean
    _, logdet = np.linalg.slogdet(covariance)
    square = gap @ np.linalg.solve(covariance, gap)
    return float(-0.5 * (square + logdet + len(y) * math.log(2 * math.pi)))


def brute_ridge(x: Array, y: Array, sigma: float, tau: float) -> Array:
    penalty = (sigma / tau) ** 2 * np.eye(x.shape[1])
    return np.asarray(np.linalg.solve(x.T @ x + penalty, x.T @ y))


def brute_bank_densities(x: Array, y: Array, bank: Array, sigma: float) -> Array:
    noise = sigma**2 * np.eye(len(y))
    return np.array([math.exp(log_density(y, x @ w, noise)) for w in bank])


def brute_discrete(x: Array, y: Array, bank: Array, sigma: float) -> Array:
    return np.asarray(np.average(bank, axis=0, weights=brute_bank_densities(x, y, bank, sigma)))


def brute_log_likelihood(x: Array, y: Array, bank: Array, sigma: float) -> float:
    return math.log(brute_bank_densities(x, y, bank, sigma).mean())


def brute_posterior(
    x: Array, y: Array, bank: Array, alpha: float, sigma: float, tau: float
) -> float:
    covariance = sigma**2 * np.eye(len(y)) + tau**2 * x @ x.T
    cont = (1 - alpha) * math.exp(log_density(y, np.zeros(len(y)), covariance))
    disc = alpha * brute_bank_densities(x, y, bank, sigma).mean()
    return float(disc / (disc + cont))


def at_each_prefix(xs: Tensor, ys: Tensor, rule: Callable[[Array, Array], Any]) -> Array:
    """The rule applied to the first k exemplars of each prompt, for every k."""
    x, y = xs.double().numpy(), ys.double().numpy()
    return np.array(
        [[rule(a[:k], b[:k]) for k in range(len(b))] for a, b in zip(x, y, strict=True)]
    )


def answers(weights: Array, xs: Tensor) -> Array:
    return np.asarray(np.einsum("bnd,bnd->bn", weights, xs.double().numpy()))


HYPERPARAMETERS = [(1.0, 1.0), (0.5, 2.0), (2.0, 0.3)]


@pytest.mark.parametrize(("sigma", "tau"), HYPERPARAMETERS)
def test_ridge_matches_brute_force(sigma: float, tau: float) -> None:
    xs, ys, _ = draw(1)
    want = at_each_prefix(xs, ys, lambda x, y: brute_ridge(x, y, sigma, tau))
    close(bayes.ridge_weights(xs, ys, sigma, tau), want)
    close(bayes.ridge_predict(xs, ys, sigma, tau), answers(want, xs))


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("from_bank", [True, False])
def test_discrete_matches_brute_force(sigma: float, from_bank: bool) -> None:
    xs, ys, bank = draw(2, sigma=sigma, from_bank=from_bank)
    tasks = bank.numpy()
    want = at_each_prefix(xs, ys, lambda x, y: brute_discrete(x, y, tasks, sigma))
    close(bayes.discrete_weights(xs, ys, bank, sigma), want)
    close(bayes.discrete_predict(xs, ys, bank, sigma), answers(want, xs))
    likelihood = at_each_prefix(xs, ys, lambda x, y: brute_log_likelihood(x, y, tasks, sigma))
    close(bayes.discrete_log_likelihood(xs, ys, bank, sigma), likelihood)


@pytest.mark.parametrize(("sigma", "tau"), HYPERPARAMETERS)
@pytest.mark.parametrize("alpha", [0.01, 0.5, 0.99])
def test_mixture_matches_brute_force(alpha: float, sigma: float, tau: float) -> None:
    xs, ys, bank = draw(3, sigma=sigma)
    tasks = bank.numpy()
    g = at_each_prefix(xs, ys, lambda x, y: brute_posterior(x, y, tasks, alpha, sigma, tau))
    close(bayes.discrete_posterior(xs, ys, bank, alpha, sigma, tau), g)
    disc = at_each_prefix(xs, ys, lambda x, y: brute_discrete(x, y, tasks, sigma))
    cont = at_each_prefix(xs, ys, lambda x, y: brute_ridge(x, y, sigma, tau))
    want = g[..., None] * disc + (1 - g[..., None]) * cont
    close(bayes.mixture_predict(xs, ys, bank, alpha, sigma, tau), answers(want, xs))


def test_ridge_closed_form_in_one_dimension() -> None:
    xs, ys, _ = draw(4, (2, 9, 1, 2))
    x = xs[..., 0]
    xy, xx = (x * ys).cumsum(1) - x * ys, (x * x).cumsum(1) - x * x
    close(bayes.ridge_predict(xs, ys, 0.5, 2.0), x * xy / (xx + 1 / 16))


def test_two_tasks_closed_form_in_one_dimension() -> None:
    """With tasks +1 and -1 the posterior mean is tanh(sum x y / sigma^2)."""
    xs, ys, _ = draw(5, (2, 9, 1, 2))
    x = xs[..., 0]
    xy = (x * ys).cumsum(1) - x * ys
    bank = torch.tensor([[1.0], [-1.0]])
    close(bayes.discrete_weights(xs, ys, bank, 2.0)[..., 0], torch.tanh(xy / 4))


def test_one_task_is_always_answered() -> None:
    xs, ys, bank = draw(6, (3, 7, 4, 1))
    close(bayes.discrete_predict(xs, ys, bank, 0.1), xs @ bank[0])


def test_bank_drawn_from_the_prior_approaches_ridge() -> None:
    xs, ys, bank = draw(7, (4, 5, 2, 200_000))
    ridge, disc = bayes.ridge_predict(xs, ys, 1, 1), bayes.discrete_predict(xs, ys, bank, 1)
    assert (ridge - disc).abs().max() < 0.05
    posterior = bayes.discrete_posterior(xs, ys, bank, 0.5, 1, 1)
    assert (posterior - 0.5).abs().max() < 0.02


def test_position_zero_is_the_prior() -> None:
    xs, ys, bank = draw(8)
    first = xs[:, 0]
    assert torch.equal(bayes.ridge_predict(xs, ys, 1, 1)[:, 0], torch.zeros(3).double())
    close(bayes.discrete_predict(xs, ys, bank, 1)[:, 0], first @ bank.mean(0))
    close(bayes.mixture_predict(xs, ys, bank, 0.3, 1, 1)[:, 0], 0.3 * first @ bank.mean(0))
    close(
        bayes.discrete_posterior(xs, ys, bank, 0.3, 1, 1)[:, 0],
        torch.full((3,), 0.3, dtype=torch.float64),
    )
    likelihood = bayes.discrete_log_likelihood(xs, ys, bank, 1)
    assert torch.equal(likelihood[:, 0], torch.zeros(3).double())


def test_posterior_averages_to_the_prior_over_prompts_from_the_mixture() -> None:
    """Under the mixture itself the posterior is a martingale: its mean stays alpha at every k."""
    bank_prompts, other_prompts = 3000, 7000
    xs, ys, bank = draw(9, (bank_prompts, 6, 3, 4), from_bank=True)
    more_xs, more_ys, _ = draw(10, (other_prompts, 6, 3, 4))
    g = bayes.discrete_posterior(
        torch.cat([xs, more_xs]), torch.cat([ys, more_ys]), bank, 0.3, 1, 1
    )
    assert (g.mean(0) - 0.3).abs().max() < 0.01
    assert g[:bank_prompts, -1].mean() > 0.35


def test_zero_predict() -> None:
    xs, ys, _ = draw(11)
    assert torch.equal(bayes.zero_predict(xs, ys), torch.zeros(3, 7).double())


PREDICTORS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "ridge_weights": lambda xs, ys, bank: bayes.ridge_weights(xs, ys, 0.7, 1.3),
    "ridge": lambda xs, ys, bank: bayes.ridge_predict(xs, ys, 0.7, 1.3),
    "discrete_weights": lambda xs, ys, bank: bayes.discrete_weights(xs, ys, bank, 0.7),
    "discrete": lambda xs, ys, bank: bayes.discrete_predict(xs, ys, bank, 0.7),
    "likelihood": lambda xs, ys, bank: bayes.discrete_log_likelihood(xs, ys, bank, 0.7),
    "posterior": lambda xs, ys, bank: bayes.discrete_posterior(xs, ys, bank, 0.4, 0.7, 1.3),
    "mixture": lambda xs, ys, bank: bayes.mixture_predict(xs, ys, bank, 0.4, 0.7, 1.3),
    "zero": lambda xs, ys, bank: bayes.zero_predict(xs, ys),
}
each_predictor = pytest.mark.parametrize("predict", PREDICTORS.values(), ids=PREDICTORS.keys())
Predictor = Callable[[Tensor, Tensor, Tensor], Tensor]


@each_predictor
def test_later_labels_do_not_matter(predict: Predictor) -> None:
    xs, ys, bank = draw(12)
    whole = predict(xs, ys, bank)
    for k in range(ys.shape[1]):
        other = ys.clone()
        other[:, k:] += 1e6
        assert torch.equal(predict(xs, other, bank)[:, : k + 1], whole[:, : k + 1])


@each_predictor
def test_later_inputs_do_not_matter(predict: Predictor) -> None:
    xs, ys, bank = draw(13)
    other = xs.clone()
    other[:, 4:] *= -1e3
    assert torch.equal(predict(other, ys, bank)[:, :4], predict(xs, ys, bank)[:, :4])


@each_predictor
def test_prompts_do_not_mix(predict: Predictor) -> None:
    xs, ys, bank = draw(14)
    alone = torch.cat([predict(x[None], y[None], bank) for x, y in zip(xs, ys, strict=True)])
    close(predict(xs, ys, bank), alone)


@each_predictor
def test_chunking_does_not_change_the_answer(
    predict: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    xs, ys, bank = draw(15)
    whole = predict(xs, ys, bank)
    monkeypatch.setattr(bayes, "_CHUNK_NUMBERS", 2 * 7 * 5)
    close(predict(xs, ys, bank), whole)


@each_predictor
def test_float32_is_computed_in_float64(predict: Predictor) -> None:
    xs, ys, bank = (part.float() for part in draw(16))
    result = predict(xs.requires_grad_(), ys, bank)
    assert result.dtype == torch.float64
    assert not result.requires_grad
    assert torch.equal(result, predict(xs.detach().double(), ys.double(), bank.double()))


@each_predictor
def test_arguments_are_left_alone(predict: Predictor) -> None:
    given_parts = draw(17)
    before = [part.clone() for part in given_parts]
    predict(*given_parts)
    assert all(torch.equal(a, b) for a, b in zip(given_parts, before, strict=True))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@each_predictor
def test_results_stay_on_the_device(predict: Predictor) -> None:
    xs, ys, bank = draw(18)
    there = predict(xs.cuda(), ys.cuda(), bank)
    assert there.device.type == "cuda"
    close(there.cpu(), predict(xs, ys, bank))


@given(seed=SEEDS, sigma=SCALES, tau=SCALES, power=st.integers(-20, 20))
def test_ridge_is_scale_equivariant(seed: int, sigma: float, tau: float, power: int) -> None:
    """Exactly so for powers of two, which do not round; to rounding for other factors."""
    xs, ys, _ = draw(seed)
    plain = bayes.ridge_predict(xs, ys, sigma, tau)
    assert torch.equal(bayes.ridge_predict(xs, 2.0**power * ys, sigma, tau), 2.0**power * plain)
    close(bayes.ridge_predict(xs, 1.7 * ys, sigma, tau) / 1.7, plain)


@given(seed=SEEDS, alpha=PROBABILITIES, sigma=SCALES, tau=SCALES)
def test_posterior_is_a_probability(seed: int, alpha: float, sigma: float, tau: float) -> None:
    xs, ys, bank = draw(seed)
    g = bayes.discrete_posterior(xs, ys, bank, alpha, sigma, tau)
    assert bool(((g >= 0) & (g <= 1)).all())


@given(seed=SEEDS, low=PROBABILITIES, high=PROBABILITIES)
def test_posterior_rises_with_alpha(seed: int, low: float, high: float) -> None:
    xs, ys, bank = draw(seed)
    low, high = sorted((low, high))
    first = bayes.discrete_posterior(xs, ys, bank, low, 1, 1)
    assert bool((first <= bayes.discrete_posterior(xs, ys, bank, high, 1, 1) + 1e-15).all())


@given(seed=SEEDS, sigma=SCALES, tau=SCALES)
def test_mixture_limits_are_exact(seed: int, sigma: float, tau: float) -> None:
    xs, ys, bank = draw(seed)
    ridge, disc = (
        bayes.ridge_predict(xs, ys, sigma, tau),
        bayes.discrete_predict(xs, ys, bank, sigma),
    )
    assert torch.equal(bayes.mixture_predict(xs, ys, bank, 0.0, sigma, tau), ridge)
    assert torch.equal(bayes.mixture_predict(xs, ys, bank, 1.0, sigma, tau), disc)


@given(seed=SEEDS, alpha=st.sampled_from([5e-324, 1e-300, 1e-12, 0.5, 1 - 1e-16]))
def test_mixture_lies_between_its_parts(seed: int, alpha: float) -> None:
    xs, ys, bank = draw(seed)
    ridge, disc = bayes.ridge_predict(xs, ys, 1, 1), bayes.discrete_predict(xs, ys, bank, 1)
    mixed = bayes.mixture_predict(xs, ys, bank, alpha, 1, 1)
    assert bool((mixed <= torch.maximum(ridge, disc) + 1e-12).all())
    assert bool((mixed >= torch.minimum(ridge, disc) - 1e-12).all())


@given(seed=SEEDS)
def test_rotating_inputs_and_bank_changes_no_answer(seed: int) -> None:
    xs, ys, bank = draw(seed)
    turn, _ = torch.linalg.qr(draw(seed + 1, (1, 4, 4, 1))[0][0])
    for name in ("ridge", "discrete", "likelihood", "posterior", "mixture"):
        predict = PREDICTORS[name]
        close(predict(xs @ turn, ys, bank @ turn), predict(xs, ys, bank))
    for name in ("ridge_weights", "discrete_weights"):
        predict = PREDICTORS[name]
        close(predict(xs @ turn, ys, bank @ turn), predict(xs, ys, bank) @ turn)


@given(seed=SEEDS, order=st.permutations(range(6)), tasks=st.permutations(range(5)))
def test_order_of_exemplars_and_tasks_does_not_matter(
    seed: int, order: list[int], tasks: list[int]
) -> None:
    xs, ys, bank = draw(seed)
    keep = [*order, 6]
    for predict in PREDICTORS.values():
        shuffled = predict(xs[:, keep], ys[:, keep], bank[tasks])
        close(shuffled[:, 6], predict(xs, ys, bank)[:, 6])


@given(seed=SEEDS, unit=st.floats(0.01, 100.0))
def test_units_of_the_label_do_not_matter(seed: int, unit: float) -> None:
    """Labels, noise, prior and bank all in other units: same posterior, rescaled answers."""
    xs, ys, bank = draw(seed)
    mixed = bayes.mixture_predict(xs, unit * ys, unit * bank, 0.4, 0.7 * unit, 1.3 * unit)
    close(mixed / unit, PREDICTORS["mixture"](xs, ys, bank))
    g = bayes.discrete_posterior(xs, unit * ys, unit * bank, 0.4, 0.7 * unit, 1.3 * unit)
    close(g, PREDICTORS["posterior"](xs, ys, bank))


# The hard case, against exact rational arithmetic.


def eliminate(
    matrix: list[list[Fraction]], right: list[Fraction]
) -> tuple[list[Fraction], Fraction]:
    """Solution and determinant of a positive definite system."""
    size, determinant = len(right), Fraction(1)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i, pivot in enumerate(rows):
        determinant *= pivot[i]
        for j in range(i + 1, size):
            factor = rows[j][i] / pivot[i]
            rows[j] = [a - factor * b for a, b in zip(rows[j], pivot, strict=True)]
    solution = [Fraction(0)] * size
    for i in reversed(range(size)):
        known = sum((rows[i][j] * solution[j] for j in range(i + 1, size)), Fraction(0))
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution, determinant


def dot(a: list[Fraction], b: list[Fraction]) -> Fraction:
    return sum((p * q for p, q in zip(a, b, strict=True)), Fraction(0))


def exact_ridge(x: Tensor, y: Tensor, sigma: float, tau: float) -> tuple[Tensor, float]:
    """Ridge weights (d,) and log N(y; 0, sigma^2 I + tau^2 XX'), rounded only at the end."""
    columns = [[Fraction(v) for v in column] for column in x.T.tolist()]
    labels = [Fraction(v) for v in y.tolist()]
    noise, prior = Fraction(sigma) ** 2, Fraction(tau) ** 2
    gram = [[dot(a, b) for b in columns] for a in columns]
    for i, row in enumerate(gram):
        row[i] += noise / prior
    moment = [dot(a, labels) for a in columns]
    weights, determinant = eliminate(gram, moment)
    square = (dot(labels, labels) - dot(moment, weights)) / noise
    spread = determinant * (prior / noise) ** len(columns)
    logdet = math.log(spread.numerator) - math.log(spread.denominator)
    logdet += len(labels) * math.log(2 * math.pi * sigma**2)
    return torch.tensor([float(w) for w in weights], dtype=torch.float64), -(
        float(square) + logdet
    ) / 2


@pytest.mark.parametrize(
    ("width", "tau", "positions"),
    [(5, 1.0, (3, 4, 5, 6, 100)), (5, 100.0, (4, 5, 6, 100)), (20, 1.0, (19, 20, 100))],
)
def test_ridge_with_tiny_noise_is_exact(width: int, tau: float, positions: tuple[int, ...]) -> None:
    xs, ys, _ = draw(20, (1, 101, width, 1), sigma=1e-3)
    weights = bayes.ridge_weights(xs, ys, 1e-3, tau)[0]
    for k in positions:
        want, _ = exact_ridge(xs[0, :k], ys[0, :k], 1e-3, tau)
        assert (weights[k] - want).norm() < 1e-12 * want.norm()


@pytest.mark.parametrize(("width", "k"), [(5, 100), (5, 4), (20, 100)])
def test_posterior_with_tiny_noise_is_exact(width: int, k: int) -> None:
    """alpha offsets the two evidences, dozens of nats apart, so g is far from 0 and 1 at k."""
    sigma = 1e-3
    xs, ys, bank = draw(21, (1, 101, width, 8), sigma=sigma, from_bank=True)
    _, cont = exact_ridge(xs[0, :k], ys[0, :k], sigma, 1.0)
    disc = float(bayes.discrete_log_likelihood(xs, ys, bank, sigma)[0, k])
    errors = (ys[0, :k].numpy()[:, None] - xs[0, :k].numpy() @ bank.numpy().T) / sigma
    best = -0.5 * (errors**2).sum(0).min() - k * math.log(sigma * math.sqrt(2 * math.pi))
    assert abs(disc - (best - math.log(8))) < 1e-8
    alpha = 1 / (1 + math.exp(disc - cont))
    g = bayes.discrete_posterior(xs, ys, bank, alpha, sigma, 1.0)[0, k]
    assert abs(float(g) - 0.5) < 1e-8


@pytest.mark.parametrize("from_bank", [True, False])
@pytest.mark.parametrize("gamma", [1.0, 3.0, 1e6, 1e20])
def test_everything_is_finite_in_the_hard_case(gamma: float, from_bank: bool) -> None:
    xs, ys, bank = draw(22, (4, 101, 20, 64), sigma=1e-3, from_bank=from_bank)
    ys = gamma * ys
    for alpha in (0.0, 1e-300, 0.5, 1.0):
        assert bool(bayes.mixture_predict(xs, ys, bank, alpha, 1e-3, 1).isfinite().all())
        g = bayes.discrete_posterior(xs, ys, bank, alpha, 1e-3, 1)
        assert bool(((g >= 0) & (g <= 1)).all())
    assert bool(bayes.discrete_log_likelihood(xs, ys, bank, 1e-3).isfinite().all())


@pytest.mark.parametrize(("sigma", "tau"), [(1e-30, 1e30), (1e30, 1e-30), (1e-30, 1e-30)])
@pytest.mark.parametrize("size", [0.0, 1e-30, 1e30])
def test_extreme_sizes_stay_finite(size: float, sigma: float, tau: float) -> None:
    xs, ys, bank = (size * part.sign() for part in draw(23))
    for result in (
        bayes.ridge_weights(xs, ys, sigma, tau),
        bayes.discrete_log_likelihood(xs, ys, bank, sigma),
        bayes.discrete_posterior(xs, ys, bank, 0.5, sigma, tau),
        bayes.mixture_predict(xs, ys, bank, 0.5, sigma, tau),
    ):
        assert bool(result.isfinite().all())


def test_repeated_inputs_are_no_trouble() -> None:
    """A rank-one X'X: the ridge answer averages the labels."""
    xs = torch.tensor([[[3.0, 4.0]]]).repeat(1, 50, 1)
    ys = torch.arange(50.0)[None]
    mean = (49 * 48 / 2) / (49 + 1e-6 / 25)
    close(bayes.ridge_predict(xs, ys, 1e-3, 1)[0, 49], torch.tensor(mean, dtype=torch.float64))


def test_large_gamma_moves_the_mixture_to_ridge() -> None:
    """Labels scaled far outside the bank can only come from the continuous prior."""
    xs, ys, bank = draw(24, (50, 11, 5, 16), from_bank=True)
    ridge = bayes.ridge_predict(xs, ys, 1, 1)
    scaled = bayes.mixture_predict(xs, 1e4 * ys, bank, 0.99, 1, 1) / 1e4
    close(scaled[:, 1:], ridge[:, 1:], 1e-3)
    assert bool((bayes.discrete_posterior(xs, 1e4 * ys, bank, 0.99, 1, 1)[:, 2:] < 1e-6).all())


def test_exemplars_identify_the_task() -> None:
    xs, ys, bank = draw(25, (20, 41, 20, 64), sigma=1e-3, from_bank=True)
    errors = ys - bayes.discrete_predict(xs, ys, bank, 1e-3)
    assert errors[:, 4:].abs().max() < 1e-2
    assert bool((bayes.discrete_posterior(xs, ys, bank, 0.01, 1e-3, 1)[:, 4:] > 0.99).all())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"xs": torch.ones(2, 3)}, r"xs has shape \(2, 3\); it must be \(B, N, d\)"),
        ({"xs": torch.ones(2, 0, 2)}, r"xs has shape \(2, 0, 2\); it must be \(B, N, d\)"),
        ({"xs": torch.full((2, 3, 2), math.nan)}, "xs has NaN, infinite or huge values"),
        ({"xs": torch.ones(2, 3, 2).int()}, "xs has dtype torch.int32; it must be"),
        ({"ys": torch.ones(2, 4)}, r"ys has shape \(2, 4\); it must be \(2, 3\)"),
        ({"ys": torch.ones(2, 3, 1)}, r"ys has shape \(2, 3, 1\); it must be \(2, 3\)"),
        ({"ys": torch.full((2, 3), -math.inf)}, "ys has NaN, infinite or huge values"),
        ({"ys": torch.full((2, 3), 1e31)}, "ys has NaN, infinite or huge values"),
        ({"bank": torch.ones(4, 3)}, r"bank has shape \(4, 3\); it must be \(n, 2\)"),
        ({"bank": torch.ones(0, 2)}, r"bank has shape \(0, 2\); it must be \(n, 2\)"),
        ({"bank": torch.ones(2)}, r"bank has shape \(2,\); it must be \(n, 2\)"),
        ({"bank": torch.full((4, 2), math.nan)}, "bank has NaN, infinite or huge values"),
        ({"alpha": -0.1}, "alpha is -0.1; it must be a probability from 0 to 1"),
        ({"alpha": 1.1}, "alpha is 1.1; it must be a probability from 0 to 1"),
        ({"alpha": math.nan}, "alpha is nan; it must be a probability from 0 to 1"),
        ({"sigma": 0.0}, "sigma is 0.0; it must be positive"),
        ({"sigma": math.nan}, "sigma is nan; it must be positive"),
        ({"tau": -1.0}, "tau is -1.0; it must be positive"),
        ({"tau": math.inf}, "tau is inf; it must be positive"),
    ],
)
def test_bad_arguments_are_named(change: dict[str, Any], message: str) -> None:
    good = {"xs": torch.ones(2, 3, 2), "ys": torch.ones(2, 3), "bank": torch.ones(4, 2)}
    arguments: dict[str, Any] = {**good, "alpha": 0.5, "sigma": 1.0, "tau": 1.0, **change}
    takers: list[tuple[Callable[..., Tensor], str]] = [
        (bayes.mixture_predict, "xs ys bank alpha sigma tau"),
        (bayes.discrete_posterior, "xs ys bank alpha sigma tau"),
        (bayes.discrete_predict, "xs ys bank sigma"),
        (bayes.discrete_weights, "xs ys bank sigma"),
        (bayes.discrete_log_likelihood, "xs ys bank sigma"),
        (bayes.ridge_predict, "xs ys sigma tau"),
        (bayes.ridge_weights, "xs ys sigma tau"),
        (bayes.zero_predict, "xs ys"),
    ]
    for function, names in takers:
        if change.keys() & set(names.split()):
            with pytest.raises(ValueError, match=message) as caught:
                function(**{name: arguments[name] for name in names.split()})
            assert "\n" not in str(caught.value)


# The reference table: d = 20, sigma = tau = 1, 64 tasks, k = 0..40.

BANKS, PROMPTS_PER_BANK = 100, 50


def mean_loss(alpha: float, gamma: float, from_bank: bool) -> float:
    """Expected squared error against a noisy label, over d, averaged over k, prompts and banks."""
    total = 0.0
    for seed in range(BANKS):
        # Noiseless labels from the same seed: the two draws share xs, bank and tasks.
        shape = (PROMPTS_PER_BANK, 41, 20, 64)
        xs, ys, bank = draw(1000 + seed, shape, from_bank=from_bank)
        clean = draw(1000 + seed, shape, sigma=0.0, from_bank=from_bank)[1]
        guess = bayes.mixture_predict(xs, gamma * ys, bank, alpha, 1, 1) / gamma
        # The label's own noise adds its variance, 1, whatever the guess: no need to sample it.
        total += (float((guess - clean).square().mean()) + 1) / 20
    return total / BANKS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("alpha", "disc", "cont"),
    [(0.0, 0.375, 0.384), (0.5, 0.125, 0.394), (0.99, 0.119, 0.425), (1.0, 0.119, 1.258)],
)
def test_reference_trade_off(alpha: float, disc: float, cont: float) -> None:
    # Wider: the mean |w|^2 / d varies by 4 percent from one bank to the next.
    assert mean_loss(alpha, 1.0, from_bank=True) == pytest.approx(disc, rel=0.05)
    assert mean_loss(alpha, 1.0, from_bank=False) == pytest.approx(cont, rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("alpha", "gamma", "cont"),
    [
        (0.99, 1.5, 0.397),
        (0.99, 2.0, 0.389),
        (0.99, 3.0, 0.385),
        (1.0, 1.5, 1.037),
        (1.0, 2.0, 0.977),
        (1.0, 3.0, 0.954),
    ],
)
def test_reference_label_scaling(alpha: float, gamma: float, cont: float) -> None:
    assert mean_loss(alpha, gamma, from_bank=False) == pytest.approx(cont, rel=0.03)
