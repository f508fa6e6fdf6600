"""Examples as tokens, and batches of them: one in a row, padded, or several, packed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from eunoe.errors import EunoeError
from eunoe.evaluation.batches import common_length
from eunoe.evaluation.tokens import Tokens, continued
from eunoe.recipes.texts import Pair


@dataclass(frozen=True)
class Encoded:
    """An example in tokens: soft prompt, prompt, response, end."""

    ids: list[int]
    start: int
    """Where the response begins; the loss is taken from there on."""

    def behind(self, prefix: Sequence[int]) -> Encoded:
        """Return the example behind the ids of a soft prompt."""
        return Encoded([*prefix, *self.ids], len(prefix) + self.start)


class Encoder:
    """A tokenizer and the longest example that it may make."""

    def __init__(self, tokenizer: Any, config: Any, context: int) -> None:
        """Take the config of the model, and the context (tokens) that examples have to fit."""
        self.tokens = Tokens(tokenizer, config)
        self.context = context
        if tokenizer.eos_token_id is None:
            raise EunoeError(
                "the base's tokenizer has no end token; allowed: one with an eos_token"
            )
        self.end: int = tokenizer.eos_token_id

    def encode(self, pairs: Sequence[Pair], names: Sequence[str]) -> list[Encoded]:
        """Return examples in tokens; EunoeError names one that is too long."""
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


def lay_out(rows: Sequence[Encoded], shelves: Sequence[Sequence[int]]) -> dict[str, Tensor]:
    """Return tokens and loss weights (rows, longest), filled up on the right.

    `shelves` are the indices of examples that share a row. No mask is needed: nothing that a causal
    model computes depends on what stands to the right. Where examples share rows there are
    positions too, which begin anew with every example: by that, without a mask, transformers tells
    examples apart, and none sees another.
    """
    longest = max(sum(len(rows[index].ids) for index in shelf) for shelf in shelves)
    tokens = torch.zeros(len(shelves), longest, dtype=torch.long)
    weights = torch.zeros(len(shelves), longest)
    positions = torch.zeros(len(shelves), longest, dtype=torch.long)
    for line, shelf in enumerate(shelves):
        filled = 0
        for index in shelf:
            row = rows[index]
            place = slice(filled, filled + len(row.ids))
            tokens[line, place] = torch.tensor(row.ids)
            weights[line, filled + row.start : place.stop] = 1
            positions[line, place] = torch.arange(len(row.ids))
            filled = place.stop
    batch = {"tokens": tokens, "weights": weights}
    return {**batch, "positions": positions} if len(shelves) < len(rows) else batch


def alone(rows: Sequence[Encoded]) -> list[list[int]]:
    """Return shelves on which every example has a row of its own."""
    return [[index] for index in range(len(rows))]


def pack(lengths: Sequence[int], context: int) -> list[list[int]]:
    """Return indices of examples that share a row: each goes where it first fits."""
    shelves: list[list[int]] = []
    free: list[int] = []
    for index, length in enumerate(lengths):
        shelf = next((number for number, room in enumerate(free) if room >= length), len(free))
        if shelf == len(free):
            shelves.append([])
            free.append(context)
        shelves[shelf].append(index)
        free[shelf] -= length
    return shelves
