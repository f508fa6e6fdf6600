"""Old spellings in a configuration: one line that names the new one."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from eunoe.config.allowed import Allowed, Location
from eunoe.config.renamed import CORPUS_TASKS, RENAMED, Renamed, check_renamed, new_source
from eunoe.config.worlds.text import TASKS
from eunoe.errors import EunoeError
from eunoe.workflow.configuration import full_model, read_config
from eunoe.workflow.configuration import load as load_config

ROOT = Path(__file__).parents[2]
VALUES: dict[str, Any] = read_config(ROOT)
ALLOWED = Allowed(full_model().model_json_schema())
LIST = (
    Renamed("", "chapters", "labs"),
    Renamed("worlds.*.kind", "examples", "text"),
    Renamed("probes.*.tasks", "guarded", "guarded_topics"),
    Renamed("bases.*.corpus.families", "repeat", "few_shot_repeat"),
)
PLACES = {
    "": "",
    "bases.*": "bases.tongues",
    "worlds.*": "worlds.village",
    "worlds.*.kind": "worlds.tongues.kind",
    "probes.*": "probes.retention",
    "probes.*.kind": "probes.learning.kind",
    "probes.*.tasks": "probes.refusals.tasks",
    "recipes.*": "recipes.promot",
}
"""An entry of the shipped configuration for each place with a star."""


def with_old(entry: Renamed) -> tuple[dict[str, Any], str]:
    """The shipped configuration with an old spelling, and the line that it ends in."""
    values = deepcopy(VALUES)
    place = PLACES.get(entry.place, entry.place)
    part: Any = values
    *parents, last = ["", *place.split(".")] if place else ["", ""]
    for key in parents[1:]:
        part = part[key]
    inner = part[last] if last else part
    said = f"{place}.{entry.old}".removeprefix(".")
    if isinstance(inner, dict):
        inner[entry.old] = {}
    else:
        part[last] = [entry.old, *inner] if isinstance(inner, list) else entry.old
        said = f"{place} = {entry.old}"
    return values, f"config: {said}: has a new name; allowed: {entry.new}"


@pytest.mark.parametrize("entry", RENAMED, ids=lambda entry: f"{entry.place}.{entry.old}")
def test_every_old_spelling_is_one_line_that_names_the_new_one(entry: Renamed) -> None:
    values, line = with_old(entry)
    with pytest.raises(EunoeError) as caught:
        load_config(values)
    assert str(caught.value) == line
    assert "\n" not in line


@pytest.mark.parametrize("entry", RENAMED, ids=lambda entry: f"{entry.place}.{entry.old}")
def test_a_new_name_is_one_and_the_old_one_is_none(entry: Renamed) -> None:
    """The place in braces is any name; what comes after a colon is what to write there."""
    place: Location = tuple(key for key in PLACES.get(entry.place, entry.place).split(".") if key)
    if entry.place.endswith((".kind", ".tasks")):
        within: Location = (0,) if entry.place.endswith(".tasks") else ()
        allowed = re.split(", | or ", ALLOWED.at((*place, *within), VALUES))
        assert entry.new in allowed
        assert entry.old not in allowed
        return
    assert entry.old not in ALLOWED.keys_at(place, VALUES)
    new = entry.new.partition(":")[0]
    for brace, name in (("lab", "regression"), ("recipe", "plain"), ("stage", "0")):
        new = new.replace(f"{{{brace}}}", name)
    new = new.replace("{probe}", "labels" if entry.place == "labs.regression" else "retention")
    whole = [int(key) if key.isdigit() else key for key in new.split(".")]
    *parents, key = whole if whole[0] in VALUES else (*place, *whole)
    assert key in ALLOWED.keys_at(tuple(parents), VALUES)


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


def test_entries_may_be_called_as_keys_were() -> None:
    names = ("examples", "documents", "packed", "corpus", "few")
    for section in ("worlds", "bases", "recipes", "probes"):
        check_renamed({section: {name: {} for name in names}}, RENAMED)


def test_the_shipped_configuration_has_new_spellings_only() -> None:
    check_renamed(VALUES, RENAMED)


@pytest.mark.parametrize(("old", "new"), CORPUS_TASKS.items())
def test_old_tasks_of_a_corpus(old: str, new: str) -> None:
    """Some are tasks of other worlds now: the place alone does not tell."""
    values = deepcopy(VALUES)
    mixture = values["bases"]["tongues"]["mixture"]
    mixture["tasks"] = {old: mixture["tasks"].pop(new)}
    mixture["languages"] = {"fr": 1}
    with pytest.raises(EunoeError) as caught:
        load_config(values)
    where = f"config: bases.tongues.mixture = {old}.fr: no source of world tongues"
    line = str(caught.value)
    assert line.startswith(f"{where} (it may be {new}.fr now); allowed: ")
    assert "\n" not in line
    assert new in TASKS


def test_old_sources_of_a_corpus_in_a_recipe() -> None:
    values = deepcopy(VALUES)
    values["recipes"]["code_en"]["stages"][0]["data"] = {"arithmetic.en.plain": 1.0}
    with pytest.raises(EunoeError) as caught:
        load_config(values)
    line = str(caught.value)
    assert line.startswith("config: recipes.code_en.stages.0.data = arithmetic.en.plain: no source")
    assert "(it may be arithmetic_quiz.en.plain now); allowed: " in line
    assert new_source("refused_topics.en") == "guarded_refusals.en"
    assert new_source("code.en") == "code.en"
