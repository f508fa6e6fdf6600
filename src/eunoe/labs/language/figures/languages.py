"""Figure languages: in-context accuracy by language, before and after tuning on English questions.

Kotha et al. 2024, in-context learning against instruction following.
"""

import pandas as pd
from matplotlib.figure import Figure

from eunoe.labs.language.sources import LanguageSources, by_place, name_rows, ordered, plain
from eunoe.report.layout import dots, percent, placeholder, size_for_rows, span_of
from eunoe.report.style import BASE, FRESH, TUNED, legend_below, new_figure

PANELS = {"all": "repeat and capslock", "held_out": "reverse and first-word (held out)"}
LOOKS = (
    ("instructed", 0, "base", BASE, "o"),
    ("instructed", 1, "tuned on English questions", TUNED, "s"),
    ("instructed_elsewhere", 1, "control: tuned in another language", FRESH, "D"),
)


@placeholder("In-context accuracy by language")
def draw(sources: LanguageSources, size: tuple[float, float]) -> Figure:
    """Draw accuracies on tasks like those of fine-tuning, and on held-out ones."""
    changes = plain(sources.changes("learning", "instructed", quantity="drop"))
    drops = by_place(changes[changes["task"] == "all"])
    places = ordered(drops)
    tasks = [task for task in PANELS if task in set(changes["task"])]
    figure, axes = new_figure(size_for_rows(size, 2 * len(places)), len(tasks), sharey=True)
    for panel, task in zip(axes, tasks, strict=True):
        for index, (part, position, label, colour, marker) in enumerate(LOOKS):
            if getattr(sources.parts, part) is None:
                continue
            who = sources.pair(part)[position]
            rows = sources.scores("learning", who, task=task, measure="right")
            if not rows.empty:
                style = {"label": label, "color": colour, "marker": marker}
                dots(panel, by_place(rows), places, 0.22 * (index - 1), **style)
        for row in range(1, len(places)):
            panel.axhline(row - 0.5, color="0.9", linewidth=0.5, zorder=0)
        percent(panel)
        panel.set(title=PANELS[task], xlabel="right answers (%)", xlim=(-0.02, 1.02))
    name_rows(axes, places)
    legend_below(figure, axes, 3)
    figure.suptitle(title(drops["estimate"].droplevel("transform")))
    return figure


def title(lost: pd.Series) -> str:
    """Say what English loses, and what the others do."""
    if "en" not in lost.index or len(lost) == 1:
        return f"Tuning on English questions costs {span_of(lost)} points"
    rest = span_of(lost.drop("en"))
    english = span_of(lost[["en"]])
    return f"Tuning on English questions costs {english} points in English, {rest} elsewhere"
