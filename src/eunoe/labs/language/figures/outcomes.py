"""Figure outcomes: which answer is given, in context, to the question, or neither.

The public code of Kotha et al. 2024 scores the first only, so that it cannot tell the others apart.
"""

from matplotlib.figure import Figure

from eunoe.labs.language.sources import (
    LanguageSources,
    by_place,
    name_rows,
    ordered,
    shown,
    stacks,
)
from eunoe.report.layout import placeholder, size_for_rows
from eunoe.report.style import BASE, NULL, TUNED, legend_below, new_figure

LOOKS = {
    "in_context": ("in-context answer", BASE),
    "instruction": ("answer to the question", TUNED),
    "other": ("neither", NULL),
}


@placeholder("Which answer is given")
def draw(sources: LanguageSources, size: tuple[float, float]) -> Figure:
    """Draw the shares of the three outcomes in every place, before and after tuning."""
    drops = sources.changes("learning", "instructed", quantity="drop", task="all")
    places = ordered(by_place(shown(drops)))
    figure, axes = new_figure(size_for_rows(size, len(places)), 2, sharey=True)
    names = ("base", "tuned on English questions")
    for panel, who, name in zip(axes, sources.pair("instructed"), names, strict=True):
        stacks(panel, by_place(sources.scores("learning", who, task="all")), places, LOOKS)
        panel.set(title=name, xlabel="replies to repeat and capslock (%)")
    name_rows(axes, places)
    legend_below(figure, axes, 3)
    figure.suptitle(title(sources))
    return figure


def title(sources: LanguageSources) -> str:
    """Say what English replies turned into."""
    who = sources.pair("instructed")[1]
    rows = sources.scores("learning", who, task="all", language="en", transform="identity")
    shares = rows.set_index("measure")["estimate"]
    if shares.empty:
        return "Which answer is given, before and after tuning"
    return (
        f"After tuning, {shares['instruction']:z.0%} of the English replies answer the question,"
        f" {shares['other']:z.0%} do neither"
    )
