"""Figure strategies: mathematics, code and general instructions by how their data is composed.

Dong et al. 2024, training strategies, with DMT for every fraction that is rehearsed.
"""

from matplotlib.figure import Figure

from eunoe.labs.recipes.sources import (
    ABILITIES,
    ABILITY_COLOURS,
    Recipe,
    RecipesSources,
    by_fraction,
    by_model,
    value,
)
from eunoe.report.layout import (
    dots,
    name_lines,
    percent,
    placeholder,
    separate,
    signed,
    size_for_rows,
)
from eunoe.report.style import NULL, legend_below, new_figure
from eunoe.results.models import NotRun


@placeholder("Strategies of composing data")
def draw(sources: RecipesSources, size: tuple[float, float]) -> Figure:
    """Draw right replies of each strategy on each ability, with the base."""
    recipes = shown(sources)
    rows = sources.scores("abilities")
    abilities = {name: getattr(sources.parts, name) for name in ABILITIES}
    abilities = {name: source for name, source in abilities.items() if source}
    if not recipes or not abilities:
        raise NotRun("labs.recipes names no strategy, or no source of an ability")
    figure, axes = new_figure(size_for_rows(size, len(recipes)), len(abilities), sharey=True)
    for panel, (name, source) in zip(axes, abilities.items(), strict=True):
        found = by_model(rows[rows["source"] == source])
        style = {"color": ABILITY_COLOURS[name], "marker": "o"}
        dots(panel, found, [recipe.who for recipe in recipes], 0, **style)
        for base in sources.bases(recipes):
            base_score = value(found, base.who)
            panel.axvline(base_score, color=NULL, linestyle=":", label=base.label, zorder=0)
        percent(panel)
        panel.set(title=name, xlabel=f"{source}: right (%)", xlim=(-0.03, 1.03))
    separate(axes, len(recipes))
    name_lines(axes, [recipe.label for recipe in recipes])
    legend_below(figure, axes, 3)
    figure.suptitle(title(sources))
    return figure


def shown(sources: RecipesSources) -> list[Recipe]:
    """Return the strategies that were measured: one ability alone, the three, then DMT by k."""
    parts = sources.parts
    single = [by_fraction(runs)[-1][1] for _, runs in parts.single if runs]
    whole = [parts.multi_task, parts.sequential, parts.mixed_sequential]
    rehearsed = [run for _, run in by_fraction(parts.dmt)]
    known = {recipe.run: recipe for recipe in sources.recipes("abilities")}
    names = dict.fromkeys(run for run in (*single, *whole, *rehearsed) if run)
    return [known[run] for run in names if run in known]


def title(sources: RecipesSources) -> str:
    """Say where DMT with the smallest fraction stands in mathematics."""
    parts = sources.parts
    rows = sources.scores("abilities", source=parts.mathematics)
    rehearsed = [pair for pair in by_fraction(parts.dmt) if pair[0] > 0]
    if rows.empty or not rehearsed:
        return "Abilities by strategy"
    found = by_model(rows)
    share, run = rehearsed[0]
    others = {"mixed sequential": parts.mixed_sequential, "multi-task": parts.multi_task}
    told = [
        f"{signed(value(found, ('run', run)) - value(found, ('run', other)))} points on {name}"
        for name, other in others.items()
        if other and ("run", other) in found.index
    ]
    if not told:
        return f"DMT with k = {share} has {value(found, ('run', run)):z.0%} in mathematics"
    return f"DMT with k = {share} in mathematics: {', '.join(told)}"
