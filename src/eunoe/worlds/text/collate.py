"""Items in tokens, and the three layouts in which a model reads a batch of them.

- `filled`: whole items end to end, the last one cut at the context; every token has a loss, those
  of replies a weight of their own. Pretraining draws items until a row is full; tuning lays the
  items of its batch.
- `padded`: one item a row, zeros after it; replies alone have a loss.
- `packed`: several whole items a row, the positions of each beginning anew; replies alone have a
  loss.

No layout needs a mask: nothing that a causal model computes depends on what stands to the right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from eunoe.errors import EunoeError
from eunoe.evaluation.batches import common_length
from eunoe.evaluation.tokens import Pair, Tokens, continued
from eunoe.worlds.interface import Batch

READ = ["source", "wording", "split", "prompt", "reply"]
"""The columns of `ITEMS` that training reads."""

Packing = Sequence[Sequence[int]]
"""For each row, the indices of the items in it."""


@dataclass(frozen=True)
class Encoded:
    """An item in tokens: soft prompt, prompt, reply, end."""

    ids: Sequence[int]
    start: int
    """Where the reply begins."""

    def prepend(self, prefix: Sequence[int]) -> Encoded:
        """Return the item with the ids of a soft prompt in front."""
        return Encoded([*prefix, *self.ids], len(prefix) + self.start)


class Encoder:
    """A tokenizer and the longest item that it may make."""

    def __init__(self, tokenizer: Any, config: Any, context: int) -> None:
        """Take the config of the model, and the context (tokens) that items have to fit."""
        self.tokens = Tokens(tokenizer, config)
        self.context = context
        if tokenizer.eos_token_id is None:
            raise EunoeError(
                "the base's tokenizer has no end token; allowed: one with an eos_token"
            )
        self.end: int = tokenizer.eos_token_id

    def encode(self, pairs: Sequence[Pair], names: Sequence[str]) -> list[Encoded]:
        """Return items in tokens; EunoeError names one that is too long."""
        prompts = self.tokens.encode([prompt for prompt, _ in pairs])
        wholes = self.tokens.encode([continued(*pair) if pair[1] else pair[0] for pair in pairs])
        encoded = []
        for name, prompt, whole in zip(names, prompts, wholes, strict=True):
            if len(whole) + 1 > self.context:
                raise EunoeError(
                    f"example {name}: {len(whole) + 1} tokens with the end token;"
                    f" allowed: at most {self.context}, the world's context"
                )
            encoded.append(Encoded([*whole, self.end], max(1, common_length([prompt, whole]))))
        return encoded


def texts_of(rows: pd.DataFrame) -> list[str]:
    """Return the prompts of items (`ITEMS`) with their replies, as a model reads them."""
    pairs = zip(rows["prompt"], rows["reply"], strict=True)
    return [continued(*pair) if pair[1] else pair[0] for pair in pairs]


def encode_rows(tokenizer: Any, rows: pd.DataFrame) -> list[Encoded]:
    """Return items (`ITEMS`) in tokens, without an end."""
    prompts = tokenizer(rows["prompt"].tolist())["input_ids"]
    pairs = zip(tokenizer(texts_of(rows))["input_ids"], prompts, strict=True)
    return [Encoded(whole, len(prompt)) for whole, prompt in pairs]


# Filled


@dataclass(frozen=True)
class Shard:
    """The items of one source, end to end."""

    tokens: NDArray[np.int64]
    weights: NDArray[np.float32]
    """Of each token in the loss."""
    starts: NDArray[np.int64]
    """(items + 1,)"""

    def item(self, index: int) -> slice:
        """Return where one item's tokens are."""
        return slice(self.starts[index], self.starts[index + 1])

    def __len__(self) -> int:
        return len(self.starts) - 1


def shard_of(items: Sequence[Encoded], weight: float) -> Shard:
    """Return items end to end; the tokens of their replies weigh `weight`, others 1."""
    lengths = np.array([len(item.ids) for item in items])
    position = np.concatenate([np.arange(length) for length in lengths])
    in_reply = position >= np.repeat([item.start for item in items], lengths)
    return Shard(
        np.concatenate([item.ids for item in items]).astype(np.int64),
        np.where(in_reply, weight, 1.0).astype(np.float32),
        np.concatenate([[0], np.cumsum(lengths)]),
    )


def filled(
    shards: Mapping[str, Shard],
    data: Mapping[str, float],
    size: int,
    context: int,
    numbers: np.random.Generator,
) -> Batch:
    """Return tokens and their weights (size, context); `data` is how often a source is drawn."""
    chosen_from = [shards[source] for source in data]
    shares = np.fromiter(data.values(), float) / sum(data.values())
    tokens = np.empty((size, context), dtype=np.int64)
    weights = np.empty((size, context), dtype=np.float32)
    for row in range(size):
        filled = 0
        while filled < context:
            shard = chosen_from[numbers.choice(len(chosen_from), p=shares)]
            chosen = shard.item(int(numbers.integers(len(shard))))
            fitting = shard.tokens[chosen][: context - filled]
            place = slice(filled, filled + len(fitting))
            tokens[row, place] = fitting
            weights[row, place] = shard.weights[chosen][: len(fitting)]
            filled = place.stop
    return {"tokens": torch.from_numpy(tokens), "weights": torch.from_numpy(weights)}


# The layouts of a stage of tuning


@dataclass(frozen=True)
class Layout:
    """How the items of a batch lie in rows."""

    name: str
    """padded, packed or filled."""
    context: int = 0
    """Length of a row that several items share, in tokens."""
    reply_weight: float = 1.0
    """Of the tokens of replies, in rows that are filled."""

    def packing(self, items: Sequence[Encoded]) -> Packing:
        """Return which items share a row, if each is complete."""
        packed = self.name == "packed"
        return first_fit(items, self.context) if packed else one_per_row(items)


PADDED = Layout("padded")


def end_to_end(items: Sequence[Encoded], layout: Layout) -> dict[str, torch.Tensor]:
    """Return tokens and loss weights (rows, context) of items end to end, the last of a row cut
    off, as `filled` has them.

    An item that begins with the token that ends others closes the one before: the token is not
    there twice.
    """
    rows: list[tuple[list[int], list[float]]] = [([], [])]
    for item in items:
        opens = item.ids[0] == item.ids[-1]
        ids = list(item.ids[:-1] if opens else item.ids)
        weights = [1.0] * item.start + [layout.reply_weight] * (len(ids) - item.start)
        weights[0] = layout.reply_weight if opens else weights[0]
        if len(rows[-1][0]) == layout.context:
            rows.append(([], []))
        room = layout.context - len(rows[-1][0])
        rows[-1][0].extend(ids[:room])
        rows[-1][1].extend(weights[:room])
    tokens = torch.zeros(len(rows), layout.context, dtype=torch.long)
    filled = torch.zeros(len(rows), layout.context)
    for line, (ids, weights) in enumerate(rows):
        tokens[line, : len(ids)] = torch.tensor(ids)
        filled[line, : len(ids)] = torch.tensor(weights)
    return {"tokens": tokens, "weights": filled}


def padded(items: Sequence[Encoded]) -> dict[str, torch.Tensor]:
    """Return tokens and loss weights (items, longest)."""
    return collate(items, one_per_row(items))


def collate(items: Sequence[Encoded], packing: Packing) -> dict[str, torch.Tensor]:
    """Return tokens and loss weights (rows, longest row), and positions if items share a row.

    Positions begin anew with each item. From this transformers separates the items without a mask,
    so that none sees another.
    """
    longest = max(sum(len(items[index].ids) for index in row) for row in packing)
    tokens = torch.zeros(len(packing), longest, dtype=torch.long)
    weights = torch.zeros(len(packing), longest)
    positions = torch.zeros(len(packing), longest, dtype=torch.long)
    for line, row in enumerate(packing):
        end = 0
        for item in (items[index] for index in row):
            begin, end = end, end + len(item.ids)
            tokens[line, begin:end] = torch.tensor(item.ids)
            weights[line, begin + item.start : end] = 1
            positions[line, begin:end] = torch.arange(len(item.ids))
    batch = {"tokens": tokens, "weights": weights}
    return {**batch, "positions": positions} if len(packing) < len(items) else batch


def one_per_row(items: Sequence[Encoded]) -> Packing:
    """Return the packing in which every item has a row of its own."""
    return [[index] for index in range(len(items))]


def first_fit(items: Sequence[Encoded], context: int) -> Packing:
    """Return the packing in which each item goes into the first row that it fits."""
    lengths = [len(item.ids) for item in items]
    packing: list[list[int]] = []
    free: list[int] = []
    for index, length in enumerate(lengths):
        row = next((number for number, room in enumerate(free) if room >= length), len(free))
        if row == len(free):
            packing.append([])
            free.append(max(context, *lengths))
        packing[row].append(index)
        free[row] -= length
    return packing
