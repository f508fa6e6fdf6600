"""Registers claims and judges them. No verdict is typed by hand.

A claim compares a quantity to a threshold, by p-values over seeds. In each ledger a few claims are
named primary and decided together (Holm); those of the three labs were named, like the margins,
when first results of seeds 0 and 1 were known. The others are decided
one by one, with a q-value beside them. Controls are gates: a claim is decided only where its
premises are supported, and supported only where its guards are too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, Generic, Literal, TypeVar

import numpy as np
import pandas as pd

from eunoe.results.models import NotRun
from eunoe.statistics.multiplicity import holm, q_values
from eunoe.statistics.planning import would_decide
from eunoe.statistics.quantities import (
    LEAST_SEEDS,
    Known,
    Mean,
    PremiseNotMet,
    Quantity,
    RankCorrelation,
    interval,
)
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import Several

Verdict = Literal[
    "supported",
    "contradicted",
    "equivalent",
    "inconclusive",
    "premise not met",
    "too few seeds",
    "not run",
]
VERDICTS: tuple[Verdict, ...] = Verdict.__args__  # type: ignore[attr-defined]
DECIDED = ("supported", "contradicted", "equivalent")
REFUTED = {
    "contradicted": "contradicted",
    "equivalent": "contradicted (equivalent)",
    "premise not met": "without its own premise",
}
"""Verdicts on a premise after which there is nothing to test, in words."""
Family = Literal["primary", "secondary", "control"]
R = TypeVar("R")


@dataclass(frozen=True)
class Claim(Generic[R]):
    """A statement, and a function from results to the quantity that decides it."""

    id: str
    source: str
    """Paper and section, or "control" for what this project adds."""
    statement: str
    quantity: str
    """What is estimated, in words, with its unit."""
    sign: Literal["above", "below", "at least", "at most"]
    threshold: float
    estimate: Callable[[R], Quantity | Array]
    """The quantity; an array (1 + R, seeds) is a mean over seeds. Raises NotRun if a result is
    missing, PremiseNotMet where there is nothing to test."""
    margin: float = 0.0
    """The smallest difference from the threshold that matters: "above" means by more than it, "at
    least" allows for it (a test of non-inferiority)."""
    primary: bool = False
    """Whether it is one of the few claims that are decided together."""
    premises: tuple[str, ...] = ()
    """Claims, controls most of them, without which there is nothing to test."""
    guards: tuple[str, ...] = ()
    """Controls that an effect must pass to count: they keep it from being supported, not from being
    contradicted."""

    @property
    def predicate(self) -> str:
        """What must hold, in words."""
        allowed = "by more than" if self.sign in ("above", "below") else "but for"
        by = f" {allowed} {self.margin:g}" if self.margin else ""
        return f"{self.quantity} is {self.sign} {self.threshold:g}{by}"

    @property
    def family(self) -> Family:
        """The claims that it is corrected with."""
        if self.source.startswith("control"):
            return "control"
        return "primary" if self.primary else "secondary"

    @property
    def upwards(self) -> bool:
        """Whether larger values support it."""
        return self.sign in ("above", "at least")

    @property
    def limit(self) -> float:
        """The threshold of the test, after the margin."""
        higher = self.sign in ("above", "at most")
        return self.threshold + (self.margin if higher else -self.margin)

    def equivalent(self, low: float, high: float) -> bool:
        """Whether an interval holds only differences that do not matter, where one is claimed."""
        near = self.threshold - self.margin < low and high < self.threshold + self.margin
        return self.sign in ("above", "below") and near


@dataclass(frozen=True)
class Finding:
    """A claim's quantity, or why there is none."""

    quantity: Quantity | None
    verdict: Verdict | None = None
    """The verdict, if it is known without a p-value."""
    reason: str = ""
    p: float | None = None
    """Two-sided p-value."""
    favours: bool = False
    """Whether the smaller of the two tails is the one that supports the claim."""


class Ledger(Generic[R]):
    """The claims of one lab, in the order in which they were registered."""

    def __init__(self, caveat: Callable[[R], str] = lambda _: "") -> None:
        """Take what every reason ends with, such as the size of the models."""
        self.claims: list[Claim[R]] = []
        self.caveat = caveat

    def claim(
        self,
        id: str,
        source: str,
        statement: str,
        quantity: str,
        *,
        margin: float = 0.0,
        primary: bool = False,
        premises: Sequence[str] = (),
        guards: Sequence[str] = (),
        above: float | None = None,
        below: float | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> Callable[[Callable[[R], Quantity | Array]], Callable[[R], Quantity | Array]]:
        """Register a function as a claim that its quantity is above, below, at least or at most a
        threshold.

        "At least" and "at most" need a margin: how far on the wrong side does not matter.
        """
        given: dict[Any, float | None] = {
            "above": above,
            "below": below,
            "at least": at_least,
            "at most": at_most,
        }
        signs = {sign: value for sign, value in given.items() if value is not None}
        if len(signs) != 1:
            raise ValueError(f"claim {id}: give one of above, below, at_least and at_most")
        if id in [claim.id for claim in self.claims]:
            raise ValueError(f"claim {id} is registered twice")
        ((sign, threshold),) = signs.items()
        if sign.startswith("at ") and margin <= 0:
            raise ValueError(f"claim {id}: {sign} needs a margin above 0")

        def register(estimate: Callable[[R], Quantity | Array]) -> Any:
            self.claims.append(
                Claim(
                    *(id, source, statement, quantity, sign, threshold, estimate),
                    *(margin, primary, tuple(premises), tuple(guards)),
                )
            )
            return estimate

        return register

    def judge(self, results: R, level: float, lab: str) -> pd.DataFrame:
        """Return a row for each claim (`CLAIMS`).

        The ledger's caveat is added to the reason of every paper's claim.
        """
        claims = {claim.id: claim for claim in self.claims}
        order = premises_first(self.claims)
        findings = {name: find(claim, results) for name, claim in claims.items()}
        adjusted = self._adjusted(findings)
        together = sum(
            claims[name].family == "primary" for name in findings if tested(findings[name])
        )
        caveat = self.caveat(results)
        verdicts: dict[str, tuple[Verdict, str]] = {}
        for name in order:
            own = judged(claims[name], findings[name], adjusted[name], level, together)
            verdicts[name] = gated(claims[name], *own, verdicts)
        rows = []
        for claim in self.claims:
            verdict, reason = verdicts[claim.id]
            if caveat and verdict != "not run" and claim.family != "control":
                reason = f"{reason}; {caveat}"
            found = findings[claim.id]
            rows.append(row_of(claim, found, verdict, reason, adjusted[claim.id], level, lab))
        return pd.DataFrame(rows)

    def _adjusted(self, findings: Mapping[str, Finding]) -> dict[str, float | None]:
        """Return Holm's p-values of the primary claims and q-values of the secondary ones.

        A claim that its results refused counts as a test that was not significant: which claims
        are decided together must not hang on what was found.
        """
        found: dict[str, float | None] = {claim.id: None for claim in self.claims}
        for family, adjust in (("primary", holm), ("secondary", q_values)):
            members = [
                claim.id
                for claim in self.claims
                if claim.family == family and tested(findings[claim.id])
            ]
            p_values = [findings[name].p for name in members]
            values = adjust([1.0 if p is None else p for p in p_values])
            for name, p, value in zip(members, p_values, values, strict=True):
                found[name] = None if p is None else value
        return found


def premises_first(claims: Sequence[Claim[R]]) -> list[str]:
    """Return the claims' ids, each after its premises; ValueError for an unknown or circular
    one."""
    premises = {claim.id: claim.premises + claim.guards for claim in claims}
    for id, names in premises.items():
        unknown = [name for name in names if name not in premises]
        if unknown:
            raise ValueError(f"claim {id}: no claim {unknown[0]} to be its premise")
    try:
        return list(TopologicalSorter(premises).static_order())
    except CycleError as error:
        circle = " needs ".join(reversed(error.args[1]))
        raise ValueError(f"claims: premises in a circle, {circle}") from None


def tested(found: Finding) -> bool:
    """Return whether a finding is one of the tests that are corrected for."""
    return found.p is not None or found.verdict == "premise not met"


def gated(
    claim: Claim[R],
    verdict: Verdict,
    reason: str,
    verdicts: Mapping[str, tuple[Verdict, str]],
) -> tuple[Verdict, str]:
    """Return a claim's verdict after those of its premises and guards: one that does not hold
    leaves nothing to test, or to support, one that is undecided leaves the claim undecided."""
    gates = claim.premises if verdict in (*DECIDED, "inconclusive") else ()
    if verdict in ("supported", "inconclusive"):
        gates += claim.guards
    states = {name: verdicts[name][0] for name in gates}
    for name, state in states.items():
        if state in REFUTED:
            return "premise not met", f"{name} is {REFUTED[state]}; by itself: {reason}"
    for name, state in states.items():
        if state != "supported" and verdict in DECIDED:
            return "inconclusive", f"its premise {name} is {state}; by itself: {reason}"
    return verdict, reason


def find(claim: Claim[R], results: R) -> Finding:
    """Return a claim's quantity with its p-value, or why there is none."""
    try:
        estimated = claim.estimate(results)
        quantity = Mean(estimated) if isinstance(estimated, np.ndarray) else estimated
        tails = quantity.tails(claim.limit)
    except NotRun as missing:
        return Finding(None, "not run", str(missing))
    except PremiseNotMet as nothing:
        return Finding(None, "premise not met", str(nothing))
    if quantity.seeds < LEAST_SEEDS and not isinstance(quantity, Known):
        return Finding(
            quantity,
            "too few seeds",
            f"{quantity.seeds} of at least {LEAST_SEEDS} seeds: the interval is over items of"
            " fixed models and says nothing about other seeds",
        )
    above = tails.not_above < tails.not_below
    return Finding(quantity, p=tails.two_sided, favours=above == claim.upwards)


def judged(
    claim: Claim[R], found: Finding, adjusted: float | None, level: float, together: int = 1
) -> tuple[Verdict, str]:
    """Return the verdict of a claim by itself, and why.

    `together` is the number of primary claims. Of those one is equivalent if it is contradicted
    after Holm's correction and its interval, corrected for their number, is within the margin.
    """
    if found.verdict is not None:
        return found.verdict, found.reason
    assert found.quantity is not None
    assert found.p is not None
    p, strict, corrected = found.p, level, ""
    if claim.family == "primary" and adjusted is not None and together > 1:
        p, strict = adjusted, 1 - (1 - level) / together
        corrected = f" after correction for {together} primary claims"
    if p > 1 - level:
        after = corrected if found.p <= 1 - level else ""
        wanted = needed(claim, found.quantity, strict)
        return "inconclusive", f"undecided{after}{worst_in(found.quantity)}: {wanted}"
    worst = worst_in(found.quantity)
    if found.favours:
        return "supported", f"the quantity surely satisfies the predicate{worst}"
    ends = interval(found.quantity, strict)
    if claim.equivalent(ends.low, ends.high):
        near = f"within {claim.margin:g} of {claim.threshold:g}"
        return "equivalent", f"the whole interval{corrected} lies {near}"
    return "contradicted", f"the quantity surely violates the predicate{worst}"


def worst_in(quantity: Quantity) -> str:
    """Return which part decides, if there are several."""
    return f", worst {quantity.worst}" if isinstance(quantity, Several) else ""


def needed(claim: Claim[R], quantity: Quantity, level: float) -> str:
    """Return in words what would decide an undecided claim, such as a number of seeds."""
    if isinstance(quantity, RankCorrelation):
        return f"the {len(quantity.ones)} places are few, whatever the number of seeds"
    return would_decide(quantity.margin(claim.limit), level)


def drawn_from(quantity: Quantity | None) -> str:
    """Return what an interval is over: seeds, items of fixed models, or places."""
    if quantity is None or isinstance(quantity, Known):
        return ""
    if isinstance(quantity, RankCorrelation):
        return "places"
    return "seeds" if quantity.seeds >= LEAST_SEEDS else "items of fixed models"


def row_of(
    claim: Claim[R],
    found: Finding,
    verdict: Verdict,
    reason: str,
    adjusted: float | None,
    level: float,
    lab: str,
) -> dict[str, Any]:
    """Return a claim's row of the ledger."""
    ends = interval(found.quantity, level) if found.quantity is not None else None
    return {
        "claim": claim.id,
        "lab": lab,
        "family": claim.family,
        "source": claim.source,
        "statement": claim.statement,
        "predicate": claim.predicate,
        "premises": ", ".join(claim.premises + claim.guards),
        **(vars(ends) if ends else {"estimate": None, "low": None, "high": None}),
        "seeds": found.quantity.seeds if found.quantity is not None else 0,
        "over": drawn_from(found.quantity),
        "p": found.p,
        "adjusted": adjusted,
        "verdict": verdict,
        "reason": reason,
    }
