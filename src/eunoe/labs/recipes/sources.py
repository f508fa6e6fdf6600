"""Tables, names and markers that the recipes lab's figures share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from matplotlib.axes import Axes

from eunoe.config.probes.text import TextProbe
from eunoe.labs.recipes.settings import RECIPE_PARTS, Lab, Strategies
from eunoe.report.frames import find_table, select
from eunoe.report.lab import Inputs
from eunoe.report.style import BASE, FRESH, PALETTE, TUNED
from eunoe.results.curves import CURVES
from eunoe.results.models import NotRun
from eunoe.results.text.tables import (
    CHECKPOINTS,
    EQUAL_TARGET,
    MEAN_COSTS,
    MEAN_MIXTURES,
    MEAN_SCORES,
)

SCHEMAS = {
    "scores": MEAN_SCORES,
    "curves": CURVES,
    "costs": MEAN_COSTS,
    "mixtures": MEAN_MIXTURES,
    "checkpoints": CHECKPOINTS,
    "equal_target": EQUAL_TARGET,
}
ProbeKey = Literal["retention", "abilities"]
"""A setting of the lab that names a probe."""
HELD_OUT = "held_out"
"""The mean over sources that are neither the target nor of its format."""
UNREHEARSED = "unrehearsed"
"""The mean over those of them that no recipe trains on, where some are rehearsed."""
TRANSFORMED = "transformed"
"""The mean over those of them that are asked through every transform."""
GROUPS = (HELD_OUT, "rehearsed", UNREHEARSED, TRANSFORMED)
PROMPTED = PALETTE[2]
ABILITIES = ("mathematics", "code", "general")
ABILITY_COLOURS = dict(zip(ABILITIES, (BASE, TUNED, PALETTE[2]), strict=True))
FEW, DATA, PENALISED, OWN = PALETTE[5], PALETTE[4], PALETTE[9], "0.45"

LOOKS: dict[str, tuple[str, Any, str]] = {
    "plain": ("plain fine-tuning", TUNED, "s"),
    "plain_cool": ("plain, lower learning rate", TUNED, "v"),
    "promot_cool": ("ProMoT, lower learning rate", PROMPTED, "v"),
    "prompt_tuning": ("prompt tuning", "black", "^"),
    "promot": ("ProMoT", PROMPTED, "D"),
    "joint": ("prompt and weights at once", FRESH, "s"),
    "random_prompt": ("random prompt", FRESH, "v"),
    "demonstrated": ("plain, one demonstration", TUNED, "P"),
    "lora_first": ("LoRA, then weights", FRESH, "^"),
    "unfrozen": ("ProMoT, prompt not frozen", FRESH, "D"),
    "promot_demonstrated": ("ProMoT, one demonstration", PROMPTED, "P"),
    "plain_several": ("plain, several targets", TUNED, "X"),
    "promot_several": ("ProMoT, several targets", PROMPTED, "X"),
    "lora": ("LoRA", FEW, "o"),
    "replay": ("replay", DATA, "o"),
    "self_replay": ("self-generated replay", DATA, "s"),
    "l2_sp": ("L2-SP", PENALISED, "o"),
    "ewc": ("EWC", PENALISED, "s"),
    "kl": ("KL to the base", PENALISED, "D"),
    "dft": ("DFT loss", PENALISED, "^"),
    "lower_frozen": ("lower layers frozen", FEW, "s"),
    "wise": ("interpolation (WiSE-FT)", BASE, "*"),
}
"""Name, colour and marker of each role; the colour stands for the kind of recipe."""
MARKERS = "osDv^PX*<>"
"""Markers of runs without a role, in order."""
Who = tuple[str, str]
"""Kind and name of a model."""


@dataclass(frozen=True)
class Recipe:
    """A run, with its name, colour and marker."""

    run: str
    label: str
    colour: Any = OWN
    marker: str = "o"

    @property
    def who(self) -> Who:
        """Kind and name of the model."""
        return "run", self.run


@dataclass(frozen=True)
class Base(Recipe):
    """A base, shown among recipes."""

    colour: Any = BASE

    @property
    def who(self) -> Who:
        """Kind and name of the model."""
        return "base", self.run


@dataclass(frozen=True)
class RecipesSources:
    """The tables and settings that a figure may read."""

    paths: list[Path]
    """`reports/tables/{probe}/{table}.parquet` of the lab's probes."""
    parts: Lab
    """The lab's probes and models, by role."""
    target: str | None
    """The target of the lab's probe `retention`."""
    same_format: list[str]
    """Its sources whose replies have the target's format."""
    runs: dict[str, str]
    """The base of each run."""

    def probe(self, lab: ProbeKey) -> str:
        """Return the name of a lab's probe; NotRun if it has none."""
        name: str | None = getattr(self.parts, lab)
        if name is None:
            raise NotRun(f"labs.recipes.{lab} is null")
        return name

    def table(self, name: str, lab: ProbeKey = "retention") -> pd.DataFrame:
        """Return a table of a lab's probe; NotRun if the lab has none, EunoeError if the table is
        not there."""
        return find_table(self.paths, SCHEMAS, name, self.probe(lab))

    def aim(self) -> str:
        """Return the target of `retention`; NotRun if there is none."""
        if self.target is None:
            raise NotRun(f"probes.{self.parts.retention}.target is null")
        return self.target

    def run(self, part: str) -> str:
        """Return the run of a role; NotRun if there is none."""
        name: str | None = getattr(self.parts, part)
        if name is None:
            raise NotRun(f"labs.recipes.{part} is null")
        return name

    def final(self, lab: ProbeKey = "retention") -> pd.DataFrame:
        """Return the rows of `MEAN_SCORES` of final models."""
        rows = self.table("scores", lab)
        return rows[rows["level"].isna()]

    def scores(self, lab: ProbeKey = "retention", **values: object) -> pd.DataFrame:
        """Return rows of `MEAN_SCORES`; by default right answers of final models, as they are
        used."""
        fixed = {"transform": "identity", "attached": "deployed", "measure": "right"}
        return select(self.final(lab), **{**fixed, **values})

    def recipes(self, lab: ProbeKey = "retention") -> list[Recipe]:
        """Return every run that a lab's probe measured, parts of the lab first."""
        rows = self.table("scores", lab)
        found = set(rows["model"][rows["kind"] == "run"])
        shown = [recipe for recipe in self.named() if recipe.run in found]
        known = {recipe.run for recipe in shown}
        own = [run for run in self.runs if run in found - known]
        return shown + [
            Recipe(run, run, marker=MARKERS[number % len(MARKERS)])
            for number, run in enumerate(own)
        ]

    def named(self) -> list[Recipe]:
        """Return the runs that have a role, each once."""
        parts = {part: getattr(self.parts, part) for part in RECIPE_PARTS}
        found = {run: Recipe(run, *LOOKS[part]) for part, run in parts.items() if run}
        for key, run in self.parts.runs.items():
            found.setdefault(run, Recipe(run, strategy_label(key)))
        for base, strategies in self.parts.scaling.items():
            for key, run in strategies.runs.items():
                found.setdefault(run, Recipe(run, f"{strategy_label(key)} ({base})"))
        return list(found.values())

    def bases(self, recipes: Iterable[Recipe]) -> list[Recipe]:
        """Return the bases of recipes, each once."""
        names = dict.fromkeys(self.runs[recipe.run] for recipe in recipes)
        return [Base(name, "base" if len(names) == 1 else f"base {name}") for name in names]

    def strategies(self) -> dict[str, Strategies]:
        """Return the strategies by base, smallest first."""
        own = next((self.runs[run] for run in self.parts.runs.values() if run in self.runs), None)
        sizes = self.parts.sizes or ([own] if own else [])
        return {base: self.parts.strategies(base) for base in sizes}


def strategy_label(key: str) -> str:
    """Return how a run of `Strategies.runs` is called."""
    kind, _, rest = key.partition(".")
    side, _, fraction = rest.rpartition(".")
    both = "mathematics and code"
    ratio = (both, "general") if side == "specialised" else ("general", both)
    names = {
        "dmt": f"DMT, k = {rest}",
        "mixed": f"{rest} of all three",
        "single": f"{side} alone" + (f", {fraction}" if fraction != "1" else ""),
        "ratio": f"{'all' if fraction == '1' else f'{fraction} of'} {ratio[0]}, all {ratio[1]}",
    }
    return names.get(kind, kind.replace("_", "-" if kind == "multi_task" else " "))


def short(sources: Iterable[str]) -> dict[str, str]:
    """Return a short name for each source: without the language if that is the same for all."""
    names = list(sources)
    ends = {name.rpartition(".")[2] for name in names if name != HELD_OUT}
    same = len(ends) == 1 and all("." in name for name in names if name != HELD_OUT)
    return {
        name: (name.rpartition(".")[0] if same and name != HELD_OUT else name).replace("_", " ")
        for name in names
    }


def by_model(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows by kind and model; NotRun if there are none."""
    if rows.empty:
        raise NotRun("nothing was measured")
    return rows.set_index(["kind", "model"])


def value(rows: pd.DataFrame, who: Who) -> float:
    """Return a model's estimate among rows by kind and model, NaN if it is not there."""
    return float(rows["estimate"].loc[who]) if who in rows.index else float("nan")


def course(curves: pd.DataFrame, run: str) -> pd.DataFrame:
    """Return a run's curves; `updates` counts those of all its stages."""
    rows = select(curves, kind="run", model=run)
    lengths = rows.groupby("stage")["step"].max()
    starts = lengths.cumsum().shift(fill_value=0)
    return rows.assign(updates=rows["step"] + rows["stage"].map(starts))


def starts_of(rows: pd.DataFrame) -> list[int]:
    """Return the updates at which the second stage begins, the third, and so on."""
    return [int(start) for start in rows.groupby("stage")["updates"].min().iloc[1:]]


def by_fraction(runs: Mapping[str, str]) -> list[tuple[Fraction, str]]:
    """Return runs with their fractions, smallest first."""
    return sorted((Fraction(name), run) for name, run in runs.items())


def name_fractions(axes: Axes, fractions: Sequence[Fraction]) -> None:
    """Name fractions along the horizontal axis, equally far apart."""
    axes.set_xticks(range(len(fractions)), [str(fraction) for fraction in fractions])
    axes.set_xlim(-0.3, len(fractions) - 0.7)


def sources(inputs: Inputs) -> RecipesSources:
    """Return the tables, the target and the base of each run."""
    lab, study = inputs.lab, inputs.study
    retention = study.probes[lab.retention]
    assert isinstance(retention, TextProbe), "checked with the configuration"
    asked = (retention.target, retention.same_format)
    return RecipesSources(list(inputs.paths), lab, *asked, study.base_of_runs)
