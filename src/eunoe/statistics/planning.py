"""The number of seeds or items that would decide a claim, if they were like the present ones."""

import numpy as np
from scipy import stats

from eunoe.statistics.quantities import Mean

POWER = 0.8
"""Probability with which the number that is named would decide."""
MOST = 200
"""Seeds beyond which no number is named."""


def would_decide(margin: Mean, level: float) -> str:
    """Return in words what would tell a mean from 0, from its own variance.

    The distance from 0 and the error of a seed are taken as they are found: where they are so by
    chance the number is wrong too. Of the least of several quantities it is the worst alone.
    """
    distance, error = abs(margin.estimate), margin.error
    if np.isnan(distance) or np.isnan(error):
        return "it has no value or no error here, for which seeds are no help"
    if distance == 0 or error == 0:
        return "at this estimate no number of seeds would decide it"
    effect = distance / (error * np.sqrt(margin.seeds))
    numbers = np.arange(margin.seeds + 1, MOST + 1)
    enough = numbers[power(effect, numbers, level) >= POWER]
    if len(enough) == 0:
        return f"more than {MOST} seeds like these would be needed to decide it{items_too(margin)}"
    return f"about {enough[0]} seeds like these would decide it{items_too(margin)}"


def power(effect: float, seeds: int | np.ndarray, level: float) -> np.ndarray:
    """Return the probability that Student's t finds a mean of `effect` standard deviations."""
    critical = stats.t.isf((1 - level) / 2, np.subtract(seeds, 1))
    return stats.nct.sf(critical, np.subtract(seeds, 1), effect * np.sqrt(seeds))


def items_too(margin: Mean) -> str:
    """Return a hint at more items where they, not the seeds, leave the error."""
    few = margin.item_error > margin.seed_error
    return ", or fewer with more items in each, which are what is few here" if few else ""
