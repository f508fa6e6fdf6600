"""Figure refusals: answered, refused or ambiguous, on guarded and on free topics, everywhere.

Kotha et al. 2024, refusals after safety fine-tuning. Free topics show over-refusal.
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
from eunoe.results.models import NotRun

LOOKS = {
    "answer": ("answered", BASE),
    "refuse": ("refused", TUNED),
    "other": ("ambiguous", NULL),
}
TOPICS = GUARDED, FREE = ("guarded_topics", "free_topics")
NAMES = ("base", "tuned")


@placeholder("Refusals by language")
def draw(sources: LanguageSources, size: tuple[float, float]) -> Figure:
    """Draw shares of outcomes in every place, before and after tuning, for both kinds of topics."""
    changes = shown(sources.changes("refusals", "refusing", quantity="drop"))
    topics = [task for task in TOPICS if task in set(changes["task"])]
    if not topics:
        raise NotRun("neither guarded nor free topics were asked")
    places = ordered(by_place(changes[changes["task"] == topics[0]]))
    figure, axes = new_figure(size_for_rows(size, len(places)), 2 * len(topics), sharey=True)
    panels = iter(axes)
    for topic in topics:
        for who, name in zip(sources.pair("refusing"), NAMES, strict=True):
            panel = next(panels)
            rows = sources.scores("refusals", who, task=topic)
            stacks(panel, by_place(rows), places, LOOKS)
            panel.set(title=f"{topic.replace('_', ' ')},\n{name}", xlabel="replies (%)")
    name_rows(axes, places)
    legend_below(figure, axes, 3)
    figure.suptitle(title(sources))
    return figure


def title(sources: LanguageSources) -> str:
    """Say how often guarded topics are refused in English and elsewhere, and free ones."""
    who = sources.pair("refusing")[1]
    rows = sources.scores("refusals", who, measure="refuse", transform="identity")
    shares = rows.set_index(["task", "language"])["estimate"]
    if (GUARDED, "en") not in shares.index:
        return "Answered, refused or ambiguous, before and after tuning"
    found = f"Tuned to refuse in English: {shares[GUARDED, 'en']:z.0%} of guarded questions"
    rest = shares[GUARDED].drop("en")
    if len(rest):
        found += f", at most {rest.max():z.0%} in other languages"
    if (FREE, "en") in shares.index:
        found += f"; {shares[FREE, 'en']:z.0%} of free ones"
    return found
