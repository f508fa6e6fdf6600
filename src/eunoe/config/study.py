"""Worlds, bases, recipes, runs and probes, and how they refer to each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from eunoe.config.bases import Base
from eunoe.config.checkpoints import Checkpoint
from eunoe.config.model import Name, Settings
from eunoe.config.networks import Network
from eunoe.config.probes.given import GivenTexts
from eunoe.config.probes.regression import RegressionItems, RegressionProbe
from eunoe.config.probes.text import TextItems, TextProbe
from eunoe.config.recipes import UNKNOWN, Recipe, Run
from eunoe.config.trainings import ResumableTraining
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.config.worlds.text import TextWorld, plain_source

Kind = Literal["bases", "runs"]
"""The section that a model is an entry of."""
T = TypeVar("T")

World = Annotated[RegressionWorld | TextWorld, Field(discriminator="kind")]
"""Any world."""
Probe = Annotated[RegressionProbe | TextProbe, Field(discriminator="kind")]
"""Any probe."""

ITEMS_OF: dict[str, type[Settings]] = {
    "regression": RegressionItems,
    "text": TextItems,
}
"""The class with the settings that decide a probe's items, by the probe's kind."""


def items_of(probe: Probe) -> dict[str, Any]:
    """Return the settings of a probe that decide its items, and no others."""
    return probe.model_dump(mode="json", include=set(ITEMS_OF[probe.kind].model_fields))


HOW_ASKED = {
    *("target", "texts", "home", "transforms", "new_tokens"),
    *("likelihood", "batch_size", "keep_texts"),
}
"""Keys of a text probe that decide how models are evaluated, except the chat template."""


def asking_of(probe: Probe) -> dict[str, Any]:
    """Return the settings of a text probe that decide how models are evaluated."""
    return probe.model_dump(mode="json", include=HOW_ASKED)


class Study(Settings):
    """Entries of the configuration by name, and look-ups across them."""

    worlds: dict[Name, World] = Field(default={})
    """Data-generating processes, by name."""
    networks: dict[Name, Network] = Field(default={})
    """Shapes of networks by name."""
    trainings: dict[Name, ResumableTraining] = Field(default={})
    """Ways to update weights, by name."""
    bases: dict[Name, Base] = Field(default={})
    """What is pretrained, by name."""
    recipes: dict[Name, Recipe] = Field(default={})
    """How bases are tuned, by name."""
    runs: dict[Name, Run] = Field(default={})
    """Recipes applied to bases, and existing models, by name."""
    probes: dict[Name, Probe] = Field(default={})
    """What is measured, by name."""

    # worlds

    def bases_in(self, world: str) -> list[str]:
        """Return the names of the bases of a world."""
        return [name for name, base in self.bases.items() if base.world == world]

    def runs_in(self, world: str) -> list[str]:
        """Return the names of the runs whose base is of a world."""
        bases = self.bases_in(world)
        return [name for name, run in self.runs.items() if run.base in bases]

    def worlds_of(self, kind: str) -> list[str]:
        """Return the names of the worlds of a kind: "regression" or "text"."""
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

    # runs

    def checkpoint(self, kind: str, model: str) -> Checkpoint | None:
        """Return the location of an existing base or run, None for one that the workflow makes."""
        return self.bases[model].model if kind == "bases" else self.runs[model].model

    def recipe_of(self, run: str) -> Recipe:
        """Return the recipe of a run; for an existing run, one without stages."""
        name = self.runs[run].recipe
        return UNKNOWN if name is None else self.recipes[name]

    def base_of(self, kind: str, model: str) -> str:
        """Return a base's own name, or that of the base that a run starts from."""
        return self.runs[model].base if kind == "runs" else model

    def checkpoints_of(self, trainings: Iterable[str | None]) -> str:
        """Return the intervals of checkpoints as stages take them, such as "200,100"; None: a
        merge."""
        every = [self.trainings[name].checkpoint_every for name in trainings if name]
        return ",".join(map(str, every))

    @property
    def base_of_runs(self) -> dict[str, str]:
        """The base of each run."""
        return {name: run.base for name, run in self.runs.items()}

    def tuned_bank(self, run: str) -> str:
        """Return the bank that a run in regression was last tuned on."""
        return "fresh_bank" if "fresh_bank" in self.recipe_of(run).stages[-1].data else "bank"

    def tuned_in(self, run: str) -> str | None:
        """Return the one language that a run of text is tuned on; None if there are several."""
        sources = [source for stage in self.recipe_of(run).stages for source in stage.data]
        found = {plain_source(source).rpartition(".")[2] for source in sources}
        return found.pop() if len(found) == 1 else None

    def runs_merged(self, run: str) -> list[str]:
        """Return, for each recipe that a run merges, the first run of it on the same base."""
        same = {
            other.recipe: name
            for name, other in reversed(self.runs.items())
            if other.base == self.runs[run].base and other.recipe
        }
        return [same[recipe] for recipe in self.recipe_of(run).merged]

    # probes

    def texts_of(self, probe: str) -> GivenTexts | None:
        """Return the given texts of a probe, None if its items are those of its world."""
        settings = self.probes[probe]
        return settings.texts if isinstance(settings, TextProbe) else None

    def runs_measured(self, probe: str) -> list[str]:
        """Return the names of the runs that a probe measures."""
        settings = self.probes[probe]
        runs = self.runs_in(settings.world)
        if settings.kind == "regression":
            return runs
        if settings.runs is not None:
            return [name for name in runs if name in settings.runs]
        return [name for name in runs if self.recipe_of(name).target == settings.target]

    def models_of(self, probe: str) -> list[tuple[Kind, str]]:
        """Return the models that a probe measures: the bases of its world, then runs."""
        bases: list[tuple[Kind, str]] = [
            ("bases", name) for name in self.bases_in(self.probes[probe].world)
        ]
        return bases + [("runs", name) for name in self.runs_measured(probe)]

    def part(self, probes: Iterable[str]) -> Study:
        """Return the study without the entries that some probes do not depend on."""
        chosen = list(dict.fromkeys(probes))
        measured = [model for probe in chosen for model in self.models_of(probe)]
        runs = {name for kind, name in measured if kind == "runs"}
        bases = {self.base_of(*model) for model in measured}
        recipes = {self.runs[name].recipe for name in runs}
        stages = [stage for name in runs for stage in self.recipe_of(name).stages]
        trained = {self.bases[name].training for name in bases}
        trained |= {stage.training for stage in stages}
        worlds = {self.probes[probe].world for probe in chosen}
        return Study(
            worlds=those(self.worlds, worlds),
            networks=those(self.networks, {self.bases[name].network for name in bases}),
            trainings=those(self.trainings, trained),
            bases=those(self.bases, bases),
            recipes=those(self.recipes, recipes),
            runs=those(self.runs, runs),
            probes={name: self.probes[name] for name in chosen},
        )


def those(entries: dict[str, T], names: set[str] | set[str | None]) -> dict[str, T]:
    """Return the entries with some names, in the order of all entries."""
    return {name: entry for name, entry in entries.items() if name in names}
