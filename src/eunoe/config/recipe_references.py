"""Checks of the names that recipes and runs refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eunoe.config.model import shown, wrong
from eunoe.config.recipes import Stage
from eunoe.config.refer import refer, refer_to_source
from eunoe.config.worlds.text import TextWorld

if TYPE_CHECKING:
    from eunoe.config.recipes import Recipe, Run
    from eunoe.config.study import Study


def check_recipe(config: Study, name: str, recipe: Recipe) -> None:
    """A recipe's trainings exist, and some world has its sources."""
    worlds = list(config.worlds.values())
    if recipe.target:
        refer_to_source(f"recipes.{name}.target", recipe.target, worlds)
    for index, stage in enumerate(recipe.stages):
        where = f"recipes.{name}.stages.{index}"
        if stage.training:
            refer(f"{where}.training", stage.training, config.trainings)
        for place, source in sources_of(stage):
            refer_to_source(f"{where}.{place}", source, worlds)
        for merged in stage.merge or {}:
            refer(f"{where}.merge", merged, config.recipes)


def sources_of(stage: Stage) -> list[tuple[str, str]]:
    """Return each place where a stage names sources, with the sources."""
    kl, ewc = stage.penalties.kl, stage.penalties.ewc
    places = {
        "data": list(stage.data),
        "penalties.kl.data": list(kl.data or {}) if kl else [],
        "penalties.ewc.data": list(ewc.data) if ewc else [],
    }
    return [(place, source) for place, sources in places.items() for source in sources]


def check_run(config: Study, name: str, run: Run) -> None:
    """A run's base and recipe exist, and the base's world has what the recipe needs."""
    refer(f"runs.{name}.base", run.base, config.bases)
    if name in config.bases:
        taken = ", ".join(config.bases)
        raise wrong("runs", name, "a base has that name", f"any but {taken}")
    of_base = config.bases[run.base].world
    world = config.worlds[of_base]
    if run.model is not None and not isinstance(world, TextWorld):
        reason = f"{of_base} is a {world.kind} world"
        raise wrong(f"runs.{name}.model", run.model.model, reason, "null, and a recipe")
    if run.recipe is None:
        return
    refer(f"runs.{name}.recipe", run.recipe, config.recipes)
    recipe, where = config.recipes[run.recipe], f"recipes.{run.recipe}"
    reason = f"no source of world {of_base}, the one of run {name}"
    if recipe.target:
        refer_to_source(f"{where}.target", recipe.target, [world], reason)
    for index, stage in enumerate(recipe.stages):
        for place, source in sources_of(stage):
            refer_to_source(f"{where}.stages.{index}.{place}", source, [world], reason)
        check_counts(f"{where}.stages.{index}.data", stage, world)
        layers = layers_of(config, run.base)
        if layers is not None and stage.frozen_layers > layers:
            allowed = f"an integer from 0 to {layers}"
            place = f"{where}.stages.{index}.frozen_layers"
            raise wrong(place, stage.frozen_layers, f"more than {run.base} has", allowed)
    if not isinstance(world, TextWorld):
        check_shares_only(name, where, recipe)
    check_merge(config, name, run)


def check_counts(where: str, stage: Stage, world: object) -> None:
    """A stage takes no more items than are made; for files this is checked by the stage itself."""
    if isinstance(world, TextWorld) and world.items and not world.files:
        most = world.items.train
        for source, amount in stage.data.items():
            if amount.count is not None and amount.count > most:
                allowed = f"an integer from 1 to {most}"
                raise wrong(f"{where}.{source}.count", amount.count, "more than are made", allowed)


def layers_of(config: Study, base: str) -> int | None:
    """Return how many layers a base has; None if only its own files know."""
    network = config.bases[base].network
    return config.networks[network].layers if network else None


def check_shares_only(run: str, where: str, recipe: Recipe) -> None:
    """Regression knows shares of data and a training, and nothing else."""
    reason = f"run {run} is of a regression world, which knows data as shares and training only"
    if recipe.target:
        raise wrong(f"{where}.target", recipe.target, reason, "null")
    for index, stage in enumerate(recipe.stages):
        for key, value in stage.other_than("data", "training").items():
            default = shown(Stage.model_construct().model_dump()[key])
            raise wrong(f"{where}.stages.{index}.{key}", value, reason, default)
        for source, amount in stage.data.items():
            if amount.measure != "share" or amount.replies != "given":
                given = amount.model_dump(exclude_none=True)
                place = f"{where}.stages.{index}.data.{source}"
                raise wrong(place, given, reason, "a number above 0 and at most 1")


def check_merge(config: Study, name: str, run: Run) -> None:
    """What a run merges exists: runs on the same base, which change weights."""
    where = f"recipes.{run.recipe}.stages.0.merge"
    on_base = [
        other.recipe for other in config.runs.values() if other.base == run.base and other.recipe
    ]
    for merged in config.recipe_of(name).merged:
        reason = f"no run of that recipe on {run.base}, the base of run {name}"
        refer(where, merged, dict.fromkeys(on_base), reason)
        if not any("all" in stage.train for stage in config.recipes[merged].stages):
            raise wrong(where, merged, "leaves the base's weights", "recipes that train all")
        if run.recipe in merged_below(config, merged):
            raise wrong(where, merged, f"merges {run.recipe} itself", "recipes that do not")


def merged_below(config: Study, recipe: str) -> set[str]:
    """Return a recipe, what it merges, what that merges, and so on."""
    found: set[str] = set()
    waiting = [recipe]
    while waiting:
        name = waiting.pop()
        if name in config.recipes and name not in found:
            found.add(name)
            waiting += config.recipes[name].merged
    return found
