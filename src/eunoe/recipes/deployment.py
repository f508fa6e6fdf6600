"""For which sources a run's soft prompt and LoRA are attached when the run is used."""

from collections.abc import Mapping
from typing import Literal

from eunoe.config.model import Settings
from eunoe.config.recipes import Recipe
from eunoe.config.worlds import plain_source

PARTS = {"soft_prompt", "lora", "random_prompt"}
"""What can be attached."""


class Deployment(Settings):
    """How a run with a soft prompt or a LoRA is used; one without has neither to attach."""

    sources: list[str]
    """Sources that it is attached for: the target, or all that it was trained for."""
    elsewhere: Literal["attached", "detached"] = "detached"
    """What happens on other sources. Wang et al. 2024 take the prompt off."""

    def attached(self, source: str) -> bool:
        """Tell whether soft prompt and LoRA are attached when this source is asked."""
        return source in self.sources or self.elsewhere == "attached"


def deployment_of(recipe: Recipe) -> Deployment | None:
    """Return how runs of a recipe are used, None if its last stage leaves nothing to attach.

    Attached for the target; also for every source of the stages that train or carry something to
    attach, if prompts are per source or there is no target.
    """
    carrying = [stage for stage in recipe.stages if PARTS & {*stage.train, *stage.frozen}]
    if not carrying or carrying[-1] is not recipe.stages[-1]:
        return None
    found = [recipe.target] if recipe.target else []
    if not recipe.target or recipe.soft_prompt.per == "source":
        found += [plain_source(source) for stage in carrying for source in stage.data]
    return Deployment(sources=list(dict.fromkeys(found)), elsewhere=recipe.elsewhere)


def deployments_of(recipes: Mapping[str, Recipe]) -> dict[str, Deployment]:
    """Return the deployments of runs by name, from the recipe of each; others have no entry."""
    found = {run: deployment_of(recipe) for run, recipe in recipes.items()}
    return {run: deployment for run, deployment in found.items() if deployment}
