"""Rule evaluate_network: what a trained base or run answers to a probe's items."""

from importlib import import_module
from pathlib import Path

from pydantic import Field

from eunoe.config.model import Settings
from eunoe.config.networks import Network
from eunoe.config.probes import TaskWeights
from eunoe.config.worlds import RegressionWorld
from eunoe.devices import device_name, find_device
from eunoe.provenance import provenance
from eunoe.stages.command import run
from eunoe.tables.answers import ANSWERS, TASK_WEIGHTS
from eunoe.tables.bank import BANK
from eunoe.tables.files import read_table, write_table
from eunoe.tables.prompts import PROMPTS
from eunoe.training.job import load_network
from eunoe.transforms import AnyTransform


class NetworkEvaluation(Settings):
    """The one param of the rule."""

    probe: str
    """Name of the probe."""
    kind: str
    """base or run."""
    model: str
    """Name of the base or the run."""
    seed: int
    """One of the config's seeds."""
    world: RegressionWorld
    """The probe's world."""
    network: Network
    """The network's shape."""
    bank: str
    """The bank that the model was tuned to, for the inferred task weight."""
    transforms: list[AnyTransform] = Field(min_length=1)
    """The conjugations."""
    task_weights: TaskWeights
    """How the task weight is inferred."""
    code: str
    """Digest of the code."""


def evaluate_network(
    settings: NetworkEvaluation,
    world: Path,
    prompts: Path,
    weights: Path,
    gpus: int,
    answers: Path,
    task_weights: Path,
) -> None:
    """Answer every item through every transform; infer the task weight of every context."""
    network = load_network(settings.world, world, settings.network, weights)
    device = find_device(gpus)
    measures = import_module(f"eunoe.worlds.{settings.world.kind}.measures")
    material = read_table(world, BANK).to_pandas()
    items = read_table(prompts, PROMPTS).to_pandas()
    answered, weighed = measures.evaluate_network(settings, network.to(device), material, items)
    made = provenance(settings.model_dump(mode="json"), device_name(device))
    write_table(answers, answered, ANSWERS, made)
    write_table(task_weights, weighed, TASK_WEIGHTS, made)


if __name__ == "__main__":
    run(evaluate_network)
