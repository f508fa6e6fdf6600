"""Figure controls: what the same gamma does to models that have nothing to recover.

The paper lacks these: scaling shrinks answers, which helps any model that is far off.
"""

import pandas as pd
from matplotlib.figure import Figure

from eunoe.labs.regression.sources import Sources
from eunoe.report.frames import select
from eunoe.report.style import (
    ALONE,
    BASE,
    ERROR_UNIT,
    IDEAL,
    NULL,
    PALETTE,
    TUNED,
    legend_below,
    new_figure,
    points,
)


def draw(sources: Sources, size: tuple[float, float]) -> Figure:
    """Draw the error on D_cont against gamma, at few and at more exemplars."""
    figure, axes = new_figure(size, 2)
    table = select(sources.table("mean_errors"), split="test", source="continuous")
    few = sources.few
    names = {"few": f"1 to {few} exemplars", "many": f"{few + 1} exemplars and more"}
    lines = (
        ("run", sources.parts.tuned, "scale", "tuned", TUNED, "-"),
        ("run", sources.parts.tuned, "shrink", "tuned, answers only shrunk", TUNED, ":"),
        ("base", sources.base(), "scale", "base", BASE, "-"),
        ("base", sources.parts.discrete, "scale", r"network of $D_{disc}$ alone", ALONE, "-"),
        ("ideal", "discrete", "scale", "ideal discrete", PALETTE[4], "--"),
        ("ideal", "zero", "scale", "predicting zero", NULL, ":"),
        ("ideal", "ridge", "scale", "ridge (Bayes optimum)", IDEAL, "--"),
    )
    for panel, (counts, name) in zip(axes, names.items(), strict=True):
        for kind, model, transform, label, colour, style in lines:
            if model:
                rows = select(table, kind=kind, model=model, exemplars=counts)
                points(panel, through(rows, transform), "gamma", label, colour, linestyle=style)
        panel.set(title=name, xlabel="γ", ylim=(0, None))
        panel.set_xscale("log")
        panel.set_xticks(sorted(through(table, "scale")["gamma"].unique()))
        panel.minorticks_off()
        panel.xaxis.set_major_formatter("{x:g}")
    axes[0].set_ylabel(f"$D_{{cont}}$: {ERROR_UNIT}")
    legend_below(figure, axes, 3)
    if run := sources.parts.tuned:
        scaled = sources.value("run", run, transform=sources.chosen(run)["transform"])
        best = sources.chosen(run, "shrink")["transform"]
        shrunk = sources.value("run", run, transform=best)
        figure.suptitle(
            f"At few exemplars the tuned model reaches {scaled:.2f} by scaling,"
            f" {shrunk:.2f} by only shrinking its answers"
        )
    return figure


def through(rows: pd.DataFrame, transform: str) -> pd.DataFrame:
    """Return the rows of identity and of one transform at every gamma."""
    return rows[
        (rows["transform"] == "identity") | rows["transform"].str.startswith(f"{transform}(")
    ]
