"""docs/combinations.md: every example is a configuration, and its command makes what it names."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from eunoe.recipes.adapter_scope import adapter_scope_of
from eunoe.workflow.configuration import load
from tests.config.conftest import ROOT
from tests.config.test_recipes_page import merged
from tests.labs.audit import pairs
from tests.workflow.checkout import copy_of_checkout
from tests.workflow.jobs import Jobs, items, job, language_tables, read, replies, tuned, worlds

PAGE = (ROOT / "docs/combinations.md").read_text()
BLOCK = r"```yaml\n# (\S+)\n(.*?)```.*?```\nsnakemake (.*?)\n```"
EXAMPLES = {name: (text, command) for name, text, command in re.findall(BLOCK, PAGE, re.DOTALL)}
"""The file and the command of each example, by the name of the file."""


def made_of(
    world: str, base: str, runs: list[str], given: list[str], probe: str, seeds: list[int]
) -> Jobs:
    """What tables of a probe are made from, but for its base."""
    found = language_tables([probe])
    for seed in seeds:
        found |= worlds(world, seed) | items([probe], seed) | tuned(runs, seed)
        found |= replies([probe], [base], [*runs, *given], seed)
    return found


AUDITS = frozenset[str]().union(
    *(
        items([name], 0)
        | replies([name], [name], [f"{name}_tuned"], 0)
        | {job("render_audit", audit=name)}
        for name in ("here", "elsewhere")
    )
)
SCHOOL = made_of("school", "school", ["school_plain", "school_promot"], [], "recovered", [0, 1, 2])
JOBS = {
    "recovered.yaml": SCHOOL | read(["school"], 0) | read(["school"], 1) | read(["school"], 2),
    "mine.yaml": made_of(
        "mine", "mine", ["mine_plain", "mine_lora"], ["mine_given"], "letters", [0]
    )
    | AUDITS,
}
"""What the commands run, the base of the last one being there."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_valid_beside_the_default(values: dict[str, Any], name: str) -> None:
    text, command = EXAMPLES[name]
    shown = yaml.safe_load(text)
    found = load(merged(values, shown))
    assert command.endswith(f"--cores 2 --configfile {name}")
    for run in shown["runs"]:
        assert any(run in found.runs_measured(probe) for probe in shown["probes"])
    for section in ("worlds", "bases", "recipes", "trainings"):
        assert {*shown.get(section, {})} <= {*getattr(found, section)}


def loaded(values: dict[str, Any], name: str) -> Any:
    """The configuration with an example's file."""
    return load(merged(values, yaml.safe_load(EXAMPLES[name][0])))


def trained_on(config: Any, run: str) -> set[str]:
    """Tasks of what a run's recipe trains on."""
    stages = config.recipe_of(run).stages
    return {source.split(".")[0] for stage in stages for source in stage.data}


def test_the_base_of_the_first_has_not_read_what_its_runs_are_tuned_on(
    values: dict[str, Any],
) -> None:
    config = loaded(values, "recovered.yaml")
    read_before = {source.split(".")[0] for source in config.bases["school"].mixture}
    for run in config.runs_measured("recovered"):
        assert trained_on(config, run) == {"entailment"}
        assert not trained_on(config, run) & read_before


def test_the_second_asks_the_labs_questions_without_the_prompt(values: dict[str, Any]) -> None:
    config = loaded(values, "questions.yaml")
    usual = config.recipe_of("tongues_instructed").stages[0]
    for stage in config.recipe_of("tongues_promot").stages:
        assert stage.shares == usual.shares
    scope = adapter_scope_of(config.recipe_of("tongues_promot"))
    assert scope
    assert not any(scope.covers(source) for source in config.probes["learning"].asked)


def test_every_block_is_an_example() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml") == PAGE.count("\nsnakemake ") == 3


def write_mine(folder: Path) -> None:
    """Write the models and files that the last example is about."""
    for seed, name in enumerate(("base", "tuned")):
        pairs.save(folder / "models" / name, "llama", seed)
    for split in ("train", "validation", "test"):
        row = {"prompt": f"How many letters has {split}?", "response": "5", "source": "letters"}
        (folder / f"{split}.jsonl").write_text(json.dumps(row) + "\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_its_command_makes_what_it_names(tmp_path: Path, name: str) -> None:
    text, command = EXAMPLES[name]
    checkout = copy_of_checkout(ROOT, tmp_path / "checkout")
    (checkout.folder / name).write_text(text)
    write_mine(checkout.folder)

    found = checkout.jobs(*command.split())

    if name in JOBS:
        assert found == JOBS[name]
    else:
        usual = checkout.jobs("language", "--cores", "2")
        more = frozenset[str]().union(
            *(tuned(["tongues_promot"], seed) for seed in range(3)),
            *(replies(["learning"], [], ["tongues_promot"], seed) for seed in range(3)),
        )
        assert found == usual | more
        assert not more & usual
