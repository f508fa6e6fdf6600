"""The error as a bar."""

from matplotlib.figure import Figure

from eunoe.report.frames import cached_table
from eunoe.report.lab import Inputs
from eunoe.report.style import new_figure
from eunoe.results.regression.tables import MEAN_ERRORS


def draw(inputs: Inputs, size: tuple[float, float]) -> Figure:
    """Draw the base's error on any regression task."""
    rows = cached_table(inputs.named("mean_errors")[0], MEAN_ERRORS)
    figure, (axes,) = new_figure(size)
    axes.bar(["base"], rows[rows["model"] == inputs.lab.base]["estimate"].head(1))
    return figure
