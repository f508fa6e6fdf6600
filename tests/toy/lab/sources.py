"""What the figure is drawn from."""

from eunoe.report.lab import Inputs


def sources(inputs: Inputs) -> Inputs:
    """Return the tables as they are."""
    return inputs
