"""docs/examples.md: every task is there, with an example that its scorer finds right."""

import re
from pathlib import Path

import pytest

from eunoe.transforms import parse_transform
from eunoe.worlds.examples.synthesis import labels_of
from eunoe.worlds.text.general import FORMATS
from eunoe.worlds.text.interpreter import LARGEST, LONGEST, STEPS
from eunoe.worlds.text.scorers import TRIALS, score
from eunoe.worlds.text.tasks import TASKS

PAGE = (Path(__file__).parents[3] / "docs/examples.md").read_text()
ROWS = re.findall(r"^\| `(\w+)` \| `([^`]+)` `([^`]+)` \|", PAGE, re.MULTILINE)


def test_every_task_is_described() -> None:
    assert [task for task, _, _ in ROWS] == list(TASKS)


@pytest.mark.parametrize(("task", "prompt", "response"), ROWS)
def test_examples_are_such_as_are_made(task: str, prompt: str, response: str) -> None:
    asked = {"task": task, "language": "en", "response": response, "labels": labels_of(task, "en")}
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
    assert len(FORMATS) == 10
    assert "has ten formats" in PAGE
