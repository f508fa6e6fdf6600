"""docs/examples.md: every task is there, with an example that its scorer finds right."""

import re
from pathlib import Path
from typing import get_args

import pytest

from eunoe.config.probes.text import LanguageTask
from eunoe.config.worlds.text import EXAMPLE_TASKS, FAMILIES
from eunoe.transforms import parse_transform
from eunoe.worlds.text import general
from eunoe.worlds.text.formats.programs import TRIALS
from eunoe.worlds.text.formats.registry import FORMATS, score
from eunoe.worlds.text.interpreter import LARGEST, LONGEST, STEPS
from eunoe.worlds.text.tasks import TASKS
from tests.worlds.text.test_formats import written

PAGE = (Path(__file__).parents[3] / "docs/examples.md").read_text()
ROWS = re.findall(r"^\| `(\w+)` \| `([^`]+)` `([^`]+)` \|", PAGE, re.MULTILINE)


def test_every_task_is_described() -> None:
    assert [task for task, _, _ in ROWS] == list(EXAMPLE_TASKS)


@pytest.mark.parametrize(("task", "prompt", "response"), ROWS)
def test_examples_are_such_as_are_made(task: str, prompt: str, response: str) -> None:
    asked = written(task, response)
    result = score(asked, response)
    assert (result.right, result.formatted) == (True, True)
    assert prompt.endswith(":" if task != "sentences" else ".")
    if TASKS[task].translated:  # every word and sentence of it is the micro-world's
        assert parse_transform({"name": "translate", "to": "fr"}).encode(
            prompt.replace(" / ", "\n")
        )


def test_numbers_are_those_of_the_code() -> None:
    assert f"{LONGEST} words, run {STEPS} statements, and have numbers up to {LARGEST}" in PAGE
    assert len(TRIALS) == 8
    assert "on eight sets" in PAGE
    assert len(general.FORMATS) == 10
    assert "has ten formats" in PAGE


def section(title: str) -> list[tuple[str, ...]]:
    """The names in the first cells of a table."""
    body = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line.split("|")[1:3] for line in body.splitlines() if line.startswith("| `")]
    return [tuple(name for cell in line for name in re.findall(r"`(\w+)`", cell)) for line in lines]


def test_every_format_is_described() -> None:
    table = PAGE.split("| format | right is | the format is |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(FORMATS)


def test_tasks_of_the_language_lab_are_described() -> None:
    named = {name for row in section("Tasks of the language lab") for name in row}
    known = {*FAMILIES, *get_args(LanguageTask)}
    assert named <= known
    shown = {name.removeprefix("few_shot_").removeprefix("answered_") for name in known - named}
    patterns = re.compile(r"(repeat|capslock|reverse|first_word)(_math|_blank)?")
    assert all(patterns.fullmatch(name) for name in shown)
