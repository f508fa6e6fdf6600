"""For which sources something is attached, recipe by recipe."""

from __future__ import annotations

from typing import Any

import pytest

from eunoe.config.recipes import Recipe
from eunoe.recipes.adapter_scope import AdapterScope, adapter_scope_of, adapter_scopes_of

TARGET = "verification.en"


def recipe(*stages: dict[str, Any], **changes: Any) -> Recipe:
    shared = {"data": {TARGET: 1.0}, "training": "short"}
    return Recipe.model_validate(
        {"target": TARGET, "stages": [{**shared, **stage} for stage in stages], **changes}
    )


PROMPT, CARRIED = {"train": ["soft_prompt"]}, {"train": ["all"], "frozen": ["soft_prompt"]}
BOTH = {TARGET: 0.5, "arithmetic.en.plain": 0.5}


@pytest.mark.parametrize(
    ("found", "sources"),
    [
        (recipe({}), None),
        (recipe(PROMPT), [TARGET]),
        (recipe(PROMPT, CARRIED), [TARGET]),
        (recipe({"train": ["lora"]}), [TARGET]),
        (recipe({"train": ["all"], "frozen": ["random_prompt"]}), [TARGET]),
        (recipe(PROMPT, {}), None),  # dropped again
        (recipe({**PROMPT, "data": BOTH}), [TARGET]),  # the rest is replay
        (recipe({**PROMPT, "data": BOTH}, target=None), [TARGET, "arithmetic.en"]),
        (
            recipe({**PROMPT, "data": BOTH}, soft_prompt={"per": "source"}),
            [TARGET, "arithmetic.en"],
        ),
    ],
)
def test_what_is_attached_for_which_sources(found: Recipe, sources: list[str] | None) -> None:
    scope = adapter_scope_of(found)
    assert (scope and scope.sources) == sources
    assert adapter_scopes_of({"run": found}) == ({"run": scope} if scope else {})


def test_on_other_sources_it_is_off_unless_the_recipe_says_so() -> None:
    off = adapter_scope_of(recipe(PROMPT))
    on = adapter_scope_of(recipe(PROMPT, adapter_scope="everywhere"))
    assert off
    assert on
    assert [off.covers(name) for name in (TARGET, "repeat.en")] == [True, False]
    assert [on.covers(name) for name in (TARGET, "repeat.en")] == [True, True]
    assert AdapterScope.model_validate(off.model_dump(mode="json")) == off
