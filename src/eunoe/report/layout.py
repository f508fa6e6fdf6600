"""Layout of figures with a name on each row, and placeholders for figures without data."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.report.style import new_figure
from eunoe.results.models import NotRun

Size = tuple[float, float]
"""Inches."""
S = TypeVar("S")


class FigureDecorator(Protocol):
    """A decorator of functions that draw a figure of a size from sources."""

    def __call__(self, draw: Callable[[S, Size], Figure], /) -> Callable[[S, Size], Figure]:
        """Return the function that draws, or says why not."""


def placeholder(title: str) -> FigureDecorator:
    """Return a decorator with which a figure that has nothing to show says why, under a title."""

    def decorated(draw: Callable[[S, Size], Figure]) -> Callable[[S, Size], Figure]:
        @wraps(draw)
        def drawn(sources: S, size: Size) -> Figure:
            try:
                return draw(sources, size)
            except NotRun as reason:
                return not_run(size, title, reason)

        return drawn

    return decorated


def size_for_rows(size: Size, rows: int) -> Size:
    """Return the size, higher where so many rows need it."""
    return size[0], max(size[1], 1.1 + 0.15 * rows)


def not_run(size: Size, subject: str, reason: object) -> Figure:
    """Return a figure that says why there is nothing to draw."""
    figure, (axes,) = new_figure(size)
    axes.axis("off")
    axes.text(0.5, 0.5, f"not run: {reason}", ha="center", va="center", transform=axes.transAxes)
    figure.suptitle(subject)
    return figure


def name_lines(axes: Sequence[Axes], names: Sequence[str]) -> None:
    """Give each name its row in panels that share their rows, the first on top."""
    axes[0].set_yticks(range(len(names)), names)
    axes[0].set_ylim(len(names) - 0.4, -0.6)
    for panel in axes:
        panel.tick_params(axis="y", length=0)


def dots(
    axes: Axes, rows: pd.DataFrame, places: Sequence[Any], offset: float, **style: Any
) -> None:
    """Draw one estimate for each place of the rows' index, with its interval, off the middle of
    the row."""
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


def percent(axes: Axes, which: Literal["x", "y"] = "x") -> None:
    """Write an axis in per cent."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(lambda value, _: f"{100 * value:.0f}")


def separate(axes: Sequence[Axes], rows: int) -> None:
    """Draw a thin line between each two rows."""
    for panel in axes:
        for row in range(1, rows):
            panel.axhline(row - 0.5, color="0.9", linewidth=0.5, zorder=0)


def points_of(value: float) -> str:
    """Return a difference of shares in whole points."""
    return f"{100 * value:z.0f}"


def span_of(values: pd.Series) -> str:
    """Return the range of differences in whole points."""
    low, high = points_of(values.min()), points_of(values.max())
    return low if low == high else f"{low} to {high}"


def signed(difference: float) -> str:
    """Return a difference of shares in whole points, with its sign."""
    points = points_of(difference)
    return points if points == "0" or points.startswith("-") else f"+{points}"
