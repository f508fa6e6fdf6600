"""In-context linear regression as a world."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from eunoe.config.networks import Network
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.errors import EunoeError
from eunoe.tables.bank import BANK
from eunoe.tables.files import read_table
from eunoe.training.checkpoints import read_tensors, write_tensors
from eunoe.worlds.interface import Batch
from eunoe.worlds.regression.network import build_network
from eunoe.worlds.regression.tasks import banks_from, draw_prompts

SETTINGS = RegressionWorld


class Regression:
    """D_cont ("continuous"), D_disc ("bank", and "fresh_bank") and their mixtures."""

    def __init__(self, settings: RegressionWorld, banks: Mapping[str, np.ndarray]) -> None:
        self.settings = settings
        self.banks = banks

    def build_network(self, network: Network, seed: int) -> nn.Module:
        """Return a network that predicts at every point of a prompt."""
        world = self.settings
        return build_network(
            world.dimension, world.points, network.layers, network.heads, network.width, seed
        )

    def batch(
        self, data: Mapping[str, float], size: int, seed: int, phase: str, step: int
    ) -> Batch:
        """Return xs (B, N, d) and ys (B, N)."""
        prompts = draw_prompts(self.settings, self.banks, data, size, seed, phase, step)
        return {"xs": prompts.xs, "ys": prompts.ys}

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the mean squared error against the noisy labels, at every position."""
        answers: Tensor = network(batch["xs"], batch["ys"])
        return (answers.float() - batch["ys"]).square().mean()

    def monitor(self, network: nn.Module, size: int, seed: int) -> dict[str, float]:
        """Return the mean squared error per source, against <w, x>, in units of d tau^2."""
        device = next(network.parameters()).device
        scale = self.settings.dimension * self.settings.tau**2
        errors = {}
        for source in self.settings.sources:
            prompts = draw_prompts(
                self.settings, self.banks, {source: 1.0}, size, seed, "monitor", 0
            )
            with torch.inference_mode():
                answers = network(prompts.xs.to(device), prompts.ys.to(device)).float().cpu()
            errors[source] = (answers - prompts.targets).square().mean().item() / scale
        return errors

    def save(self, network: nn.Module, weights: Path, note: dict[str, str]) -> None:
        """Write the weights."""
        write_tensors(weights, network.state_dict(), note)

    def load(self, network: nn.Module, weights: Path) -> None:
        """Put weights from disk into a network; EunoeError if they do not fit."""
        tensors, _ = read_tensors(weights)
        try:
            network.load_state_dict(tensors)
        except RuntimeError as error:
            problem = str(error).splitlines()[1].strip()
            raise EunoeError(f"{weights}: does not fit the network ({problem})") from None


def open_world(
    settings: RegressionWorld, synthesized: Path, base: Path | None = None
) -> Regression:
    """Return the world whose banks are in the table `synthesized`; it needs nothing of a base."""
    del base
    return Regression(settings, banks_from(read_table(synthesized, BANK).to_pandas()))


def load_network(
    settings: RegressionWorld, synthesized: Path, shape: Network, weights: Path
) -> nn.Module:
    """Return a trained network, ready to answer."""
    opened = open_world(settings, synthesized)
    network = opened.build_network(shape, seed=0)
    opened.load(network, weights)
    return network.eval()
