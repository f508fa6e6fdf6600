"""The whole configuration."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from eunoe.config.audits import Audit
from eunoe.config.bases import Base
from eunoe.config.chapters import Chapters
from eunoe.config.figures import Bootstrap, Figures, Style
from eunoe.config.model import Name, Settings, repeated, wrong
from eunoe.config.networks import Network
from eunoe.config.probes import Probe
from eunoe.config.recipes import Recipe, Run
from eunoe.config.references import check_references
from eunoe.config.trainings import ResumableTraining
from eunoe.config.worlds import World

Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Config(Settings):
    """Everything that `config.yaml` says."""

    seeds: list[Seed] = Field(min_length=1)
    """Every base and run is made once per seed."""
    worlds: dict[Name, World] = Field(min_length=1)
    """Data-generating processes by name."""
    networks: dict[Name, Network] = Field(min_length=1)
    """Shapes of networks by name."""
    trainings: dict[Name, ResumableTraining] = Field(min_length=1)
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
    audits: dict[Name, Audit] = Field(default={})
    """Pairs of models of your own to examine, by name."""
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
        check_references(self)
        return self

    def bases_in(self, world: str) -> list[str]:
        """Return the names of the bases of a world."""
        return [name for name, base in self.bases.items() if base.world == world]

    def runs_in(self, world: str) -> list[str]:
        """Return the names of the runs whose base is of a world."""
        bases = self.bases_in(world)
        return [name for name, run in self.runs.items() if run.base in bases]

    def runs_measured(self, probe: str) -> list[str]:
        """Return the names of the runs that a probe measures."""
        settings = self.probes[probe]
        runs = self.runs_in(settings.world)
        if settings.kind == "regression":
            return runs
        if settings.runs is not None:
            return [name for name in runs if name in settings.runs]
        if settings.kind == "examples":
            return [name for name in runs if self.recipe_of(name).target == settings.target]
        return runs

    def recipe_of(self, run: str) -> Recipe:
        """Return the recipe of a run."""
        return self.recipes[self.runs[run].recipe]

    def checkpoints_of(self, trainings: Iterable[str | None]) -> str:
        """Return how often trainings are saved, as stages take it: "200,100"; None is a merge."""
        every = [self.trainings[name].checkpoint_every for name in trainings if name]
        return ",".join(map(str, every))

    def tuned_in(self, run: str) -> str | None:
        """Return the language of a run in a world of language; None if it is tuned in several."""
        sources = [source for stage in self.recipe_of(run).stages for source in stage.data]
        found = {source.split(".")[1] for source in sources}
        return found.pop() if len(found) == 1 else None

    def runs_merged(self, run: str) -> list[str]:
        """Return, for each recipe that a run merges, the first run of it on the same base."""
        same = {
            other.recipe: name
            for name, other in reversed(self.runs.items())
            if other.base == self.runs[run].base
        }
        return [same[recipe] for recipe in self.recipe_of(run).merged]

    def worlds_of(self, kind: str) -> list[str]:
        """Return the names of the worlds of a kind: "regression", "language" or "examples"."""
        return [name for name, world in self.worlds.items() if world.kind == kind]

    def bases_of(self, kind: str) -> list[str]:
        """Return the names of the bases in worlds of a kind."""
        return [name for world in self.worlds_of(kind) for name in self.bases_in(world)]

    def runs_of(self, kind: str) -> list[str]:
        """Return the names of the runs in worlds of a kind."""
        return [name for world in self.worlds_of(kind) for name in self.runs_in(world)]

    def probes_of(self, kind: str) -> list[str]:
        """Return the names of the probes of a kind."""
        return [name for name, probe in self.probes.items() if probe.kind == kind]
