"""Figure specialisation: replies in the target's format on other tasks, against tuning step.

Wang et al. 2024, format specialisation, with what the paper leaves out: ProMoT with its prompt on
other tasks, and the prompt alone.
"""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from eunoe.labs.recipes.sources import HELD_OUT, PROMPTED, RecipesSources, course, starts_of
from eunoe.report.frames import select
from eunoe.report.layout import percent, placeholder
from eunoe.report.style import FRESH, NULL, TUNED, legend_below, line, new_figure
from eunoe.results.models import NotRun

FORMAT = f"specialised.{HELD_OUT}"
LINES: tuple[tuple[str, str, str, Any, str], ...] = (
    ("plain", "used", "plain fine-tuning", TUNED, "-"),
    ("promot", "used", "ProMoT, prompt off elsewhere", PROMPTED, "-"),
    ("promot", "attached", "ProMoT, prompt left on", PROMPTED, "-."),
    ("prompt_tuning", "attached", "prompt alone, left on", FRESH, "-."),
)
"""Role, adapters on other tasks, label, colour and line."""


@placeholder("Format specialisation while tuning")
def draw(sources: RecipesSources, size: tuple[float, float]) -> Figure:
    """Draw the target's format on other tasks, and right replies on the target."""
    target = f"right.{sources.aim()}"
    curves = sources.table("curves")
    runs = {part: getattr(sources.parts, part) for part, *_ in LINES}
    courses = {part: course(curves, run) for part, run in runs.items() if run}
    if not any(len(of_format(rows)) for rows in courses.values()):
        raise NotRun("no other task was monitored")
    figure, axes = new_figure(size, 2, sharey=True)
    for part, way, label, colour, style in LINES:
        if part not in courses:
            continue
        looks = {"label": label, "color": colour, "linestyle": style}
        line(axes[0], of_format(courses[part], way), "updates", **looks)
        if way == "used" or part == "prompt_tuning":
            line(axes[1], select(courses[part], measure=f"used.{target}"), "updates", **looks)
    for panel in axes:
        for start in starts_of(courses["promot"]) if "promot" in courses else []:
            panel.axvline(start, color=NULL, linestyle=":", label="ProMoT: weights from here on")
        panel.set(xlabel="updates, stages added up", ylim=(-0.02, 1.02))
        percent(panel, "y")
    axes[0].set(title="other tasks: in the target's format", ylabel="replies (%)")
    axes[1].set(title=f"{sources.aim()}: right")
    legend_below(figure, axes, 3)
    figure.suptitle(title(courses))
    return figure


def of_format(rows: pd.DataFrame, way: str = "used") -> pd.DataFrame:
    """Return the course of replies in the target's format on other tasks."""
    return select(rows, measure=f"{way}.{FORMAT}")


def title(courses: dict[str, pd.DataFrame]) -> str:
    """Say how much of what they reply to other tasks has the target's format in the end."""
    ends = {
        part: of_format(rows).sort_values(["stage", "step"])["estimate"].iloc[-1]
        for part, rows in courses.items()
        if len(of_format(rows))
    }
    names = {"plain": "plain fine-tuning", "promot": "ProMoT"}
    told = [f"{ends[part]:z.0%} after {name}" for part, name in names.items() if part in ends]
    if not told:
        return "The target's format on other tasks"
    return f"Replies to other tasks in the target's format: {', '.join(told)}"
