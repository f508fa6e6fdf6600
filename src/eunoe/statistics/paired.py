"""Score intervals of the mean of bounded values, such as a paired difference of proportions.

An end of the interval is a mean that a score test does not quite reject: with n values,

    n (observed mean - mean)^2 = z^2 V(mean),

where V is the variance under the most likely distribution that has this mean. Of right answers,
0 or 1, this is Wilson's interval (1927); of differences between two answers to the same item,
-1, 0 or 1, it is Tango's (Statistics in Medicine 17, 1998). The same construction holds for other
bounded values, such as a difference of differences, and never has width 0: values that were not
seen, up to the bounds, are held possible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

Array = NDArray[np.float64]
ROUNDING = 1e-9
"""Means that are closer are taken to be the same."""


def score_interval(
    values: ArrayLike, lowest: float, highest: float, level: float
) -> tuple[float, float]:
    """Return both ends of the score interval of the mean of values (n,) that were drawn alone.

    All values lie in [lowest, highest], and the values they could have had include both bounds.
    """
    up, down = Observed.of(values, lowest, highest), Observed.of(values, highest, lowest)
    z = quantile(level)
    width = highest - lowest
    return highest - width * down.farthest(z), lowest + width * up.farthest(z)


def items_needed(
    values: ArrayLike, lowest: float, highest: float, bound: float, level: float
) -> float:
    """Return how many values, in the shares of these, leave a bound outside the score interval.

    Not rounded; infinite where the bound is the mean of the values, 0 where no mean can be there.
    """
    start, end = (
        (lowest, highest)
        if bound > np.asarray(values, dtype=np.float64).mean()
        else (highest, lowest)
    )
    observed = Observed.of(values, start, end)
    place = (bound - start) / (end - start)
    distance = place - observed.mean
    if distance < ROUNDING:
        return math.inf
    if place > 1 - ROUNDING:
        return 0.0
    return quantile(level) ** 2 * observed.variance_at(place) / distance**2


def quantile(level: float) -> float:
    """Return how many standard deviations a two-sided interval of a normal estimate reaches."""
    return NormalDist().inv_cdf((1 + level) / 2)


@dataclass(frozen=True)
class Observed:
    """Distinct values as places from 0 to 1 (k,), and how often each was seen.

    Distributions whose mean is above the observed one are searched: the most likely one of each
    mean has, by Lagrange's condition, shares proportional to seen / (1 - t place). They are
    numbered by t from 0 to 1. If the place 1 was not seen, its share can still be positive: t goes
    on to 2, and t - 1 is that share.
    """

    places: Array
    shares: Array
    count: int

    @classmethod
    def of(cls, values: ArrayLike, start: float, end: float) -> Observed:
        """Return values with their places on the way from `start` to `end`."""
        places = (np.asarray(values, dtype=np.float64) - start) / (end - start)
        distinct, counts = np.unique(places, return_counts=True)
        return cls(distinct, counts / len(places), len(places))

    @property
    def mean(self) -> float:
        """The observed mean."""
        return float(self.shares @ self.places)

    @property
    def last(self) -> float:
        """The largest t."""
        return 1 - 1e-12 if self.places[-1] >= 1 else 2.0

    def moments(self, t: float) -> tuple[float, float]:
        """Return mean and variance of distribution t."""
        at_end = max(0.0, t - 1)
        weights = self.shares / (1 - min(t, 1.0) * self.places)
        weights /= weights.sum()
        mean = float(weights @ self.places)
        variance = float(weights @ (self.places - mean) ** 2)
        return (
            mean + at_end * (1 - mean),
            (1 - at_end) * (variance + at_end * (1 - mean) ** 2),
        )

    def variance_at(self, mean: float) -> float:
        """Return the variance of the most likely distribution with a mean above the observed."""
        t = brentq(lambda t: self.moments(t)[0] - mean, 0, self.last, xtol=1e-13)
        return self.moments(t)[1]

    def farthest(self, z: float) -> float:
        """Return the largest mean that the score test does not reject."""
        observed, first = self.mean, 0.0
        if len(self.places) == 1:
            if self.places[0] >= 1:
                return 1.0
            first = 1 + 1e-12  # until then the distribution stays as it is

        def rejected(t: float) -> float:
            mean, variance = self.moments(t)
            return self.count * (mean - observed) ** 2 - z**2 * variance

        return self.moments(brentq(rejected, first, self.last, xtol=1e-13))[0]
