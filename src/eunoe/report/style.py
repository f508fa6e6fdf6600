"""Style of all figures: colours by meaning, lines with intervals, reproducible files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.config.figures import Style
from eunoe.files import atomic

PALETTE = sns.color_palette("colorblind")
BASE, TUNED, FRESH, ALONE = PALETTE[0], PALETTE[3], PALETTE[1], PALETTE[2]
"""The base, the tuned run, the run on a fresh bank, a network trained on one source alone."""
IDEAL, NULL = "black", "0.6"
"""Ideal predictors are black broken lines; the zero predictor is grey."""

ERROR_UNIT = r"squared error / $d\tau^2$"
EXEMPLARS = "exemplars in the prompt"


def gamma_colours(count: int) -> list[Any]:
    """Return colours for growing gamma, from the tuned run's own through purple to near black."""
    return list(sns.blend_palette([TUNED, "#a0307a", "#24104f"], count))


def alpha_colours(alphas: list[float]) -> dict[float, Any]:
    """Return a colour for each alpha, from light to dark."""
    ordered = sorted(alphas)
    return dict(zip(ordered, sns.color_palette("crest", len(ordered)), strict=True))


@contextmanager
def styled(style: Style) -> Iterator[None]:
    """Apply the house style while figures are drawn."""
    sizes: dict[Any, Any] = {
        key: style.font_size
        for key in ("font.size", "axes.labelsize", "axes.titlesize", "figure.titlesize")
    }
    small: dict[Any, Any] = {
        key: style.font_size - 1
        for key in ("xtick.labelsize", "ytick.labelsize", "legend.fontsize")
    }
    theme: dict[Any, Any] = sns.axes_style("ticks")
    fixed: dict[Any, Any] = {
        "svg.hashsalt": "eunoe",  # otherwise ids in the SVG are random
        "svg.fonttype": "path",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "lines.linewidth": 1.2,
        "axes.linewidth": 0.7,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "font.family": "DejaVu Sans",  # ships with matplotlib: the same on every machine
    }
    with mpl.rc_context({**theme, **sizes, **small, **fixed}):
        yield


def new_figure(size: tuple[float, float], panels: int = 1, **options: Any) -> tuple[Figure, Any]:
    """Return a figure of so many panels in a row, laid out so that nothing overlaps."""
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(1, panels, squeeze=False, **options)[0]


def line(axes: Axes, rows: pd.DataFrame, x: str, label: str, color: Any, **style: Any) -> None:
    """Draw an estimate against a column, with its interval, or the range of seeds, as a band."""
    rows = rows.sort_values(x)
    axes.plot(rows[x], rows["estimate"], label=label, color=color, **style)
    if not style.get("linestyle", "-").startswith((":", "--")):
        axes.fill_between(rows[x], rows["low"], rows["high"], color=color, alpha=0.2, linewidth=0)


def points(axes: Axes, rows: pd.DataFrame, x: str, label: str, color: Any, **style: Any) -> None:
    """Draw an estimate against a column as joined points, with its interval as bars."""
    rows = rows.sort_values(x)
    bars = [rows["estimate"] - rows["low"], rows["high"] - rows["estimate"]]
    options = {"marker": "o", "markersize": 3, "capsize": 0, "elinewidth": 0.8, **style}
    axes.errorbar(rows[x], rows["estimate"], yerr=bars, label=label, color=color, **options)


def legend_below(figure: Figure, axes: Any, columns: int) -> None:
    """Put one legend for all panels below them, each label once."""
    found: dict[str, Any] = {}
    for panel in axes:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    figure.legend(list(found.values()), list(found), loc="outside lower center", ncols=columns)


def save(figure: Figure, png: Path, svg: Path, dots_per_inch: int) -> None:
    """Write a figure twice; the same figure gives the same bytes."""
    with atomic(png) as temporary:
        figure.savefig(temporary, format="png", dpi=dots_per_inch, metadata={"Software": None})
    with atomic(svg) as temporary:
        figure.savefig(temporary, format="svg", metadata={"Date": None, "Creator": None})
