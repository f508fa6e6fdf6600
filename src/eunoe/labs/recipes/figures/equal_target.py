"""Figure equal_target: target against retention of all recipes, and retention at equal target."""

from math import isnan
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.labs.recipes.sources import HELD_OUT, UNREHEARSED, Recipe, RecipesSources
from eunoe.report.frames import select
from eunoe.report.layout import dots, name_lines, percent, placeholder, separate, size_for_rows
from eunoe.report.style import NULL, legend_below, new_figure
from eunoe.results.models import NotRun

SHARED = {"width_ratios": [1.25, 1]}
LARGEST = 1.3
"""Retention at the end of the axes: an interval over three seeds can be far wider."""


@placeholder("Retention at equal target score")
def draw(sources: RecipesSources, size: tuple[float, float]) -> Figure:
    """Draw the checkpoints of last stages with their front, and what recipes keep at the same
    target score."""
    sources.aim()
    level = sources.parts.level
    if level is None:
        raise NotRun("labs.recipes.level is null")
    levels = at_level_of(sources.table("equal_target"), level)
    points = sources.table("checkpoints")
    if levels.empty:
        raise NotRun("no run was followed on its target and on other tasks")
    recipes = ranked([recipe for recipe in sources.recipes() if recipe.run in levels.index], levels)
    figure, axes = new_figure(size_for_rows(size, len(recipes)), 2, gridspec_kw=SHARED)
    scatter(axes[0], points, recipes)
    axes[0].axvline(level, color=NULL, linestyle="--", label=f"equal target: {level:z.0%} right")
    axes[0].set(xlabel=f"{sources.target}: right replies (%)", ylim=(-0.03, None))
    axes[0].set_ylabel("other tasks: kept of what the base can (%)")
    at_level(axes[1], levels, recipes)
    for axis in ("x", "y"):
        percent(axes[0], axis)
    percent(axes[1])
    legend_below(figure, axes[:1], 4)
    figure.suptitle(title(sources, levels))
    return figure


def at_level_of(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return what each run keeps at a level, over the sources that no recipe trains on where these
    are told apart."""
    group = UNREHEARSED if UNREHEARSED in set(rows["sources"]) else HELD_OUT
    return select(rows, level=level, sources=group).set_index("run")


def ranked(recipes: list[Recipe], levels: pd.DataFrame) -> list[Recipe]:
    """Return recipes by what they keep at the level; those that miss it in a seed come last."""

    def key(recipe: Recipe) -> tuple[bool, float]:
        reached, seeds = seeds_at(levels, recipe)
        kept = float(levels["retention"].astype(float)[recipe.run])
        return reached < seeds, 1.0 if isnan(kept) else -kept

    return sorted(recipes, key=key)


def scatter(axes: Axes, points: pd.DataFrame, recipes: list[Recipe]) -> None:
    """Draw the checkpoints of every run, small, with the last one large, and the front."""
    for recipe in recipes:
        rows = select(points, run=recipe.run).sort_values("step")
        style: dict[str, Any] = {"color": recipe.colour, "marker": recipe.marker}
        axes.plot(
            rows["target"], rows["retention"], markersize=2.2, alpha=0.5, linestyle="none", **style
        )
        last = rows.iloc[-1:]
        edge: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.4, "zorder": 3}
        axes.plot(last["target"], last["retention"], markersize=5.5, **style, **edge)
    best = points[points["front"]].sort_values("target")
    axes.step(best["target"], best["retention"], where="pre", color="black", label="Pareto front")
    for size, label in ((2.2, "checkpoints of the last stage"), (5.5, "the last one")):
        axes.plot([], [], "o", color="0.4", markersize=size, label=label)


def at_level(axes: Axes, levels: pd.DataFrame, recipes: list[Recipe]) -> None:
    """Draw what each recipe keeps at the level, or say that it misses it, with its best score."""
    runs = [recipe.run for recipe in recipes]
    for row, recipe in enumerate(recipes):
        found = levels.loc[[recipe.run]].rename(columns={"retention": "estimate"})
        found = found.astype({"estimate": float, "low": float, "high": float})
        style = {"color": recipe.colour, "marker": recipe.marker, "markersize": 4}
        if found["estimate"].isna().any():
            said = f"misses it, best {found['best'].iloc[0]:.1%}"
            axes.text(0.0, row, said, va="center", color="0.4", fontsize="small")
        else:
            dots(axes, without_gaps(found), runs, 0, **style)
    separate([axes], len(recipes))
    seeds = int(levels["seeds"].max())
    axes.set(xlabel=f"kept (%), {seeds} seed" + "s" * (seeds > 1), xlim=(-0.03, LARGEST))
    name_lines([axes], [label_of(recipe, levels) for recipe in recipes])


def without_gaps(rows: pd.DataFrame) -> pd.DataFrame:
    """Return estimates with intervals, without width where there is none."""
    ends = {end: rows[end].fillna(rows["estimate"]) for end in ("low", "high")}
    return rows.assign(**ends)


def seeds_at(levels: pd.DataFrame, recipe: Recipe) -> tuple[int, int]:
    """Return how many seeds of a recipe reach the level, and how many there are."""
    reached, seeds = (levels[name].astype(int).to_dict() for name in ("reached", "seeds"))
    return reached[recipe.run], seeds[recipe.run]


def label_of(recipe: Recipe, levels: pd.DataFrame) -> str:
    """Return a recipe's name, with the seeds that reach the level if some do not."""
    reached, seeds = seeds_at(levels, recipe)
    return f"{recipe.label} ({reached} of {seeds} seeds)" if 0 < reached < seeds else recipe.label


def title(sources: RecipesSources, levels: pd.DataFrame) -> str:
    """Say what ProMoT keeps at the same target score, and who of the others keeps most."""
    there = levels[(levels["reached"] == levels["seeds"]) & levels["retention"].notna()]
    kept = there["retention"].astype(float)
    if kept.empty:
        return "No recipe reaches the common target score in every seed"
    names = {recipe.run: recipe.label for recipe in sources.recipes()}
    promot = sources.parts.promot_cool
    others = kept[kept.index != promot]
    told = [f"{names[promot]} {kept[promot]:z.0%}"] if promot and promot in kept.index else []
    most = "most of the others " if told else "most "
    told += [f"{most}{names[str(others.idxmax())]} {others.max():z.0%}"] if len(others) else []
    return f"Kept on other tasks at equal target score: {'; '.join(told)}"
