"""The interface of transforms: a change of the prompt, and its inverse on the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pydantic import SerializerFunctionWrapHandler, model_serializer

from eunoe.config.model import Settings

if TYPE_CHECKING:  # reading a config should not cost the import of torch
    from torch import Tensor

REGRESSION = "regression"
"""Prompts that are `Labels`; their answers are tensors (B, N)."""
LANGUAGE = "language"
"""Prompts and answers that are text."""


class Labels(NamedTuple):
    """A batch of regression prompts."""

    xs: Tensor
    """Inputs, (B, N, d)."""
    ys: Tensor
    """Labels, (B, N)."""


class Transform(Settings):
    """The interface; `{name: scale, gamma: 2}` or, without arguments, `identity` in YAML."""

    name: str
    """Key in the registry."""
    exact: ClassVar[bool] = True
    """Whether decode undoes encode without loss."""
    takes: ClassVar[frozenset[str]] = frozenset({REGRESSION})
    """Kinds of prompts: `regression`, `language` or both."""

    @model_serializer(mode="wrap")
    def _always_named(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Keep the name where defaults are left out: it is one, and says which transform it is."""
        return {"name": self.name, **plain(self)}

    @property
    def label(self) -> str:
        """Its name in tables."""
        return self.name

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Languages of the text that it takes; None: any."""
        return None

    def encode(self, prompt: Any) -> Any:
        """Return the encoded prompt: Labels for Labels, a text for a text."""
        raise NotImplementedError

    def decode(self, answer: Any) -> Any:
        """Return the answer to the original prompt, from the answer to the encoded one."""
        raise NotImplementedError

    def encode_all(self, prompts: Sequence[Any]) -> list[Any]:
        """Return each prompt encoded; override it if many at once are faster."""
        return [self.encode(prompt) for prompt in prompts]

    def decode_all(self, answers: Sequence[Any]) -> list[Any]:
        """Return each answer decoded; override it if many at once are faster."""
        return [self.decode(answer) for answer in answers]


class TextTransform(Transform):
    """A transform of texts.

    `encode` raises an EunoeError for a text that it cannot change; `decode` is for what a model
    says, so it raises for no text and leaves what is not in its code as it is.
    """

    takes: ClassVar[frozenset[str]] = frozenset({LANGUAGE})

    def encode(self, prompt: str) -> str:
        """Return the text to show instead."""
        raise NotImplementedError

    def decode(self, answer: str) -> str:
        """Return the answer to the original text."""
        raise NotImplementedError
