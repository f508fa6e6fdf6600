"""Numbers, and worked steps."""

from __future__ import annotations

import re

from eunoe.worlds.text.formats.interface import Asked, Format
from eunoe.worlds.text.lexicon import load_lexicon
from eunoe.worlds.text.questions import OPERATORS


def is_numbers(_: Asked, reply: str) -> bool:
    """One number, or several with spaces between them."""
    return bool(re.fullmatch(r"-?[0-9]+(?: -?[0-9]+)*\.?", reply))


def is_same_numbers(asked: Asked, reply: str) -> bool:
    """The numbers of the item's reply, and nothing else."""
    return is_numbers(asked, reply) and numbers_in(reply) == numbers_in(asked.reply)


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text, without zeros before them."""
    return [re.sub(r"^(-?)0+(?=[0-9])", r"\1", each) for each in re.findall(r"-?[0-9]+", text)]


def ends_in_same_number(asked: Asked, reply: str) -> bool:
    """The last number is that of the item's reply, whatever comes before (as for GSM8K)."""
    return numbers_in(reply)[-1:] == numbers_in(asked.reply)[-1:]


def is_steps(asked: Asked, reply: str) -> bool:
    """Worked steps: equations with a comma between them."""
    names = (load_lexicon().parts("operator", name, asked.language) for name in OPERATORS)
    operators = "|".join(re.escape(form) for forms in names for form in forms)
    step = rf"-?[0-9]+ (?:{operators}) [0-9]+ = -?[0-9]+"
    return bool(re.fullmatch(rf"{step}(?: ?, {step})*\.?", reply))


def shared_steps(asked: Asked, reply: str) -> float:
    """Share of the item's steps that the reply has in their place."""
    wanted, found = steps_of(asked.reply), steps_of(reply)
    same = sum(one == other for one, other in zip(wanted, found, strict=False))
    return same / max(len(wanted), len(found))


def steps_of(text: str) -> list[str]:
    """Return the steps of a solution."""
    return [step.strip() for step in text.rstrip(".").split(",")]


FORMATS = {
    "numbers": Format(is_same_numbers, is_numbers),
    "steps": Format(ends_in_same_number, is_steps, shared_steps),
}
