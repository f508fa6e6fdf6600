"""Optimizers: Muon on the matrices of a decoder's blocks, AdamW or Adam elsewhere."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

# Quintic with the steepest slope at zero, from Keller Jordan's post on Muon (2024).
_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
_NEWTON_SCHULZ_STEPS = 5


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised matrix by matrix (Jordan et al. 2024).

    The update of torch.optim.Muon with Nesterov momentum and "original" rates: lr times the square
    root of max(1, outputs / inputs). It differs in that matrices of one shape go through one
    batched iteration, in float32 on a CPU: many have no instructions for bfloat16 and emulate it
    slowly. A group with `transposed` holds matrices laid out as (inputs, outputs). State:
    `momentum_buffer`, shaped like its matrix.
    """

    def __init__(
        self, params: Iterable[Any], lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, "transposed": False})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update every matrix that has a gradient; returns what closure returns."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            same_shape = defaultdict(list)
            for matrix in group["params"]:
                if matrix.grad is not None:
                    same_shape[matrix.shape].append(matrix)
            for (rows, columns), matrices in same_shape.items():
                momenta = torch.stack([self._momentum(m, group["momentum"]) for m in matrices])
                ratio = columns / rows if group["transposed"] else rows / columns
                rate = group["lr"] * math.sqrt(max(1.0, ratio))
                for matrix, update in zip(matrices, orthogonalise(momenta), strict=True):
                    matrix.mul_(1.0 - group["lr"] * group["weight_decay"])
                    matrix.add_(update, alpha=-rate)
        return loss

    def _momentum(self, matrix: Tensor, momentum: float) -> Tensor:
        """Nesterov's look-ahead of the running mean of the gradient."""
        assert matrix.grad is not None
        state = self.state[matrix]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(matrix.grad)
        mean = state["momentum_buffer"].lerp_(matrix.grad, 1.0 - momentum)
        return matrix.grad.lerp(mean, momentum)


def orthogonalise(matrices: Tensor) -> Tensor:
    """Bring the singular values of (n, rows, columns) near 1, keeping the singular vectors.

    Five steps of Jordan's Newton-Schulz iteration; values end between about 0.7 and 1.2.
    """
    if matrices.shape[1] > matrices.shape[2]:
        return orthogonalise(matrices.mT).mT
    a, b, c = _NEWTON_SCHULZ
    x = matrices.bfloat16() if matrices.is_cuda else matrices.float()
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(_NEWTON_SCHULZ_STEPS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.to(matrices.dtype)


def block_matrices(network: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The trainable matrices inside the network's blocks: (outputs, inputs), then transposed.

    Blocks are what a ModuleList holds, as in GPT-2, Llama and RegressionNetwork; this leaves out
    token and position tables, read-in and read-out. GPT-2 of transformers keeps its matrices in
    Conv1D modules as (inputs, outputs).
    """
    straight: dict[nn.Parameter, None] = {}
    transposed: dict[nn.Parameter, None] = {}
    for blocks in (m for m in network.modules() if isinstance(m, nn.ModuleList)):
        for module in blocks.modules():
            # By name, as importing transformers takes seconds.
            kind = transposed if type(module).__name__ == "Conv1D" else straight
            for parameter in module.parameters(recurse=False):
                if parameter.ndim == 2 and parameter.requires_grad:
                    kind[parameter] = None
    return list(straight), list(transposed)


def build_optimizers(
    network: nn.Module,
    optimizer: str,
    learning_rate: float,
    matrix_learning_rate: float,
    weight_decay: float,
) -> list[torch.optim.Optimizer]:
    """The optimizers that together update every trainable parameter once.

    muon: Muon with matrix_learning_rate on the blocks' matrices, AdamW (betas .9, .95) elsewhere;
    adamw: the same AdamW everywhere; adam: Adam as in Garg et al. (2022), without weight decay.
    Raises ValueError on another name.
    """
    trainable = [p for p in network.parameters() if p.requires_grad]
    if optimizer == "adam":
        return [torch.optim.Adam(trainable, lr=learning_rate)]
    if optimizer == "adamw":
        return [_adamw(trainable, learning_rate, weight_decay)]
    if optimizer != "muon":
        raise ValueError(f"optimizer is {optimizer!r}; allowed: muon, adamw, adam")
    straight, transposed = block_matrices(network)
    groups = [
        {"params": members, "transposed": flipped}
        for members, flipped in ((straight, False), (transposed, True))
        if members
    ]
    matrices = {*straight, *transposed}
    others = [p for p in trainable if p not in matrices]
    both: list[torch.optim.Optimizer] = []
    if groups:
        both.append(Muon(groups, matrix_learning_rate, weight_decay=weight_decay))
    if others:
        both.append(_adamw(others, learning_rate, weight_decay))
    return both


def _adamw(
    parameters: list[nn.Parameter], learning_rate: float, weight_decay: float
) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        parameters, lr=learning_rate, betas=(0.9, 0.95), weight_decay=weight_decay, fused=True
    )
