"""Rule render_language_figure: one figure of the language lab, as PNG and SVG."""

from importlib import import_module
from pathlib import Path

from eunoe.config.chapters import LanguageChapter
from eunoe.config.figures import Figure, Style
from eunoe.config.model import Settings
from eunoe.labs.language.sources import LanguageSources
from eunoe.report.style import save, styled
from eunoe.stages.command import run


class LanguageFigureSettings(Settings):
    """The one param of the rule."""

    name: str
    """Module of `eunoe.labs.language.figures`."""
    parts: LanguageChapter
    """Which probes and models play which part."""
    runs: dict[str, str]
    """The base of each run."""
    figure: Figure
    """The figure's own settings."""
    style: Style
    """What all figures share."""
    code: str
    """Digest of the code."""


def render_language_figure(
    settings: LanguageFigureSettings, tables: list[Path], png: Path, svg: Path
) -> None:
    """Draw a figure from the tables of the chapter's probes."""
    draw = import_module(f"eunoe.labs.language.figures.{settings.name}").draw
    sources = LanguageSources(tables, settings.parts, settings.runs)
    with styled(settings.style):
        figure = draw(sources, (settings.figure.width, settings.figure.height))
        save(figure, png, svg, settings.style.dots_per_inch)


if __name__ == "__main__":
    run(render_language_figure)
