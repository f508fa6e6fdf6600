"""Classes that the results of all kinds of worlds share."""

from dataclasses import dataclass


class NotRun(Exception):
    """Raised for a result that the configuration did not ask for."""


@dataclass(frozen=True)
class Model:
    """A model that answered; its kind is base, run or ideal."""

    kind: str
    name: str
