"""The job that pretraining and fine-tuning share: writes weights and curve for given settings."""

import json
import logging
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field
from torch import nn

from eunoe.config.model import Settings
from eunoe.config.networks import Network
from eunoe.config.trainings import Training
from eunoe.devices import device_name, find_device
from eunoe.files import atomic, digest_of_file
from eunoe.provenance import digest_of, provenance
from eunoe.tables.files import write_table
from eunoe.tables.training import CURVE
from eunoe.training.loop import Job, Phase
from eunoe.worlds.interface import World

logger = logging.getLogger(__name__)


class PhaseSettings(Settings):
    """One phase of training."""

    name: str
    """Name of the phase's random streams: two phases never see the same batch."""
    data: dict[str, float]
    """Share of each source."""
    training: Training
    """How the weights are updated."""


class TrainingSettings(Settings):
    """The one param of the rules pretrain and finetune."""

    kind: str
    """base or run."""
    model: str
    """Name of the base or the run."""
    seed: int
    """One of the config's seeds."""
    world: dict[str, Any]
    """The world to train in, with its kind."""
    network: Network
    """The network's shape."""
    phases: list[PhaseSettings] = Field(min_length=1)
    """The phases, in order."""
    code: str
    """Digest of the code; it is part of the param, the stage does not need it."""


def train(
    settings: TrainingSettings,
    world: World,
    network: nn.Module,
    inputs: list[Path],
    resume: Path,
    checkpoint_every: list[int],
    gpus: int,
    weights: Path,
    config: Path,
    curve: Path,
) -> None:
    """Train and write weights, their config and the curve; a killed job goes on from `resume`.

    `checkpoint_every` is how many updates of each phase lie between two writes of that file.
    """
    device = find_device(gpus)
    record = settings.model_dump(mode="json")
    digest = digest_of({**record, "inputs": [digest_of_file(path) for path in inputs]})
    phases = [
        Phase(phase.name, phase.data, phase.training, checkpoint_every=every)
        for phase, every in zip(settings.phases, checkpoint_every, strict=True)
    ]
    logger.info("training %s %s on %s", settings.kind, settings.model, device)
    rows = Job(world, network, phases, settings.seed, resume, digest, device).run()
    who: dict[str, Any] = {"kind": settings.kind, "model": settings.model, "seed": settings.seed}
    made = provenance(record, device_name(device))
    write_table(curve, pd.DataFrame(rows).assign(**who), CURVE, made)
    with atomic(config) as temporary:
        temporary.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n")
    world.save(network, weights, {"digest": made["digest"]})
    resume.unlink(missing_ok=True)
