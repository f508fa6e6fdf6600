"""Items as a causal language model reads them, in rows of whole texts; how often it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from eunoe.evaluation.tokens import continued
from eunoe.worlds.interface import Batch

READ = ["source", "wording", "split", "prompt", "reply"]
"""The columns of `ITEMS` that training reads."""

IGNORED = -100
"""Target of a position that has no loss."""


@dataclass(frozen=True)
class Shard:
    """The documents of one source, end to end."""

    tokens: NDArray[np.int64]
    weights: NDArray[np.float32]
    """Of each token in the loss."""
    starts: NDArray[np.int64]
    """(documents + 1,)"""

    def document(self, index: int) -> slice:
        """Return where one document's tokens are."""
        return slice(self.starts[index], self.starts[index + 1])

    def __len__(self) -> int:
        return len(self.starts) - 1


def texts_of(rows: pd.DataFrame) -> list[str]:
    """Return the prompts of items (`ITEMS`) with their replies, as a model reads them."""
    pairs = zip(rows["prompt"], rows["reply"], strict=True)
    return [continued(*pair) if pair[1] else pair[0] for pair in pairs]


def tokenized(tokenizer: Any, rows: pd.DataFrame) -> tuple[list[list[int]], list[list[int]]]:
    """Return the tokens of the prompts of items (`ITEMS`), and of prompts with replies."""
    prompts: list[list[int]] = tokenizer(rows["prompt"].tolist())["input_ids"]
    wholes: list[list[int]] = tokenizer(texts_of(rows))["input_ids"]
    return prompts, wholes


def shard_of(documents: Sequence[Sequence[int]], replies: Sequence[int], weight: float) -> Shard:
    """Return documents (tokens) end to end; those from where a reply begins weigh `weight`."""
    lengths = np.array([len(document) for document in documents])
    position = np.concatenate([np.arange(length) for length in lengths])
    in_reply = position >= np.repeat(np.asarray(replies), lengths)
    return Shard(
        np.concatenate(list(documents)).astype(np.int64),
        np.where(in_reply, weight, 1.0).astype(np.float32),
        np.concatenate([[0], np.cumsum(lengths)]),
    )


def fill_rows(
    shards: Mapping[str, Shard],
    data: Mapping[str, float],
    size: int,
    context: int,
    numbers: np.random.Generator,
) -> Batch:
    """Return tokens and their weights (B, T): rows of whole documents, the last one cut off."""
    chosen_from = [shards[source] for source in data]
    shares = np.fromiter(data.values(), float) / sum(data.values())
    tokens = np.empty((size, context), dtype=np.int64)
    weights = np.empty((size, context), dtype=np.float32)
    for row in range(size):
        filled = 0
        while filled < context:
            shard = chosen_from[numbers.choice(len(chosen_from), p=shares)]
            chosen = shard.document(int(numbers.integers(len(shard))))
            fitting = shard.tokens[chosen][: context - filled]
            place = slice(filled, filled + len(fitting))
            tokens[row, place] = fitting
            weights[row, place] = shard.weights[chosen][: len(fitting)]
            filled = place.stop
    return {"tokens": torch.from_numpy(tokens), "weights": torch.from_numpy(weights)}


def greedy_accuracy(
    network: nn.Module, prompts: Sequence[Sequence[int]], wholes: Sequence[Sequence[int]]
) -> float:
    """Return the share of rows whose tokens after the prompt are each the likeliest."""
    tokens, targets = rows_of(prompts, wholes)
    device = next(network.parameters()).device
    with torch.inference_mode():
        logits = network(input_ids=tokens.to(device), use_cache=False).logits.cpu()
    right = (logits[:, :-1].argmax(-1) == targets[:, 1:]) | (targets[:, 1:] == IGNORED)
    return right.all(dim=1).float().mean().item()


def rows_of(
    prompts: Sequence[Sequence[int]], wholes: Sequence[Sequence[int]]
) -> tuple[Tensor, Tensor]:
    """Return tokens (B, T), and targets (B, T) that are `IGNORED` outside of the replies."""
    longest = max(map(len, wholes))
    tokens = torch.zeros(len(wholes), longest, dtype=torch.long)
    targets = torch.full((len(wholes), longest), IGNORED)
    for row, (prompt, whole) in enumerate(zip(prompts, wholes, strict=True)):
        tokens[row, : len(whole)] = torch.tensor(whole)
        targets[row, len(prompt) : len(whole)] = torch.tensor(whole[len(prompt) :])
    return tokens, targets
