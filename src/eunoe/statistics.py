"""Intervals from a hierarchical bootstrap: seeds are drawn first, then prompts within each."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eunoe.config.figures import Bootstrap
from eunoe.streams import stream

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its interval."""

    estimate: float
    low: float
    high: float


def resampling_weights(seeds: int, prompts: int, bootstrap: Bootstrap) -> Array:
    """Return (1 + replicates, seeds, prompts) weights, each row adding up to 1.

    Row 0 weighs everything alike, so that row 0 of any result is the estimate itself. Prompts are
    shared by all models of a seed: using the same weights for two models pairs them.
    """
    draws = stream(0, "bootstrap", seeds, prompts)
    weights = np.zeros((1 + bootstrap.replicates, seeds, prompts))
    weights[0] = 1 / (seeds * prompts)
    uniform = np.full(prompts, 1 / prompts)
    rows = np.arange(1, 1 + bootstrap.replicates)
    for _ in range(seeds):
        chosen = draws.integers(seeds, size=bootstrap.replicates)
        counts = draws.multinomial(prompts, uniform, size=bootstrap.replicates)
        weights[rows, chosen] += counts / (seeds * prompts)
    return weights


def weighted_means(weights: Array, values: NDArray[np.floating]) -> Array:
    """Return the mean of values (seeds, prompts, ...) under each row of weights: (1 + R, ...)."""
    return np.tensordot(weights, values, axes=2)


def positive(values: Array) -> Array:
    """Return the values, NaN in place of those that are not above 0."""
    return np.where(values > 0, values, np.nan)


def least(values: Iterable[Array]) -> Array:
    """Return the least of several quantities in each replicate."""
    return np.min(list(values), axis=0)


def largest(values: Iterable[Array]) -> Array:
    """Return the largest of several quantities in each replicate."""
    return np.max(list(values), axis=0)


def interval(replicates: Array, level: float) -> Interval:
    """Return row 0 as the estimate, and the percentile interval of the other rows.

    With few seeds the interval is too narrow: where models differ from seed to seed about as much
    as single prompts do, nominal 95% intervals over 40 prompts a seed hold the truth in 62% of
    simulated worlds with 2 seeds, 84% with 5 and 93% with 20 (`tests/test_statistics.py`). Where
    seeds do not matter at all they hold it too often, in 97% and more. A replicate that is NaN
    makes both ends NaN.
    """
    tail = (1 - level) / 2
    low, high = np.quantile(replicates[1:], [tail, 1 - tail])
    estimate = float(replicates[0])
    # With few seeds the percentiles can miss the estimate by rounding; an interval contains it.
    return Interval(estimate, float(np.minimum(low, estimate)), float(np.maximum(high, estimate)))


def interval_columns(replicates: Array, level: float) -> dict[str, Array]:
    """Return estimate, low and high for replicates (1 + R, n): three columns of n.

    A replicate that drew no member of a small group is NaN and does not count.
    """
    tail = (1 - level) / 2
    low, high = np.nanquantile(replicates[1:], [tail, 1 - tail], axis=0)
    estimate = replicates[0]
    return {
        "estimate": estimate,
        "low": np.minimum(low, estimate),
        "high": np.maximum(high, estimate),
    }
