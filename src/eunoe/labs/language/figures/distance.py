"""Figure distance: the drop of a language against how near it is to the fine-tuning language."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.labs.language.sources import COLOURS, NAMES, LanguageSources, plain
from eunoe.report.frames import select
from eunoe.report.layout import placeholder
from eunoe.report.style import NULL, legend_below, new_figure
from eunoe.results.models import NotRun
from eunoe.statistics.quantities import RankCorrelation

PANELS = {
    "overlap": "words that occur in English prompts (%)",
    "prompt_log_likelihood": "log-likelihood per character (nats), tuned model",
}


@placeholder("Drop against distance from English")
def draw(sources: LanguageSources, size: tuple[float, float]) -> Figure:
    """Draw the drop on repeat and capslock against two measures of nearness."""
    drops = plain(sources.changes("learning", "instructed", quantity="drop", task="all"))
    who = sources.pair("instructed")[1]
    near = plain(sources.scores("learning", who, task="all"))
    found = {name: joined(drops, select(near, measure=name)) for name in PANELS}
    found = {name: rows for name, rows in found.items() if not rows.empty}
    if not found:
        raise NotRun("neither texts nor likelihoods of prompts were kept")
    figure, axes = new_figure(size, len(found), sharey=True)
    for panel, (name, rows) in zip(axes, found.items(), strict=True):
        if name == "overlap":
            rows[["x", "x_low", "x_high"]] *= 100
        scatter(panel, rows)
        panel.set_xlabel(PANELS[name])
        panel.axhline(0, color="0.85", linewidth=0.6, zorder=0)
    axes[0].set_ylabel("drop: base minus tuned (points)")
    legend_below(figure, axes, 4)
    figure.suptitle(title(found))
    return figure


def joined(drops: pd.DataFrame, near: pd.DataFrame) -> pd.DataFrame:
    """Return drops in points and nearness by language."""
    ends = ["estimate", "low", "high"]
    left = 100 * drops.set_index("language")[ends].set_axis(["y", "y_low", "y_high"], axis=1)
    right = near.set_index("language")[ends].set_axis(["x", "x_low", "x_high"], axis=1)
    return left.join(right, how="inner")


def scatter(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw one point a language, with its intervals."""
    for language, row in rows.iterrows():
        axes.errorbar(
            row["x"],
            row["y"],
            xerr=[[row["x"] - row["x_low"]], [row["x_high"] - row["x"]]],
            yerr=[[row["y"] - row["y_low"]], [row["y_high"] - row["y"]]],
            marker="o",
            markersize=4,
            elinewidth=0.8,
            linestyle="none",
            color=COLOURS.get(str(language), NULL),
            label=NAMES.get(str(language), str(language)),
        )


def title(found: dict[str, pd.DataFrame]) -> str:
    """Say how far the drop of the languages other than English is ordered by nearness, and how
    often it would be by chance."""
    names = {"overlap": "shared words", "prompt_log_likelihood": "likelihood"}
    parts = []
    for measure, rows in found.items():
        others = rows.drop("en", errors="ignore")
        if len(others) > 2:
            order = RankCorrelation(others["x"].to_numpy(), others["y"].to_numpy(), seeds=1)
            if not np.isnan(order.estimate):
                chance = likely(order.tails(0.0).two_sided)
                parts.append(f"{order.estimate:.2f} ({names[measure]}, {chance})")
    if not parts:
        return "Drop against nearness to English"
    return f"Rank correlation with the drop, English apart: {', '.join(parts)}"


def likely(p: float) -> str:
    """Return a p-value in words."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
