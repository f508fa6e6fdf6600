"""Programs of the toy language, compared by their output."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from eunoe.worlds.text.formats.interface import Asked, Format
from eunoe.worlds.text.interpreter import ProgramError, inputs_of, parse, run

TRIALS = (
    (3, 8, 5),
    (8, 3, 1),
    (5, 5, 5),
    (0, 9, 4),
    (12, 7, 2),
    (1, 2, 9),
    (6, 0, 7),
    (20, 11, 30),
)
"""Values of up to three inputs that a program is tried with: in either order, alike, and 0."""


def is_program(asked: Asked, reply: str) -> bool:
    """A program of the toy language."""
    try:
        return bool(parse(reply, asked.language))
    except ProgramError:
        return False


def prints_the_same(asked: Asked, reply: str) -> bool:
    """A program that prints what the item's reply prints, whatever its inputs are."""
    return passed(asked.reply, reply, asked.language) == 1.0


def share_passed(asked: Asked, reply: str) -> float:
    """Share of the trials in which a program prints what the item's reply prints."""
    return passed(asked.reply, reply, asked.language)


@lru_cache(maxsize=100_000)
def passed(wanted: str, reply: str, language: str) -> float:
    """Return the share of the trials in which two programs print the same; 0 if one is none."""
    try:
        own, found = parse(wanted, language), parse(reply, language)
    except ProgramError:
        return 0.0
    names = inputs_of(own)
    trials = [dict(zip(names, values, strict=False)) for values in TRIALS]
    return sum(
        (printed := prints(found, trial)) is not None and printed == prints(own, trial)
        for trial in trials
    ) / len(trials)


def prints(program: Any, inputs: Mapping[str, int]) -> list[int] | None:
    """Return what a program prints, None if it cannot go on."""
    try:
        return run(program, inputs)
    except ProgramError:
        return None


FORMATS = {"program": Format(prints_the_same, is_program, share_passed)}
