"""The references between the parts of the configuration: names that exist, parts that fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from eunoe.config.model import wrong
from eunoe.config.probes.regression import RegressionProbe
from eunoe.config.probes.text import ExamplesProbe, LanguageProbe
from eunoe.config.recipe_references import check_recipe, check_run
from eunoe.config.refer import refer, refer_to_source
from eunoe.config.study import Probe
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.config.worlds.text import ExamplesWorld, LanguageWorld

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
    if base.model is not None and isinstance(world, ExamplesWorld):
        reason = "the base is a model that is there"
        check_null(where, base, ("network", "training", "alpha", "corpus", "mixture"), reason)
        return
    for key, section in (("network", config.networks), ("training", config.trainings)):
        given = getattr(base, key)
        if given is None:
            raise wrong(f"{where}.{key}", None, "missing", ", ".join(section) or "none")
        refer(f"{where}.{key}", given, section)
    kind = "world of examples" if world.kind == "examples" else f"{world.kind} world"
    reason = f"{base.world} is a {kind}"
    if isinstance(world, LanguageWorld):
        check_corpus(where, base, world)
    elif isinstance(world, ExamplesWorld):
        check_mixture(where, base, world)
        check_null(where, base, ("alpha", "corpus"), reason)
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
    check_null(where, base, ("corpus", "mixture", "model"), reason)
    assert base.network is not None, "checked before"
    if (shape := config.networks[base.network].architecture) != "gpt2":
        gpt2 = [key for key, network in config.networks.items() if network.architecture == "gpt2"]
        reason = f"its architecture is {shape}, which regression does not know"
        raise wrong(f"{where}.network", base.network, reason, ", ".join(gpt2) or "none")


def check_corpus(where: str, base: Base, world: LanguageWorld) -> None:
    """A language base has a corpus, of languages of its world."""
    reason = f"{base.world} is a language world"
    if base.corpus is None:
        keys = "a mapping with the keys languages, families"
        raise wrong(f"{where}.corpus", None, reason, keys)
    check_null(where, base, ("alpha", "mixture", "model"), reason)
    for language in base.corpus.languages:
        reason = f"no language of world {base.world}"
        refer(f"{where}.corpus.languages", language, world.languages, reason)


def check_mixture(where: str, base: Base, world: ExamplesWorld) -> None:
    """A pretrained base of examples has a mixture, of sources of its world."""
    if base.mixture is None:
        reason = f"{base.world} is a world of examples"
        raise wrong(f"{where}.mixture", None, reason, "a mapping of sources, or a model")
    for source in base.mixture:
        reason = f"no source of world {base.world}"
        refer_to_source(f"{where}.mixture", source, [world], reason)


def check_probe(config: Study, name: str, probe: Probe) -> None:
    """A probe and its transforms are of its world's kind, and ask for what the world has."""
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
    if isinstance(probe, LanguageProbe) and isinstance(world, LanguageWorld):
        for language in probe.languages:
            reason = f"no language of world {probe.world}"
            refer(f"{where}.languages", language, world.languages, reason)
        refer(f"{where}.home", probe.home, probe.languages, "no language of the probe")
    if isinstance(probe, ExamplesProbe) and isinstance(world, ExamplesWorld):
        check_asked(where, probe, world)
    if not isinstance(probe, RegressionProbe):
        for run in probe.runs or []:
            reason = f"no run in world {probe.world}"
            refer(f"{where}.runs", run, config.runs_in(probe.world), reason)


def check_asked(where: str, probe: ExamplesProbe, world: ExamplesWorld) -> None:
    """A probe of examples asks for sources of its world, no more of each than are made."""
    for source in probe.sources:
        refer_to_source(f"{where}.sources", source, [world], f"no source of world {probe.world}")
    if probe.target:
        refer(f"{where}.target", probe.target, probe.sources, f"not among {where}.sources")
    if world.examples:
        for split in ("validation", "test"):
            count, most = getattr(probe.examples, split), getattr(world.examples, split)
            if count > most:
                reason = f"more than worlds.{probe.world}.examples.{split}"
                place = f"{where}.examples.{split}"
                raise wrong(place, count, reason, f"an integer from 2 to {most}")


def check_task_weights(where: str, probe: RegressionProbe, world: RegressionWorld) -> None:
    """Contexts are shorter than prompts, and are some of them."""
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
