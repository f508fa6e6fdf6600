"""Old spellings in a configuration: one line that names the new one."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from eunoe.config.renamed import CORPUS_TASKS, RENAMED, Renamed, check_renamed, new_source
from eunoe.config.worlds.text import FAMILIES
from eunoe.errors import EunoeError
from eunoe.workflow.configuration import load as load_config
from eunoe.workflow.configuration import read_config

ROOT = Path(__file__).parents[2]
VALUES: dict[str, Any] = read_config(ROOT)
LIST = (
    Renamed("", "chapters", "labs"),
    Renamed("worlds.*.kind", "examples", "text"),
    Renamed("probes.*.tasks", "guarded", "guarded_topics"),
    Renamed("bases.*.corpus.families", "repeat", "few_shot_repeat"),
)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"chapters": None}, "chapters: has a new name; allowed: labs"),
        (
            {"worlds": {"mine": {"kind": "examples"}}},
            "worlds.mine.kind = examples: has a new name; allowed: text",
        ),
        (
            {"probes": {"one": {}, "two": {"tasks": ["free", "guarded"]}}},
            "probes.two.tasks = guarded: has a new name; allowed: guarded_topics",
        ),
        (
            {"bases": {"mine": {"corpus": {"families": {"repeat": 1}}}}},
            "bases.mine.corpus.families.repeat: has a new name; allowed: few_shot_repeat",
        ),
    ],
)
def test_an_old_spelling_is_one_line(values: dict[str, Any], line: str) -> None:
    with pytest.raises(EunoeError) as caught:
        check_renamed(values, LIST)
    assert str(caught.value) == f"config: {line}"


@pytest.mark.parametrize(
    "values",
    [
        {"worlds": {"examples": {"kind": "text", "tasks": ["guarded"]}}},
        {"probes": {"guarded": {"tasks": ["guarded_topics"]}}, "audits": {"a": {"tasks": "free"}}},
        {"bases": {"mine": {"corpus": None}, "other": {"mixture": {"repeat": 1}}}},
        {"bases": 3, "probes": [1]},
        None,
    ],
)
def test_other_places_may_have_the_word(values: Any) -> None:
    check_renamed(values, LIST)


def test_the_shipped_configuration_has_new_spellings_only() -> None:
    check_renamed(VALUES, RENAMED)


@pytest.mark.parametrize(("old", "new"), CORPUS_TASKS.items())
def test_old_tasks_of_a_corpus(old: str, new: str) -> None:
    assert new in FAMILIES
    assert old not in FAMILIES
    values = deepcopy(VALUES)
    families = values["bases"]["tongues"]["corpus"]["families"]
    families[old] = families.pop(new)
    with pytest.raises(EunoeError) as caught:
        load_config(values)
    where = "config: bases.tongues.corpus.families"
    assert str(caught.value) == f"{where}.{old}: has a new name; allowed: {new}"


def test_old_sources_of_a_corpus_in_a_recipe() -> None:
    """A world of examples has some that are called so: the place alone does not tell."""
    values = deepcopy(VALUES)
    values["recipes"]["code_en"]["stages"][0]["data"] = {"arithmetic.en.plain": 1.0}
    with pytest.raises(EunoeError) as caught:
        load_config(values)
    line = str(caught.value)
    assert line.startswith("config: recipes.code_en.stages.0.data = arithmetic.en.plain: no source")
    assert "(in a corpus it is now arithmetic_quiz.en.plain); allowed: " in line
    assert new_source("refused_topics.en") == "guarded_refusals.en"
    assert new_source("code.en") == "code.en"


def test_an_old_key_of_a_recipe() -> None:
    values = deepcopy(VALUES)
    values["recipes"]["promot"]["elsewhere"] = "detached"
    with pytest.raises(EunoeError) as caught:
        load_config(values)
    new = "has a new name; allowed: adapter_scope: target or everywhere"
    assert str(caught.value) == f"config: recipes.promot.elsewhere: {new}"
