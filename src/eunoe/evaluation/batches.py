"""Batches of prompts, and their padding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

SHARED = 16
"""A common prefix of at least so many tokens is worth a forward pass of its own."""


def batches(rows: Mapping[str, Sequence[int]], size: int) -> list[list[str]]:
    """Return the names of rows in batches of at most `size`, a pure function of the rows.

    Prompts of a family, which begin with the same tokens, stay together if they fill a batch; in
    a family the lengths of a batch are as close as can be.
    """
    families: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for name, row in rows.items():
        families[tuple(row[:SHARED])].append(name)
    large = [family for family in families.values() if len(family) >= size]
    others = [name for family in families.values() if len(family) < size for name in family]
    return [
        names[start : start + size]
        for family in [*large, others]
        for names in [sorted(family, key=lambda name: len(rows[name]))]
        for start in range(0, len(names), size)
    ]


def common_length(rows: Sequence[Sequence[int]]) -> int:
    """Return how many tokens all rows begin with."""
    first, last = min(rows, key=list), max(rows, key=list)  # as words between two in a dictionary
    pairs = enumerate(zip(first, last, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(first), len(last)))


def pad_left(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return token ids and mask (rows, longest): 0 and 0 before the beginning of shorter rows.

    No padding token is needed, as what the mask hides has no effect.
    """
    return pad(rows, "left", device), pad([[1] * len(row) for row in rows], "left", device)


def pad(rows: Sequence[Sequence[int]], side: str, device: torch.device) -> Tensor:
    """Return rows of numbers as one tensor (rows, longest), filled up with zeros on a side."""
    tensors = [torch.tensor(row, dtype=torch.long) for row in rows]
    return pad_sequence(tensors, batch_first=True, padding_side=side).to(device)


def positions(mask: Tensor) -> Tensor:
    """Return each token's position (rows, tokens), counted over what the mask shows."""
    return (mask.cumsum(-1) - 1).clamp(min=0)
