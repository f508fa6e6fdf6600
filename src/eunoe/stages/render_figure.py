"""Rule render_figure: one figure of a lab, as PNG and SVG."""

from importlib import import_module
from pathlib import Path
from typing import Any

from eunoe.config.figures import Figure, Style
from eunoe.config.model import Settings
from eunoe.config.study import Study
from eunoe.report.lab import Inputs
from eunoe.report.style import save, styled
from eunoe.stages.command import run


class FigureSettings(Settings):
    """The one param of the rule."""

    lab: str
    """A folder of `eunoe.labs`."""
    name: str
    """A module of the lab's `figures`."""
    parts: dict[str, Any]
    """The lab's settings: its probes and models, by role."""
    study: Study
    """The entries of the configuration that the lab's probes depend on."""
    figure: Figure
    """The figure's own settings."""
    style: Style
    """The style of all figures."""
    code: str
    """Digest of the code."""


def render_figure(settings: FigureSettings, tables: list[Path], png: Path, svg: Path) -> None:
    """Draw a figure from the tables of the lab's probes."""
    folder = f"eunoe.labs.{settings.lab}"
    lab = import_module(f"{folder}.settings").Lab.model_validate(settings.parts)
    sources = import_module(f"{folder}.sources").sources(Inputs(lab, settings.study, tables))
    draw = import_module(f"{folder}.figures.{settings.name}").draw
    with styled(settings.style):
        figure = draw(sources, (settings.figure.width, settings.figure.height))
        save(figure, png, svg, settings.style.dots_per_inch)


if __name__ == "__main__":
    run(render_figure)
