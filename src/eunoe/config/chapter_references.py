"""The references of chapters: their parts are there, and are what they are said to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eunoe.config.model import wrong
from eunoe.config.probes import ExamplesProbe
from eunoe.config.recipe_references import sources_of
from eunoe.config.refer import (
    refer,
    refer_to_measured,
    refer_to_probe,
    refer_to_runs,
    refer_to_sibling,
)
from eunoe.config.worlds import ExamplesWorld, RegressionWorld, plain_source

if TYPE_CHECKING:
    from eunoe.config.chapters import LanguageChapter, RecipesChapter, RegressionChapter
    from eunoe.config.root import Config


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


def check_recipes_chapter(config: Config, chapter: RecipesChapter) -> None:
    """The parts of the recipes lab are measured by its probes."""
    where = "chapters.recipes"
    refer_to_probe(config, f"{where}.retention", chapter.retention, "examples")
    retention = config.probes[chapter.retention]
    assert isinstance(retention, ExamplesProbe), "checked before"
    if retention.target is None:
        probes = [
            name
            for name in config.probes_of("examples")
            if getattr(config.probes[name], "target", None)
        ]
        allowed = ", ".join(probes) or "none"
        raise wrong(f"{where}.retention", chapter.retention, "has no target", allowed)
    for part, run in chapter.recipe_runs.items():
        refer_to_measured(config, f"{where}.{part}", run, chapter.retention)
    if chapter.same_format:
        asked, reason = retention.sources, f"no source of probes.{chapter.retention}"
        refer(f"{where}.same_format", chapter.same_format, asked, reason)
    check_rehearsed(config, where, chapter, retention)
    if chapter.abilities:
        check_abilities(config, where, chapter, chapter.abilities)


def check_rehearsed(
    config: Config, where: str, chapter: RecipesChapter, retention: ExamplesProbe
) -> None:
    """Recipes train on no held-out source but those that may be rehearsed; the level is kept."""
    asked, reason = retention.sources, f"no source of probes.{chapter.retention}"
    for source in chapter.rehearsed:
        refer(f"{where}.rehearsed", source, asked, reason)
    others = {*asked} - {retention.target, chapter.same_format, *chapter.rehearsed}
    measured = config.runs_measured(chapter.retention)
    merged = [other for run in measured for other in config.runs_merged(run)]
    for run in dict.fromkeys([*measured, *merged]):
        for index, stage in enumerate(config.recipe_of(run).stages):
            for place, source in sources_of(stage):
                if plain_source(source) in others:
                    raise wrong(
                        f"recipes.{config.runs[run].recipe}.stages.{index}.{place}",
                        source,
                        f"held out by probes.{chapter.retention}",
                        f"any other, or add it to {where}.rehearsed",
                    )
    world = config.worlds[retention.world]
    if chapter.level is not None and isinstance(world, ExamplesWorld):
        kept = [str(level) for level in world.levels]
        reason = f"no level of worlds.{retention.world}"
        refer(f"{where}.level", str(chapter.level), kept, reason)


def check_abilities(config: Config, where: str, chapter: RecipesChapter, probe: str) -> None:
    """The abilities and the strategies are those that their probe measures."""
    refer_to_probe(config, f"{where}.abilities", probe, "examples")
    abilities = config.probes[probe]
    assert isinstance(abilities, ExamplesProbe), "checked before"
    for part in ("mathematics", "code", "general"):
        if source := getattr(chapter, part):
            reason = f"no source of probes.{probe}"
            refer(f"{where}.{part}", source, abilities.sources, reason)
    for base in (*chapter.sizes, *chapter.scaling):
        key = "sizes" if base in chapter.sizes else "scaling"
        refer(f"{where}.{key}", base, config.bases_in(abilities.world), "no base of that world")
    for base, strategies in (("", chapter), *chapter.scaling.items()):
        within = f"{where}.scaling.{base}" if base else where
        for part, run in strategies.runs.items():
            refer_to_measured(config, f"{within}.{part}", run, probe)
            if base and (found := config.runs[run].base) != base:
                raise wrong(f"{within}.{part}", run, f"a run of {found}", f"runs of {base}")
