"""Conjugations: change the prompt, let the model answer, undo the change on the answer.

A transform is a frozen pydantic model, so its arguments are validated and printed like the rest of
the configuration. Kotha et al. 2024, section 4: T'(P) = s^-1(T(s(P))) for an invertible s that
makes the prompt less likely under the fine-tuning distribution and keeps the capability that it
asks for.

Packages add their own through the entry point group `eunoe.transforms`: each entry point is a
subclass of `Transform`, found under its `name`.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, SerializeAsAny
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from eunoe.config.model import Settings, wrong
from eunoe.errors import EunoeError

if TYPE_CHECKING:  # reading a config should not cost the import of torch
    from torch import Tensor

GROUP = "eunoe.transforms"
"""Entry points through which packages add transforms."""


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
    gamma: float = Field(gt=0, allow_inf_nan=False)
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
    gamma: float = Field(gt=0, allow_inf_nan=False)
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
    for entry in entry_points(group=GROUP):
        if entry.name in found:
            raise EunoeError(f"{GROUP}: {entry.name} is taken; allowed: a name of its own")
        found[entry.name] = load_transform(entry)
    return found


def load_transform(entry: EntryPoint) -> type[Transform]:
    """Return the class of an entry point; EunoeError if it does not load or is no transform."""
    try:
        transform = entry.load()
    except Exception as error:
        raise EunoeError(f"{GROUP}: {entry.name} = {entry.value} fails to load: {error}") from error
    if not (isinstance(transform, type) and issubclass(transform, Transform)):
        raise EunoeError(f"{GROUP}: {entry.name} = {entry.value} is no subclass of Transform")
    return transform


def parse_transform(value: Any) -> Transform:
    """Return the transform that a piece of configuration names; an error for an unknown one."""
    if isinstance(value, Transform):
        return value
    fields = {"name": value} if isinstance(value, str) else value
    name = fields.get("name") if isinstance(fields, dict) else None
    if not isinstance(name, str) or name not in registry():
        raise wrong("", value, "no such transform", ", ".join(registry()))
    return registry()[name].model_validate(fields)


class RegisteredTransforms:
    """Gives a field of transforms the JSON schema of those that are registered."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return: the name of a transform without arguments, or the keys of any transform."""
        bare = []
        options = []
        for name, transform in registry().items():
            option = handler(transform.__pydantic_core_schema__)
            keys = handler.resolve_ref_schema(option)
            arguments = [key for key in keys.get("required", []) if key != "name"]
            keys["required"] = ["name", *arguments]
            options.append(option)
            if not arguments:
                bare.append(name)
        return {"oneOf": [{"enum": bare}, *options]}


AnyTransform = Annotated[
    SerializeAsAny[Transform], BeforeValidator(parse_transform), RegisteredTransforms
]
"""A field that holds any registered transform."""
