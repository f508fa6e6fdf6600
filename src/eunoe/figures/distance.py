"""Figure distance: the drop of a language against how near it is to the fine-tuning language."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.figures.house import NULL, new_figure
from eunoe.figures.language_sources import (
    COLOURS,
    NAMES,
    LanguageSources,
    or_reason,
    plain,
    select,
)
from eunoe.results import NotRun

PANELS = {
    "overlap": "words that occur in English prompts (%)",
    "prompt_log_likelihood": "log-likelihood per character (nats), tuned model",
}


@or_reason("Drop against distance from English")
def draw(sources: LanguageSources, size: tuple[float, float]) -> Figure:
    """Draw the drop on repeat and capslock against two measures of nearness."""
    drops = plain(sources.changes("learning", "instructed", quantity="drop", task="all"))
    who = sources.pair("instructed")[1]
    near = plain(sources.accuracies("learning", who, task="all"))
    found = {name: joined(drops, select(near, measure=name)) for name in PANELS}
    found = {name: rows for name, rows in found.items() if not rows.empty}
    if not found:
        raise NotRun("neither texts nor likelihoods of prompts were kept")
    figure, axes = new_figure(size, len(found), sharey=True)
    for panel, (name, rows) in zip(axes, found.items(), strict=True):
        if name == "overlap":
            rows[["x", "x_low", "x_high"]] *= 100
        scatter(panel, rows, 72 * np.array([size[0] / len(found) - 0.4, size[1] - 0.8]))
        panel.set_xlabel(PANELS[name])
        panel.axhline(0, color="0.85", linewidth=0.6, zorder=0)
    axes[0].set_ylabel("drop: base minus tuned (points)")
    figure.suptitle(title(found))
    return figure


def joined(drops: pd.DataFrame, near: pd.DataFrame) -> pd.DataFrame:
    """Return drops in points and nearness by language."""
    ends = ["estimate", "low", "high"]
    left = 100 * drops.set_index("language")[ends].set_axis(["y", "y_low", "y_high"], axis=1)
    right = near.set_index("language")[ends].set_axis(["x", "x_low", "x_high"], axis=1)
    return left.join(right, how="inner")


def scatter(axes: Axes, rows: pd.DataFrame, panel: np.ndarray) -> None:
    """Draw one point a language, with its intervals and its name; `panel` is the size in points."""
    for language, row in rows.iterrows():
        axes.errorbar(
            row["x"],
            row["y"],
            xerr=[[row["x"] - row["x_low"]], [row["x_high"] - row["x"]]],
            yerr=[[row["y"] - row["y_low"]], [row["y_high"] - row["y"]]],
            marker="o",
            markersize=4,
            elinewidth=0.8,
            color=COLOURS.get(str(language), NULL),
        )
    axes.margins(0.16, 0.16)
    label(axes, rows, panel)


SIDES = [
    *((7.0, 0.0, "left"), (-7.0, 0.0, "right"), (0.0, 9.0, "center"), (0.0, -9.0, "center")),
    *((6.0, 7.0, "left"), (6.0, -7.0, "left"), (-6.0, 7.0, "right"), (-6.0, -7.0, "right")),
    *((0.0, 18.0, "center"), (0.0, -18.0, "center"), (9.0, 15.0, "left"), (9.0, -15.0, "left")),
]
"""Where a name can stand beside its point, in points of print."""
HEIGHT, WIDTH = 4.0, 2.1
"""Half the height of a name, and half the width of a letter, in points of print."""
ENOUGH = 5.0
"""Points of print between a name and anything else; more is no better, so near sides come first."""
SPREAD = np.array([(x, y) for x in (-1, -0.5, 0, 0.5, 1) for y in (-1, 0, 1)])
"""Where a name takes room, in halves of its width and height."""


def label(axes: Axes, rows: pd.DataFrame, panel: np.ndarray) -> None:
    """Write each name on the side of its point that is farthest from points, bars and names."""
    low, high = np.array([axes.get_xlim(), axes.get_ylim()]).T

    def on_panel(x: str, y: str) -> np.ndarray:
        return (rows[[x, y]].to_numpy() - low) / (high - low) * panel

    points = on_panel("x", "y")
    ends = [("x_low", "y"), ("x_high", "y"), ("x", "y_low"), ("x", "y_high")]
    taken = np.concatenate([points, *(on_panel(*end) for end in ends)])
    for point, (language, row) in zip(points, rows.iterrows(), strict=True):
        name = NAMES.get(str(language), str(language))
        half = np.array([WIDTH * len(name), HEIGHT])
        shifts = {"left": half[0], "right": -half[0], "center": 0.0}
        middles = [point + np.array([right + shifts[align], up]) for right, up, align in SIDES]
        best = max(range(len(SIDES)), key=lambda side: room(middles[side], half, taken, panel))
        taken = np.concatenate([taken, middles[best] + half * SPREAD])
        right, up, align = SIDES[best]
        axes.annotate(
            name,
            (row["x"], row["y"]),
            xytext=(right, up),
            textcoords="offset points",
            ha=align,
            va="center",
            fontsize="small",
        )


def room(middle: np.ndarray, half: np.ndarray, taken: np.ndarray, panel: np.ndarray) -> float:
    """Return how far a box is from what is there already, less 100 if it leaves the panel."""
    outside = (middle - half < 0).any() or (middle + half > panel).any()
    gaps = np.maximum(np.abs(middle - taken) - half, 0).sum(1)
    return min(float(gaps.min()), ENOUGH) - 100 * bool(outside)


def title(found: dict[str, pd.DataFrame]) -> str:
    """Say how far the drop of the languages other than English is ordered by nearness."""
    names = {"overlap": "shared words", "prompt_log_likelihood": "likelihood"}
    parts = []
    for measure, rows in found.items():
        others = rows.drop("en", errors="ignore")[["x", "y"]].rank()
        value = others["x"].corr(others["y"]) if len(others) > 2 else float("nan")
        if value == value:  # not NaN
            parts.append(f"{value:.2f} ({names[measure]})")
    if not parts:
        return "Drop against nearness to English"
    return f"Rank correlation of drop and nearness, English apart: {', '.join(parts)}"
