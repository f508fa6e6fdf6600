"""`style:` and `bootstrap:` how results are drawn, and how intervals are made."""

from pydantic import Field

from eunoe.config.model import Settings


class Bootstrap(Settings):
    """Redraws of the prompts or items of each seed, for their error, and the level of intervals."""

    replicates: int = Field(default=1000, ge=50)
    """Redraws; more give steadier ends of the intervals."""
    level: float = Field(default=0.95, gt=0, lt=1)
    """Coverage of the intervals; claims are decided at p-values of at most 1 minus it."""


class Style(Settings):
    """What all figures share."""

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
