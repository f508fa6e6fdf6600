"""How claims are registered and judged. No verdict is typed by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np
import pandas as pd

from eunoe.results import NotRun
from eunoe.statistics import Array, Interval, interval

Verdict = Literal["supported", "contradicted", "inconclusive", "not run"]
R = TypeVar("R")


@dataclass(frozen=True)
class Claim(Generic[R]):
    """A statement, and a function from results to replicates of the quantity that decides it."""

    id: str
    source: str
    """Paper and section, or "control" for what this project adds."""
    statement: str
    quantity: str
    """What is estimated, in words, with its unit."""
    sign: Literal["above", "below"]
    threshold: float
    estimate: Callable[[R], Array]
    """Replicates (1 + R,): row 0 is the estimate, NaN is where the quantity has no meaning. Raises
    NotRun if a result is missing."""

    @property
    def predicate(self) -> str:
        """What must hold, in words."""
        return f"{self.quantity} is {self.sign} {self.threshold:g}"


class Ledger(Generic[R]):
    """The claims of one chapter, in the order in which they were registered."""

    def __init__(self) -> None:
        self.claims: list[Claim[R]] = []

    def claim(
        self,
        id: str,
        source: str,
        statement: str,
        quantity: str,
        *,
        above: float | None = None,
        below: float | None = None,
    ) -> Callable[[Callable[[R], Array]], Callable[[R], Array]]:
        """Register a function as a claim that its quantity is above, or below, a threshold."""
        if (above is None) == (below is None):
            raise ValueError(f"claim {id}: give one of above and below")
        if id in [claim.id for claim in self.claims]:
            raise ValueError(f"claim {id} is registered twice")

        def register(estimate: Callable[[R], Array]) -> Callable[[R], Array]:
            sign: Literal["above", "below"] = "above" if below is None else "below"
            threshold = above if below is None else below
            assert threshold is not None
            found = Claim(id, source, statement, quantity, sign, threshold, estimate)
            self.claims.append(found)
            return estimate

        return register

    def judge(
        self, results: R, level: float, chapter: str, seeds: int, caveat: str = ""
    ) -> pd.DataFrame:
        """Return a row for each claim (`tables.CLAIMS`).

        A caveat, such as the size of the models, is added to the reason of every paper's claim.
        """
        rows = [judge_claim(claim, results, level, chapter, seeds) for claim in self.claims]
        for claim, row in zip(self.claims, rows, strict=True):
            if caveat and row["verdict"] != "not run" and not claim.source.startswith("control"):
                row["reason"] = f"{row['reason']}; {caveat}"
        return pd.DataFrame(rows)


def verdict_of(found: Interval, sign: str, threshold: float) -> Verdict:
    """Return the verdict: the whole interval must lie on one side of the threshold.

    An interval that ends at the threshold, or in NaN, decides nothing.
    """
    if sign == "above":
        supported, contradicted = found.low > threshold, found.high < threshold
    else:
        supported, contradicted = found.high < threshold, found.low > threshold
    if supported:
        return "supported"
    return "contradicted" if contradicted else "inconclusive"


def judge_claim(
    claim: Claim[R], results: R, level: float, chapter: str, seeds: int
) -> dict[str, object]:
    """Return the claim's row of the ledger."""
    row: dict[str, object] = {
        "claim": claim.id,
        "chapter": chapter,
        "source": claim.source,
        "statement": claim.statement,
        "predicate": claim.predicate,
        "seeds": seeds,
    }
    try:
        replicates = claim.estimate(results)
    except NotRun as missing:
        nothing = {"estimate": None, "low": None, "high": None}
        return {**row, **nothing, "verdict": "not run", "reason": str(missing)}
    found = interval(replicates, level)
    verdict = verdict_of(found, claim.sign, claim.threshold)
    reason = {
        "supported": "the whole interval satisfies the predicate",
        "contradicted": "the whole interval violates the predicate",
        "inconclusive": "the interval holds the threshold",
    }[verdict]
    if undefined := float(np.isnan(replicates).mean()):
        reason = f"the quantity has no meaning in {undefined:.1%} of the replicates"
    return {**row, **vars(found), "verdict": verdict, "reason": reason}
