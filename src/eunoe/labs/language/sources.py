"""Tables, names and drawing functions that the language lab's figures share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from eunoe.labs.language.settings import Lab
from eunoe.report.frames import find_table, select
from eunoe.report.lab import Inputs
from eunoe.report.layout import name_lines, percent
from eunoe.report.style import BASE, FRESH, NULL, PALETTE, TUNED
from eunoe.results.curves import CURVES
from eunoe.results.models import NotRun
from eunoe.results.text.tables import CHANGES, MEAN_SCORES

SCHEMAS = {
    "scores": MEAN_SCORES,
    "changes": CHANGES,
    "curves": CURVES,
}
NAMES = {
    "en": "English",
    "fr": "French",
    "es": "Spanish",
    "de": "German",
    "nl": "Dutch",
    "hu": "Hungarian",
    "leet": "Leetspeak",
    "pig": "Pig Latin",
}
"""Languages by their code."""
CIPHERS = ("leet", "pig")
COLOURS = dict(
    zip(NAMES, (TUNED, BASE, FRESH, PALETTE[2], PALETTE[4], PALETTE[5], "black", NULL), strict=True)
)
"""English, the fine-tuning language, has the colour of the tuned run; ciphers have none."""
TASKS = {
    "repeat_math": "repeat, sum",
    "repeat_blank": "repeat, blank",
    "capslock_math": "capslock, sum",
    "capslock_blank": "capslock, blank",
    "all": "these four",
    "held_out": "held-out tasks",
}


@dataclass(frozen=True)
class LanguageSources:
    """The tables and settings that a figure may read."""

    paths: list[Path]
    """`reports/tables/{probe}/{table}.parquet` of the lab's probes."""
    parts: Lab
    """The lab's probes and models, by role."""
    runs: dict[str, str]
    """The base of each run."""

    def table(self, name: str, lab: str) -> pd.DataFrame:
        """Return a table of a lab's probe; NotRun if the lab has none, EunoeError if the table is
        not there."""
        probe = getattr(self.parts, lab)
        if probe is None:
            raise NotRun(f"labs.language.{lab} is null")
        return find_table(self.paths, SCHEMAS, name, probe)

    def run(self, part: str) -> str:
        """Return the run of a role; NotRun if there is none."""
        name: str | None = getattr(self.parts, part)
        if name is None:
            raise NotRun(f"labs.language.{part} is null")
        return name

    def pair(self, part: str) -> list[tuple[str, str]]:
        """Return kind and name of the base of the run of a role, and of the run."""
        run = self.run(part)
        return [("base", self.runs[run]), ("run", run)]

    def scores(self, lab: str, who: tuple[str, str], **values: object) -> pd.DataFrame:
        """Return a model's rows of `MEAN_SCORES` in the wording of fine-tuning."""
        rows = self.table("scores", lab)
        rows = select(rows[rows["level"].isna()], attached="deployed")
        return select(rows, **{"kind": who[0], "model": who[1], "wording": "plain", **values})

    def changes(self, lab: str, part: str, **values: object) -> pd.DataFrame:
        """Return the rows of `CHANGES` of the run of a part, in the same wording, by
        generated replies."""
        rows = self.table("changes", lab)
        fixed = {"run": self.run(part), "wording": "plain", "measure": "right"}
        return select(rows, **{**fixed, **values})


def sources(inputs: Inputs) -> LanguageSources:
    """Return the tables, and the base of each run."""
    return LanguageSources(list(inputs.paths), inputs.lab, inputs.study.base_of_runs)


def plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of items as they are, through no transform."""
    return select(rows, transform="identity")


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of every language as it is, and of English through transforms."""
    return rows[(rows["transform"] == "identity") | (rows["language"] == "en")]


def by_place(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows by language and transform; NotRun if there are none."""
    if rows.empty:
        raise NotRun("nothing was measured")
    return rows.set_index(["language", "transform"])


def name_of(place: tuple[str, str]) -> str:
    """Return how a place is called."""
    language, transform = place
    spoken = NAMES.get(language, language)
    return spoken if transform == "identity" else f"{spoken} \N{RIGHTWARDS ARROW} {transform}"


def ordered(drops: pd.DataFrame) -> list[tuple[str, str]]:
    """Return places in the order of rows: English, languages by their drop, ciphers, transforms."""

    def key(place: tuple[str, str]) -> tuple[bool, bool, bool, float]:
        language, transform = place
        other = transform != "identity"
        return other, language in CIPHERS, language != "en", -estimates[place]

    estimates: dict[Any, float] = drops["estimate"].to_dict()
    return sorted(drops.index.tolist(), key=key)


def name_rows(axes: Sequence[Axes], places: Sequence[tuple[str, str]]) -> None:
    """Give each place its row in panels that share their rows, the first on top."""
    name_lines(axes, [name_of(place) for place in places])


def stacks(
    axes: Axes,
    rows: pd.DataFrame,
    places: Sequence[tuple[str, str]],
    looks: Mapping[str, tuple[str, Any]],
) -> None:
    """Draw the shares of outcomes in each place, one after the other, labels and colours by
    outcome."""
    for row, place in enumerate(places):
        left = 0.0
        found = rows[rows.index == place].set_index("measure")["estimate"].to_dict()
        for outcome, (label, colour) in looks.items():
            share = float(found.get(outcome, 0.0))
            axes.barh(row, share, 0.76, left, color=colour, label=label, linewidth=0)
            left += share
    axes.set_xlim(0, 1)
    percent(axes)
