"""The claim."""

from eunoe.labs.toy.evidence import Evidence

from eunoe.report.ledger import Ledger
from eunoe.statistics.redraws import Array

ledger: Ledger[Evidence] = Ledger()


@ledger.claim("T1", "control, a toy", "The base errs.", "its squared error", above=0)
def errs(evidence: Evidence) -> Array:
    """Return the mean squared error on any regression task."""
    return evidence.results.mean(evidence.results.error(evidence.base, "continuous")).mean(-1)
