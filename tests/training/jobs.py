"""Small jobs of the training loop, and a world whose machine is switched off."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eunoe.config.networks import Network
from eunoe.config.trainings import ResumableTraining
from eunoe.training.loop import Job, Phase
from eunoe.worlds.interface import Batch, World
from eunoe.worlds.regression.world import Regression

SMALL = Network(layers=2, heads=2, width=16)


def training(**values: Any) -> ResumableTraining:
    usual = {
        "optimizer": "adamw",
        "batch": 8,
        "warmup": 3,
        "monitor_every": 5,
        "monitor_prompts": 4,
    }
    return ResumableTraining(**{**usual, "checkpoint_every": 4, "steps": 12, **values})


class Stopped(Regression):
    """A world whose machine is switched off before one update."""

    stop: tuple[str, int] | None = None

    def batch(
        self, data: Mapping[str, float], size: int, seed: int, phase: str, step: int
    ) -> Batch:
        if self.stop == (phase, step):
            raise KeyboardInterrupt
        return super().batch(data, size, seed, phase, step)


def job(world: World, resume: Path, *phases: ResumableTraining, seed: int = 0) -> Job:
    network = world.build_network(SMALL, seed)
    named = [
        Phase(
            f"phase.{index}",
            {"bank": 0.5, "continuous": 0.5},
            each,
            checkpoint_every=each.checkpoint_every,
        )
        for index, each in enumerate(phases)
    ]
    return Job(world, network, named, seed, resume, "digest")
