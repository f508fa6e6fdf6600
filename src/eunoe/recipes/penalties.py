"""Terms of the loss that keep a network near its base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from eunoe.recipes.losses import cross_entropy, response_logits, targets_of
from eunoe.worlds.text.collate import Encoded, padded

Weights = Mapping[str, Tensor]


def divergence(base: Tensor, logits: Tensor) -> Tensor:
    """Return KL(base || network) from logits (tokens, words): the mean over tokens, in nats."""
    ours, theirs = logits.log_softmax(-1), base.log_softmax(-1)
    total = functional.kl_div(ours, theirs, reduction="sum", log_target=True)
    return total / max(1, len(logits))


def distance(weights: Weights, start: Weights, importance: Weights | None = None) -> Tensor:
    """Return half the squared distance of weights from their start, weighted by importance if
    given.

    Without importance L2-SP (Li et al. 2018, equation 3), with the diagonal of the Fisher
    information elastic weight consolidation (Kirkpatrick et al. 2017, equation 3).
    """
    terms = []
    for name, own in weights.items():
        squares = (own - start[name]).square()
        terms.append((squares if importance is None else squares * importance[name]).sum())
    return torch.stack(terms).sum() / 2


def fisher(model: Any, rows: Sequence[Encoded]) -> dict[str, Tensor]:
    """Return the diagonal of the Fisher information of a model's weights, by name.

    Empirical: the mean over items of the squared gradient of the log-likelihood of the item's
    reply.
    """
    device = model.get_input_embeddings().weight.device
    weights = dict(model.named_parameters())
    found = {name: torch.zeros_like(each) for name, each in weights.items()}
    for row in rows:
        batch = {name: each.to(device) for name, each in padded([row]).items()}
        targets = targets_of(batch)
        total = len(targets) * cross_entropy(response_logits(model, batch), targets)
        gradients = torch.autograd.grad(total, list(weights.values()), allow_unused=True)
        for name, gradient in zip(weights, gradients, strict=True):
            if gradient is not None:
                found[name] += gradient.square() / len(rows)
    return found
