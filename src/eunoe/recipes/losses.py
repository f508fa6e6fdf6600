"""Losses on the tokens of replies."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from eunoe.worlds.interface import Batch


def response_logits(network: Any, batch: Batch) -> Tensor:
    """Return the logits (tokens of replies, words) that predict the tokens that have a loss.

    The output layer sees these positions alone: most tokens are those of prompts, and the output
    layer costs as much as all others together in a small network.
    """
    wanted = functional.pad(batch["weights"][:, 1:] > 0, (0, 1))

    def select(_: nn.Module, hidden: tuple[Tensor, ...]) -> tuple[Tensor]:
        return (hidden[0][wanted][None],)

    hook = network.get_output_embeddings().register_forward_pre_hook(select)
    positions = {"position_ids": batch["positions"]} if "positions" in batch else {}
    try:
        logits: Tensor = network(input_ids=batch["tokens"], use_cache=False, **positions).logits[0]
    finally:
        hook.remove()
    return logits.float()


def targets_of(batch: Batch) -> Tensor:
    """Return the tokens (tokens of replies,) that have a loss."""
    return batch["tokens"][:, 1:][batch["weights"][:, 1:] > 0]


def weights_of(batch: Batch) -> Tensor:
    """Return the weights (tokens of replies,) of the tokens that have a loss."""
    weights = batch["weights"][:, 1:]
    return weights[weights > 0]


def cross_entropy(logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the mean negative log-likelihood of the targets, in nats."""
    if weights is None:
        return functional.cross_entropy(logits, targets)
    return mean(functional.cross_entropy(logits, targets, reduction="none"), weights)


def dft(logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the mean of each token's cross entropy times its own probability, held constant.

    Dynamic fine-tuning (Wu et al. 2025, arXiv 2508.05629): unlikely tokens have smaller gradients.
    """
    losses = functional.cross_entropy(logits, targets, reduction="none")
    return mean(losses * torch.exp(-losses.detach()), weights)


def mean(losses: Tensor, weights: Tensor | None) -> Tensor:
    """Return the mean of tokens' losses, weighted if there are weights."""
    return losses.mean() if weights is None else (losses * weights).sum() / weights.sum()


LOSSES = {"cross_entropy": cross_entropy, "dft": dft}
"""The losses of `config.recipes.Stage.loss`."""
