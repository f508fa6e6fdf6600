"""The picture of an audit: drops by capability and language, and recoveries by prompt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.labs.audit.verdicts import IDENTITY, VERDICTS

COLOURS = "RdBu"
CELL, NAMES, ENDS = 0.42, 1.9, 1.5
"""Inches: height of a row, width of the names at its left, height of title and labels."""
WIDEST = 11.0


def draw(verdicts: pd.DataFrame, audit: str, home: str) -> Figure:
    """Return drops by language at the left and, of the home language, what is recovered by prompt.

    `verdicts` are rows of `VERDICTS`; replies are those that were generated. Shares are
    percentage points of accuracy; a number is in bold where its interval, over items, excludes 0.
    """
    rows = verdicts[verdicts["measure"] == "generated"]
    languages = languages_in(rows, home)
    first = languages[0]
    losses = rows[rows["transform"] == IDENTITY]
    gains = rows[(rows["transform"] != IDENTITY) & (rows["language"] == first)]
    ways = list(gains.sort_values(["role", "transform"])["transform"].unique())
    tasks = list(rows["task"].unique())
    widths = [len(languages), max(1, len(ways))]
    size = (min(WIDEST, NAMES + 0.62 * sum(widths) + 0.9), ENDS + CELL * len(tasks))
    figure = Figure(figsize=size, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=widths)
    panel(left, losses, "drop", tasks, "language", languages, -1)
    image = panel(right, gains, "recovered", tasks, "transform", ways, 1)
    names = [row_name(task, losses[losses["language"] == first]) for task in tasks]
    left.set_yticks(range(len(tasks)), names)
    left.set_title("drop: base minus tuned\nby language")
    right.set_title(f"recovered in {first}: conjugate\nminus plain prompt, tuned model")
    bar = figure.colorbar(image, ax=[left, right], shrink=0.9, pad=0.01, aspect=15)
    bar.set_label("worse (red), better (blue),\npercentage points of accuracy")
    bar.ax.yaxis.set_major_formatter(lambda share, _: f"{100 * abs(share):.0f}")
    figure.suptitle(title(losses[losses["language"] == first], audit, first))
    return figure


def languages_in(rows: pd.DataFrame, home: str) -> list[str]:
    """Return the languages of rows, the home language first."""
    return sorted(rows["language"].unique(), key=lambda language: (language != home, language))


def panel(
    axes: Axes,
    rows: pd.DataFrame,
    value: str,
    tasks: list[str],
    key: str,
    columns: list[str],
    sign: int,
) -> Any:
    """Draw a grid of one value; where a task was not asked in that way, the cell stays empty.

    `sign` is -1 for losses, so that what is worse is red on both sides.
    """
    grid = {
        name: rows.pivot(index="task", columns=key, values=name).reindex(
            index=tasks, columns=columns
        )
        for name in (value, f"{value}_low", f"{value}_high")
    }
    shares = grid[value].to_numpy(dtype=float)
    image = axes.imshow(sign * shares, cmap=COLOURS, vmin=-1, vmax=1, aspect="auto")
    certain = (grid[f"{value}_low"] > 0) | (grid[f"{value}_high"] < 0)
    for (y, x), share in np.ndenumerate(shares):
        if np.isfinite(share):
            axes.text(
                x,
                y,
                f"{100 * share:z.0f}",
                ha="center",
                va="center",
                color="white" if abs(share) > 0.6 else "black",
                weight="bold" if certain.iat[y, x] else "normal",
            )
    axes.set_xticks(range(len(columns)), [label(column) for column in columns], rotation=40)
    for text in axes.get_xticklabels():
        text.set(ha="right", rotation_mode="anchor")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_facecolor("0.93")
    return image


def label(name: str) -> str:
    """Return the label of a prompt on the axis."""
    if name.startswith("language("):
        return f"in {name[len('language(') : -1]}"
    return "reworded" if name.startswith("wording(") else name.replace("_", " ")


def row_name(task: str, losses: pd.DataFrame) -> str:
    """Return a task with its verdict."""
    verdict = losses.loc[losses["task"] == task, "verdict"]
    said = str(verdict.iat[0]) if len(verdict) else "not asked"
    return f"{task.replace('_', ' ')}\n{said}"


def title(losses: pd.DataFrame, audit: str, language: str) -> str:
    """Say how many capabilities are suppressed, not recovered, kept or neither."""
    counts = losses["verdict"].value_counts()
    said = [f"{counts[name]} {name}" for name in VERDICTS if counts.get(name, 0)]
    noun = "capability" if len(losses) == 1 else "capabilities"
    return f"{audit}: of {len(losses)} {noun} asked in {language}, {', '.join(said)}"
