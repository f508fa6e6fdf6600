"""Accuracies, their differences, and differences of differences, over the items of an audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eunoe.statistics.paired import Array, items_needed, score_interval

Answers = tuple[str, str]
"""A model and a prompt."""
Weights = Mapping[Answers, float]


def combined(*parts: tuple[float, Weights]) -> Weights:
    """Return the weighted sum of weights, such as those of one difference minus another."""
    total: Counter[Answers] = Counter()
    for factor, weights in parts:
        for answers, weight in weights.items():
            total[answers] += factor * weight  # type: ignore[assignment]
    return total


@dataclass(frozen=True)
class Contrast:
    """The mean over items of a weighted sum of answers, right (1) or wrong (0), to the same items.

    Intervals are score intervals over items: Wilson's for an accuracy, Tango's for a difference.
    """

    values: Array
    """The sum for each item, (items,)."""
    lowest: float
    highest: float

    @classmethod
    def of(cls, right: Mapping[Answers, NDArray[np.bool_]], weights: Weights) -> Contrast:
        """Return the contrast of answers (items,) with weights that are not all 0."""
        values = np.sum([weight * right[key] for key, weight in weights.items()], axis=0)
        lowest = sum(min(weight, 0.0) for weight in weights.values())
        highest = sum(max(weight, 0.0) for weight in weights.values())
        # sums in another order differ in the last digits; those would count as distinct values
        return cls(np.clip(np.round(values, 12), lowest, highest), lowest, highest)

    @property
    def mean(self) -> float:
        """The estimate."""
        return float(self.values.mean())

    def ends(self, level: float) -> tuple[float, float]:
        """Return the interval."""
        return score_interval(self.values, self.lowest, self.highest, level)

    def above(self, bound: float, level: float) -> bool:
        """Tell whether the whole interval is above a bound."""
        return self.needed_above(bound, level) < len(self.values)

    def below(self, bound: float, level: float) -> bool:
        """Tell whether the whole interval is below a bound."""
        return self.needed_below(bound, level) < len(self.values)

    def needed_above(self, bound: float, level: float) -> float:
        """Return how many items would show that it is above; infinite if the estimate is below."""
        if self.mean <= bound:
            return np.inf
        return items_needed(self.values, self.lowest, self.highest, bound, level)

    def needed_below(self, bound: float, level: float) -> float:
        """Return how many items would show that it is below; infinite if the estimate is above."""
        if self.mean >= bound:
            return np.inf
        return items_needed(self.values, self.lowest, self.highest, bound, level)
