"""Which of an item's options a reply shows."""

from __future__ import annotations

from collections.abc import Sequence

OTHER = "other"
"""The outcome of a reply that is none of the options."""

Option = tuple[str, str]
"""An outcome and the text that shows it."""


def outcome_among(reply: str, options: Sequence[Option]) -> str:
    """Return the outcome whose text a reply begins with, or "other".

    Spaces before the reply do not count. The text must not go on with a letter or a digit ("7" is
    not in "77"); of several texts the longest wins. Kotha et al. 2024, section 3: correct is a
    reply that starts with the answer, with or without a leading space.
    """
    bare = reply.lstrip(" ")
    found = [
        (len(text), outcome)
        for outcome, text in options
        if text and bare.startswith(text) and not bare[len(text) :][:1].isalnum()
    ]
    return max(found, key=lambda each: each[0])[1] if found else OTHER
