"""Which transforms there are: the built-in ones, and those of other packages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, GetJsonSchemaHandler, SerializeAsAny
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from eunoe.config.model import wrong
from eunoe.errors import EunoeError
from eunoe.transforms.interface import Transform

GROUP = "eunoe.transforms"
"""Entry points through which packages add transforms."""

BUILT_IN = {
    "identity": "eunoe.transforms.plain:Identity",
    "scale": "eunoe.transforms.labels:Scale",
    "shrink": "eunoe.transforms.labels:Shrink",
    "leetspeak": "eunoe.transforms.ciphers:Leetspeak",
    "pig_latin": "eunoe.transforms.ciphers:PigLatin",
    "reverse_words": "eunoe.transforms.ciphers:ReverseWords",
    "rot13": "eunoe.transforms.ciphers:Rot13",
    "upper_case": "eunoe.transforms.ciphers:UpperCase",
    "chain": "eunoe.transforms.chain:Chain",
    "translate": "eunoe.worlds.text.translation:Translate",
    "reword": "eunoe.worlds.text.translation:Reword",
    "apertium": "eunoe.transforms.apertium:Apertium",
    "marian": "eunoe.transforms.marian:Marian",
}
"""Name -> module and class, imported when a configuration is read."""


@cache
def registry() -> dict[str, type[Transform]]:
    """Return every known transform by name: the built-in ones and those of entry points."""
    found = {name: built_in(value) for name, value in BUILT_IN.items()}
    for entry in entry_points(group=GROUP):
        if entry.name in found:
            raise EunoeError(f"{GROUP}: {entry.name} is taken; allowed: a name of its own")
        found[entry.name] = load_transform(entry)
    return found


def built_in(value: str) -> type[Transform]:
    """Return the class that `module:Class` says."""
    module, name = value.split(":")
    transform: type[Transform] = getattr(import_module(module), name)
    return transform


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
    if isinstance(name, str) and name in BUILT_IN:
        # the others are not imported: a stage's code digest covers the transforms that it uses
        return built_in(BUILT_IN[name]).model_validate(fields)
    if not isinstance(name, str) or name not in registry():
        raise wrong("", value, "no such transform", ", ".join(registry()))
    return registry()[name].model_validate(fields)


def modules_behind(transforms: Iterable[Transform]) -> list[str]:
    """Return the modules of this package that transforms run in, sorted, for a digest of the code.

    The registry names its modules in strings, where a search for imports does not see them.
    """
    found = set()
    for transform in transforms:
        parts = getattr(transform, "transforms", [])
        found |= {type(transform).__module__, *modules_behind(parts)}
    return sorted(module for module in found if module.startswith("eunoe."))


class RegisteredTransforms:
    """Gives a field of transforms the JSON schema of those that are registered."""

    without: ClassVar[frozenset[str]] = frozenset()
    """Names that the field does not take."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return: the name of a transform without arguments, or the keys of any transform."""
        bare = []
        options = []
        for name, transform in registry().items():
            if name in cls.without:
                continue
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
