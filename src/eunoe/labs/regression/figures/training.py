"""Figure training: every base's errors while it is pretrained."""

from matplotlib.figure import Figure

from eunoe.labs.regression.sources import Sources
from eunoe.report.frames import select
from eunoe.report.style import ERROR_UNIT, NULL, alpha_colours, legend_below, line, new_figure


def draw(sources: Sources, size: tuple[float, float]) -> Figure:
    """Draw errors on D_cont and D_disc against pretraining steps, with each alpha's optimum."""
    figure, axes = new_figure(size, 2, sharey=True)
    curves = select(sources.table("curves"), kind="base")
    colours = alpha_colours(sorted(set(sources.alphas.values())))
    worst = []
    for panel, source, name in zip(
        axes, ("continuous", "bank"), ("$D_{cont}$", "$D_{disc}$"), strict=True
    ):
        zero = sources.value("ideal", "zero", source, exemplars="all")
        panel.axhline(zero, color=NULL, linestyle=":", label="predicting zero")
        for base, alpha in sorted(sources.alphas.items(), key=lambda item: item[1]):
            rows = select(curves, model=base, measure=source)
            line(panel, rows, "step", f"α = {alpha:g}", colours[alpha])
            ideal = ideal_of(alpha)
            optimum = sources.value("ideal", ideal, source, exemplars="all")
            panel.axhline(optimum, color=colours[alpha], linestyle="--", linewidth=0.8)
            if 0 < alpha < 1 and source == "continuous":
                worst.append(sources.value("base", base, source, exemplars="all") / optimum)
        panel.plot([], [], "--", color="black", linewidth=0.8, label="Bayes optimum, same α")
        panel.set(title=f"prompts from {name}", xlabel="pretraining step")
    axes[0].set(ylabel=ERROR_UNIT, ylim=(0, None))
    legend_below(figure, axes, 6)
    if worst:
        figure.suptitle(
            f"Mixture networks end within {max(worst) - 1:z.0%} of the optimum on $D_{{cont}}$"
        )
    return figure


def ideal_of(alpha: float) -> str:
    """Return the name of the ideal predictor of a mixture."""
    if alpha in (0.0, 1.0):
        return "discrete" if alpha else "ridge"
    return f"mixture({alpha:g})"
