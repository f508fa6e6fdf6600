"""Micro-batches and gradient checkpointing."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from eunoe.errors import EunoeError
from eunoe.worlds.interface import Batch


def micro_batches(batch: Batch, count: int) -> Iterator[tuple[torch.Tensor | float, Batch]]:
    """Yield at most `count` parts of a batch, each with its share of the batch's loss.

    Tensors are cut along the first dimension. A batch with `weights` (rows, tokens) has a loss that
    is a mean weighted by them but for the first column; another one has the mean over its rows.
    """
    if count == 1:
        yield 1.0, batch
        return
    pieces = {name: tensor.tensor_split(count) for name, tensor in batch.items()}
    counted = batch["weights"][:, 1:] if "weights" in batch else next(iter(batch.values()))
    whole = counted.sum() if "weights" in batch else len(counted)
    for index in range(count):
        part = {name: found[index] for name, found in pieces.items()}
        own = part["weights"][:, 1:].sum() if "weights" in part else len(next(iter(part.values())))
        if own > 0:
            yield own / whole, part


def recompute(network: nn.Module) -> None:
    """Let a model of transformers compute activations again in the backward pass."""
    enable = getattr(network, "activation_checkpointing_enable", None)
    if enable is None:
        raise EunoeError(
            f"trainings: recompute = true: {type(network).__name__} cannot compute its activations"
            " again; allowed: false"
        )
    enable(activation_checkpointing_kwargs={"use_reentrant": False})
