"""The JSON schema is up to date, fits what is shipped, and config.yaml documents every key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from snakemake.utils import update_config

from eunoe.config.allowed import Allowed, Location
from eunoe.workflow.configuration import full_model, read_config
from eunoe.workflow.schema import COMMITTED, schema_text

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "config.yaml", *sorted((ROOT / "workflow" / "labs").glob("*.yaml"))]
"""What `snakemake` reads without options."""
PRESETS = sorted((ROOT / "workflow" / "presets").glob("*.yaml"))
ALLOWED = Allowed(full_model().model_json_schema())


def transforms() -> list[dict[str, Any]]:
    """Return the schema of every transform."""
    probe = ALLOWED.schema["$defs"]["TextProbe"]
    options = probe["properties"]["transforms"]["items"]["oneOf"]
    return [ALLOWED.referred(option) for option in options[1:]]


ELSEWHERE = {"Audit", "Checkpoint", "GivenTexts", "PromptFile", "Rule", "ItemFiles", "Strategies"}
"""Models that docs/audit.md, docs/recipes.md or the lab explain in place of their own keys."""


def models() -> list[dict[str, Any]]:
    """Return the schema of every model of the configuration but the transforms."""
    names = {transform["title"] for transform in transforms()}
    others = [model for model in ALLOWED.schema["$defs"].values() if model["title"] not in names]
    return [ALLOWED.schema, *others]


def name_of(model: dict[str, Any]) -> str:
    """Return a model's name, which no other one has: each lab has a `Lab` and `Figures`."""
    definitions = ALLOWED.schema["$defs"].items()
    return next((name for name, other in definitions if other is model), str(model["title"]))


def used_transforms(values: Any) -> list[dict[str, Any]]:
    """Return the schema of every transform that a configuration uses."""
    given = [entry for probe in values["probes"].values() for entry in probe["transforms"]]
    names = {entry["name"] if isinstance(entry, dict) else entry for entry in given}
    return [found for found in transforms() if found["properties"]["name"]["const"] in names]


def places(node: yaml.Node | None, place: Location = ()) -> Iterator[tuple[Location, int]]:
    """Yield every key of a YAML document, as its location and its line."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*place, key.value), key.start_mark.line
            yield from places(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from places(value, (*place, index))


def is_explained(key: str, line: int, lines: list[str]) -> bool:
    """Tell whether a comment is beside or above a line, or names the key in its paragraph."""
    if "#" in lines[line] or lines[line - 1].lstrip().startswith("#"):
        return True
    paragraph = next(p for p in paragraphs(lines) if line in p)
    comments = " ".join(lines[n].partition("#")[2] for n in paragraph)
    return re.search(rf"\b{key}\b", comments) is not None


def paragraphs(lines: list[str]) -> Iterator[range]:
    """Yield the line numbers of each group of lines without a blank one."""
    blank = [-1, *(n for n, line in enumerate(lines) if not line.strip()), len(lines)]
    for before, after in pairwise(blank):
        yield range(before + 1, after)


def test_the_committed_schema_is_the_models() -> None:
    assert COMMITTED.read_text() == schema_text(), "run: python -m eunoe.workflow.schema"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text()))


@pytest.mark.parametrize("preset", [None, *PRESETS], ids=lambda path: path.stem if path else "none")
def test_what_is_shipped_fits_the_schema(values: dict[str, Any], preset: Path | None) -> None:
    if preset:
        update_config(values, yaml.safe_load(preset.read_text()))
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(values)


@pytest.mark.parametrize(
    ("section", "entry"),
    [
        ("bases", {"Mix 50": {"world": "w", "network": "n", "training": "t", "alpha": 0}}),
        ("bases", {"b": {"world": "w", "mixture": {}}}),
        ("bases", {"b": {"world": "w", "mixture": {"prose.en": 0}}}),
        ("bases", {"b": {"world": "w", "mixture": {"tasks": {"prose": 1}}}}),
        (
            "bases",
            {"b": {"world": "w", "mixture": {"tasks": {"prose": 1}, "languages": {"it": 1}}}},
        ),
        ("seeds", []),
        ("bootstrap", {"draws": 3}),
        ("style", {"font_size": 0}),
    ],
)
def test_the_schema_refuses(values: dict[str, Any], section: str, entry: object) -> None:
    values[section] = entry
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, json.loads(schema_text()))


@pytest.mark.parametrize(
    "mixture",
    [{"prose.en": 1, "inference.en.plain": 2}, {"tasks": {"prose": 1}, "languages": {"en": 0.5}}],
)
def test_the_schema_knows_both_kinds_of_mixture(values: dict[str, Any], mixture: Any) -> None:
    values["bases"] = {"b": {"world": "w", "mixture": mixture}}
    jsonschema.validate(values, json.loads(schema_text()))


@pytest.mark.parametrize(
    ("transform", "fits"),
    [
        ("identity", True),
        ({"name": "scale", "gamma": 2}, True),
        ("scale", False),
        ("twist", False),
        ({"name": "scale", "gamma": 0}, False),
        ({"name": "identity", "gamma": 2}, False),
    ],
)
def test_the_schema_knows_transforms(values: dict[str, Any], transform: Any, fits: bool) -> None:
    values["probes"]["labels"]["transforms"] = [transform]
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    assert validator.is_valid(values) == fits


def test_every_field_has_a_description() -> None:
    missing = [
        f"{model['title']}.{name}"
        for model in models() + transforms()
        for name, field in model["properties"].items()
        if "description" not in field and "const" not in field
    ]
    assert not missing, "give these a docstring"


def explained_in(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each key that a YAML file has with a comment: the model's name and the key."""
    text = path.read_text()
    values = yaml.safe_load(text)
    for place, line in places(yaml.compose(text)):
        model = ALLOWED.schema_at(place[:-1], values)
        if "properties" in model and is_explained(str(place[-1]), line, text.splitlines()):
            yield name_of(model), str(place[-1])


def test_the_files_explain_every_key() -> None:
    explained = {found for path in FILES for found in explained_in(path)}
    used = used_transforms(read_config(ROOT))
    of_labs = [model for model in models() if model["title"] not in ELSEWHERE]
    keys = {(name_of(model), name) for model in of_labs + used for name in model["properties"]}
    # those without arguments are written as their names alone
    bare = {(name_of(model), "name") for model in used if list(model["properties"]) == ["name"]}
    assert keys - explained == bare, "no file gives these keys a comment"
