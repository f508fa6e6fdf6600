"""Figure recovery: what each language loses, and what each transform wins back of English.

Kotha et al. 2024, conjugate prompting, beside the re-wording control.
"""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.labs.language.sources import (
    NAMES,
    TASKS,
    LanguageSources,
    by_place,
    name_of,
    ordered,
    plain,
)
from eunoe.report.layout import placeholder, size_for_rows
from eunoe.report.style import BASE, TUNED, new_figure

LOST = sns.blend_palette(["#ffffff", TUNED], as_cmap=True)
WON = sns.blend_palette(["#ffffff", BASE], as_cmap=True)


@placeholder("Drop and recovery")
def draw(sources: LanguageSources, size: tuple[float, float]) -> Figure:
    """Draw two heat maps, in per cent: drops by language, shares of it recovered by transform."""
    drops = plain(sources.changes("learning", "instructed", quantity="drop"))
    shares = sources.changes("learning", "instructed", quantity="recovered_share", language="en")
    shares = shares[shares["low"].notna()]  # else hardly anything was lost, and it may be noise
    overall = by_place(drops[drops["task"] == "all"])
    maps = [(drops, ordered(overall), "drop: base minus tuned (points)", LOST)]
    if not shares.empty:
        best = shares.groupby(["language", "transform"])["estimate"].mean()
        places = best.sort_values(ascending=False).index.tolist()
        maps.append((shares, places, "English: share of the drop recovered (%)", WON))
    rows = max(len(places) for _, places, _, _ in maps)
    figure, axes = new_figure(size_for_rows(size, int(1.2 * rows)), len(maps))
    for panel, (table, places, label, colours) in zip(axes, maps, strict=True):
        heat(panel, table, places, colours)
        panel.set_title(label)
    figure.suptitle(title(shares))
    return figure


def heat(axes: Axes, table: pd.DataFrame, places: list[tuple[str, str]], colours: Any) -> None:
    """Draw a heat map of places by tasks, each cell with its number or a dash."""
    tasks = [task for task in TASKS if task in set(table["task"])]
    wide = table.pivot_table(
        index=["language", "transform"], columns="task", values="estimate", observed=True
    )
    values = 100 * wide.reindex(index=places, columns=tasks).to_numpy()
    axes.imshow(np.nan_to_num(values), cmap=colours, vmin=0, vmax=100, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        text = "–" if np.isnan(value) else f"{value:z.0f}"
        colour = "white" if value > 60 else "black"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize="small")
    axes.set_xticks(range(len(tasks)), [TASKS[task] for task in tasks], rotation=35, ha="right")
    names = [
        name_of(place).removeprefix(f"{NAMES['en']} \N{RIGHTWARDS ARROW} ") for place in places
    ]
    axes.set_yticks(range(len(places)), names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def title(shares: pd.DataFrame) -> str:
    """Say which transform wins back most on the four tasks, and what re-wording does."""
    rows = shares[shares["task"] == "all"].set_index("transform")["estimate"]
    control = rows[rows.index.str.split("(").str[0] == "reword"]
    rows = rows.drop(control.index)
    if rows.empty:
        return "Drop by language"
    beside = f", re-wording {control.iloc[0]:z.0%}" if len(control) else ""
    return f"{rows.idxmax()} wins back {rows.max():z.0%} of what English lost{beside}"
