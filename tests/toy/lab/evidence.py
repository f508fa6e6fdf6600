"""What the claim is judged by."""

from dataclasses import dataclass

from eunoe.report.lab import Inputs
from eunoe.results.models import Model
from eunoe.results.regression.arrays import Results, read_results


@dataclass(frozen=True)
class Evidence:
    """A probe's results, and the base."""

    results: Results
    base: Model


def evidence(inputs: Inputs) -> Evidence:
    """Return what the probe has measured."""
    found = (inputs.named(name) for name in ("answers", "task_weights", "likelihoods"))
    return Evidence(read_results(*found, inputs.bootstrap), Model("base", inputs.lab.base))
