"""The least and the largest of several quantities, each judged as one claim about all of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from eunoe.statistics.quantities import DEFINED, UNDECIDED, Mean, Quantity, Tails
from eunoe.statistics.redraws import Array


@dataclass(frozen=True)
class Several(ABC):
    """Several quantities by name, of which the worst decides."""

    parts: Mapping[str, Quantity]

    @property
    @abstractmethod
    def worst(self) -> str:
        """The name of the part that decides, or of one that has no value."""

    @abstractmethod
    def bounds(self, tail: float) -> tuple[float, float]:
        """Return a lower and an upper bound."""

    @abstractmethod
    def both_tails(self, found: list[Tails]) -> Tails:
        """Return the p-values from those of the parts."""

    @property
    def estimate(self) -> float:
        """The estimate of the worst part."""
        return self.parts[self.worst].estimate

    @property
    def seeds(self) -> int:
        """How many seeds the part with the fewest has."""
        return min(part.seeds for part in self.parts.values())

    def tails(self, threshold: float) -> Tails:
        """Return the p-values against a threshold."""
        if np.isnan(self.bounds(DEFINED)).any():
            return UNDECIDED
        return self.both_tails([part.tails(threshold) for part in self.parts.values()])

    def margin(self, threshold: float) -> Mean:
        """Return the margin of the worst part."""
        return self.parts[self.worst].margin(threshold)

    @property
    def _estimates(self) -> list[float]:
        return [part.estimate for part in self.parts.values()]


class Least(Several):
    """The least of several quantities.

    It is above a threshold if each is (an intersection-union test: no correction is needed). It is
    below if one of them is, which is corrected for their number (Bonferroni).
    """

    @property
    def worst(self) -> str:
        """The name of the part with the least estimate, or of one that has none."""
        return list(self.parts)[int(np.argmin(self._estimates))]

    def bounds(self, tail: float) -> tuple[float, float]:
        """Return the least lower bound, and the least upper bound corrected for their number."""
        parts = self.parts.values()
        lows = [part.bounds(tail)[0] for part in parts]
        highs = [part.bounds(tail / len(parts))[1] for part in parts]
        return float(np.min(lows)), float(np.min(highs))

    def both_tails(self, found: list[Tails]) -> Tails:
        """Return the largest p-value against "not above", and the least against "not below" times
        their number."""
        below = min(each.not_below for each in found)
        return Tails(max(each.not_above for each in found), min(1.0, len(found) * below))


class Largest(Several):
    """The largest of several quantities: below a threshold if each is, above it if one of them is,
    which is corrected for their number, as in `Least`."""

    @property
    def worst(self) -> str:
        """The name of the part with the largest estimate, or of one that has none."""
        return list(self.parts)[int(np.argmax(self._estimates))]

    def bounds(self, tail: float) -> tuple[float, float]:
        """Return the largest lower bound, corrected for their number, and the largest upper one."""
        parts = self.parts.values()
        lows = [part.bounds(tail / len(parts))[0] for part in parts]
        highs = [part.bounds(tail)[1] for part in parts]
        return float(np.max(lows)), float(np.max(highs))

    def both_tails(self, found: list[Tails]) -> Tails:
        """Return the least p-value against "not above" times their number, and the largest against
        "not below"."""
        above = min(each.not_above for each in found)
        return Tails(min(1.0, len(found) * above), max(each.not_below for each in found))


def range_of(values: Mapping[str, Array]) -> Largest:
    """Return the range of several means: the largest difference of any two of them."""
    return Largest(
        {
            f"{one} minus {other}": Mean(values[one] - values[other])
            for one, other in permutations(values, 2)
        }
    )


def least(values: Mapping[str, Array]) -> Least:
    """Return the least of several means."""
    return Least({name: Mean(value) for name, value in values.items()})


def largest(values: Mapping[str, Array]) -> Largest:
    """Return the largest of several means."""
    return Largest({name: Mean(value) for name, value in values.items()})
