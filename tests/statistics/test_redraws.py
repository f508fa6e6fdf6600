"""Redraws of items, against closed forms and a bootstrap in plain Python."""

from __future__ import annotations

import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eunoe.config.figures import Bootstrap
from eunoe.statistics.quantities import standard_errors
from eunoe.statistics.redraws import Array, item_weights, unsettled, weighted_means

MANY = Bootstrap(replicates=20_000)


def items_of(seeds: int, items: int, *more: int) -> Array:
    return np.random.default_rng(0).standard_normal((seeds, items, *more))


@given(st.integers(1, 6), st.integers(1, 30), st.integers(50, 80))
def test_weights_of_a_seed_add_up_to_one_and_the_first_are_uniform(
    seeds: int, items: int, replicates: int
) -> None:
    weights = item_weights(seeds, items, Bootstrap(replicates=replicates))
    assert weights.shape == (1 + replicates, seeds, items)
    np.testing.assert_allclose(weights.sum(2), 1)
    np.testing.assert_allclose(weights[0], 1 / items)
    counts = weights[1:] * items  # how often each item was drawn
    np.testing.assert_allclose(counts, counts.round(), atol=1e-9)


def test_the_same_bootstrap_gives_the_same_weights() -> None:
    one, two = (item_weights(3, 5, Bootstrap(replicates=60)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_row_zero_is_each_seed_and_the_spread_is_the_error_of_its_items() -> None:
    values = items_of(4, 12)
    means = weighted_means(item_weights(4, 12, MANY), values)
    np.testing.assert_allclose(means[0], values.mean(1))
    np.testing.assert_allclose(means[1:].std(0), values.std(1) / np.sqrt(12), rtol=0.03)


def test_seeds_are_drawn_independently() -> None:
    means = weighted_means(item_weights(4, 12, MANY), items_of(4, 12))
    correlations: Array = np.atleast_2d(np.corrcoef(means[1:].T))
    assert abs(correlations[np.triu_indices(4, 1)]).max() < 4 / np.sqrt(MANY.replicates)
    between, items = standard_errors(means)
    assert items == pytest.approx(np.sqrt((items_of(4, 12).var(1) / 12).sum()) / 4, rel=0.03)
    assert between == pytest.approx(stats.sem(items_of(4, 12).mean(1)))


def test_quantiles_are_those_of_a_bootstrap_in_plain_python() -> None:
    values = items_of(1, 9)
    fast = weighted_means(item_weights(1, 9, MANY), values)[1:, 0]
    draws = random.Random(0)
    slow = [statistics.fmean(draws.choices(list(values[0]), k=9)) for _ in range(4000)]
    levels = [0.025, 0.25, 0.5, 0.75, 0.975]
    np.testing.assert_allclose(
        np.quantile(fast, levels), np.quantile(slow, levels), atol=0.2 * statistics.stdev(slow)
    )


def test_two_models_are_paired_item_by_item() -> None:
    values = 20 * items_of(3, 20)
    weights = item_weights(3, 20, Bootstrap())
    one, two = weighted_means(weights, values), weighted_means(weights, values + 0.25)
    np.testing.assert_allclose(two - one, 0.25)  # though each varies much more than that
    assert one[1:].std(0).min() > 1


def test_trailing_dimensions_are_kept() -> None:
    values = items_of(3, 6, 4)
    weights = item_weights(3, 6, Bootstrap(replicates=50))
    means = weighted_means(weights, values)
    assert means.shape == (51, 3, 4)
    np.testing.assert_allclose(means[..., 2], weighted_means(weights, values[..., 2]))


def test_a_share_without_a_wrong_item_is_known_to_about_one() -> None:
    means = unsettled(np.ones((20_001, 3)), 200, "model", "place")
    np.testing.assert_array_equal(means[0], 1)
    np.testing.assert_allclose(means[1:].std(0), 1 / 200, rtol=0.03)
    # with 3 seeds the interval reaches further than the exact one over all their items
    reach = 1 - stats.binomtest(600, 600).proportion_ci(0.95).low
    assert stats.t.isf(0.025, 2) * standard_errors(means).max() >= reach


def test_shares_of_two_models_move_independently_and_the_same_way_each_time() -> None:
    ones, others = (unsettled(np.ones((20_001, 2)), 50, "model", name) for name in ("a", "b"))
    np.testing.assert_array_equal(ones, unsettled(np.ones((20_001, 2)), 50, "model", "a"))
    np.testing.assert_allclose((ones - others)[1:].std(0), np.sqrt(2) / 50, rtol=0.03)


def test_items_that_differ_leave_more_than_the_move_by_one() -> None:
    values = np.repeat([[1.0, 0.0]], 100, axis=1)
    plain = weighted_means(item_weights(1, 200, MANY), values)
    moved = unsettled(plain, 200, "model")
    assert moved[1:].std() == pytest.approx(np.hypot(np.sqrt(0.25 / 200), 1 / 200), rel=0.03)
