"""`style:` and `bootstrap:` the style of figures, and how intervals are made."""

from pydantic import Field

from eunoe.config.model import Settings


class Bootstrap(Settings):
    """Bootstrap samples of each seed's prompts or items, and the level of intervals."""

    replicates: int = Field(default=1000, ge=50)
    """Bootstrap samples; with more, the ends of the intervals vary less."""
    level: float = Field(default=0.95, gt=0, lt=1)
    """Coverage of the intervals; claims are decided at p-values of at most 1 minus it."""


class Style(Settings):
    """The style of all figures."""

    font_size: float = Field(default=8, gt=0)
    """Points."""
    dots_per_inch: int = Field(default=200, ge=50)
    """Of the PNG files; the SVG files scale."""


class Figure(Settings):
    """One figure's own settings."""

    width: float = Field(default=6.5, gt=0)
    """Inches."""
    height: float = Field(default=2.8, gt=0)
    """Inches."""
