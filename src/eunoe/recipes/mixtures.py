"""The mixture of a stage: amounts of sources, turned into the items of every batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eunoe.config.recipes import Amount
from eunoe.errors import EunoeError
from eunoe.streams import stream
from eunoe.worlds.text.sources import rows_from

Rows = NDArray[np.int64]
"""Positions in the table of training items."""


@dataclass(frozen=True)
class Mixture:
    """The items of a stage, update by update."""

    sources: list[str]
    """Keys of the stage's data."""
    pools: list[Rows]
    """The items of each source that may be drawn."""
    rows: Rows
    """(updates, items)"""
    of_source: NDArray[np.int64]
    """(updates, items); index into `sources`."""


def mix(
    data: Mapping[str, Amount],
    train: pd.DataFrame,
    lengths: NDArray[np.int64],
    size: tuple[int, int],
    seed: int,
    name: str,
    where: str,
) -> Mixture:
    """Return a stage's items, a pure function of the arguments.

    `train` are training rows of `ITEMS`, numbered from 0, with `lengths` in tokens; size
    is (updates, items). Over the stage each source has exactly its share, rounded, in a random
    order; all items of a source are drawn before one is repeated. `name` is that of the random
    streams. EunoeError, which names `where`, for an unknown source and for more than there is.
    """
    sources = sorted(data)
    pools = [pool(train, source, data[source], seed, where) for source in sources]
    drawn = apportion(
        shares_of([data[source] for source in sources], pools, lengths), size[0] * size[1]
    )
    ordered = np.repeat(np.arange(len(sources)), drawn)
    of_source = stream(seed, f"{name}/order").permutation(ordered)
    rows = np.empty(len(of_source), dtype=np.int64)
    for index, source in enumerate(sources):
        rows[of_source == index] = epochs(pools[index], drawn[index], seed, f"{name}/{source}")
    return Mixture(sources, pools, rows.reshape(size), of_source.reshape(size))


def pool(train: pd.DataFrame, source: str, amount: Amount, seed: int, where: str) -> Rows:
    """Return the items of a source that a stage may draw: all of them, or a random part.

    Parts are nested, and the same in every stage and recipe of a seed.
    """
    known = rows_from(train, source, f"{where}: data").index.to_numpy()
    if amount.measure in ("share", "tokens"):
        return known
    if amount.measure == "count":
        if amount.value > len(known):
            raise EunoeError(
                f"{where}: data.{source}.count = {amount.value:g}: more than the source has;"
                f" allowed: an integer of at most {len(known)}"
            )
        count = int(amount.value)
    else:
        count = max(1, round(amount.value * len(known)))
    order = stream(seed, f"selection/{source}").permutation(len(known))
    return known[np.sort(order[:count])]


def shares_of(
    amounts: Sequence[Amount], pools: Sequence[Rows], lengths: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return each source's share of the items."""
    values = np.array([amount.value for amount in amounts])
    if amounts[0].measure == "tokens":
        values = values / np.array([lengths[rows].mean() for rows in pools])
    elif amounts[0].measure in ("fraction", "count"):
        values = np.array([len(rows) for rows in pools], dtype=float)
    return values / values.sum()


def apportion(shares: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Return whole numbers that add up to `total`, by the largest remainders (Hamilton)."""
    exact = shares * total
    counts = np.floor(exact + 1e-9).astype(np.int64)
    largest = np.argsort(counts - exact, kind="stable")[: total - counts.sum()]
    counts[largest] += 1
    return counts


def epochs(pool: Rows, count: int, seed: int, name: str) -> Rows:
    """Return `count` items of a pool, each equally often up to a difference of one."""
    passes = range(-(-int(count) // len(pool)))
    drawn = [stream(seed, f"{name}/pass", number).permutation(pool) for number in passes]
    return np.concatenate([*drawn, pool[:0]])[:count]
