"""What the page says of the models."""

from typing import Any

from eunoe.report.lab import Inputs


def context(inputs: Inputs) -> dict[str, Any]:
    """Return the name of the base."""
    return {"base": inputs.lab.base}
