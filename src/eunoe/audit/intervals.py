"""Intervals of accuracies, and of differences between answers to the same items."""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

import numpy as np

from eunoe.statistics import Array, interval
from eunoe.streams import stream

TAIL_DRAWS = 20
"""Bootstrap replicates beyond each end of an interval; fewer make the ends jump."""


def wilson(correct: int, items: int, level: float) -> tuple[float, float]:
    """Return Wilson's interval of a share (1927): all p with |share - p| <= z sd(p)."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, spread = correct / items, z * z / items
    middle = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    # at the ends rounding would leave 1e-17 instead of the exact value
    return (middle - half if correct else 0.0), (middle + half if correct < items else 1.0)


def replicates_for(level: float, least: int) -> int:
    """Return how many bootstrap replicates the ends of an interval of that level need."""
    # rounded, as 1 - .95 is a little more than .05
    return max(least, math.ceil(round(2 * TAIL_DRAWS / (1 - level), 6)))


@cache
def item_weights(items: int, replicates: int) -> Array:
    """Return (1 + replicates, items) weights, each row adding up to 1; row 0 weighs all alike.

    The same weights for two models, or two prompts, pair them item by item.
    """
    draws = stream(0, "audit/bootstrap", items, replicates)
    counts = draws.multinomial(items, np.full(items, 1 / items), size=replicates)
    weights = np.vstack([np.ones(items), counts]) / items
    weights.setflags(write=False)
    return weights


def ends(replicates: Array, level: float) -> tuple[float, float]:
    """Return the percentile interval of replicates (1 + R), whose row 0 is the estimate."""
    found = interval(replicates, level)
    return found.low, found.high
