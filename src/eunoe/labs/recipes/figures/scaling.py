"""Figure scaling: each ability against the fraction of the data, alone and mixed, by model size.

Dong et al. 2024, scaling, single source against mixed sources, and the ratio of the two sides.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eunoe.labs.recipes.settings import Strategies
from eunoe.labs.recipes.sources import (
    ABILITIES,
    RecipesSources,
    by_fraction,
    by_model,
    name_fractions,
    value,
)
from eunoe.report.layout import percent, placeholder, signed
from eunoe.report.style import BASE, FRESH, NULL, TUNED, legend_below
from eunoe.results.models import NotRun

LINES: tuple[tuple[str, Any, str], ...] = (
    ("this one alone", BASE, "o"),
    ("mixed, the same of all three", TUNED, "s"),
    ("all of its side, a fraction of the other", FRESH, "^"),
)
"""Label, colour and marker."""


@placeholder("Abilities against the amount of data")
def draw(sources: RecipesSources, size: tuple[float, float]) -> Figure:
    """Draw right replies against the fraction, a row for each base, a column for each ability."""
    scores = sources.scores("abilities")
    abilities = {name: getattr(sources.parts, name) for name in ABILITIES}
    abilities = {name: source for name, source in abilities.items() if source}
    sizes = {
        base: parts
        for base, parts in sources.strategies().items()
        if any(len(runs) > 1 for name in abilities for runs in lines(parts, name))
    }
    if not sizes or not abilities:
        raise NotRun("labs.recipes has no runs on fractions of the data: single, mixed, ratio")
    figure = Figure(figsize=(size[0], max(size[1], 0.8 + 1.4 * len(sizes))), layout="constrained")
    grid = figure.subplots(len(sizes), len(abilities), squeeze=False, sharex=True, sharey="col")
    places = fractions(sizes.values(), abilities)
    for row, (base, parts) in zip(grid, sizes.items(), strict=True):
        for panel, (name, source) in zip(row, abilities.items(), strict=True):
            rows = by_model(scores[scores["source"] == source])
            draw_lines(panel, rows, lines(parts, name), places)
            label = "base" if len(sizes) == 1 else "its base"
            panel.axhline(value(rows, ("base", base)), color=NULL, linestyle=":", label=label)
            percent(panel, "y")
        row[0].set_ylabel("right (%)" if len(sizes) == 1 else f"{base}:\nright (%)")
    for panel, name in zip(grid[0], abilities, strict=True):
        panel.set_title(name)
    for panel in grid[-1]:
        name_fractions(panel, places)
        panel.set_xlabel("fraction of the data")
    legend_below(figure, grid.ravel(), 2)
    figure.suptitle(title(sources, scores, sizes))
    return figure


def lines(parts: Strategies, ability: str) -> list[Mapping[str, str]]:
    """Return the runs of each line of an ability's panel, by fraction."""
    mixed = {**parts.mixed, **({"1": parts.multi_task} if parts.multi_task else {})}
    side = parts.ratio.specialised if ability == "general" else parts.ratio.general
    return [getattr(parts.single, ability), mixed if parts.mixed else {}, side]


def fractions(sizes: Iterable[Strategies], abilities: Iterable[str]) -> list[Fraction]:
    """Return every fraction of any line, smallest first."""
    found = (runs for parts in sizes for name in abilities for runs in lines(parts, name))
    return sorted({Fraction(name) for runs in found for name in runs})


def draw_lines(
    axes: Axes, rows: pd.DataFrame, runs: list[Mapping[str, str]], places: list[Fraction]
) -> None:
    """Draw right replies of each line's runs that were measured, against their fraction."""
    for (label, colour, marker), of_line in zip(LINES, runs, strict=True):
        known = [pair for pair in by_fraction(of_line) if ("run", pair[1]) in rows.index]
        if not known:
            continue
        found = rows.loc[[("run", run) for _, run in known]]
        bars = [found["estimate"] - found["low"], found["high"] - found["estimate"]]
        style = {"color": colour, "marker": marker, "markersize": 3, "elinewidth": 0.8}
        x = [places.index(fraction) for fraction, _ in known]
        axes.errorbar(x, found["estimate"], yerr=bars, label=label, **style)


def title(sources: RecipesSources, scores: pd.DataFrame, sizes: Mapping[str, Strategies]) -> str:
    """Say what mixing changes in mathematics with the least and with all data, largest model."""
    parts = list(sizes.values())[-1]
    rows = scores[scores["source"] == sources.parts.mathematics].set_index("model")["estimate"]
    single, mixed, _ = (
        {Fraction(k): run for k, run in x.items()} for x in lines(parts, "mathematics")
    )
    both = sorted(
        share
        for share in single.keys() & mixed.keys()
        if single[share] in rows.index and mixed[share] in rows.index
    )
    if not both:
        return "Abilities against the fraction of the data"
    told = [
        f"{signed(rows[mixed[share]] - rows[single[share]])} points with "
        + (f"{share} of the data" if share < 1 else "all data")
        for share in dict.fromkeys((both[0], both[-1]))
    ]
    return f"Mixing changes mathematics by {', '.join(told)}"
