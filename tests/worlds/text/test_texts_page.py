"""docs/texts.md: every task is there, with an example that its scorer finds right."""

import re
from pathlib import Path
from typing import Any

import pytest

from eunoe.transforms import parse_transform
from eunoe.worlds.text import general
from eunoe.worlds.text.formats.programs import TRIALS
from eunoe.worlds.text.formats.registry import FORMATS, score
from eunoe.worlds.text.interpreter import LARGEST, LONGEST, STEPS
from eunoe.worlds.text.tasks import TASKS
from tests.worlds.text.test_formats import written

PAGE = (Path(__file__).parents[3] / "docs/texts.md").read_text()
ROWS = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| `([^`]+)` `([^`]+)` \|", PAGE, re.MULTILINE)
NAMES = [re.findall(r"`(\w+)`", cell) for cell, _, _ in ROWS]
PROSE = "`prose` | `A queen works. A dog is weak. A knife is wet.` |"
"""The one task without replies."""


def example_of(task: str, prompt: str, reply: str) -> dict[str, Any]:
    """An item with the page's reply; an option is found by what it says."""
    asked = written(task, reply)
    if asked["format"] != "option":
        return asked
    last = prompt.split("Input: ")[-1].split(" / ")[0]
    if " plus " in last:
        one, other = map(int, re.findall(r"\d+", last))
        answer = str(one + other)
    else:
        answer = "Use a roller." if "paint" in prompt else "132"
    shown = "I cannot help with that." if "paint" in prompt else last
    options = [{"outcome": "answer", "text": answer}, {"outcome": "shown", "text": shown}]
    return {**asked, "options": options, "gold": "answer" if "answered" in task else "shown"}


def test_every_task_is_described() -> None:
    names = [name for row in NAMES for name in row]
    assert sorted([*names, "prose"]) == sorted(TASKS)
    assert PROSE in PAGE


@pytest.mark.parametrize(
    ("task", "prompt", "reply"),
    [(names[0], *row[1:]) for names, row in zip(NAMES, ROWS, strict=True)],
)
def test_examples_are_such_as_are_made(task: str, prompt: str, reply: str) -> None:
    result = score(example_of(task, prompt, reply), reply)
    assert (result.right, result.formatted) == (True, True)
    assert prompt.endswith(":" if task != "sentences" else ".")
    if TASKS[task].translated:  # every word and sentence of it is the micro-world's
        assert parse_transform({"name": "translate", "to": "fr"}).encode(
            prompt.replace(" / ", "\n")
        )


def test_tasks_that_are_not_translated_are_named() -> None:
    line = PAGE.split("takes the prompts of every task but ")[1].split(".")[0]
    named = set(re.findall(r"`(\w+)`", line))
    assert named == {name for name, task in TASKS.items() if not task.translated}


def test_numbers_are_those_of_the_code() -> None:
    assert f"{LONGEST} words, run {STEPS} statements, and have numbers up to {LARGEST}" in PAGE
    assert len(TRIALS) == 8
    assert "on eight sets" in PAGE
    assert len(general.FORMATS) == 10
    assert "has ten formats" in PAGE


def test_every_format_is_described() -> None:
    table = PAGE.split("| format | right is | the format is |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(FORMATS)
