"""Figure conjugate: scale the labels, divide the answer; error per exemplar count on D_cont.

Kotha et al. 2024, section 3.4.
"""

from matplotlib.figure import Figure

from eunoe.labs.regression.sources import Sources
from eunoe.report.frames import select
from eunoe.report.style import (
    BASE,
    ERROR_UNIT,
    EXEMPLARS,
    IDEAL,
    NULL,
    gamma_colours,
    legend_below,
    line,
    new_figure,
)


def draw(sources: Sources, size: tuple[float, float]) -> Figure:
    """Draw the tuned run at each gamma, and beside it the base at the same gammas."""
    figure, axes = new_figure(size, 2, sharey=True)
    errors = select(sources.table("errors"), source="continuous")
    scaled = errors["transform"].str.startswith("scale(")
    gammas = sorted(errors[scaled]["gamma"].unique())
    colours = gamma_colours(1 + len(gammas))
    models = (
        ("run", sources.parts.tuned, "after fine-tuning on the bank"),
        ("base", sources.base(), "control: before fine-tuning"),
    )
    for panel, (kind, model, name) in zip(axes, models, strict=True):
        rows = select(errors, kind=kind, model=model)
        zero = select(errors, kind="ideal", model="zero", transform="identity")
        line(panel, zero, "exemplars", "predicting zero", NULL, linestyle=":")
        for gamma, colour in zip([1, *gammas], colours, strict=True):
            label = "identity" if gamma == 1 else f"scale({gamma:g})"
            line(panel, select(rows, transform=label), "exemplars", f"γ = {gamma:g}", colour)
        before = select(errors, kind="base", model=sources.base(), transform="identity")
        line(panel, before, "exemplars", "base, γ = 1", BASE, linestyle="-.")
        ridge = select(errors, kind="ideal", model="ridge", transform="identity")
        line(panel, ridge, "exemplars", "ridge (Bayes optimum)", IDEAL, linestyle="--")
        panel.set(title=name, xlabel=EXEMPLARS)
    axes[0].set(ylabel=f"$D_{{cont}}$: {ERROR_UNIT}", ylim=(0, None))
    legend_below(figure, axes, 4)
    figure.suptitle(title(sources))
    return figure


def title(sources: Sources) -> str:
    """Say which share of the forgetting the chosen gamma wins back."""
    run, base = sources.parts.tuned, sources.base()
    if run is None:
        return "Conjugate prompting"
    best = sources.chosen(run)
    after, before = sources.value("run", run), sources.value("base", base)
    won = (after - sources.value("run", run, transform=best["transform"])) / (after - before)
    return (
        f"Scaling the labels by {best['gamma']:g} wins back {won:z.0%} of the forgetting at"
        f" 1 to {sources.few} exemplars"
    )
