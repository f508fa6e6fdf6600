"""Corrections of p-values for multiple tests."""

from collections.abc import Sequence

import numpy as np
from scipy import stats


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted by Holm (1979): with those at most .05 called decided, a wrong
    decision is among them with a probability of at most .05."""
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    steps = np.asarray(p_values, dtype=np.float64)[order] * (count - np.arange(count))
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if count else steps
    return [float(value) for value in adjusted]


def q_values(p_values: Sequence[float]) -> list[float]:
    """Return q-values (Benjamini and Hochberg 1995): of the claims with one of at most .05, that
    share is expected to be decided wrongly."""
    if not p_values:
        return []
    return [float(value) for value in stats.false_discovery_control(p_values, method="bh")]
