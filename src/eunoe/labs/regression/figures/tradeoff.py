"""Figure tradeoff: error on D_disc against error on D_cont, as alpha and training length vary.

Kotha et al. 2024, section 3.2, beside the Bayes-optimal curve.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from eunoe.labs.regression.sources import Sources
from eunoe.report.frames import select
from eunoe.report.style import ERROR_UNIT, IDEAL, TUNED, alpha_colours, new_figure


def draw(sources: Sources, size: tuple[float, float]) -> Figure:
    """Draw each base's way through training, where it ends, and where fine-tuning takes one."""
    figure, (axes,) = new_figure(size)
    colours = alpha_colours(sorted(set(sources.alphas.values())))
    for base, alpha in sorted(sources.alphas.items(), key=lambda item: item[1]):
        way(axes, sources, "base", base, colours[alpha])
        end(axes, sources, "base", base, f"α = {alpha:g}", colours[alpha])
    if tuned := sources.parts.tuned:
        way(axes, sources, "run", tuned, TUNED)
        end(axes, sources, "run", tuned, "fine-tuned on $D_{disc}$", TUNED)
    optimum = bayes_curve(sources)
    axes.plot(optimum["bank"], optimum["continuous"], "--", color=IDEAL, marker=".", markersize=4)
    axes.plot([], [], "--", color=IDEAL, marker=".", markersize=4, label="Bayes optimum, all α")
    axes.set(
        xlabel=f"$D_{{disc}}$: {ERROR_UNIT}",
        ylabel=f"$D_{{cont}}$: {ERROR_UNIT}",
        xscale="log",
        yscale="log",
        title=title(sources),
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator([0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3]))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    figure.legend(loc="outside right center")
    return figure


def way(axes: Axes, sources: Sources, kind: str, model: str, colour: object) -> None:
    """Draw a model's course through its training, from validation prompts."""
    rows = select(sources.table("curves"), kind=kind, model=model)
    course = rows.pivot_table(index=["stage", "step"], columns="measure", values="estimate")
    course = course.dropna(subset=["bank", "continuous"])  # steps of which only the loss is known
    axes.plot(course["bank"], course["continuous"], color=colour, linewidth=0.7, alpha=0.7)


def end(axes: Axes, sources: Sources, kind: str, model: str, label: str, colour: object) -> None:
    """Draw where a model ends, on test prompts, with intervals both ways."""
    x = sources.mean_error(kind, model, "bank", exemplars="all").iloc[0]
    y = sources.mean_error(kind, model, "continuous", exemplars="all").iloc[0]
    axes.errorbar(
        x["estimate"],
        y["estimate"],
        xerr=[[x["estimate"] - x["low"]], [x["high"] - x["estimate"]]],
        yerr=[[y["estimate"] - y["low"]], [y["high"] - y["estimate"]]],
        marker="s" if kind == "run" else "o",
        markersize=4,
        linestyle="none",
        elinewidth=0.8,
        color=colour,
        label=label,
    )


def bayes_curve(sources: Sources) -> pd.DataFrame:
    """Return the ideal predictors' errors on both sources, from ridge to discrete."""
    rows = sources.table("mean_errors")
    rows = select(rows, kind="ideal", split="test", transform="identity", exemplars="all")
    both = rows.pivot_table(index="model", columns="source", values="estimate")
    kept = [name for name in both.index if name in ("ridge", "discrete") or "mixture" in name]
    return both.loc[kept].sort_values("bank", ascending=False)


def title(sources: Sources) -> str:
    """Say how far the base and the tuned run are from the optimum."""
    base = sources.base()
    if not base:
        return "The trade-off between the two sources"
    ideal = f"mixture({sources.alphas[base]:g})"
    ratio = sources.value("base", base, "bank", exemplars="all") / sources.value(
        "ideal", ideal, "bank", exemplars="all"
    )
    return f"On $D_{{disc}}$ the mixture network has {ratio:.1f} times the optimal error"
