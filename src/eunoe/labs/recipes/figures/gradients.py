"""Figure gradients: how much of the gradient teaches the format alone, by module, against step.

Wang et al. 2024: the cosine with the gradient on the same batch whose labels are shuffled.
"""

import pandas as pd
from matplotlib.figure import Figure

from eunoe.labs.recipes.sources import HELD_OUT, RecipesSources, course
from eunoe.report.frames import select
from eunoe.report.layout import placeholder
from eunoe.report.style import IDEAL, NULL, PALETTE, legend_below, line, new_figure
from eunoe.results.models import NotRun

MODULES = {
    "all": ("all weights", IDEAL),
    "embedding": ("embedding", PALETTE[0]),
    "attention": ("attention", PALETTE[1]),
    "perceptron": ("perceptron", PALETTE[2]),
}
PANELS = {"plain": "Plain fine-tuning", "promot": "ProMoT: weights, prompt frozen"}
SPECIALISED = 0.95
"""The share of other replies at which the paper reads the cosine off."""


@placeholder("The gradient and the format")
def draw(sources: RecipesSources, size: tuple[float, float]) -> Figure:
    """Draw the cosine of each module while all weights are tuned."""
    curves = sources.table("curves")
    runs = {part: run for part in PANELS if (run := getattr(sources.parts, part))}
    courses = {part: course(curves, run) for part, run in runs.items()}
    courses = {part: rows for part, rows in courses.items() if len(cosine(rows, "all"))}
    if not courses:
        raise NotRun("no gradient was compared: the target has no set of labels")
    figure, axes = new_figure(size, len(courses), sharey=True)
    for panel, (part, rows) in zip(axes, courses.items(), strict=True):
        for module, (label, colour) in MODULES.items():
            line(panel, cosine(rows, module), "updates", label, colour)
        if (reached := reached_at(rows)) is not None:
            text = f"{SPECIALISED:z.0%} of other replies in the format"
            panel.axvline(reached, color=NULL, linestyle=":", label=text)
        panel.axhline(0, color="0.8", linewidth=0.6, zorder=0)
        panel.set(title=PANELS[part], xlabel="updates, stages added up")
    axes[0].set_ylabel("cosine with the\nformat-only gradient")
    legend_below(figure, axes, 5)
    figure.suptitle(title(courses))
    return figure


def cosine(rows: pd.DataFrame, module: str) -> pd.DataFrame:
    """Return the course of a module's cosine, in order of updates."""
    return select(rows, measure=f"cosine.{module}").sort_values("updates")


def reached_at(rows: pd.DataFrame) -> int | None:
    """Return the updates after which other replies first have the target's format, None if they
    never do."""
    format_share = select(rows, measure=f"used.specialised.{HELD_OUT}").sort_values("updates")
    reached = format_share[format_share["estimate"] >= SPECIALISED]
    return int(reached["updates"].iloc[0]) if len(reached) else None


def title(courses: dict[str, pd.DataFrame]) -> str:
    """Say where the cosine of plain fine-tuning begins and where it is when replies are in the
    format."""
    part = next(iter(courses))
    rows = courses[part]
    found = cosine(rows, "all")
    reached = reached_at(rows)
    when = "at the end" if reached is None else f"at {SPECIALISED:z.0%} specialisation"
    last = found if reached is None else found[found["updates"] <= reached]
    first, then = found["estimate"].iloc[0], last["estimate"].iloc[-1]
    name = PANELS[part].partition(":")[0]
    return f"{name}: cosine with the format-only gradient {first:.2f} at first, {then:.2f} {when}"
