"""Languages of the micro-world that are English in a cipher."""

from __future__ import annotations

from eunoe.transforms.ciphers import Leetspeak, PigLatin
from eunoe.transforms.interface import TextTransform

CIPHERS: dict[str, TextTransform] = {"leet": Leetspeak(), "pig": PigLatin()}
"""Languages that are English through a transform."""


def cipher_of(language: str) -> TextTransform | None:
    """Return the transform of a cipher language, None for a natural one."""
    return CIPHERS.get(language)
