"""`recipes:` how a base is tuned, and `runs:` which recipe meets which base."""

import math
from typing import Annotated, Self

from pydantic import Field, model_validator

from eunoe.config.model import Name, Settings, Source, wrong

Share = Annotated[float, Field(gt=0, le=1)]


class Stage(Settings):
    """One stage of a recipe."""

    data: dict[Source, Share] = Field(min_length=1)
    """Share of each source in a batch; the shares add up to 1."""
    training: Name
    """Key of `trainings`."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        total = sum(self.data.values())
        if not math.isclose(total, 1, abs_tol=1e-6):
            raise wrong("data", self.data, f"shares that add up to {total:g}", "a sum of 1")
        return self


class Recipe(Settings):
    """A list of stages, each starting from the weights that the one before has left."""

    stages: list[Stage] = Field(min_length=1)
    """The stages, in order."""


class Run(Settings):
    """A base tuned by a recipe."""

    base: Name
    """Key of `bases`."""
    recipe: Name
    """Key of `recipes`."""
