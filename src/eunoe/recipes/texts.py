"""How examples read."""

from collections.abc import Sequence

from eunoe.evaluation.tokens import continued

Pair = tuple[str, str]
"""A prompt and its response."""


def demonstrated(prompt: str, demonstrations: Sequence[Pair]) -> str:
    """Return a prompt after other examples of its source, one below the other."""
    return "\n".join([*(continued(*shown) for shown in demonstrations), prompt])
