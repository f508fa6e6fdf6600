"""Rule evaluate_network: answers of a base or run to a probe's items."""

from pathlib import Path

from eunoe.devices import device_name, find_device
from eunoe.provenance import provenance
from eunoe.stages.command import run
from eunoe.tables.answers import ANSWERS, TASK_WEIGHTS
from eunoe.tables.bank import BANK
from eunoe.tables.files import read_table, write_table
from eunoe.tables.prompts import PROMPTS
from eunoe.worlds.regression import measures
from eunoe.worlds.regression.measures import NetworkEvaluation
from eunoe.worlds.regression.world import load_network


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
    material = read_table(world, BANK).to_pandas()
    items = read_table(prompts, PROMPTS).to_pandas()
    answered, weighed = measures.evaluate_network(settings, network.to(device), material, items)
    made = provenance(settings.model_dump(mode="json"), device_name(device))
    write_table(answers, answered, ANSWERS, made)
    write_table(task_weights, weighed, TASK_WEIGHTS, made)


if __name__ == "__main__":
    run(evaluate_network)
