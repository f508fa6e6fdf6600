"""docs/recipes.md: every configuration that it shows is one, and every key of a recipe is there."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import pytest
import yaml

from eunoe.config.recipes import Amount, Lora, Penalties, Recipe, SoftPrompt, Stage
from eunoe.workflow.configuration import load
from tests.config.conftest import ROOT

PAGE = (ROOT / "docs/recipes.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def merged(values: dict[str, Any], beside: dict[str, Any]) -> dict[str, Any]:
    """Two configurations as Snakemake joins them."""
    found = deepcopy(values)
    for key, value in beside.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = merged(found[key], value) if both else value
    return found


@pytest.mark.parametrize("block", BLOCKS)
def test_every_configuration_is_valid_beside_the_default(
    values: dict[str, Any], block: str
) -> None:
    shown = yaml.safe_load(block)
    found = load(merged(values, shown))
    assert {*shown["recipes"]} <= {*found.recipes}
    for run in shown.get("runs", {}):
        assert any(run in found.runs_measured(probe) for probe in found.probes)


def test_every_key_of_a_recipe_is_shown() -> None:
    shown = "\n".join(BLOCKS)
    for part in (Recipe, Stage, SoftPrompt, Lora, Penalties, Amount):
        for key in part.model_fields:
            assert re.search(rf"\b{key}:", shown), f"{part.__name__}.{key}"


def test_links_lead_somewhere() -> None:
    titles = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert {*re.findall(r"\]\(#([^)]+)\)", PAGE)} == anchors
    for page, anchor in re.findall(r"\]\((\w+\.md)#([^)]+)\)", PAGE):
        found = re.findall(r"^## (.+)$", (ROOT / "docs" / page).read_text(), re.MULTILINE)
        known = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in found}
        assert anchor in known, f"{page}#{anchor}"
