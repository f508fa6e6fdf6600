"""`networks:` the shapes of decoders."""

from typing import Self

from pydantic import Field, model_validator

from eunoe.config.model import Settings


class Network(Settings):
    """A GPT-2 style decoder."""

    layers: int = Field(ge=1)
    """Blocks of attention and perceptron. Two do not learn in-context regression, three or four do."""
    heads: int = Field(ge=1)
    """Attention heads; they divide the width."""
    width: int = Field(ge=1)
    """Features per token."""

    @model_validator(mode="after")
    def _heads_divide_width(self) -> Self:
        if self.width % self.heads:
            raise ValueError(
                f"heads = {self.heads} does not divide width = {self.width};"
                " allowed: any divisor of the width"
            )
        return self
