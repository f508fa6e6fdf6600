"""What the language lab's figures share: their tables, names, and ways to draw rows of places."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe import tables
from eunoe.config.chapters import LanguageChapter
from eunoe.errors import EunoeError
from eunoe.figures.house import BASE, FRESH, NULL, PALETTE, TUNED, new_figure
from eunoe.results import NotRun

SCHEMAS = {
    "accuracies": tables.ACCURACIES,
    "changes": tables.CHANGES,
    "curves": tables.CURVES,
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


@cache
def read_table(path: Path) -> pd.DataFrame:
    """Return a table as a frame of plain columns."""
    frame: pd.DataFrame = tables.read(path, SCHEMAS[path.stem]).to_pandas()
    categories = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(categories, object))


@dataclass(frozen=True)
class LanguageSources:
    """Everything that a figure may read."""

    paths: list[Path]
    """`reports/tables/{probe}/{table}.parquet` of the chapter's probes."""
    parts: LanguageChapter
    """Which probes and models play which part."""
    runs: dict[str, str]
    """The base of each run."""

    def table(self, name: str, lab: str) -> pd.DataFrame:
        """Return a table of a lab's probe; NotRun if the lab has none, EunoeError if the table is
        not there."""
        probe = getattr(self.parts, lab)
        if probe is None:
            raise NotRun(f"chapters.language.{lab} is null")
        for path in self.paths:
            if path.stem == name and path.parent.name == probe:
                return read_table(path)
        raise EunoeError(f"no table {name} of probe {probe} among the figure's inputs")

    def run(self, part: str) -> str:
        """Return the run that plays a part; NotRun if none does."""
        name: str | None = getattr(self.parts, part)
        if name is None:
            raise NotRun(f"chapters.language.{part} is null")
        return name

    def pair(self, part: str) -> list[tuple[str, str]]:
        """Return kind and name of the base of the run that plays a part, and of the run."""
        run = self.run(part)
        return [("base", self.runs[run]), ("run", run)]

    def accuracies(self, lab: str, who: tuple[str, str], **values: object) -> pd.DataFrame:
        """Return a model's rows of `tables.ACCURACIES` in the wording of fine-tuning."""
        rows = self.table("accuracies", lab)
        return select(rows, **{"kind": who[0], "model": who[1], "wording": "plain", **values})

    def changes(self, lab: str, part: str, **values: object) -> pd.DataFrame:
        """Return the rows of `tables.CHANGES` of the run of a part, in the same wording, by
        generated replies."""
        rows = self.table("changes", lab)
        fixed = {"run": self.run(part), "wording": "plain", "measure": "generated"}
        return select(rows, **{**fixed, **values})


def select(rows: pd.DataFrame, **values: object) -> pd.DataFrame:
    """Return the rows whose columns have the given values."""
    for column, value in values.items():
        rows = rows[rows[column] == value]
    return rows


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


def tall(size: tuple[float, float], rows: int) -> tuple[float, float]:
    """Return the size, higher where so many rows need it."""
    return size[0], max(size[1], 1.1 + 0.15 * rows)


Draw = Callable[[LanguageSources, tuple[float, float]], Figure]
"""Draws a figure of a size in inches; NotRun if nothing of it was run."""


def or_reason(title: str) -> Callable[[Draw], Draw]:
    """Return a decorator with which a figure that has nothing to show says why, under a title."""

    def decorated(draw: Draw) -> Draw:
        @wraps(draw)
        def drawn(sources: LanguageSources, size: tuple[float, float]) -> Figure:
            try:
                return draw(sources, size)
            except NotRun as reason:
                return not_run(size, title, reason)

        return drawn

    return decorated


def not_run(size: tuple[float, float], subject: str, reason: object) -> Figure:
    """Return a figure that says that there is nothing to draw, and why."""
    figure, (axes,) = new_figure(size)
    axes.axis("off")
    axes.text(0.5, 0.5, f"not run: {reason}", ha="center", va="center", transform=axes.transAxes)
    figure.suptitle(subject)
    return figure


def name_rows(axes: Sequence[Axes], places: Sequence[tuple[str, str]]) -> None:
    """Give each place its row in panels that share their rows, the first on top."""
    axes[0].set_yticks(range(len(places)), [name_of(place) for place in places])
    axes[0].set_ylim(len(places) - 0.4, -0.6)
    for panel in axes:
        panel.tick_params(axis="y", length=0)


def dots(
    axes: Axes,
    rows: pd.DataFrame,
    places: Sequence[tuple[str, str]],
    offset: float,
    **style: Any,
) -> None:
    """Draw one estimate for each place, with its interval, off the middle of the row."""
    known = [(row, place) for row, place in enumerate(places) if place in rows.index]
    if not known:
        return
    found = rows.loc[[place for _, place in known]]
    bars = [found["estimate"] - found["low"], found["high"] - found["estimate"]]
    axes.errorbar(
        found["estimate"],
        np.array([row for row, _ in known]) + offset,
        xerr=bars,
        **{"linestyle": "none", "markersize": 4, "elinewidth": 0.8, **style},
    )


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


def percent(axes: Axes) -> None:
    """Write the horizontal axis in per cent."""
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}")


def points_of(value: float) -> str:
    """Return a difference of shares in whole points."""
    return f"{100 * value:.0f}".replace("-0", "0")


def span_of(values: pd.Series) -> str:
    """Return the range of differences in whole points."""
    low, high = points_of(values.min()), points_of(values.max())
    return low if low == high else f"{low} to {high}"
