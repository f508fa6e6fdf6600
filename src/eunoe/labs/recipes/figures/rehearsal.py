"""Figure rehearsal: abilities against the fraction k that DMT rehearses, and what k takes up.

Dong et al. 2024, the sweep over k; shares of items and of tokens are of the last stage.
"""

from fractions import Fraction

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.config.worlds.text import plain_source
from eunoe.labs.recipes.sources import (
    ABILITIES,
    ABILITY_COLOURS,
    RecipesSources,
    by_fraction,
    by_model,
    name_fractions,
    value,
)
from eunoe.report.frames import select
from eunoe.report.layout import percent, placeholder
from eunoe.report.style import PALETTE, legend_below, new_figure
from eunoe.results.models import NotRun

REHEARSED = ("mathematics", "code")
SHARES = {
    "example_share": ("share of examples", "black", "o"),
    "token_share": ("share of tokens", PALETTE[4], "s"),
}


@placeholder("What rehearsal wins back")
def draw(sources: RecipesSources, size: tuple[float, float]) -> Figure:
    """Draw right replies against k beside multi-task, and the share that rehearsal takes up."""
    runs = swept(sources)
    places = {fraction: place for place, fraction in enumerate(runs)}
    figure, axes = new_figure(size, 2, gridspec_kw={"width_ratios": [1.5, 1]})
    for name in ABILITIES:
        if source := getattr(sources.parts, name):
            course(axes[0], sources, name, source, runs)
    percent(axes[0], "y")
    axes[0].set(ylabel="right replies (%)", title="after DMT (broken: multi-task)")
    taken = shares(sources, runs)
    for column, (label, colour, marker) in SHARES.items():
        style = {"color": colour, "marker": marker, "markersize": 3, "label": label}
        axes[1].plot(taken["fraction"].map(places), 100 * taken[column], **style)
    axes[1].set(ylabel="share of the last stage (%)", yscale="log", title="what rehearsal takes up")
    axes[1].yaxis.set_major_formatter("{x:g}")
    for panel in axes:
        name_fractions(panel, list(runs))
        panel.set_xlabel("rehearsed fraction k")
    legend_below(figure, axes, 5)
    figure.suptitle(title(sources, runs, taken))
    return figure


def swept(sources: RecipesSources) -> dict[Fraction, str]:
    """Return the runs of DMT by fraction, mixed sequential being 0; NotRun if there are none."""
    parts = sources.parts
    found = dict(by_fraction(parts.dmt))
    if not found:
        raise NotRun("labs.recipes.dmt is empty")
    if parts.mixed_sequential:
        found.setdefault(Fraction(0), parts.mixed_sequential)
    measured = {recipe.run for recipe in sources.recipes("abilities")}
    return {fraction: found[fraction] for fraction in sorted(found) if found[fraction] in measured}


def course(
    axes: Axes, sources: RecipesSources, name: str, source: str, runs: dict[Fraction, str]
) -> None:
    """Draw an ability against the fraction, with multi-task's as a broken line."""
    found = by_model(sources.scores("abilities", source=source))
    rows = found.reindex([("run", run) for run in runs.values()])
    bars = [rows["estimate"] - rows["low"], rows["high"] - rows["estimate"]]
    style = {"color": ABILITY_COLOURS[name], "marker": "o", "markersize": 3, "elinewidth": 0.8}
    axes.errorbar(range(len(rows)), rows["estimate"], yerr=bars, label=name, **style)
    if sources.parts.multi_task:
        level = value(found, ("run", sources.parts.multi_task))
        axes.axhline(level, color=ABILITY_COLOURS[name], linestyle="--", linewidth=0.8)


def shares(sources: RecipesSources, runs: dict[Fraction, str]) -> pd.DataFrame:
    """Return the share of the last stage that rehearsed sources take up, by fraction above 0."""
    rows = sources.table("mixtures", "abilities")
    named = [getattr(sources.parts, name) for name in REHEARSED]
    parts = []
    for fraction, run in runs.items():
        last = select(rows, kind="run", model=run)
        rehearsed = last["source"].map(plain_source).isin(named)
        last = last[(last["stage"] == last["stage"].max()) & rehearsed]
        if fraction > 0 and len(last):
            parts.append({"fraction": fraction, **last[list(SHARES)].sum().to_dict()})
    return pd.DataFrame(parts, columns=["fraction", *SHARES])


def title(sources: RecipesSources, runs: dict[Fraction, str], taken: pd.DataFrame) -> str:
    """Say what the smallest fraction wins back of the mathematics that mixed sequential loses."""
    fraction = next((share for share in runs if share > 0), None)
    name = f"Rehearsing k = {fraction}"
    cost = taken["example_share"][taken["fraction"] == fraction]
    if len(cost):
        name += f" ({cost.iloc[0]:.1%} of the last stage's examples)"
    parts = sources.parts
    rows = sources.scores("abilities", source=parts.mathematics)
    known = (parts.multi_task, parts.mixed_sequential, runs.get(fraction) if fraction else None)
    if rows.empty or None in known:
        return name
    found = by_model(rows)
    whole, without, some = (value(found, ("run", str(run))) for run in known)
    if not whole > without:
        return f"{name}: nothing of mathematics was lost without it"
    won = (some - without) / (whole - without)
    return f"{name} wins back {won:z.0%} of the mathematics lost without it"
