"""The cosine between a gradient and the gradient of the format of replies alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from eunoe.evaluation.tokens import Pair
from eunoe.recipes.losses import cross_entropy, response_logits, targets_of
from eunoe.worlds.text.collate import Encoded, padded

PARTS = {"attention": ("attn", "attention"), "perceptron": ("mlp", "ffn", "feed_forward")}
"""Parts of a network, and the strings in the names of their parameters in transformers."""


def format_cosines(
    model: Any,
    weights: Mapping[str, nn.Parameter],
    rows: Sequence[Encoded],
    shuffled: Sequence[Encoded],
) -> dict[str, float]:
    """Return the cosine of two gradients for all weights, and for each part of the network.

    One is that of `rows`; the other that of `shuffled`, the same with their replies shuffled,
    which teaches the format alone (Wang et al. 2024, section 3). Weights that are not trained count
    for nothing.
    """
    trained = {name: each for name, each in weights.items() if each.requires_grad}
    ours, theirs = (gradient(model, trained, each) for each in (rows, shuffled))
    found = {"all": cosine(ours, theirs)}
    for part in ("embedding", *PARTS):
        names = [name for name in trained if part_of(name) == part]
        if names:
            found[part] = cosine(*({name: g[name] for name in names} for g in (ours, theirs)))
    return found


def shuffled_replies(pairs: Sequence[Pair], times: int, numbers: np.random.Generator) -> list[Pair]:
    """Return prompts with the replies of other items, the whole list several times."""
    return [
        (prompt, pairs[other][1])
        for _ in range(times)
        for (prompt, _), other in zip(pairs, numbers.permutation(len(pairs)), strict=True)
    ]


def gradient(
    model: Any, weights: Mapping[str, nn.Parameter], rows: Sequence[Encoded]
) -> dict[str, Tensor]:
    """Return the gradient of the mean loss on replies, by name of the parameter."""
    device = model.get_input_embeddings().weight.device
    batch = {name: each.to(device) for name, each in padded(rows).items()}
    loss = cross_entropy(response_logits(model, batch), targets_of(batch))
    found = torch.autograd.grad(loss, list(weights.values()), allow_unused=True)
    return {name: each for name, each in zip(weights, found, strict=True) if each is not None}


def part_of(name: str) -> str | None:
    """Return the part of the network that a parameter belongs to, None for norms."""
    if "norm" in name or "ln_" in name:
        return None
    found = [part for part, words in PARTS.items() if any(word in name for word in words)]
    return found[0] if found else "embedding"


def cosine(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> float:
    """Return the cosine of two gradients, 0 if one of them is 0."""
    product = sum(float((one[name] * other[name]).sum(dtype=torch.float64)) for name in one)
    return product / max(norm(one) * norm(other), 1e-30)


def norm(gradient: Mapping[str, Tensor]) -> float:
    """Return the length of a gradient."""
    return math.sqrt(
        sum(float(each.square().sum(dtype=torch.float64)) for each in gradient.values())
    )
