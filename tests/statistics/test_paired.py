"""Score intervals: published values, closed forms, brute force, and coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import binomtest, multinomial

from eunoe.statistics.paired import (
    Observed,
    items_needed,
    quantile,
    score_interval,
)

Z = 1.959963984540054
"""97.5% of a normal distribution are below it."""
DIFFERENCES = (-1, 0, 1)
GAINS = (-2, -1, 0, 1, 2)


def values_of(support: Sequence[float], counts: Sequence[int]) -> np.ndarray:
    return np.repeat(np.array(support, dtype=float), counts)


def tango(first_only: int, second_only: int, items: int) -> tuple[float, float]:
    same = items - first_only - second_only
    return score_interval(values_of(DIFFERENCES, (second_only, same, first_only)), -1, 1, 0.95)


@pytest.mark.parametrize(
    ("first_only", "second_only", "items", "low", "high"),
    [
        # Fagerland, Lydersen and Laake (Statistics in Medicine 33, 2014): Tango's interval for
        # Bentur et al. (2009) and Cavo et al. (2012); the R package contingencytables agrees
        (1, 7, 21, -0.517, -0.026),
        (6, 16, 161, -0.1240, -0.0054),
    ],
)
def test_published_intervals(
    first_only: int, second_only: int, items: int, low: float, high: float
) -> None:
    digits = 5e-4 if items == 21 else 5e-5
    assert tango(first_only, second_only, items) == pytest.approx((low, high), abs=digits)


def test_without_discordant_pairs_the_interval_has_its_closed_form() -> None:
    for items in (20, 73, 74):
        end = Z**2 / (items + Z**2)
        assert tango(0, 0, items) == pytest.approx((-end, end))


def test_a_paired_interval_is_of_the_difference_of_two_accuracies() -> None:
    first = np.array([1, 1, 0, 1] * 10)
    second = np.array([1, 0, 1, 0] * 10)
    assert score_interval(first - second, -1, 1, 0.95) == pytest.approx(tango(20, 10, 40))
    low, high = score_interval(second - first, -1, 1, 0.95)
    assert (-high, -low) == pytest.approx(score_interval(first - second, -1, 1, 0.95))


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_of_right_answers_it_is_wilsons(case: tuple[int, int]) -> None:
    correct, items = case
    found = binomtest(correct, items).proportion_ci(0.95, "wilson")
    ends = score_interval(values_of((0, 1), (items - correct, correct)), 0, 1, 0.95)
    assert ends == pytest.approx((found.low, found.high), abs=1e-8)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 60))
def test_ends_solve_the_equation_of_tango(first_only: int, second_only: int, same: int) -> None:
    items = first_only + second_only + same
    estimate = (first_only - second_only) / items
    for end in tango(first_only, second_only, items):
        # Tango (1998), equation 4: the constrained estimate of the share of second_only
        a = 2 * items
        b = -first_only - second_only + (2 * items - first_only + second_only) * end
        c = -second_only * end * (1 - end)
        share = (math.sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
        variance = (2 * share + end * (1 - end)) / items
        assert abs(estimate - end) == pytest.approx(Z * math.sqrt(max(0.0, variance)), abs=1e-5)


@pytest.mark.parametrize(
    ("support", "counts"),
    [
        (GAINS, (0, 3, 20, 9, 0)),
        (GAINS, (1, 3, 20, 9, 4)),
        (GAINS, (0, 0, 15, 0, 0)),
        ((-1, -0.25, 0, 0.75, 1), (2, 5, 9, 3, 0)),
    ],
)
@pytest.mark.parametrize("shift", [0.05, 0.4, 0.9])
def test_the_variance_is_that_of_the_most_likely_shares(
    support: tuple[float, ...], counts: tuple[int, ...], shift: float
) -> None:
    """Against a numerical search over all shares of the support."""
    places, seen = np.array(support, dtype=float), np.array(counts, dtype=float)
    observed = float(seen @ places / seen.sum())
    mean = observed + shift * (places[-1] - observed)
    start = np.full(len(places), 1 / len(places))
    best = minimize(
        lambda shares: -float(seen[seen > 0] @ np.log(shares[seen > 0])),
        start,
        bounds=[(1e-12, 1)] * len(places),
        constraints=[
            {"type": "eq", "fun": lambda shares: shares.sum() - 1},
            {"type": "eq", "fun": lambda shares: shares @ places - mean},
        ],
        options={"ftol": 1e-13, "maxiter": 1000},
    )
    lowest, highest = places[0], places[-1]
    width = highest - lowest
    found = Observed.of(values_of(support, counts), lowest, highest)
    variance = width**2 * found.variance_at((mean - lowest) / width)
    assert variance == pytest.approx(best.x @ (places - mean) ** 2, rel=2e-3)


@pytest.mark.parametrize("bound", [-0.4, -0.05, 0.02, 0.3])
def test_needed_items_just_leave_the_bound_outside(bound: float) -> None:
    needed = items_needed(values_of(GAINS, (0, 2, 7, 1, 0)), -2, 2, bound, 0.9)
    for times in (0.98, 1.02):
        # the same shares of another number of items
        scaled = Observed(
            np.array([1, 2, 3]) / 4, np.array([2, 7, 1]) / 10, math.ceil(times * 1000 * needed)
        )
        z = quantile(0.9) * math.sqrt(1000)
        mirrored = Observed(1 - scaled.places[::-1], scaled.shares[::-1], scaled.count)
        high = -2 + 4 * scaled.farthest(z)
        low = 2 - 4 * mirrored.farthest(z)
        assert (low <= bound <= high) is (times < 1)


def test_no_number_of_items_tells_a_mean_from_itself() -> None:
    assert items_needed([0, 1], 0, 1, 0.5, 0.95) == math.inf
    assert items_needed([0, 1], 0, 1, 0, 0.95) == 0  # a share of 0 would show no 1 at all


# Coverage


@pytest.mark.parametrize("items", [20, 50])
@pytest.mark.parametrize("shares", [(0.0, 0.05), (0.02, 0.02), (0.05, 0.15), (0.1, 0.6)])
def test_exact_coverage_of_tangos_interval(items: int, shares: tuple[float, float]) -> None:
    """Every table that can be drawn, with its probability."""
    truth = shares[0] - shares[1]
    missed = 0.0
    for first_only in range(items + 1):
        for second_only in range(items + 1 - first_only):
            same = items - first_only - second_only
            table = (first_only, second_only, same)
            likely = multinomial.pmf(table, items, (*shares, 1 - sum(shares)))
            if likely > 1e-7:
                low, high = tango(first_only, second_only, items)
                missed += likely * (not low - 1e-9 <= truth <= high + 1e-9)
    print(f"\n{items} items, discordant {shares}: misses {missed:.3f}")
    assert missed <= 0.06  # it holds 95% on the average over shares, not for each


ACCURACIES = {  # of the base, plain and through T, then of the tuned model
    "nothing moves": (0.95, 0.95, 0.3, 0.3),
    "both gain": (0.6, 0.9, 0.4, 0.7),
    "the base loses": (0.9, 0.5, 0.3, 0.5),
    "rare changes": (0.98, 0.95, 0.05, 0.2),
}


@pytest.mark.slow
@pytest.mark.parametrize("items", [20, 50, 100, 400])
@pytest.mark.parametrize("name", ACCURACIES)
@pytest.mark.parametrize("shared", [0.3, 0.9])
def test_coverage_of_a_difference_of_gains(name: str, shared: float, items: int) -> None:
    accuracies, draws = np.array(ACCURACIES[name]), np.random.default_rng([items, 3])
    repeats, truth = 600, float(accuracies @ (1, -1, -1, 1))
    missed = {"too high": 0, "too low": 0}
    for _ in range(repeats):
        hard, alone = draws.random((items, 1)), draws.random((items, 4))
        right = np.where(draws.random((items, 4)) < shared, hard, alone) < accuracies
        low, high = score_interval(right @ np.array([1, -1, -1, 1]), -2, 2, 0.95)
        missed["too high"] += low > truth + 1e-9
        missed["too low"] += high < truth - 1e-9
        assert low < high
    rates = {side: count / repeats for side, count in missed.items()}
    print(f"\n{name}, shared {shared}, {items} items: {rates}")
    # 2.5% on each side; 600 draws are themselves a sample
    assert max(rates.values()) <= 0.045
    assert sum(rates.values()) <= 0.07
