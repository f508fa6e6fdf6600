"""Means over items in each seed, with bootstrap redraws: the basis of every interval.

A quantity is an array (1 + R, seeds). Row 0 holds each seed's own value; the other rows hold the
same with that seed's items drawn anew, so that their spread is the error that a finite number of
items leaves. Ordinary arithmetic on such arrays keeps models paired, seed by seed and item by item.
What has no items repeats row 0: without a second row there is no error, and nothing is decided.
"""

import numpy as np
from numpy.typing import NDArray

from eunoe.config.figures import Bootstrap
from eunoe.streams import stream

Array = NDArray[np.float64]
"""(1 + R, seeds), or with more axes behind."""


def item_weights(seeds: int, items: int, bootstrap: Bootstrap) -> Array:
    """Return (1 + R, seeds, items) weights; those of a row and a seed add up to 1.

    Row 0 weighs all items alike. Items are shared by all models of a seed: using the same weights
    for two models pairs them. Seeds have items of their own, so their draws are independent.
    """
    draws = stream(0, "bootstrap/items", seeds, items)
    counts = draws.multinomial(items, np.full(items, 1 / items), size=(bootstrap.replicates, seeds))
    return np.concatenate([np.ones((1, seeds, items)), counts]) / items


def weighted_means(weights: Array, values: NDArray[np.floating]) -> Array:
    """Return the means of values (seeds, items, ...) under each row of weights: (1 + R, seeds,
    ...)."""
    means = [np.tensordot(weights[:, seed], part, axes=1) for seed, part in enumerate(values)]
    return np.stack(means, axis=1)


def unsettled(means: Array, items: int, *cell: object) -> Array:
    """Return redraws (1 + R, seeds) of a share of 0/1 items, moved by about one item.

    If all items of a seed are alike, redraws of them never differ, though the share is not known
    better than to about one item (the rule of three). The moves are independent from `cell` to
    `cell`, so that two shares without a discordant pair differ by about one item too.
    """
    draws = stream(0, "/".join(["bootstrap/unsettled", *map(str, cell)]))
    moves = draws.standard_normal((len(means) - 1, means.shape[1])) / items
    return means + np.concatenate([np.zeros((1, means.shape[1])), moves])
