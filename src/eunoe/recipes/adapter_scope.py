"""The sources on which the soft prompt and LoRA of a run are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eunoe.config.model import Settings
from eunoe.config.worlds.text import plain_source

if TYPE_CHECKING:
    from eunoe.config.recipes import Recipe, Stage


class AdapterScope(Settings):
    """The sources on which a run's adapters (soft prompt and LoRA) are on in evaluation.

    Those are the sources that the adapters were trained for: the recipe's target, and every source
    of the stages with adapters if prompts are per source or there is no target. For others the
    adapters are off, as Wang et al. 2024 take the prompt off, unless the recipe's
    `adapter_scope` is everywhere. A run whose last stage has no adapters has no scope.
    """

    sources: list[str]
    """Sources that the adapters were trained for."""
    everywhere: bool = False
    """Whether the adapters are also on for all other sources."""

    def covers(self, source: str) -> bool:
        """Tell whether the adapters are on for a source."""
        return self.everywhere or source in self.sources


def adapter_scope_of(recipe: Recipe) -> AdapterScope | None:
    """Return the scope of the adapters of a recipe's runs, None if its last stage has none."""
    carrying = [stage for stage in recipe.stages if has_adapters(stage)]
    if not carrying or carrying[-1] is not recipe.stages[-1]:
        return None
    found = [recipe.target] if recipe.target else []
    if not recipe.target or recipe.soft_prompt.per == "source":
        found += [plain_source(source) for stage in carrying for source in stage.data]
    sources = list(dict.fromkeys(found))
    return AdapterScope(sources=sources, everywhere=recipe.adapter_scope == "everywhere")


def adapter_scopes_of(recipes: Mapping[str, Recipe]) -> dict[str, AdapterScope]:
    """Return the scopes of runs by name, from the recipe of each; others have no entry."""
    found = {run: adapter_scope_of(recipe) for run, recipe in recipes.items()}
    return {run: scope for run, scope in found.items() if scope}


def has_prompt(stage: Stage) -> bool:
    """Tell whether a stage has a soft prompt, trained or not."""
    return bool({"soft_prompt", "random_prompt"} & {*stage.train, *stage.frozen})


def has_adapters(stage: Stage) -> bool:
    """Tell whether a stage has a soft prompt or a LoRA, trained or not."""
    return has_prompt(stage) or "lora" in {*stage.train, *stage.frozen}
