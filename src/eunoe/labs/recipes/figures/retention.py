"""Figure retention: every recipe on the target, on other tasks, and task by task."""

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.labs.recipes.sources import (
    GROUPS,
    HELD_OUT,
    Recipe,
    RecipesSources,
    by_model,
    short,
)
from eunoe.report.layout import dots, name_lines, percent, placeholder, separate, size_for_rows
from eunoe.report.style import BASE, TUNED, legend_below, new_figure

CHANGES = sns.blend_palette([TUNED, "#ffffff", BASE], as_cmap=True)
"""Lost, unchanged, gained."""
SHARED = {"width_ratios": [1, 1.7]}


@placeholder("What recipes keep")
def draw(sources: RecipesSources, size: tuple[float, float]) -> Figure:
    """Draw target and mean of other tasks with intervals, and a heat map of all sources."""
    target = sources.aim()
    recipes = sources.recipes()
    models = [*sources.bases(recipes), *recipes]
    rows = size_for_rows(size, len(models) + 5)
    figure, axes = new_figure(rows, 2, sharey=True, gridspec_kw=SHARED)
    looks = ((target, TUNED, "s", "target"), (HELD_OUT, BASE, "o", "mean of other tasks"))
    for source, colour, marker, label in looks:
        found = by_model(sources.scores(source=source))
        style = {"color": colour, "marker": marker, "label": label}
        dots(axes[0], found, [model.who for model in models], 0, **style)
    separate(axes[:1], len(models))
    percent(axes[0])
    axes[0].set(xlabel="right replies (%)", xlim=(-0.03, 1.03))
    heat(axes[1], sources, models)
    axes[1].set_title("right replies (%); colour: change from the base")
    name_lines(axes, [model.label for model in models])
    legend_below(figure, axes, 2)
    figure.suptitle(title(sources, recipes))
    return figure


def heat(axes: Axes, sources: RecipesSources, models: list[Recipe]) -> None:
    """Draw right replies of models by source: target, its format, then the others."""
    rows = sources.scores()
    found = [name for name in dict.fromkeys(rows["source"]) if name not in GROUPS]
    first = (sources.aim(), *sources.same_format)
    places = sorted(found, key=lambda name: first.index(name) if name in first else len(first))
    index = [model.who for model in models]
    right, change = (
        sources.scores(measure=measure)
        .pivot(index=["kind", "model"], columns="source", values="estimate")
        .reindex(index=index, columns=places)
        .to_numpy()
        for measure in ("right", "change")
    )
    axes.imshow(np.nan_to_num(change), cmap=CHANGES, vmin=-1, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(right):
        text = "–" if np.isnan(value) else f"{100 * value:z.0f}"
        axes.text(column, row, text, ha="center", va="center", fontsize="small")
    names = short(places)
    kinds = {sources.aim(): "\n(target)"}
    kinds |= dict.fromkeys(sources.same_format, "\n(same format)")
    labels = [names[place] + kinds.get(place, "") for place in places]
    axes.set_xticks(range(len(places)), labels, rotation=90)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def title(sources: RecipesSources, recipes: list[Recipe]) -> str:
    """Say how much of the base's right replies to other tasks plain fine-tuning and ProMoT keep."""
    kept_rows = sources.scores(source=HELD_OUT, measure="retained")
    rows = kept_rows.set_index(["kind", "model"])["estimate"]
    names = {"plain": "plain fine-tuning", "promot": "ProMoT"}
    kept = {
        name: rows["run", run]
        for part, name in names.items()
        if (run := getattr(sources.parts, part)) and ("run", run) in rows.index
    }
    if kept:
        told = ", ".join(f"{name} {share:z.0%}" for name, share in kept.items())
        return f"Kept of what the base can do on other tasks: {told}"
    shares = [rows[recipe.who] for recipe in recipes if recipe.who in rows.index]
    if not shares:  # the base gets nothing right there
        return f"{len(recipes)} recipes, on the target and on other tasks"
    return f"Recipes keep {min(shares):z.0%} to {max(shares):z.0%} of what the base can elsewhere"
