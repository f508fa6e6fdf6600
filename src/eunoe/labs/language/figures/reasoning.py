"""Figure reasoning: natural-language inference before and after tuning on code, scored both ways.

Kotha et al. 2024, code fine-tuning against reasoning. By the likeliest label, a reply in another
format costs nothing: what drops there is reasoning.
"""

from matplotlib.figure import Figure

from eunoe.labs.language.sources import LanguageSources, by_place, name_rows, ordered, plain
from eunoe.report.layout import dots, percent, placeholder
from eunoe.report.style import BASE, NULL, TUNED, legend_below, new_figure

PANELS = {
    "right": "generated reply right",
    "likelihood": "likeliest label right",
    "other": "reply is no label",
}
CHANCE = 1 / 3


@placeholder("Natural-language inference by language")
def draw(sources: LanguageSources, size: tuple[float, float]) -> Figure:
    """Draw accuracy by generation and by likelihood, and the replies that are no label."""
    changes = plain(sources.changes("reasoning", "coded", quantity="drop", task="inference"))
    drops = by_place(changes)
    places = ordered(drops)
    looks = (("base", BASE, "o"), ("tuned on code", TUNED, "s"))
    pair = sources.pair("coded")
    known = set(sources.scores("reasoning", pair[1], task="inference")["measure"])
    shown = [measure for measure in PANELS if measure in known]
    figure, axes = new_figure(size, len(shown), sharey=True)
    for panel, measure in zip(axes, shown, strict=True):
        for offset, who, (label, colour, marker) in zip((-0.15, 0.15), pair, looks, strict=True):
            rows = sources.scores("reasoning", who, task="inference", measure=measure)
            style = {"label": label, "color": colour, "marker": marker}
            dots(panel, by_place(rows), places, offset, **style)
        if measure != "other":
            panel.axvline(CHANCE, color=NULL, linestyle=":", label="chance")
        percent(panel)
        panel.set(title=PANELS[measure], xlabel="items (%)", xlim=(-0.02, 1.02))
    name_rows(axes, places)
    legend_below(figure, axes, 3)
    figure.suptitle(title(sources))
    return figure


def title(sources: LanguageSources) -> str:
    """Say by how much English changes by either score."""
    parts = []
    for measure, name in (("right", "generated"), ("likelihood", "by likelihood")):
        rows = sources.changes(
            "reasoning",
            "coded",
            quantity="drop",
            task="inference",
            measure=measure,
            language="en",
            transform="identity",
        )
        points = [round(-100 * value) for value in rows["estimate"]]
        parts += [
            f"{change:+d} points {name}" if change else f"0 points {name}" for change in points
        ]
    return f"Tuning on code changes inference in English by {', '.join(parts) or 'an unknown part'}"
