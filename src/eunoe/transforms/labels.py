"""Transforms of regression prompts, by their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from eunoe.transforms.interface import Labels, Transform

if TYPE_CHECKING:
    from torch import Tensor


class Scale(Transform):
    """Multiply the labels by gamma, divide the answer by it (Kotha et al. 2024, section 3.4)."""

    name: Literal["scale"] = "scale"
    gamma: float = Field(gt=0, allow_inf_nan=False)
    """The factor; above 1 the labels become unlikely under the fine-tuning tasks."""

    @property
    def label(self) -> str:
        """`scale(2)`."""
        return f"{self.name}({self.gamma:g})"

    def encode(self, prompt: Labels) -> Labels:
        """Scale the labels."""
        return Labels(prompt.xs, self.gamma * prompt.ys)

    def decode(self, answer: Tensor) -> Tensor:
        """Scale the answers back."""
        return answer / self.gamma


class Shrink(Transform):
    """The null control of scaling: the prompt stays, only the answer is divided by gamma.

    What this gains, a model that knows nothing new about the prompt can gain.
    """

    name: Literal["shrink"] = "shrink"
    gamma: float = Field(gt=0, allow_inf_nan=False)
    """The divisor."""
    exact: ClassVar[bool] = False

    @property
    def label(self) -> str:
        """`shrink(2)`."""
        return f"{self.name}({self.gamma:g})"

    def encode(self, prompt: Labels) -> Labels:
        """Return the prompt as it is."""
        return prompt

    def decode(self, answer: Tensor) -> Tensor:
        """Shrink the answers."""
        return answer / self.gamma
