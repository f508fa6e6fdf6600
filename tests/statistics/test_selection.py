"""The best of several options, by hand and under the null."""

from __future__ import annotations

import numpy as np
import pytest

from eunoe.statistics.redraws import Array
from eunoe.statistics.selection import at_chosen, best_by_others

WORLDS, SEEDS, OPTIONS = 3000, 3, 5


def test_each_seed_has_what_is_best_in_the_others() -> None:
    scores = [np.array([9.0, 1.0, 1.0]), np.array([0.0, 5.0, 5.0]), np.array([3.0, 3.0, 3.0])]
    # without the first seed b is at 10, a at 2, c at 6; without the second a is at 10
    assert best_by_others(["a", "b", "c"], scores) == ["b", "a", "a"]


def test_one_seed_has_what_is_best_in_itself_and_ties_go_to_the_first() -> None:
    assert best_by_others("ab", [np.array([1.0]), np.array([2.0])]) == ["b"]
    assert best_by_others("ab", [np.ones(4), np.ones(4)]) == ["a"] * 4


def test_a_quantity_is_that_of_each_seeds_option() -> None:
    values = {"a": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": np.array([[5.0, 6.0], [7.0, 8.0]])}
    found = at_chosen(["b", "a"], values.__getitem__)
    np.testing.assert_array_equal(found, [[5.0, 2.0], [7.0, 4.0]])


def gains_of_the_best(rule: str) -> Array:
    """Estimated gains of the best of options that gain nothing, one a world.

    A seed's networks gain by luck, which its validation and its test items see alike.
    """
    draws = np.random.default_rng(0)
    found = []
    for _ in range(WORLDS):
        luck = draws.normal(size=(OPTIONS, SEEDS))
        seen, test = (luck + draws.normal(scale=0.2, size=luck.shape) for _ in range(2))
        chosen = [int(seen.mean(axis=1).argmax())] * SEEDS
        if rule == "others":
            chosen = best_by_others(range(OPTIONS), list(seen))
        found.append(np.mean([test[option, seed] for seed, option in enumerate(chosen)]))
    return np.array(found)


@pytest.mark.parametrize(("rule", "low", "high"), [("others", -0.05, 0.05), ("all", 0.5, 0.8)])
def test_the_best_of_nothing_is_nothing(rule: str, low: float, high: float) -> None:
    gains = gains_of_the_best(rule)
    print(f"{rule}: mean gain of the best of {OPTIONS} that gain nothing {gains.mean():.2f}")
    assert low < gains.mean() < high
