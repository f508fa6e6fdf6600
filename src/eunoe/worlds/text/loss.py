"""The loss and the greedy accuracy of a causal language model on rows of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import LinearCrossEntropyOptions, functional

from eunoe.worlds.interface import Batch
from eunoe.worlds.text.collate import Encoded, padded

CHUNKS = LinearCrossEntropyOptions(batch_chunk_size=128, chunking_method=None)
"""Tokens whose logits are held at once: those of some thousand words fit a core's cache."""


def weighted_loss(network: Any, batch: Batch) -> Tensor:
    """Return the weighted mean negative log-likelihood of the next token, in nats.

    `network` is a causal language model of transformers; `tokens` and `weights` are (B, T). On a
    CPU the logits (tokens, words) are never held as a whole: filling that memory takes longer than
    the products.
    """
    tokens, weights = batch["tokens"], batch["weights"][:, 1:].flatten()
    targets = tokens[:, 1:].flatten()
    output = network.get_output_embeddings()
    hidden = None
    if tokens.device.type == "cpu" and type(output) is nn.Linear:
        hidden = inputs_of(output, network, tokens)
    if hidden is not None:
        total = chunked_loss(hidden[:, :-1].flatten(0, 1), output, targets, weights)
    else:
        logits = network(input_ids=tokens, use_cache=False).logits[:, :-1].flatten(0, 1)
        losses = functional.cross_entropy(logits.float(), targets, reduction="none")
        total = (losses * weights).sum()
    return total / weights.sum()


def chunked_loss(hidden: Tensor, output: nn.Linear, targets: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted sum of the tokens' losses; `hidden` is (tokens, width).

    torch's function takes a sum but no weights of tokens, so each weight is a call of its own: a
    few distinct ones are expected. Tokens of weight 0 are left out.
    """
    total = hidden.new_zeros(())
    for weight in sorted(set(weights.tolist()) - {0.0}):
        alike = weights == weight
        total = total + weight * functional.linear_cross_entropy(
            hidden[alike],
            output.weight,
            targets[alike],
            linear_bias=output.bias,
            reduction="sum",
            options=CHUNKS,
        )
    return total


def inputs_of(output: nn.Linear, network: Any, tokens: Tensor) -> Tensor | None:
    """Return what the output layer is given (B, T, width), without computing logits.

    None if the network's logits are not the layer's outputs as they are: some networks scale or
    cap them.
    """
    given: list[Tensor] = []
    returned: list[Tensor] = []

    def withhold(_: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor]:
        given.append(inputs[0])
        return (inputs[0][:, :0],)

    def keep(_: nn.Module, __: tuple[Tensor, ...], outputs: Tensor) -> None:
        returned.append(outputs)

    hooks = [output.register_forward_pre_hook(withhold), output.register_forward_hook(keep)]
    try:
        logits = network(input_ids=tokens, use_cache=False).logits
    finally:
        for hook in hooks:
            hook.remove()
    return given[0] if [id(logits)] == [id(each) for each in returned] else None


def greedy_accuracy(network: nn.Module, items: Sequence[Encoded]) -> float:
    """Return the share of items whose tokens of the reply are each the likeliest."""
    batch = padded(items)
    tokens, in_reply = batch["tokens"], batch["weights"][:, 1:] > 0
    device = next(network.parameters()).device
    with torch.inference_mode():
        logits = network(input_ids=tokens.to(device), use_cache=False).logits.cpu()
    right = (logits[:, :-1].argmax(-1) == tokens[:, 1:]) | ~in_reply
    return right.all(dim=1).float().mean().item()
