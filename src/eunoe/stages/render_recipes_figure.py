"""Rule render_recipes_figure: one figure of the recipes lab, as PNG and SVG."""

from importlib import import_module
from pathlib import Path

from eunoe.config.chapters import RecipesChapter
from eunoe.config.figures import Figure, Style
from eunoe.config.model import Settings
from eunoe.labs.recipes.sources import RecipesSources
from eunoe.report.style import save, styled
from eunoe.stages.command import run


class RecipesFigureSettings(Settings):
    """The one param of the rule."""

    name: str
    """Module of `eunoe.labs.recipes.figures`."""
    parts: RecipesChapter
    """Which probes and models play which part."""
    target: str | None
    """The target of the chapter's probe `retention`."""
    runs: dict[str, str]
    """The base of each run."""
    figure: Figure
    """The figure's own settings."""
    style: Style
    """What all figures share."""
    code: str
    """Digest of the code."""


def render_recipes_figure(
    settings: RecipesFigureSettings, tables: list[Path], png: Path, svg: Path
) -> None:
    """Draw a figure from the tables of the chapter's probes."""
    draw = import_module(f"eunoe.labs.recipes.figures.{settings.name}").draw
    sources = RecipesSources(tables, settings.parts, settings.target, settings.runs)
    with styled(settings.style):
        figure = draw(sources, (settings.figure.width, settings.figure.height))
        save(figure, png, svg, settings.style.dots_per_inch)


if __name__ == "__main__":
    run(render_recipes_figure)
