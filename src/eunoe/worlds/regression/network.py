"""A GPT-2 style decoder that does linear regression in context.

The network of Garg et al. (2022), "What Can Transformers Learn In-Context?": a linear read-in of
the exemplars, GPT-2's trunk (Radford et al. 2019) without its token table and dropout, and a linear
read-out. Shapes: B prompts of N points in d dimensions make T = 2N - 1 tokens.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Block(nn.Module):
    """GPT-2's pre-norm block: causal self-attention, then a perceptron four times as wide."""

    def __init__(self, heads: int, width: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.perceptron_norm = nn.LayerNorm(width)
        self.perceptron_in = nn.Linear(width, 4 * width)
        self.perceptron_out = nn.Linear(4 * width, width)

    def forward(self, hidden: Tensor, stride: int = 1) -> Tensor:
        """(B, T, width) to (B, ceil(T / stride), width): every stride-th token, from the first."""
        batch, tokens, width = hidden.shape
        joint = self.query_key_value(self.attention_norm(hidden))
        by_head = joint.view(batch, tokens, 3, self.heads, width // self.heads)
        query, key, value = by_head.permute(2, 0, 3, 1, 4).unbind()
        mask = query.new_full((tokens, tokens), -math.inf).triu(1)[::stride]
        mixed = attend(query[:, :, ::stride], key, value, mask)
        mixed = mixed.transpose(1, 2).reshape(batch, -1, width)
        hidden = hidden[:, ::stride] + self.attention_out(mixed)
        features = F.gelu(self.perceptron_in(self.perceptron_norm(hidden)), approximate="tanh")
        output: Tensor = hidden + self.perceptron_out(features)
        return output


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Return attention (B, heads, Q, features); the mask (Q, T) is added to the scores.

    On a CPU it is written out over batch and heads at once: with the few tokens of a prompt,
    torch's own attention takes a little longer (`benchmarks/network.py`).
    """
    if query.is_cuda:
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    flat_query, flat_key, flat_value = (each.flatten(0, 1) for each in (query, key, value))
    scale = query.shape[-1] ** -0.5
    scores = torch.baddbmm(mask, flat_query, flat_key.mT, alpha=scale)
    return (scores.softmax(-1) @ flat_value).view(query.shape)


class RegressionNetwork(nn.Module):
    """Predicts y_k from the exemplars before it and x_k, for every k of a prompt at once."""

    def __init__(self, dimension: int, points: int, layers: int, heads: int, width: int) -> None:
        super().__init__()
        self.points = points
        self.read_in = nn.Linear(dimension, width)
        self.positions = nn.Parameter(torch.empty(2 * points - 1, width))
        self.blocks = nn.ModuleList(Block(heads, width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.read_out = nn.Linear(width, 1)
        self._initialise_trunk()

    def _initialise_trunk(self) -> None:
        """GPT-2's scheme; read-in and read-out keep torch's, as in Garg et al. (2022)."""
        nn.init.normal_(self.positions, std=0.02)
        for name, parameter in self.blocks.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif name.endswith("_out.weight"):
                # Two branches per block add to the residual stream: keep its variance.
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * len(self.blocks)))
            elif parameter.ndim == 2:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, xs: Tensor, ys: Tensor) -> Tensor:
        """xs (B, N, d) and ys (B, N) to predictions (B, N); entry k has seen k exemplars."""
        if xs.shape[1] > self.points:
            raise ValueError(f"the prompt has {xs.shape[1]} points; allowed: up to {self.points}")
        tokens = interleave(xs, ys)
        hidden = self.read_in(tokens) + self.positions[: tokens.shape[1]]
        for block in self.blocks[:-1]:
            hidden = block(hidden)
        # Only the x tokens are read out: the last block need not finish the others.
        hidden = self.blocks[-1](hidden, stride=2)
        predictions: Tensor = self.read_out(self.norm(hidden)).squeeze(-1)
        return predictions


def interleave(xs: Tensor, ys: Tensor) -> Tensor:
    """Tokens x_0, (y_0, 0, ..., 0), x_1, ... as (B, 2N - 1, d); the last y answers no question."""
    batch, points, dimension = xs.shape
    tokens = xs.new_zeros(batch, 2 * points - 1, dimension)
    tokens[:, ::2] = xs
    tokens[:, 1::2, 0] = ys[:, :-1]
    return tokens


def build_network(
    dimension: int, points: int, layers: int, heads: int, width: int, seed: int
) -> RegressionNetwork:
    """A network with GPT-2's initial weights, a function of the arguments alone."""
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        # torch.manual_seed would also reset the generators of accelerators.
        torch.default_generator.manual_seed(seed)
        return RegressionNetwork(dimension, points, layers, heads, width)
