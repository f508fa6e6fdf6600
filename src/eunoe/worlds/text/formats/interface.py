"""The interface of formats of replies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """The item that a reply is compared to, decoded from its cipher."""

    language: str
    """A natural language."""
    reply: str
    """The item's reply."""
    options: Sequence[str]
    """Texts."""
    gold: str
    """The outcome that is right, empty without options."""
    shown: str
    """The outcome of the reply that is scored."""


@dataclass(frozen=True)
class Format:
    """Scorers of a format: functions of the item and of a reply."""

    right: Callable[[Asked, str], bool]
    formatted: Callable[[Asked, str], bool]
    credit: Callable[[Asked, str], float] | None = None
    """Credit of a reply that is not right; None: no credit."""
    own_format: bool = True
    """Whether `formatted` does not depend on the item, so that it tells this format from others."""
    outcome: Callable[[Asked, str], str] | None = None
    """The outcome of a reply, in formats where it is not one of the item's options."""


def normalized(text: str) -> str:
    """Return a text without final punctuation and capitals."""
    return text.strip().rstrip(".,!?;:").rstrip().casefold()
