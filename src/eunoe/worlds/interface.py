"""The interface of worlds to the rest of the package."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn

    from eunoe.config.networks import Network

Batch = Mapping[str, "Tensor"]
"""The tensors that a world's loss needs, by name."""


class Lessons(Protocol):
    """The interface to the training loop: batches, a loss and measurements."""

    def batch(
        self, data: Mapping[str, float], size: int, seed: int, phase: str, step: int
    ) -> Batch:
        """Return the batch of one step, a pure function of its arguments."""

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the training loss, a scalar."""

    def monitor(self, network: nn.Module, size: int, seed: int) -> dict[str, float]:
        """Return measurements on validation prompts, by name, during training."""


class World(Lessons, Protocol):
    """A data-generating process, the network that fits it and the loss that trains the network."""

    def build_network(self, network: Network, seed: int) -> nn.Module:
        """Return freshly initialised weights, a pure function of the seed."""

    def save(self, network: nn.Module, weights: Path, note: dict[str, str]) -> None:
        """Write a trained network, and what is needed to open it, into the folder of `weights`."""

    def load(self, network: nn.Module, weights: Path) -> None:
        """Put saved weights into a network; EunoeError if they are torn or of another shape."""


def open_world(settings: Mapping[str, Any], synthesized: Path, base: Path | None = None) -> World:
    """Return the world that `settings` describe, with the tables that its synthesis has written.

    `base` are the weights of a base that is to be tuned, beside which its tokenizer may be.
    """
    # The import is by name so that a stage's code digest covers the one world it works in.
    module = import_module(f"eunoe.worlds.{settings['kind']}.world")
    described = module.SETTINGS.model_validate(settings)
    world: World = module.open_world(described, synthesized, base)
    return world
