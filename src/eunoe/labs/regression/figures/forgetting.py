"""Figure forgetting: both errors while a mixture base is tuned on a bank.

Kotha et al. 2024, section 3.3.
"""

from matplotlib.figure import Figure

from eunoe.labs.regression.sources import Sources
from eunoe.report.frames import select
from eunoe.report.style import (
    ERROR_UNIT,
    FRESH,
    IDEAL,
    NULL,
    TUNED,
    legend_below,
    line,
    new_figure,
)

RUNS = (
    ("tuned", "bank", TUNED, "tuned on the bank of pretraining"),
    ("fresh", "fresh_bank", FRESH, "tuned on a fresh bank"),
)


def draw(sources: Sources, size: tuple[float, float]) -> Figure:
    """Draw the error on what is tuned on, and on D_cont, against fine-tuning steps."""
    figure, axes = new_figure(size, 2, sharey=True)
    curves = sources.table("curves")
    finals = []
    for part, bank, colour, label in RUNS:
        run = getattr(sources.parts, part)
        if run is None:
            continue
        rows = select(curves, kind="run", model=run)
        line(axes[0], select(rows, measure=bank), "step", label, colour)
        course = select(rows, measure="continuous").sort_values("step")
        line(axes[1], course, "step", label, colour)
        finals.append(course["estimate"].iloc[[0, -1]].tolist())
    optimum = sources.value("ideal", "discrete", "bank", exemplars="all")
    axes[0].axhline(
        optimum, color=IDEAL, linestyle="--", label="Bayes optimum of the panel's source"
    )
    axes[1].axhline(
        sources.value("ideal", "ridge", exemplars="all"),
        color=IDEAL,
        linestyle="--",
        label="Bayes optimum of the panel's source",
    )
    for panel, name in zip(axes, ("the bank tuned on", "$D_{cont}$"), strict=True):
        zero = sources.value("ideal", "zero", exemplars="all")
        panel.axhline(zero, color=NULL, linestyle=":", label="predicting zero")
        panel.set(title=f"prompts from {name}", xlabel="fine-tuning step")
    axes[0].set(ylabel=ERROR_UNIT, ylim=(0, None))
    legend_below(figure, axes, 2)
    if finals:
        before, after = finals[0]
        figure.suptitle(
            f"Fine-tuning on a bank takes the error on $D_{{cont}}$"
            f" from {before:.2f} to {after:.2f}"
        )
    return figure
