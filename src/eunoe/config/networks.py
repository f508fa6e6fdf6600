"""`networks:` the shapes of decoders."""

from typing import Self

from pydantic import Field, model_validator

from eunoe.config.model import Settings, wrong


class Network(Settings):
    """A GPT-2 style decoder."""

    layers: int = Field(ge=1)
    """Blocks of attention and perceptron; two do not learn in-context regression, three or four
    do."""
    heads: int = Field(ge=1)
    """Attention heads; they divide the width."""
    width: int = Field(ge=1)
    """Features per token."""

    @model_validator(mode="after")
    def _heads_divide_width(self) -> Self:
        if self.width % self.heads:
            divisors = [n for n in range(1, self.width + 1) if self.width % n == 0]
            raise wrong(
                "heads",
                self.heads,
                f"does not divide the width, {self.width}",
                ", ".join(map(str, divisors)),
            )
        return self
