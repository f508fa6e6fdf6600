"""Rule pretrain: a base, from fresh weights."""

from pathlib import Path

from eunoe.stages.command import run
from eunoe.training.job import TrainingSettings, train
from eunoe.worlds.interface import open_world


def pretrain(
    settings: TrainingSettings,
    world: Path,
    resume: Path,
    checkpoint_every: list[int],
    gpus: int,
    weights: Path,
    config: Path,
    curve: Path,
) -> None:
    """Pretrain a base in its world."""
    opened = open_world(settings.world, world)
    network = opened.build_network(settings.network, settings.seed)
    train(
        settings,
        opened,
        network,
        [world],
        resume,
        checkpoint_every,
        gpus,
        weights,
        config,
        curve,
    )


if __name__ == "__main__":
    run(pretrain)
