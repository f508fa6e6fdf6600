"""Figure runs: every run of every probe, before, after, and through the chosen gamma."""

import numpy as np
from matplotlib.figure import Figure

from eunoe.labs.regression.sources import Sources
from eunoe.report.style import (
    BASE,
    ERROR_UNIT,
    IDEAL,
    TUNED,
    gamma_colours,
    legend_below,
    new_figure,
)


def draw(sources: Sources, size: tuple[float, float]) -> Figure:
    """Draw the error on D_cont at few exemplars of each run and of what it is compared to."""
    measured = [
        (probe, run)
        for probe in sources.probes()
        for run in sources.runs
        if len(sources.mean_error("run", run, probe=probe))
    ]
    figure, (axes,) = new_figure((size[0], max(size[1], 0.9 + 0.28 * len(measured))))
    rows = np.arange(len(measured))[::-1]
    recovered = 0
    for row, (probe, run) in zip(rows, measured, strict=True):
        best = sources.chosen(run, probe=probe)["transform"]
        marks = (
            ("ideal", "ridge", "identity", "ridge (Bayes optimum)", IDEAL, "|"),
            ("base", sources.runs[run], "identity", "base", BASE, "o"),
            ("run", run, "identity", "tuned", TUNED, "s"),
            ("run", run, best, "tuned, chosen γ", gamma_colours(4)[2], "D"),
        )
        for offset, (kind, model, transform, label, colour, marker) in enumerate(marks):
            found = sources.mean_error(kind, model, transform=transform, probe=probe).iloc[0]
            axes.errorbar(
                found["estimate"],
                row + 0.24 - 0.16 * offset,
                xerr=[
                    [found["estimate"] - found["low"]],
                    [found["high"] - found["estimate"]],
                ],
                marker=marker,
                markersize=4,
                linestyle="none",
                elinewidth=0.8,
                color=colour,
                label=label,
            )
        after = sources.value("run", run, probe=probe)
        recovered += sources.value("run", run, transform=best, probe=probe) < after
    axes.set_yticks(rows, [run for _, run in measured])
    few = sources.few
    axes.set(
        xlabel=f"$D_{{cont}}$, 1 to {few} exemplars: {ERROR_UNIT}", ylim=(-0.6, len(rows) - 0.4)
    )
    axes.set_title(f"The chosen gamma lowers the error of {recovered} of {len(measured)} runs")
    legend_below(figure, [axes], 4)
    return figure
