"""Conjugations: change the prompt, let the model answer, undo the change on the answer.

A transform is a frozen pydantic model, so its arguments are validated and printed like the rest of
the configuration. Kotha et al. 2024, section 4: T'(P) = s^-1(T(s(P))) for an invertible s that makes
the prompt less likely under the fine-tuning distribution and keeps the capability that it asks for.

Packages add their own through the entry point group `eunoe.transforms`: each entry point is a
subclass of `Transform`, found under its `name`.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny

from eunoe.config.model import Settings

if TYPE_CHECKING:  # reading a config should not cost the import of torch
    from torch import Tensor


class Transform(Settings):
    """The interface; `{name: scale, gamma: 2}` or, without arguments, `identity` in YAML."""

    name: str
    """Key in the registry."""
    exact: ClassVar[bool] = True
    """Whether decode undoes encode without loss."""

    @property
    def label(self) -> str:
        """What the tables call it."""
        return self.name

    def encode(self, xs: Tensor, ys: Tensor) -> tuple[Tensor, Tensor]:
        """Return the prompt to show instead of xs (B, N, d), ys (B, N)."""
        raise NotImplementedError

    def decode(self, answers: Tensor) -> Tensor:
        """Return the answers to the original prompt, from those to the encoded one."""
        raise NotImplementedError


class Identity(Transform):
    """No change: what every other transform is compared to."""

    name: Literal["identity"] = "identity"

    def encode(self, xs: Tensor, ys: Tensor) -> tuple[Tensor, Tensor]:
        """Return the prompt as it is."""
        return xs, ys

    def decode(self, answers: Tensor) -> Tensor:
        """Return the answers as they are."""
        return answers


class Scale(Transform):
    """Multiply the labels by gamma, divide the answer by it (Kotha et al. 2024, section 3.4)."""

    name: Literal["scale"] = "scale"
    gamma: float = Field(gt=0)
    """The factor; above 1 the labels become unlikely under the fine-tuning tasks."""

    @property
    def label(self) -> str:
        """`scale(2)`."""
        return f"{self.name}({self.gamma:g})"

    def encode(self, xs: Tensor, ys: Tensor) -> tuple[Tensor, Tensor]:
        """Scale the labels."""
        return xs, self.gamma * ys

    def decode(self, answers: Tensor) -> Tensor:
        """Scale the answers back."""
        return answers / self.gamma


class Shrink(Transform):
    """The null control of scaling: the prompt stays, only the answer is divided by gamma.

    What this gains, a model that knows nothing new about the prompt can gain.
    """

    name: Literal["shrink"] = "shrink"
    gamma: float = Field(gt=0)
    """The divisor."""
    exact: ClassVar[bool] = False

    @property
    def label(self) -> str:
        """`shrink(2)`."""
        return f"{self.name}({self.gamma:g})"

    def encode(self, xs: Tensor, ys: Tensor) -> tuple[Tensor, Tensor]:
        """Return the prompt as it is."""
        return xs, ys

    def decode(self, answers: Tensor) -> Tensor:
        """Shrink the answers."""
        return answers / self.gamma


@cache
def registry() -> dict[str, type[Transform]]:
    """Return every known transform by name: the built-in ones and those of entry points."""
    found: dict[str, type[Transform]] = {"identity": Identity, "scale": Scale, "shrink": Shrink}
    for entry in entry_points(group="eunoe.transforms"):
        found[entry.name] = entry.load()
    return found


def parse_transform(value: Any) -> Transform:
    """Return the transform that a piece of configuration names; ValueError for an unknown one."""
    if isinstance(value, Transform):
        return value
    fields = {"name": value} if isinstance(value, str) else value
    if not isinstance(fields, dict) or fields.get("name") not in registry():
        raise ValueError(f"{value!r} is no transform; allowed names: {', '.join(registry())}")
    return registry()[fields["name"]].model_validate(fields)


AnyTransform = Annotated[SerializeAsAny[Transform], BeforeValidator(parse_transform)]
"""A field that holds any registered transform."""
