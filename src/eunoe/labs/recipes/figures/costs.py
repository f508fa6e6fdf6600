"""Figure costs: updates, tokens, operations and wall time of every recipe."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from eunoe.labs.recipes.sources import Recipe, RecipesSources
from eunoe.report.frames import select
from eunoe.report.layout import name_lines, placeholder, size_for_rows
from eunoe.report.style import new_figure
from eunoe.results.models import NotRun

PANELS = {
    "updates": "updates",
    "tokens": "tokens",
    "flops": "operations",
    "seconds": "wall time (s)",
}


@placeholder("What recipes cost")
def draw(sources: RecipesSources, size: tuple[float, float]) -> Figure:
    """Draw what all stages of a run cost together, recipes first, then strategies."""
    recipes, costs = measured(sources)
    if not recipes:
        raise NotRun("no run has costs")
    figure, axes = new_figure(size_for_rows(size, len(recipes)), len(PANELS), sharey=True)
    for panel, (column, label) in zip(axes, PANELS.items(), strict=True):
        for row, recipe in enumerate(recipes):
            panel.barh(row, costs[column][recipe.run], 0.7, color=recipe.colour, linewidth=0)
        panel.xaxis.set_major_locator(MaxNLocator(3))
        if column in ("tokens", "flops"):
            panel.xaxis.set_major_formatter(EngFormatter(sep=""))
        panel.set(xlabel=label)
    name_lines(axes, [recipe.label for recipe in recipes])
    figure.suptitle(title(sources, costs))
    return figure


def measured(sources: RecipesSources) -> tuple[list[Recipe], pd.DataFrame]:
    """Return the runs of both probes, and the costs of each over all stages, by run."""
    found: dict[str, Recipe] = {}
    parts = []
    for lab in ("retention", "abilities"):
        if getattr(sources.parts, lab) is None:
            continue
        rows = select(sources.table("costs", lab), kind="run")
        for recipe in sources.recipes(lab):
            if recipe.run not in found and recipe.run in set(rows["model"]):
                found[recipe.run] = recipe
                parts.append(select(rows, model=recipe.run))
    if not parts:
        return [], pd.DataFrame()
    return list(found.values()), pd.concat(parts).groupby("model")[list(PANELS)].sum()


def title(sources: RecipesSources, costs: pd.DataFrame) -> str:
    """Say what ProMoT costs, as a multiple of plain fine-tuning."""
    plain, promot = sources.parts.plain, sources.parts.promot
    known = plain in costs.index and promot in costs.index
    if not known or not (costs.loc[[plain]] > 0).to_numpy().all():
        return f"Recipes cost {costs['updates'].min():.0f} to {costs['updates'].max():.0f} updates"
    ratio = costs.loc[promot] / costs.loc[plain]
    return (
        f"ProMoT costs {ratio['flops']:.1f} times the operations of plain fine-tuning, "
        f"{ratio['seconds']:.1f} times the wall time"
    )
