"""Simulated labs: seeds that differ, items of each, many worlds at once (n, the last axis)."""

from __future__ import annotations

from typing import Any

import numpy as np

from eunoe.config.figures import Bootstrap
from eunoe.statistics.redraws import Array, item_weights, unsettled, weighted_means

ITEMS = 200
REDRAWS = Bootstrap(replicates=100)


def standardised(shape: str, size: tuple[int, ...], draws: np.random.Generator) -> Array:
    """Deviations of seeds with mean 0 and variance 1: normal, exponential, or one in five far
    off ("rare")."""
    if shape == "normal":
        return draws.standard_normal(size)
    if shape == "exponential":
        return draws.exponential(size=size) - 1
    far: Array = (draws.random(size) < 0.2).astype(np.float64)
    return (far - 0.2) / 0.4


def shares(truths: Array, draws: np.random.Generator, cell: str, items: int = ITEMS) -> Array:
    """(1 + R, seeds, n) of 0/1 items whose shares (seeds, n) are given."""
    seeds, worlds = truths.shape
    right = draws.random((seeds, items, worlds)) < truths[:, None]
    return pooled(right.astype(np.float64), cell)


def pooled(items: Array, cell: str | None = None) -> Array:
    """Means (1 + R, seeds, n) of items (seeds, items, n), as the labs make them."""
    seeds, count, _ = items.shape
    means = weighted_means(item_weights(seeds, count, REDRAWS), items)
    if cell is None:
        return means
    return np.stack(
        [
            unsettled(part, count, cell, world)
            for world, part in enumerate(np.moveaxis(means, 2, 0))
        ],
        axis=2,
    )


def measured(values: Array, error: float, draws: np.random.Generator) -> Array:
    """(1 + R, seeds, ...) of seeds' values whose items' standard error is given, with redraws."""
    found = values + error * draws.standard_normal(values.shape)
    redraws = error * draws.standard_normal((REDRAWS.replicates, *values.shape))
    return np.concatenate([found[None], found + redraws])


def rate(hits: Any) -> float:
    """The share of worlds."""
    return float(np.mean(hits))
