"""Figure task_weight: which of the two algorithms a model runs, before, after and under gamma.

Kotha et al. 2024 explain forgetting by a shift of the inferred task; this measures that shift.
"""

from matplotlib.figure import Figure

from eunoe.labs.regression.sources import Sources
from eunoe.report.frames import select
from eunoe.report.style import (
    ALONE,
    BASE,
    EXEMPLARS,
    IDEAL,
    gamma_colours,
    legend_below,
    new_figure,
    points,
)


def draw(sources: Sources, size: tuple[float, float]) -> Figure:
    """Draw task weight, bank's share and what the fit explains, pooled over D_cont contexts."""
    figure, axes = new_figure(size, 3)
    table = select(sources.table("task_weights"), source="continuous")
    scaled = table["transform"].str.startswith("scale(")
    gammas = sorted(table[scaled]["gamma"].unique())
    base, tuned = sources.base(), sources.parts.tuned
    labels = [("identity", "tuned, γ = 1")]
    labels += [(f"scale({gamma:g})", f"tuned, γ = {gamma:g}") for gamma in gammas]
    lines = [("base", base, "identity", "base, γ = 1", BASE, "-")]
    for (transform, label), colour in zip(labels, gamma_colours(len(labels)), strict=True):
        lines.append(("run", tuned, transform, label, colour, "-"))
    alone = r"network of $D_{disc}$ alone"
    lines.append(("base", sources.parts.discrete, "identity", alone, ALONE, "-"))
    if base:
        ideal = f"mixture({sources.alphas[base]:g})"
        lines.append(("ideal", ideal, "identity", "Bayes optimum, mixture", IDEAL, "--"))
    for panel, measure in zip(axes, ("task_weight", "bank_share", "explained"), strict=True):
        for kind, model, transform, label, colour, style in lines:
            if model:
                rows = select(table, kind=kind, model=model, transform=transform, measure=measure)
                points(panel, rows, "exemplars", label, colour, linestyle=style)
        panel.set(xlabel=EXEMPLARS, xscale="log")
        panel.set_xticks(sorted(table["exemplars"].unique()))
        panel.xaxis.set_major_formatter("{x:g}")
        panel.minorticks_off()
    for panel in axes[:2]:
        for level in (0, 1):
            panel.axhline(level, color="0.8", linewidth=0.6, zorder=0)
        panel.set_ylim(-0.2, 1.2)
    # far below 0, one number is as bad as another
    axes[2].set_ylim(max(axes[2].get_ylim()[0], -0.1), 1.02)
    axes[0].set(title="one factor: $g$", ylabel="0: ridge, 1: the bank's posterior mean")
    axes[1].set(title="two factors: bank's share")
    axes[2].set(title="explained by $g$")
    legend_below(figure, axes, 4)
    figure.suptitle(title(sources))
    return figure


def title(sources: Sources) -> str:
    """Say how the weight moves at the longest of the few contexts."""
    base, run = sources.base(), sources.parts.tuned
    if run is None or base is None:
        return "The inferred task weight"
    table = select(sources.table("task_weights"), source="continuous", measure="task_weight")
    count = table[table["exemplars"] <= sources.few]["exemplars"].max()
    rows = select(table, exemplars=count)
    if rows.empty:  # all contexts are longer
        return "The inferred task weight"

    def weight(kind: str, model: str, transform: str) -> float:
        found = select(rows, kind=kind, model=model, transform=transform)
        return float(found["estimate"].iloc[0])

    best = sources.chosen(run)
    before, after = weight("base", base, "identity"), weight("run", run, "identity")
    under = weight("run", run, best["transform"])
    return (
        f"After {count} exemplars the weight of the bank is {before:.2f} before tuning,"
        f" {after:.2f} after, {under:.2f} at γ = {best['gamma']:g}"
    )
