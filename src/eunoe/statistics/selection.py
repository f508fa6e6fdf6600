"""Selection of the best of several options without bias, by data of the other seeds."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from eunoe.statistics.redraws import Array

T = TypeVar("T")


def best_by_others(options: Sequence[T], scores: Sequence[Array]) -> list[T]:
    """Return for each seed the option that scores highest in the other seeds; with one seed, in it.

    `scores` are of validation items, one array (seeds,) per option. A choice by all seeds, or by
    each seed for itself, would depend on the noise of the seed that is tested, and bias its result.
    """
    found = np.stack(list(scores))
    if found.shape[1] > 1:
        found = found.sum(axis=1, keepdims=True) - found
    return [options[index] for index in found.argmax(axis=0)]


def at_chosen(chosen: Sequence[T], quantity: Callable[[T], Array]) -> Array:
    """Return a quantity (1 + R, seeds), in each seed for the option chosen for it."""
    values = {option: quantity(option) for option in dict.fromkeys(chosen)}
    return np.stack([values[option][:, seed] for seed, option in enumerate(chosen)], axis=1)
