"""The references between the parts of the configuration: names that exist, parts that fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from eunoe.config.model import wrong
from eunoe.config.probes import LanguageProbe, RegressionProbe
from eunoe.config.worlds import LanguageWorld, RegressionWorld

if TYPE_CHECKING:
    from eunoe.config.bases import Base
    from eunoe.config.chapters import LanguageChapter, RegressionChapter
    from eunoe.config.recipes import Recipe, Run
    from eunoe.config.root import Config


def check_references(config: Config) -> None:
    """Raise an error for the first name that leads nowhere, or to something that does not fit."""
    for name, base in config.bases.items():
        check_base(config, name, base)
    for name, recipe in config.recipes.items():
        check_recipe(config, name, recipe)
    for name, run in config.runs.items():
        check_run(config, name, run)
    for name, probe in config.probes.items():
        check_probe(config, name, probe)
    if config.chapters.regression:
        check_regression_chapter(config, config.chapters.regression)
    if config.chapters.language:
        check_language_chapter(config, config.chapters.language)


def check_base(config: Config, name: str, base: Base) -> None:
    """A base's mixture and network are of its world's kind."""
    where = f"bases.{name}"
    refer(f"{where}.world", base.world, config.worlds)
    refer(f"{where}.network", base.network, config.networks)
    refer(f"{where}.training", base.training, config.trainings)
    world = config.worlds[base.world]
    if world.kind == "language":
        check_corpus(where, base, world)
        return
    reason = f"{base.world} is a regression world"
    if base.alpha is None:
        raise wrong(f"{where}.alpha", None, reason, "a number from 0 to 1")
    if base.corpus is not None:
        raise wrong(f"{where}.corpus", base.corpus.model_dump(), reason, "null")
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
    if base.alpha is not None:
        raise wrong(f"{where}.alpha", base.alpha, reason, "null")
    for language in base.corpus.languages:
        reason = f"no language of world {base.world}"
        refer(f"{where}.corpus.languages", language, world.languages, reason)


def check_recipe(config: Config, name: str, recipe: Recipe) -> None:
    """A recipe's trainings exist, and some world has its sources."""
    worlds = list(config.worlds.values())
    for index, stage in enumerate(recipe.stages):
        where = f"recipes.{name}.stages.{index}"
        refer(f"{where}.training", stage.training, config.trainings)
        for source in stage.data:
            refer_to_source(f"{where}.data", source, worlds)


def check_run(config: Config, name: str, run: Run) -> None:
    """A run's base and recipe exist, and the base's world has the recipe's sources."""
    refer(f"runs.{name}.base", run.base, config.bases)
    refer(f"runs.{name}.recipe", run.recipe, config.recipes)
    if name in config.bases:
        taken = ", ".join(config.bases)
        raise wrong("runs", name, "a base has that name", f"any but {taken}")
    world = config.bases[run.base].world
    for index, stage in enumerate(config.recipes[run.recipe].stages):
        for source in stage.data:
            where = f"recipes.{run.recipe}.stages.{index}.data"
            reason = f"no source of world {world}, the one of run {name}"
            refer_to_source(where, source, [config.worlds[world]], reason)


def check_probe(config: Config, name: str, probe: RegressionProbe | LanguageProbe) -> None:
    """A probe and its transforms are of its world's kind, and ask for what the world has."""
    where = f"probes.{name}"
    refer(f"{where}.world", probe.world, config.worlds)
    reason = f"no {probe.kind} world"
    refer(f"{where}.world", probe.world, config.worlds_of(probe.kind), reason)
    for index, transform in enumerate(probe.transforms):
        if probe.kind not in transform.takes:
            kinds = " and ".join(sorted(transform.takes))
            reason = f"takes prompts of {kinds} only"
            place = f"{where}.transforms.{index}"
            raise wrong(place, transform.label, reason, f"transforms that take {probe.kind}")
    world = config.worlds[probe.world]
    if isinstance(probe, RegressionProbe) and isinstance(world, RegressionWorld):
        check_task_weights(where, probe, world)
    if isinstance(probe, LanguageProbe) and isinstance(world, LanguageWorld):
        for language in probe.languages:
            reason = f"no language of world {probe.world}"
            refer(f"{where}.languages", language, world.languages, reason)
        refer(f"{where}.home", probe.home, probe.languages, "no language of the probe")
        for run in probe.runs or []:
            reason = f"no run in world {probe.world}"
            refer(f"{where}.runs", run, config.runs_in(probe.world), reason)


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


def check_regression_chapter(config: Config, chapter: RegressionChapter) -> None:
    """The parts of the regression lab are of one world, and are what they are said to be."""
    where = "chapters.regression"
    refer_to_probe(config, f"{where}.probe", chapter.probe, "regression")
    name = config.probes[chapter.probe].world
    refer_to_runs(config, where, name, tuned=chapter.tuned, fresh=chapter.fresh)
    if chapter.tuned and chapter.fresh:
        refer_to_sibling(config, f"{where}.fresh", chapter.fresh, "tuned", chapter.tuned)
    for part, base, alpha in (
        ("continuous", chapter.continuous, 0),
        ("discrete", chapter.discrete, 1),
    ):
        if base:
            controls = [b for b in config.bases_in(name) if config.bases[b].alpha == alpha]
            refer(f"{where}.{part}", base, controls, f"no base of world {name} with alpha {alpha}")
    world = config.worlds[name]
    if isinstance(world, RegressionWorld) and chapter.few >= world.points:
        reason = f"not below worlds.{name}.points"
        allowed = f"an integer from 1 to {world.points - 1}"
        raise wrong(f"{where}.few", chapter.few, reason, allowed)


def check_language_chapter(config: Config, chapter: LanguageChapter) -> None:
    """The parts of the language lab are of one world, and are what they are said to be."""
    where = "chapters.language"
    refer_to_probe(config, f"{where}.learning", chapter.learning, "language")
    world = config.probes[chapter.learning].world
    beside = [name for name, probe in config.probes.items() if probe.world == world]
    for part, probe in (("reasoning", chapter.reasoning), ("refusals", chapter.refusals)):
        if probe:
            refer_to_probe(config, f"{where}.{part}", probe, "language")
            refer(f"{where}.{part}", probe, beside, f"no probe of world {world}")
    for part, probe in (
        ("instructed", chapter.learning),
        ("instructed_elsewhere", chapter.learning),
        ("coded", chapter.reasoning),
        ("refusing", chapter.refusals),
    ):
        refer_to_runs(config, where, world, **{part: getattr(chapter, part)})
        if probe and (name := getattr(chapter, part)):
            measured = config.runs_measured(probe)
            refer(f"{where}.{part}", name, measured, f"not among the runs of probes.{probe}")
    if chapter.instructed and chapter.instructed_elsewhere:
        place = f"{where}.instructed_elsewhere"
        other = chapter.instructed_elsewhere
        refer_to_sibling(config, place, other, "instructed", chapter.instructed)


def refer_to_probe(config: Config, where: str, name: str, kind: str) -> None:
    """Raise an error unless `name` is a probe of a kind."""
    refer(where, name, config.probes)
    refer(where, name, config.probes_of(kind), f"no {kind} probe")


def refer_to_runs(config: Config, where: str, world: str, **parts: str | None) -> None:
    """Raise an error for a part of a chapter, unless null, that is no run in a world."""
    for part, name in parts.items():
        if name:
            refer(f"{where}.{part}", name, config.runs_in(world), f"no run in world {world}")


def refer_to_sibling(config: Config, where: str, name: str, part: str, run: str) -> None:
    """Raise an error unless a run has the same base as another, which plays a part."""
    base = config.runs[run].base
    same = [other for other, found in config.runs.items() if found.base == base]
    refer(where, name, same, f"no run of {base}, the {part} run's base")


def refer_to_source(
    where: str,
    name: str,
    worlds: Iterable[RegressionWorld | LanguageWorld],
    reason: str = "no such name",
) -> None:
    """Raise an error unless `name` is a source of one of the worlds."""
    if not any(name in world.sources for world in worlds):
        allowed = dict.fromkeys(world.sources_in_words for world in worlds)
        raise wrong(where, name, reason, "; ".join(allowed))


def refer(where: str, name: str, names: Iterable[str], reason: str = "no such name") -> None:
    """Raise an error unless `name` is one of `names`."""
    allowed = list(names)
    if name not in allowed:
        raise wrong(where, name, reason, ", ".join(allowed) or "none")
