"""Rule evaluate_ideals: answers of the Bayes-optimal predictors to a probe's items."""

from pathlib import Path

from eunoe.provenance import provenance
from eunoe.stages.command import run
from eunoe.tables.answers import ANSWERS, LIKELIHOODS, TASK_WEIGHTS
from eunoe.tables.bank import BANK
from eunoe.tables.files import read_table, write_table
from eunoe.tables.prompts import PROMPTS
from eunoe.worlds.regression import measures
from eunoe.worlds.regression.measures import IdealEvaluation


def evaluate_ideals(
    settings: IdealEvaluation,
    world: Path,
    prompts: Path,
    answers: Path,
    task_weights: Path,
    likelihoods: Path,
) -> None:
    """Answer every item with every ideal predictor; compute the likelihood of each prompt."""
    material = read_table(world, BANK).to_pandas()
    items = read_table(prompts, PROMPTS).to_pandas()
    answered, weighed, likely = measures.evaluate_ideals(settings, material, items)
    made = provenance(settings.model_dump(mode="json"))
    write_table(answers, answered, ANSWERS, made)
    write_table(task_weights, weighed, TASK_WEIGHTS, made)
    write_table(likelihoods, likely, LIKELIHOODS, made)


if __name__ == "__main__":
    run(evaluate_ideals)
