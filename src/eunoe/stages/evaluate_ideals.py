"""Rule evaluate_ideals: the predictors that know the world exactly, on a probe's items."""

from importlib import import_module
from pathlib import Path

from pydantic import Field

from eunoe.config.model import Settings
from eunoe.config.probes import TaskWeights
from eunoe.config.worlds import RegressionWorld
from eunoe.provenance import provenance
from eunoe.stages.command import run
from eunoe.tables.answers import ANSWERS, LIKELIHOODS, TASK_WEIGHTS
from eunoe.tables.bank import BANK
from eunoe.tables.files import read_table, write_table
from eunoe.tables.prompts import PROMPTS
from eunoe.transforms import AnyTransform


class IdealEvaluation(Settings):
    """The one param of the rule."""

    probe: str
    """Name of the probe."""
    seed: int
    """One of the config's seeds."""
    world: RegressionWorld
    """The probe's world."""
    transforms: list[AnyTransform] = Field(min_length=1)
    """The conjugations."""
    task_weights: TaskWeights
    """How the task weight is inferred."""
    mixture_alphas: list[float]
    """Ideal mixture predictors beside ridge and discrete."""
    code: str
    """Digest of the code."""


def evaluate_ideals(
    settings: IdealEvaluation,
    world: Path,
    prompts: Path,
    answers: Path,
    task_weights: Path,
    likelihoods: Path,
) -> None:
    """Answer every item with every ideal predictor; measure how likely each prompt is."""
    measures = import_module(f"eunoe.worlds.{settings.world.kind}.measures")
    material = read_table(world, BANK).to_pandas()
    items = read_table(prompts, PROMPTS).to_pandas()
    answered, weighed, likely = measures.evaluate_ideals(settings, material, items)
    made = provenance(settings.model_dump(mode="json"))
    write_table(answers, answered, ANSWERS, made)
    write_table(task_weights, weighed, TASK_WEIGHTS, made)
    write_table(likelihoods, likely, LIKELIHOODS, made)


if __name__ == "__main__":
    run(evaluate_ideals)
