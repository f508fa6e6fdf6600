"""Tasks and prompts of in-context linear regression, as pure functions of (seed, phase, step)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from eunoe.config.worlds.regression import RegressionWorld
from eunoe.streams import stream

BANKS = ("bank", "fresh_bank")
"""D_disc of pretraining, and a second one of the same size that only fine-tuning may see."""


@dataclass(frozen=True)
class Prompts:
    """B prompts of N points: y = <w, x> + noise."""

    xs: Tensor
    """(B, N, d), standard normal."""
    ys: Tensor
    """(B, N), with noise: what is shown, and what training predicts."""
    targets: Tensor
    """(B, N), <w, x> without noise: what evaluation compares answers to."""
    tasks: Tensor
    """(B, d), the weights w."""
    sources: list[str]
    """(B,), where each task comes from."""


def draw_bank(world: RegressionWorld, seed: int, name: str) -> np.ndarray:
    """Return a bank of weight vectors (tasks, d), w ~ N(0, tau^2 I)."""
    shape = (world.tasks, world.dimension)
    return world.tau * stream(seed, f"bank/{name}").standard_normal(shape)


def banks_from(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the banks by name, each (tasks, d), from rows of schema `BANK`."""
    return {name: np.stack(rows.loc[rows["bank"] == name, "weights"].tolist()) for name in BANKS}


def draw_prompts(
    world: RegressionWorld,
    banks: Mapping[str, np.ndarray],
    data: Mapping[str, float],
    size: int,
    seed: int,
    phase: str,
    step: int,
) -> Prompts:
    """Return `size` fresh prompts, each from one source drawn with the shares in `data`.

    `phase` keeps pretraining, fine-tuning and evaluation apart: no two phases see the same prompt.
    """

    def draws(purpose: str) -> np.random.Generator:
        return stream(seed, f"{phase}/{purpose}", step)

    names = sorted(data)
    shares = np.array([data[name] for name in names])  # they add up to 1, but for rounding
    choice = draws("source").choice(len(names), size, p=shares / shares.sum())
    tasks = world.tau * draws("task").standard_normal((size, world.dimension))
    entry = draws("entry").integers(world.tasks, size=size)
    for index, name in enumerate(names):
        if name in BANKS:
            rows = choice == index
            tasks[rows] = banks[name][entry[rows]]
    xs = draws("inputs").standard_normal((size, world.points, world.dimension))
    targets = np.einsum("bnd,bd->bn", xs, tasks)
    ys = targets + world.sigma * draws("noise").standard_normal(targets.shape)
    return Prompts(
        xs=torch.from_numpy(xs).float(),
        ys=torch.from_numpy(ys).float(),
        targets=torch.from_numpy(targets).float(),
        tasks=torch.from_numpy(tasks).float(),
        sources=[names[index] for index in choice],
    )
