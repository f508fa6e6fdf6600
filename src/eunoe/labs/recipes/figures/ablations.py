"""Figure ablations: ProMoT beside its ablations and variants.

Wang et al. 2024, ablations, several targets and demonstrations; what stage one learns by itself is
prompt tuning.
"""

from math import isnan
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.labs.recipes.sources import HELD_OUT, Recipe, RecipesSources, by_model, value
from eunoe.report.frames import select
from eunoe.report.layout import dots, name_lines, percent, placeholder, separate, size_for_rows
from eunoe.report.style import NULL, legend_below, new_figure
from eunoe.results.models import NotRun

SHOWN = (
    *("plain", "prompt_tuning", "promot", "joint", "random_prompt", "lora_first", "unfrozen"),
    *("demonstrated", "promot_demonstrated", "plain_several", "promot_several"),
)
"""Roles, in the order of rows."""
ABLATIONS = ("joint", "random_prompt", "lora_first", "unfrozen")
"""Roles of runs that differ from ProMoT in one thing."""
UNITS = {"right": "right (%)", "specialised": "in the target's format (%)"}
TURNED = "soft prompt or LoRA off for the target, on elsewhere"


@placeholder("ProMoT and its ablations")
def draw(sources: RecipesSources, size: tuple[float, float]) -> Figure:
    """Draw target, other tasks and specialisation of each, as used and with the prompt the other
    way round."""
    target = sources.aim()
    runs = [getattr(sources.parts, part) for part in SHOWN]
    known = {recipe.run: recipe for recipe in sources.recipes()}
    recipes = [known[run] for run in dict.fromkeys(runs) if run in known]
    if not recipes:
        raise NotRun("labs.recipes.promot is null, and so are its ablations")
    panels: tuple[tuple[str, str, str, str], ...] = (
        ("target", target, "right", "no"),
        ("other tasks", HELD_OUT, "right", "yes"),
        ("other tasks", HELD_OUT, "specialised", "yes"),
    )
    figure, axes = new_figure(size_for_rows(size, len(recipes) + 2), len(panels), sharey=True)
    for panel, (name, source, measure, other_way) in zip(axes, panels, strict=True):
        marks(panel, sources, recipes, {"source": source, "measure": measure}, other_way)
        percent(panel)
        panel.set(title=name, xlabel=UNITS[measure], xlim=(-0.04, 1.04))
    separate(axes, len(recipes))
    name_lines(axes, [recipe.label for recipe in recipes])
    legend_below(figure, axes, 3)
    figure.suptitle(title(sources, recipes))
    return figure


def marks(
    axes: Axes, sources: RecipesSources, recipes: list[Recipe], what: dict[str, Any], other: str
) -> None:
    """Draw recipes as they are used, filled, attached the other way round, hollow, and bases."""
    places = [recipe.who for recipe in recipes]
    used = by_model(sources.scores(**what))
    turned = sources.scores(attached=other, **what).set_index(["kind", "model"])
    attachable = set(select(sources.table("scores"), attached="yes")["model"])
    for recipe in recipes:
        style = {"color": recipe.colour, "marker": recipe.marker, "markersize": 5}
        if recipe.run in attachable:
            found = turned[turned.index == recipe.who]
            dots(axes, found, places, 0, markerfacecolor="white", **style)
        dots(axes, used[used.index == recipe.who], places, 0, **style)
    for face, label in (("0.3", "as it is used"), ("white", TURNED)):
        axes.plot([], [], "o", markersize=4, color="0.3", markerfacecolor=face, label=label)
    for base in sources.bases(recipes):
        axes.axvline(value(used, base.who), color=NULL, linestyle=":", label=base.label, zorder=0)


def title(sources: RecipesSources, recipes: list[Recipe]) -> str:
    """Say what ProMoT keeps, and what its best ablation does."""
    kept = sources.scores(source=HELD_OUT, measure="retained").set_index(["kind", "model"])
    shares = {recipe.run: value(kept, recipe.who) for recipe in recipes}
    shares = {run: share for run, share in shares.items() if not isnan(share)}
    if not shares:  # the base gets nothing right there
        return f"{len(recipes)} ways to tune with a soft prompt or without"
    promot = sources.parts.promot
    without = {getattr(sources.parts, part) for part in ABLATIONS} & set(shares)
    if promot not in shares or not without:
        return f"Kept on other tasks: {span(list(shares.values()))} of what the base can"
    rest = span([shares[run] for run in without])
    kept_by_it = f"ProMoT keeps {shares[promot]:z.0%} of what the base can on other tasks"
    return f"{kept_by_it}, without a part of it {rest}"


def span(shares: list[float]) -> str:
    """Return the range of shares, in per cent."""
    low, high = (f"{share:z.0%}" for share in (min(shares), max(shares)))
    return low if low == high else f"{low} to {high}"
