"""Figure ideals: networks pretrained on one source lie on that source's ideal predictor.

Kotha et al. 2024, section 3.2.
"""

from matplotlib.figure import Figure

from eunoe.labs.regression.sources import Sources
from eunoe.report.frames import select
from eunoe.report.style import (
    ALONE,
    BASE,
    ERROR_UNIT,
    EXEMPLARS,
    IDEAL,
    NULL,
    legend_below,
    line,
    new_figure,
)

PANELS = (
    ("continuous", "continuous", "ridge", r"$D_{cont}$"),
    ("bank", "discrete", "discrete", r"$D_{disc}$"),
)


def draw(sources: Sources, size: tuple[float, float]) -> Figure:
    """Draw the error per exemplar count on D_cont and on D_disc."""
    figure, axes = new_figure(size, 2, sharey=True)
    errors = select(sources.table("errors"), transform="identity")
    gaps = []
    for panel, (source, part, ideal, name) in zip(axes, PANELS, strict=True):
        rows = errors[errors["source"] == source]
        alone, base = getattr(sources.parts, part), sources.base()
        zero = select(rows, kind="ideal", model="zero")
        line(panel, zero, "exemplars", "predicting zero", NULL, linestyle=":")
        if base:
            mixture = f"network, mixture (α = {sources.alphas[base]:g})"
            line(panel, select(rows, kind="base", model=base), "exemplars", mixture, BASE)
            optimum = select(rows, kind="ideal", model=f"mixture({sources.alphas[base]:g})")
            line(panel, optimum, "exemplars", "Bayes optimum, mixture", BASE, linestyle="--")
        if alone:
            network = select(rows, kind="base", model=alone)
            line(panel, network, "exemplars", "network, this source alone", ALONE)
            gap = sources.value("base", alone, source, exemplars="all")
            gaps.append(f"{gap - sources.value('ideal', ideal, source, exemplars='all'):.2f}")
        optimum = select(rows, kind="ideal", model=ideal)
        line(panel, optimum, "exemplars", "Bayes optimum, this source", IDEAL, linestyle="--")
        panel.set(title=f"prompts from {name}", xlabel=EXEMPLARS)
    axes[0].set(ylabel=ERROR_UNIT, ylim=(0, None))
    legend_below(figure, axes, 3)
    if len(gaps) == 2:
        figure.suptitle(
            f"Trained on one source alone, networks end {gaps[0]} ($D_{{cont}}$)"
            f" and {gaps[1]} ($D_{{disc}}$) above the optimum"
        )
    return figure
