"""Rule finetune: a run, from the weights of its base."""

from pathlib import Path

from eunoe.stages.command import run
from eunoe.training.job import TrainingSettings, train
from eunoe.worlds.interface import open_world


def finetune(
    settings: TrainingSettings,
    world: Path,
    base: Path,
    resume: Path,
    checkpoint_every: list[int],
    gpus: int,
    weights: Path,
    config: Path,
    curve: Path,
) -> None:
    """Tune a base by the stages of a recipe."""
    opened = open_world(settings.world, world, base)
    network = opened.build_network(settings.network, settings.seed)
    opened.load(network, base)
    train(
        settings,
        opened,
        network,
        [world, base],
        resume,
        checkpoint_every,
        gpus,
        weights,
        config,
        curve,
    )


if __name__ == "__main__":
    run(finetune)
