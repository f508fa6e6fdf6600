"""Corrections, against brute force and what is published."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eunoe.statistics.multiplicity import holm, q_values

P_VALUES = st.lists(st.floats(0, 1), max_size=6)


def closed(p_values: list[float]) -> list[float]:
    """Bonferroni's test of every set that holds a hypothesis: the largest of its p-values."""
    everyone = range(len(p_values))
    sets = [chosen for size in everyone for chosen in combinations(everyone, size + 1)]
    bonferroni = {one: min(1.0, len(one) * min(p_values[each] for each in one)) for one in sets}
    return [max(p for one, p in bonferroni.items() if each in one) for each in everyone]


@given(P_VALUES)
def test_holm_is_the_closed_test_of_bonferroni(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(closed(p_values))


def test_an_example_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert q_values([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])


@given(P_VALUES, st.floats(0.001, 0.999))
def test_q_values_call_what_benjamini_and_hochberg_step_up_to(
    p_values: list[float], level: float
) -> None:
    ordered, count = sorted(p_values), len(p_values)
    passing = [p for rank, p in enumerate(ordered, 1) if p <= level * rank / count]
    called = [p <= max(passing, default=-1.0) for p in p_values]
    found = q_values(p_values)
    near = [abs(q - level) < 1e-9 for q in found]
    assert all(
        (q <= level) == call or close for q, call, close in zip(found, called, near, strict=True)
    )


@given(P_VALUES)
def test_adjusted_values_keep_the_order_and_are_no_smaller(p_values: list[float]) -> None:
    for adjusted in (holm(p_values), q_values(p_values)):
        assert all(
            after >= before - 1e-12 for before, after in zip(p_values, adjusted, strict=True)
        )
        assert (np.diff(np.array(adjusted)[np.argsort(p_values, kind="stable")]) >= -1e-12).all()


def test_nothing_is_left_alone() -> None:
    assert holm([]) == q_values([]) == []
    assert holm([0.2]) == q_values([0.2]) == [0.2]
