"""Figure recovered: other tasks under conjugate prompts. Is what was lost lost, or suppressed?

The transforms of Kotha et al. 2024, on recipes.
"""

import pandas as pd
from matplotlib.figure import Figure

from eunoe.labs.recipes.sources import TRANSFORMED, RecipesSources, by_model, value
from eunoe.report.frames import select
from eunoe.report.layout import dots, name_lines, percent, placeholder, separate, size_for_rows
from eunoe.report.style import PALETTE, legend_below, new_figure
from eunoe.results.models import NotRun

MARKS = "Dv^PX*<>"
COLOURS = [PALETTE[number] for number in (1, 2, 4, 9, 5, 3)]
"""Of transforms, one after the other; what goes through none is black."""
LOSS = 0.05
"""Smallest loss of which a share is given; a smaller one may be noise."""


@placeholder("What conjugate prompts win back")
def draw(sources: RecipesSources, size: tuple[float, float]) -> Figure:
    """Draw right replies to other tasks as they are and through each transform."""
    rows = select(sources.final(), source=TRANSFORMED, attached="deployed", measure="right")
    transforms = [name for name in dict.fromkeys(rows["transform"]) if name != "identity"]
    if not transforms:
        raise NotRun("no other task was asked through a transform")
    as_is = by_model(select(rows, transform="identity"))
    recipes = sorted(sources.recipes(), key=lambda recipe: value(as_is, recipe.who))
    models = [*sources.bases(recipes), *recipes]
    places = [model.who for model in models]
    figure, (axes,) = new_figure(size_for_rows(size, len(models) + 2))
    for number, name in enumerate(transforms):
        colour, marker = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
        style = {"color": colour, "marker": marker, "label": f"through {name}"}
        offset = 0.4 * (number / max(1, len(transforms) - 1) - 0.5)
        dots(axes, by_model(select(rows, transform=name)), places, offset, **style)
    dots(axes, as_is, places, 0, color="black", marker="s", label="as it is")
    separate([axes], len(models))
    percent(axes)
    axes.set(xlabel="other tasks: right replies (%)", xlim=(-0.03, 1.03))
    name_lines([axes], [model.label for model in models])
    legend_below(figure, [axes], 4)
    figure.suptitle(title(sources, rows))
    return figure


def title(sources: RecipesSources, rows: pd.DataFrame) -> str:
    """Say what the best transform wins back of what plain fine-tuning lost."""
    run = sources.parts.plain
    if run not in sources.runs:
        return "Other tasks through conjugate prompts"
    before = value(by_model(select(rows, transform="identity")), ("base", sources.runs[run]))
    scores = select(rows, kind="run", model=run).set_index("transform")["estimate"]
    lost = before - scores.get("identity", before)
    if not lost > LOSS:
        return "Plain fine-tuning has lost next to nothing on these tasks"
    best = scores.drop("identity")
    won = (best.max() - scores["identity"]) / lost
    return f"{best.idxmax()} wins back {won:z.0%} of what plain fine-tuning lost on other tasks"
