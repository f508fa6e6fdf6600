"""Quantities of claims, with their inference: a mean over seeds, a ratio, the least of several.

The seed is the unit: a network trained with other random numbers is another draw. Student's t on
the seeds' values, with the items' standard error as a floor where the seeds happen to agree. Fewer
than `LEAST_SEEDS` say nothing about other seeds: their intervals are over items of fixed models.

Coverage of nominal 95% in simulated labs (`tests/statistics/test_coverage.py` prints the rates):
at least .94 with 3, 5 and 8 seeds that are normally distributed, for means, paired differences,
ratios and differences of ratios; a bootstrap over seeds and items has .69 with 2, .78 with 3 and
.86 with 5. Where seeds are skewed and differ by much more than their items' error it falls short:

- exponential seeds: .89 with 3 and with 5, .90 with 8;
- shares near 1, with most seeds right on all items and others behind: down to .77 with 3, .82 with
  5, .88 with 8, mostly by lying too high;
- one seed in five far off: .53 with 3, .65 with 5, .82 with 8. No rule knows of a kind of seed that
  it has not seen.

Tried on 5 exponential seeds and left: two degrees of freedom (.96 at 1.5 times the width),
Johnson's and Hall's corrections for skewness (no help, and .92), the range instead of the deviation
(.91), widening by the skewness found (.94, at 1.2 times the width where seeds are normal).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import permutations
from math import factorial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from eunoe.statistics.redraws import Array
from eunoe.streams import stream

LEAST_SEEDS = 3
"""With fewer, the deviation between seeds is not estimated."""
DEFINED = 0.05
"""A ratio has a meaning if its denominator is above 0 with a two-sided p-value of at most this."""

MOST_ORDERS = 50_000
"""Orders of places that a permutation test looks at; those of 8 places are 40,320."""


class PremiseNotMet(Exception):
    """What a claim takes for granted does not hold here, so that it cannot be tested."""


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Tails:
    """One-sided p-values of the two hypotheses that would leave nothing to claim."""

    not_above: float
    """Of "the quantity is at most the threshold": small where it is surely above."""
    not_below: float
    """Of "the quantity is at least the threshold": small where it is surely below."""

    @property
    def two_sided(self) -> float:
        """The two-sided p-value."""
        return min(1.0, 2 * min(self.not_above, self.not_below))


UNDECIDED = Tails(1.0, 1.0)
"""Of what has no value or no error: a NaN anywhere, in a redraw too."""


def certain(distance: float) -> Tails:
    """Return the p-values of a distance from the threshold that has no error."""
    return Tails(float(not distance > 0), float(not distance < 0))


class Quantity(Protocol):
    """Something that is estimated."""

    @property
    def estimate(self) -> float:
        """The estimate."""

    @property
    def seeds(self) -> int:
        """How many seeds it is estimated from."""

    def bounds(self, tail: float) -> tuple[float, float]:
        """Return a lower and an upper bound, each of which misses the truth with that probability
        at most."""

    def tails(self, threshold: float) -> Tails:
        """Return the p-values against a threshold."""

    def margin(self, threshold: float) -> Mean:
        """Return the mean whose sign decides on which side of the threshold the quantity is."""


def interval(quantity: Quantity, level: float) -> Interval:
    """Return the two-sided interval of a quantity; without ends (NaN) where one is not finite."""
    ends = quantity.bounds((1 - level) / 2)
    return Interval(quantity.estimate, *(ends if np.isfinite(ends).all() else (np.nan, np.nan)))


@dataclass(frozen=True)
class Mean:
    """The mean over seeds of values (1 + R, seeds), as `redraws` describes them."""

    values: Array

    @cached_property
    def estimate(self) -> float:
        """The mean over seeds."""
        return float(self.values[0].mean())

    @property
    def seeds(self) -> int:
        """How many seeds there are."""
        return int(self.values.shape[1])

    @cached_property
    def _errors(self) -> Array:
        return standard_errors(self.values)

    @property
    def seed_error(self) -> float:
        """Standard error of the mean from the differences between seeds; 0 with fewer than
        `LEAST_SEEDS`."""
        return float(self._errors[0])

    @property
    def item_error(self) -> float:
        """Standard error of the mean from the items of each seed."""
        return float(self._errors[1])

    @property
    def error(self) -> float:
        """The larger of the two; NaN where one is."""
        return float(self._errors.max())

    def bounds(self, tail: float) -> tuple[float, float]:
        """Return the estimate minus and plus the quantile of Student's t times the error."""
        reach = quantile(tail, self.seeds) * self.error
        return self.estimate - reach, self.estimate + reach

    def tails(self, threshold: float) -> Tails:
        """Return the p-values of Student's t."""
        distance = self.estimate - threshold
        if np.isnan(distance) or np.isnan(self.error):
            return UNDECIDED
        if self.error == 0:
            return certain(distance)
        score = distance / self.error
        return Tails(survival(score, self.seeds), survival(-score, self.seeds))

    def margin(self, threshold: float) -> Mean:
        """Return the mean above the threshold."""
        return Mean(self.values - threshold)


@dataclass(frozen=True)
class Ratio:
    """A mean over seeds over another one, both (1 + R, seeds); PremiseNotMet where the denominator
    may be 0.

    Fieller (1954): the ratio is r where the mean of `over - r under` is not told from 0.
    """

    over: Array
    under: Array
    denominator: str
    """What `under` is, in words."""

    def __post_init__(self) -> None:
        """Refuse a denominator that is not surely above 0."""
        found = Mean(self.under)
        known = found.seeds < LEAST_SEEDS and found.estimate > 0
        if not known and found.tails(0.0).not_above > DEFINED / 2:
            low, high = found.bounds(DEFINED / 2)
            raise PremiseNotMet(
                f"{self.denominator} is not surely above 0 ({low:.3g} to {high:.3g}), so that a"
                " share of it has no meaning"
            )

    @property
    def estimate(self) -> float:
        """The ratio of the means."""
        return float(self.over[0].mean() / self.under[0].mean())

    @property
    def seeds(self) -> int:
        """How many seeds there are."""
        return int(self.over.shape[1])

    def bounds(self, tail: float) -> tuple[float, float]:
        """Return Fieller's limits: infinite where the denominator may be 0 at that probability."""
        reach = quantile(tail, self.seeds) ** 2
        ends = [
            fieller(self.over[0].mean(), self.under[0].mean(), reach * covariance)
            for covariance in covariances(self.over, self.under)
        ]
        lows, highs = zip(*ends, strict=True)
        return float(np.min(lows)), float(np.max(highs))

    def tails(self, threshold: float) -> Tails:
        """Return the p-values of `over - threshold under` against 0."""
        return self.margin(threshold).tails(0.0)

    def margin(self, threshold: float) -> Mean:
        """Return `over - threshold under`, whose sign is that of the ratio minus the threshold."""
        return Mean(self.over - threshold * self.under)


def ratio_difference(first: Ratio, second: Ratio) -> Mean:
    """Return the difference of two ratios, linearised in the four means (the delta method)."""

    def linearised(ratio: Ratio) -> Array:
        slope = (ratio.over - ratio.estimate * ratio.under) / ratio.under[0].mean()
        return ratio.estimate + slope

    return Mean(linearised(first) - linearised(second))


@dataclass(frozen=True)
class Known:
    """A number that is known without drawing anything."""

    value: float
    seeds: int

    @property
    def estimate(self) -> float:
        """The number."""
        return self.value

    def bounds(self, tail: float) -> tuple[float, float]:
        """Return the number twice."""
        del tail
        return self.value, self.value

    def tails(self, threshold: float) -> Tails:
        """Return 0 and 1, or 1 twice at the threshold itself."""
        return certain(self.value - threshold)

    def margin(self, threshold: float) -> Mean:
        """Return the difference from the threshold, the same in each seed."""
        return Mean(np.full((2, self.seeds), self.value - threshold))


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's correlation of two measures over a few places, each a mean over seeds.

    The places are what is few, so the p-values are of the permutation test over them, exact up to
    8 places; a threshold other than 0 has none. With fewer than 5 places it cannot decide. Bounds
    are Bonett and Wright's (2000), approximate, so that those of a decided claim may hold 0.
    """

    ones: Array
    """(places,)."""
    others: Array
    """(places,)."""
    seeds: int

    @cached_property
    def _ranks(self) -> tuple[Array, Array]:
        return unit_ranks(self.ones), unit_ranks(self.others)

    @cached_property
    def estimate(self) -> float:
        """The correlation; NaN where one measure is the same in all places."""
        left, right = self._ranks
        return float(left @ right)

    def bounds(self, tail: float) -> tuple[float, float]:
        """Return limits from Fisher's transform; -1 and 1 with fewer than four places.

        Perfect order is transformed as half an exchange of two neighbours below it, as the
        transform of 1 itself would leave an interval without width.
        """
        count = len(self.ones)
        if count < 4 or np.isnan(self.estimate):
            return -1.0, 1.0
        reach = -special.ndtri(tail) * np.sqrt((1 + self.estimate**2 / 2) / (count - 3))
        most = 1 - 6 / (count * (count**2 - 1))
        middle = np.arctanh(np.clip(self.estimate, -most, most))
        low, high = np.tanh(middle - reach), np.tanh(middle + reach)
        return float(min(low, self.estimate)), float(max(high, self.estimate))

    def tails(self, threshold: float) -> Tails:
        """Return the shares of all orders of the places with a correlation as high, or as low."""
        if threshold != 0:
            raise ValueError("the permutation test is of no correlation, a threshold of 0")
        if np.isnan(self.estimate):
            return UNDECIDED
        left, right = self._ranks
        found = right[orders(len(right))] @ left
        high = float((found >= self.estimate - 1e-9).mean())
        return Tails(high, float((found <= self.estimate + 1e-9).mean()))

    def margin(self, threshold: float) -> Mean:
        """Refuse: more seeds do not make more places."""
        raise NotImplementedError("places decide, not seeds or items")


@cache
def orders(places: int) -> NDArray[np.int64]:
    """Return all orders of some places (n, places), or if they are more than `MOST_ORDERS` the
    given one and random others."""
    if factorial(places) <= MOST_ORDERS:
        return np.array(list(permutations(range(places))))
    given = np.tile(np.arange(places), (MOST_ORDERS, 1))
    drawn = stream(0, "permutation/orders", places).permuted(given[1:], axis=1)
    return np.concatenate([given[:1], drawn])


def unit_ranks(values: Array) -> Array:
    """Return the ranks of values (places,) around 0, of length 1; NaN where all are alike."""
    ranks = stats.rankdata(values)
    ranks = ranks - ranks.mean()
    return ranks / (np.linalg.norm(ranks) or np.nan)


def quantile(tail: float, seeds: int) -> float:
    """Return how many standard errors a bound is away: Student's t over seeds, or the normal
    distribution over items of fixed models."""
    over_seeds = seeds >= LEAST_SEEDS
    return -float(special.stdtrit(seeds - 1, tail) if over_seeds else special.ndtri(tail))


def survival(score: float, seeds: int) -> float:
    """Return the probability of a higher score, by the distribution of `quantile`."""
    over_seeds = seeds >= LEAST_SEEDS
    return float(special.stdtr(seeds - 1, -score) if over_seeds else special.ndtr(-score))


def standard_errors(values: Array) -> Array:
    """Return the standard errors of the mean over seeds of values (1 + R, seeds, ...): from the
    seeds, and from the items, (2, ...). With fewer than `LEAST_SEEDS` the first is 0."""
    seeds = values.shape[1]
    items = values[1:].mean(axis=1).std(axis=0)
    between = np.zeros_like(items)
    if seeds >= LEAST_SEEDS:
        between = values[0].std(axis=0, ddof=1) / np.sqrt(seeds)
    return np.stack([between, items])


def covariances(over: Array, under: Array) -> list[Array]:
    """Return the covariance (2, 2) of two means over seeds from the items, and from the seeds if
    there are enough of them."""
    found = [np.cov(np.stack([over[1:].mean(axis=1), under[1:].mean(axis=1)]), ddof=0)]
    if over.shape[1] >= LEAST_SEEDS:
        found.append(np.cov(np.stack([over[0], under[0]])) / over.shape[1])
    return found


def fieller(over: float, under: float, spread: Array) -> tuple[float, float]:
    """Return the ends of the ratios r with (over - r under)^2 at most its spread: (2, 2) squared
    quantile times covariance. Infinite where the denominator's own spread holds 0."""
    a = under**2 - spread[1, 1]
    b = over * under - spread[0, 1]
    c = over**2 - spread[0, 0]
    if a <= 0:
        return -np.inf, np.inf
    root = np.sqrt(max(b * b - a * c, 0.0))
    return (b - root) / a, (b + root) / a


def interval_columns(values: Array, level: float) -> dict[str, Array]:
    """Return estimate, low and high of means over seeds (1 + R, seeds, n): columns of n."""
    estimate = values[0].mean(axis=0)
    reach = quantile((1 - level) / 2, values.shape[1]) * standard_errors(values).max(axis=0)
    return {"estimate": estimate, "low": estimate - reach, "high": estimate + reach}
