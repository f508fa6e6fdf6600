"""Rule render_figure: one figure of a chapter, as PNG and SVG."""

from importlib import import_module
from pathlib import Path

from eunoe.config.chapters import RegressionChapter
from eunoe.config.figures import Figure, Style
from eunoe.config.model import Settings
from eunoe.config.worlds import RegressionWorld
from eunoe.labs.regression.sources import Sources
from eunoe.report.style import save, styled
from eunoe.stages.command import run


class FigureSettings(Settings):
    """The one param of the rule."""

    name: str
    """Module of `eunoe.labs.regression.figures`."""
    world: RegressionWorld
    """The world of the chapter's probe."""
    parts: RegressionChapter
    """Which models play which part."""
    runs: dict[str, str]
    """The base of each run."""
    alphas: dict[str, float]
    """The alpha of each base of the probe's world."""
    figure: Figure
    """The figure's own settings."""
    style: Style
    """What all figures share."""
    code: str
    """Digest of the code."""


def render_figure(settings: FigureSettings, tables: list[Path], png: Path, svg: Path) -> None:
    """Draw a figure from the probes' tables."""
    draw = import_module(f"eunoe.labs.regression.figures.{settings.name}").draw
    sources = Sources(tables, settings.world, settings.parts, settings.runs, settings.alphas)
    with styled(settings.style):
        figure = draw(sources, (settings.figure.width, settings.figure.height))
        save(figure, png, svg, settings.style.dots_per_inch)


if __name__ == "__main__":
    run(render_figure)
