"""Transforms: change the prompt, let the model answer, undo the change on the answer.

A transform is a frozen pydantic model, so its arguments are validated and printed like the rest of
the configuration. Kotha et al. 2024, section 4: T'(P) = s^-1(T(s(P))) for an invertible s that
makes the prompt less likely under the fine-tuning distribution and keeps the capability that it
asks for. `docs/transforms.md` lists them.

Packages add their own through the entry point group `eunoe.transforms`: each entry point is a
subclass of `Transform`, found under its `name`.
"""

from eunoe.transforms.interface import LANGUAGE, REGRESSION, Labels, TextTransform, Transform
from eunoe.transforms.registered import (
    GROUP,
    AnyTransform,
    load_transform,
    modules_behind,
    parse_transform,
    registry,
)

__all__ = [
    "GROUP",
    "LANGUAGE",
    "REGRESSION",
    "AnyTransform",
    "Labels",
    "TextTransform",
    "Transform",
    "load_transform",
    "modules_behind",
    "parse_transform",
    "registry",
]
