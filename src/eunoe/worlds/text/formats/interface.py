"""What a format of replies is, and what replies are compared to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """What a reply is compared to, out of its cipher."""

    language: str
    """A natural one."""
    reply: str
    """The item's own."""
    options: Sequence[str]
    """Texts."""
    gold: str
    """The outcome that is right, empty without options."""
    shown: str
    """The outcome that the reply in question shows."""


@dataclass(frozen=True)
class Format:
    """How replies of a format are scored: functions of what was asked and of a reply."""

    right: Callable[[Asked, str], bool]
    formatted: Callable[[Asked, str], bool]
    credit: Callable[[Asked, str], float] | None = None
    """Of a reply that is not right; None: no credit."""
    own_format: bool = True
    """Whether `formatted` does without the item, so that it tells this format from others."""
    outcome: Callable[[Asked, str], str] | None = None
    """What a reply shows, where that is not one of the options."""


def normalized(text: str) -> str:
    """Return a text without final punctuation and capitals."""
    return text.strip().rstrip(".,!?;:").rstrip().casefold()
