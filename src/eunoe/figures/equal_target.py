"""Figure equal_target: target against retention of all recipes, and retention at equal target."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.figures.frames import select
from eunoe.figures.house import NULL, legend_below, new_figure
from eunoe.figures.recipes_sources import Recipe, RecipesSources
from eunoe.figures.rows import dots, name_lines, or_reason, percent, separate, tall
from eunoe.results import NotRun

SHARED = {"width_ratios": [1.25, 1]}
LARGEST = 1.3
"""Retention at the end of the axes: an interval over two seeds can be far wider."""


@or_reason("Retention at equal target score")
def draw(sources: RecipesSources, size: tuple[float, float]) -> Figure:
    """Draw all checkpoints with the front, and what recipes keep at the same target score."""
    sources.aim()
    levels = sources.table("equal_target").set_index("run")
    points = sources.table("checkpoints")
    if levels.empty:
        raise NotRun("no run learnt the target while other tasks were monitored")
    recipes = ranked([recipe for recipe in sources.recipes() if recipe.run in levels.index], levels)
    figure, axes = new_figure(tall(size, len(recipes)), 2, gridspec_kw=SHARED)
    scatter(axes[0], points, recipes)
    level = float(levels["level"].mean())
    axes[0].axvline(level, color=NULL, linestyle="--", label=f"equal target: {level:.0%} right")
    axes[0].set(xlabel=f"{sources.target}: right replies (%)", ylim=(-0.03, None))
    axes[0].set_ylabel("other tasks: kept of what the base can (%)")
    at_level(axes[1], levels, recipes)
    for axis in ("x", "y"):
        percent(axes[0], axis)
    percent(axes[1])
    legend_below(figure, axes[:1], 4)
    figure.suptitle(title(sources, levels))
    return figure


def ranked(recipes: list[Recipe], levels: pd.DataFrame) -> list[Recipe]:
    """Return recipes by what they keep at the level, those that do not reach it last."""
    kept = levels["retention"].fillna(-1)
    return sorted(recipes, key=lambda recipe: -float(kept[recipe.run]))


def scatter(axes: Axes, points: pd.DataFrame, recipes: list[Recipe]) -> None:
    """Draw the checkpoints of every run, small, with the last one large, and the front."""
    for recipe in recipes:
        rows = select(points, run=recipe.run).sort_values(["stage", "step"])
        style: dict[str, Any] = {"color": recipe.colour, "marker": recipe.marker}
        axes.plot(
            rows["target"], rows["retention"], markersize=2.2, alpha=0.5, linestyle="none", **style
        )
        last = rows.iloc[-1:]
        edge: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.4, "zorder": 3}
        axes.plot(last["target"], last["retention"], markersize=5.5, **style, **edge)
    best = points[points["front"]].sort_values("target")
    axes.step(best["target"], best["retention"], where="pre", color="black", label="Pareto front")
    for size, label in ((2.2, "checkpoints"), (5.5, "the last one")):
        axes.plot([], [], "o", color="0.4", markersize=size, label=label)


def at_level(axes: Axes, levels: pd.DataFrame, recipes: list[Recipe]) -> None:
    """Draw what each recipe keeps at the level, or say that it does not reach it."""
    runs = [recipe.run for recipe in recipes]
    for row, recipe in enumerate(recipes):
        found = levels.loc[[recipe.run]].rename(columns={"retention": "estimate"})
        found = found.astype({"estimate": float, "low": float, "high": float})
        style = {"color": recipe.colour, "marker": recipe.marker, "markersize": 4}
        if found["estimate"].isna().any():
            axes.plot(0, row, **style)
            axes.text(0.05, row, "does not reach it", va="center", color="0.4", fontsize="small")
        else:
            dots(axes, found, runs, 0, **style)
    separate([axes], len(recipes))
    seeds = int(levels["seeds"].max())
    axes.set(xlabel=f"kept (%), {seeds} seed" + "s" * (seeds > 1), xlim=(-0.03, LARGEST))
    name_lines([axes], [label_of(recipe, levels) for recipe in recipes])


def label_of(recipe: Recipe, levels: pd.DataFrame) -> str:
    """Return a recipe's name, with the seeds that reach the level if some do not."""
    reached, seeds = (int(levels.at[recipe.run, name]) for name in ("reached", "seeds"))  # type: ignore[arg-type]
    return f"{recipe.label} ({reached} of {seeds} seeds)" if 0 < reached < seeds else recipe.label


def title(sources: RecipesSources, levels: pd.DataFrame) -> str:
    """Say what ProMoT keeps at the same target score, and who of the others keeps most."""
    kept = levels["retention"].dropna().astype(float)
    if kept.empty:
        return "No recipe reaches the common target score"
    names = {recipe.run: recipe.label for recipe in sources.recipes()}
    promot = sources.parts.promot
    others = kept[kept.index != promot]
    told = [f"ProMoT {kept[promot]:.0%}"] if promot and len(others) < len(kept) else []
    told += [f"{names[str(others.idxmax())]} {others.max():.0%}"] if len(others) else []
    return f"Kept on other tasks at equal target score: {'; '.join(told)}"
