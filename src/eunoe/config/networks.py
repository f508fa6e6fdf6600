"""`networks:` the shapes of decoders."""

from typing import Literal, Self

from pydantic import Field, model_validator

from eunoe.config.model import Settings, wrong


class Network(Settings):
    """A causal decoder."""

    layers: int = Field(ge=1)
    """Blocks of attention and perceptron. In-context regression is not learnt with two blocks, but
    with three or four."""
    heads: int = Field(ge=1)
    """Attention heads; they divide the width."""
    width: int = Field(ge=1)
    """Features per token."""
    architecture: Literal["gpt2", "llama"] = "gpt2"
    """gpt2: learnt positions and layer norms; llama: rotary positions, gated perceptrons.
    Regression knows gpt2 only."""

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
