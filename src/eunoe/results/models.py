"""What the results of all kinds of worlds share."""

from dataclasses import dataclass


class NotRun(Exception):
    """A result that the configuration did not ask for."""


@dataclass(frozen=True)
class Model:
    """Who answered: kind is base, run or ideal."""

    kind: str
    name: str
