"""Figure likelihood: forgetting against how likely a D_cont prompt is under D_disc.

Kotha et al. 2024, section 3.3.
"""

from matplotlib.figure import Figure

from eunoe.labs.regression.sources import Sources
from eunoe.report.frames import select
from eunoe.report.style import ERROR_UNIT, NULL, TUNED, legend_below, new_figure, points


def draw(sources: Sources, size: tuple[float, float]) -> Figure:
    """Draw forgetting per bin of log-likelihood, at several exemplar counts."""
    counts = sorted({2, sources.few, sources.world.points - 1})
    figure, axes = new_figure(size, len(counts))
    table = select(sources.table("forgetting"), run=sources.parts.tuned)
    shown = select(table, exemplars=sources.few, measure="forgetting").sort_values("bin")
    for panel, count in zip(axes, counts, strict=True):
        rows = select(table, exemplars=count)
        forgotten = select(rows, measure="forgetting")
        points(panel, forgotten, "log_likelihood", "forgotten: tuned minus base", TUNED)
        possible = select(rows, measure="potential")
        label = "all there is to forget: ideal discrete minus ridge"
        points(panel, possible, "log_likelihood", label, NULL, linestyle=":")
        noun = "exemplar" if count == 1 else "exemplars"
        panel.set(
            title=f"after {count} {noun}",
            xlabel=r"log-likelihood under $D_{disc}$",
        )
        panel.set_yscale("symlog", linthresh=0.1)
        panel.yaxis.set_major_formatter("{x:g}")
        panel.axhline(0, color="black", linewidth=0.5)
    axes[0].set_ylabel(f"rise of {ERROR_UNIT}")
    legend_below(figure, axes, 2)
    if len(shown):
        least, most = shown["estimate"].iloc[[0, -1]]
        figure.suptitle(
            f"After {sources.few} exemplars, prompts least likely under $D_{{disc}}$ lose"
            f" {least:.2f}, those most likely {most:.2f}"
        )
    return figure
