"""The whole configuration, and the references between its parts."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from eunoe.config.bases import Base
from eunoe.config.chapters import Chapters
from eunoe.config.figures import Bootstrap, Figures, Style
from eunoe.config.model import Name, Settings, repeated, wrong
from eunoe.config.networks import Network
from eunoe.config.probes import Probe
from eunoe.config.recipes import Recipe, Run
from eunoe.config.trainings import Training
from eunoe.config.worlds import SOURCES, RegressionWorld

Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Config(Settings):
    """Everything that `config.yaml` says."""

    seeds: list[Seed] = Field(min_length=1)
    """Every base and run is made once per seed."""
    worlds: dict[Name, RegressionWorld] = Field(min_length=1)
    """Data-generating processes by name."""
    networks: dict[Name, Network] = Field(min_length=1)
    """Shapes of networks by name."""
    trainings: dict[Name, Training] = Field(min_length=1)
    """Ways to update weights, by name."""
    bases: dict[Name, Base] = Field(min_length=1)
    """What is pretrained, by name."""
    recipes: dict[Name, Recipe] = Field(default={})
    """How bases are tuned, by name."""
    runs: dict[Name, Run] = Field(default={})
    """Which recipe meets which base, by name."""
    probes: dict[Name, Probe] = Field(min_length=1)
    """What is measured, by name."""
    chapters: Chapters = Chapters()
    """Which models play which part in the report."""
    bootstrap: Bootstrap = Bootstrap()
    """How intervals are made."""
    style: Style = Style()
    """The looks of every figure."""
    figures: Figures = Figures()
    """Each figure's own settings."""

    @model_validator(mode="after")
    def _check_references(self) -> Self:
        if found := repeated(self.seeds):
            raise wrong("seeds", self.seeds, f"{found[0]} is given twice", "each once")
        for name, base in self.bases.items():
            where = f"bases.{name}"
            refer(f"{where}.world", base.world, self.worlds)
            refer(f"{where}.network", base.network, self.networks)
            refer(f"{where}.training", base.training, self.trainings)
        for name, recipe in self.recipes.items():
            self._check_recipe(name, recipe)
        for name, run in self.runs.items():
            self._check_run(name, run)
        for name, probe in self.probes.items():
            self._check_probe(name, probe)
        if self.chapters.regression:
            self._check_chapter()
        return self

    def _check_recipe(self, name: str, recipe: Recipe) -> None:
        sources = [source for known in SOURCES.values() for source in known]
        for index, stage in enumerate(recipe.stages):
            where = f"recipes.{name}.stages.{index}"
            refer(f"{where}.training", stage.training, self.trainings)
            for source in stage.data:
                refer(f"{where}.data", source, sources)

    def _check_run(self, name: str, run: Run) -> None:
        refer(f"runs.{name}.base", run.base, self.bases)
        refer(f"runs.{name}.recipe", run.recipe, self.recipes)
        if name in self.bases:
            taken = ", ".join(self.bases)
            raise wrong("runs", name, "a base has that name", f"any but {taken}")
        world = self.worlds[self.bases[run.base].world]
        for index, stage in enumerate(self.recipes[run.recipe].stages):
            for source in stage.data:
                where = f"recipes.{run.recipe}.stages.{index}.data"
                refer(where, source, SOURCES[world.kind])

    def _check_probe(self, name: str, probe: Probe) -> None:
        refer(f"probes.{name}.world", probe.world, self.worlds)
        world = self.worlds[probe.world]
        longest = max(probe.task_weights.exemplars)
        if longest >= world.points:
            raise wrong(
                f"probes.{name}.task_weights.exemplars",
                probe.task_weights.exemplars,
                f"{longest} is not below worlds.{probe.world}.points",
                f"integers from 1 to {world.points - 1}",
            )
        if probe.task_weights.contexts > probe.prompts.test:
            raise wrong(
                f"probes.{name}.task_weights.contexts",
                probe.task_weights.contexts,
                f"more than probes.{name}.prompts.test",
                f"an integer from 2 to {probe.prompts.test}",
            )

    def _check_chapter(self) -> None:
        chapter = self.chapters.regression
        assert chapter is not None
        where = "chapters.regression"
        refer(f"{where}.probe", chapter.probe, self.probes)
        world = self.probes[chapter.probe].world
        for part in ("tuned", "fresh"):
            if name := getattr(chapter, part):
                reason = f"no run in world {world}"
                refer(f"{where}.{part}", name, self.runs_in(world), reason)
        if chapter.tuned and chapter.fresh:
            base = self.runs[chapter.tuned].base
            same = [name for name, run in self.runs.items() if run.base == base]
            refer(f"{where}.fresh", chapter.fresh, same, f"no run of {base}, the tuned run's base")
        for part, alpha in (("continuous", 0), ("discrete", 1)):
            if name := getattr(chapter, part):
                controls = [b for b in self.bases_in(world) if self.bases[b].alpha == alpha]
                reason = f"no base of world {world} with alpha {alpha}"
                refer(f"{where}.{part}", name, controls, reason)
        if chapter.few >= self.worlds[world].points:
            raise wrong(
                f"{where}.few",
                chapter.few,
                f"not below worlds.{world}.points",
                f"an integer from 1 to {self.worlds[world].points - 1}",
            )

    def bases_in(self, world: str) -> list[str]:
        """Return the names of the bases of a world."""
        return [name for name, base in self.bases.items() if base.world == world]

    def runs_in(self, world: str) -> list[str]:
        """Return the names of the runs whose base is of a world."""
        bases = self.bases_in(world)
        return [name for name, run in self.runs.items() if run.base in bases]


def refer(where: str, name: str, names: Iterable[str], reason: str = "no such name") -> None:
    """Raise an error unless `name` is one of `names`."""
    allowed = list(names)
    if name not in allowed:
        raise wrong(where, name, reason, ", ".join(allowed) or "none")
