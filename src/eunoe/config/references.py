"""Checks of the names by which parts of the configuration refer to each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from eunoe.config.model import wrong
from eunoe.config.probes.regression import RegressionProbe
from eunoe.config.probes.text import TextProbe
from eunoe.config.recipe_references import check_recipe, check_run
from eunoe.config.refer import refer, refer_to_source
from eunoe.config.study import Probe
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.config.worlds.text import TASKS, ItemCounts, TextWorld, sources_of

if TYPE_CHECKING:
    from eunoe.config.bases import Base
    from eunoe.config.study import Study


def check_references(config: Study) -> None:
    """Raise an error for the first name that leads nowhere, or to something that does not fit."""
    for name, base in config.bases.items():
        check_base(config, name, base)
    for name, recipe in config.recipes.items():
        check_recipe(config, name, recipe)
    for name, run in config.runs.items():
        check_run(config, name, run)
    for name, probe in config.probes.items():
        check_probe(config, name, probe)


def check_base(config: Study, name: str, base: Base) -> None:
    """A base's mixture and network are of its world's kind."""
    where = f"bases.{name}"
    refer(f"{where}.world", base.world, config.worlds)
    world = config.worlds[base.world]
    if base.model is not None and isinstance(world, TextWorld):
        reason = "the base is a model that is there"
        check_null(where, base, ("network", "training", "alpha", "mixture"), reason)
        return
    for key, section in (("network", config.networks), ("training", config.trainings)):
        given = getattr(base, key)
        if given is None:
            raise wrong(f"{where}.{key}", None, "missing", ", ".join(section) or "none")
        refer(f"{where}.{key}", given, section)
    reason = f"{base.world} is a {world.kind} world"
    if isinstance(world, TextWorld):
        check_mixture(where, base, world, reason)
    else:
        check_alpha(config, where, base, reason)


def check_null(where: str, base: Base, keys: Iterable[str], reason: str) -> None:
    """Raise an error for the first of a base's keys that is not null."""
    for key in keys:
        if (value := base.model_dump()[key]) is not None:
            raise wrong(f"{where}.{key}", value, reason, "null")


def check_alpha(config: Study, where: str, base: Base, reason: str) -> None:
    """A regression base has an alpha, and a network that regression knows."""
    if base.alpha is None:
        raise wrong(f"{where}.alpha", None, reason, "a number from 0 to 1")
    check_null(where, base, ("mixture", "model"), reason)
    assert base.network is not None, "checked before"
    if (shape := config.networks[base.network].architecture) != "gpt2":
        gpt2 = [key for key, network in config.networks.items() if network.architecture == "gpt2"]
        reason = f"its architecture is {shape}, which regression does not know"
        raise wrong(f"{where}.network", base.network, reason, ", ".join(gpt2) or "none")


def check_mixture(where: str, base: Base, world: TextWorld, reason: str) -> None:
    """A pretrained base of text has a mixture, of sources of its world."""
    if base.mixture is None:
        allowed = "a mapping of sources, or of tasks and languages; or a model"
        raise wrong(f"{where}.mixture", None, reason, allowed)
    check_null(where, base, ("alpha",), reason)
    for source in base.mixture:
        missing = f"no source of world {base.world}"
        refer_to_source(f"{where}.mixture", source, [world], missing)


def check_probe(config: Study, name: str, probe: Probe) -> None:
    """A probe and its transforms are of its world's kind, and its sources are the world's."""
    where = f"probes.{name}"
    refer(f"{where}.world", probe.world, config.worlds)
    reason = f"no {probe.kind} world"
    refer(f"{where}.world", probe.world, config.worlds_of(probe.kind), reason)
    for index, transform in enumerate(probe.transforms):
        taken = "regression" if probe.kind == "regression" else "language"
        if taken not in transform.takes:
            kinds = " and ".join(sorted(transform.takes))
            reason = f"takes prompts of {kinds} only"
            place = f"{where}.transforms.{index}"
            raise wrong(place, transform.label, reason, f"transforms that take {taken}")
    world = config.worlds[probe.world]
    if isinstance(probe, RegressionProbe) and isinstance(world, RegressionWorld):
        check_task_weights(where, probe, world)
    if isinstance(probe, TextProbe) and isinstance(world, TextWorld):
        check_asked(where, probe, world)
        for run in probe.runs or []:
            reason = f"no run in world {probe.world}"
            refer(f"{where}.runs", run, config.runs_in(probe.world), reason)


def check_asked(where: str, probe: TextProbe, world: TextWorld) -> None:
    """The items of a text probe are held out by its world, in that number, or can be drawn."""
    if world.files is not None or probe.texts is not None:
        return
    if world.items is None:
        reason = f"world {probe.world} makes nothing"
        raise wrong(f"{where}.texts", None, reason, "texts, or a world with tasks or files")
    for language in probe.languages:
        refer(f"{where}.languages", language, world.languages, f"no language of {probe.world}")
    trained = world.sources or ()
    held_out = trained if world.items.test else ()
    can_be_drawn = sources_of(TASKS, world.languages)
    for source in probe.asked:
        if source in held_out:
            check_counts(where, probe, world.items)
        elif source not in can_be_drawn:
            raise wrong(
                f"{where}.{'sources' if probe.sources else 'tasks'}",
                source,
                f"no source of world {probe.world}, and no task to draw items of",
                f"{world.sources_in_words}; or task.language of any task",
            )
        if probe.demonstrations and source not in trained:
            reason = f"{source} has no training items to demonstrate with"
            raise wrong(f"{where}.demonstrations", probe.demonstrations, reason, "0")


def check_counts(where: str, probe: TextProbe, held_out: ItemCounts) -> None:
    """A probe has no more items of a split than its world holds out."""
    for split in ("validation", "test"):
        count, most = getattr(probe.items, split), getattr(held_out, split)
        if count > most:
            reason = f"more than worlds.{probe.world}.items.{split}"
            raise wrong(f"{where}.items.{split}", count, reason, f"an integer from 2 to {most}")


def check_task_weights(where: str, probe: RegressionProbe, world: RegressionWorld) -> None:
    """Contexts are shorter than prompts and no more than there are; `few` is below `points`."""
    if probe.few >= world.points:
        reason = f"not below worlds.{probe.world}.points"
        raise wrong(f"{where}.few", probe.few, reason, f"an integer from 1 to {world.points - 1}")
    asked = probe.task_weights
    longest = max(asked.exemplars)
    if longest >= world.points:
        raise wrong(
            f"{where}.task_weights.exemplars",
            asked.exemplars,
            f"{longest} is not below worlds.{probe.world}.points",
            f"integers from 1 to {world.points - 1}",
        )
    if asked.contexts > probe.prompts.test:
        raise wrong(
            f"{where}.task_weights.contexts",
            asked.contexts,
            f"more than {where}.prompts.test",
            f"an integer from 2 to {probe.prompts.test}",
        )
