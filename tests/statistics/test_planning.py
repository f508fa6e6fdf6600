"""What would decide, in words; `test_coverage.py` simulates the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from eunoe.statistics.planning import MOST, power, would_decide
from eunoe.statistics.quantities import Mean
from eunoe.statistics.redraws import Array


def seeds_of(values: list[float], items: float = 0.0) -> Mean:
    """A mean of seeds whose own items leave an error `items` in the mean."""
    redraws = np.array(values)[None] + items * np.array([-1.0, 1.0])[:, None]
    return Mean(np.concatenate([np.array([values]), redraws]))


@pytest.mark.parametrize(
    ("effect", "seeds", "expected"),
    [(0.5, 34, 0.808), (0.5, 33, 0.795), (1.0, 10, 0.803), (0.8, 15, 0.821)],
)
def test_power_is_what_tables_say(effect: float, seeds: int, expected: float) -> None:
    """Cohen (1988): d = .5 needs 34 pairs, d = .8 15, for a power of .80 at two-sided .05."""
    assert power(effect, seeds, 0.95) == pytest.approx(expected, abs=0.002)


def test_the_number_is_the_least_with_that_power() -> None:
    assert (
        would_decide(seeds_of([-0.5, 0.5, 1.5]), 0.95)
        == "about 34 seeds like these would decide it"
    )


def test_a_stricter_level_needs_more() -> None:
    at = [int(would_decide(seeds_of([0, 1, 2]), level).split()[1]) for level in (0.95, 0.99, 0.999)]
    assert at == sorted(set(at))


def test_it_hints_at_items_where_they_are_few() -> None:
    assert "more items" not in would_decide(seeds_of([0, 1, 2], items=0.1), 0.95)
    assert would_decide(seeds_of([0.9, 1, 1.1], items=0.6), 0.95).endswith(
        "or fewer with more items in each, which are what is few here"
    )


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0]])
def test_without_a_distance_there_is_no_number(values: list[float]) -> None:
    assert (
        would_decide(seeds_of(values), 0.95)
        == "at this estimate no number of seeds would decide it"
    )


@pytest.mark.parametrize("row", [0, 1])
def test_without_a_value_there_is_no_number(row: int) -> None:
    values: Array = seeds_of([0.0, 1.0, 2.0], 0.1).values
    values[row, 1] = np.nan
    assert would_decide(Mean(values), 0.95).startswith("it has no value or no error here")


def test_more_than_a_limit_is_not_named() -> None:
    assert would_decide(seeds_of([-1.0, 0.02, 1.0]), 0.95).startswith(f"more than {MOST} seeds")
