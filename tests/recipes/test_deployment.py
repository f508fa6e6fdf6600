"""For which sources something is attached, recipe by recipe."""

from __future__ import annotations

from typing import Any

import pytest

from eunoe.config.recipes import Recipe
from eunoe.recipes.deployment import Deployment, deployment_of, deployments_of

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
    deployment = deployment_of(found)
    assert (deployment and deployment.sources) == sources
    assert deployments_of({"run": found}) == ({} if deployment is None else {"run": deployment})


def test_elsewhere_it_is_off_unless_the_recipe_says_so() -> None:
    off = deployment_of(recipe(PROMPT))
    on = deployment_of(recipe(PROMPT, elsewhere="attached"))
    assert off
    assert on
    assert [off.attached(name) for name in (TARGET, "repeat.en")] == [True, False]
    assert [on.attached(name) for name in (TARGET, "repeat.en")] == [True, True]
    assert Deployment.model_validate(off.model_dump(mode="json")) == off
