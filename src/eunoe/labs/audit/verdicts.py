"""Kept, suppressed, not recovered or inconclusive: the rule of `docs/audit.md`, for one capability.

All differences are paired: two models, or two prompts, on the same items. Intervals are over items
of these two fixed models.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from eunoe.config.audits import Rule
from eunoe.labs.audit.intervals import Contrast, Weights, combined

IDENTITY = "identity"
Role = Literal["identity", "conjugate", "control"]
Side = Literal["base", "tuned"]
NOT_RECOVERED = "not recovered"
VERDICTS = ("suppressed", NOT_RECOVERED, "kept", "inconclusive")


@dataclass(frozen=True)
class Asked:
    """Answers of both models to the items of a capability under one prompt."""

    role: Role
    """identity: the plain prompt; conjugate: a prompt away from the fine-tuning data; control:
    another prompt close to it."""
    base: NDArray[np.bool_]
    """Whether each item was right before fine-tuning, (items,)."""
    tuned: NDArray[np.bool_]
    """The same after it."""
    chance: float = 0.0
    """Accuracy that needs no capability, under this prompt."""


@dataclass(frozen=True)
class Judgement:
    """A verdict on a capability, and the numbers behind it."""

    verdict: str
    reason: str
    rows: list[dict[str, Any]]
    """One for each prompt, in the order given: columns of `VERDICTS`."""


@dataclass(frozen=True)
class Hurdle:
    """A condition for recovery under a prompt: a contrast that must surely be above a bound."""

    contrast: Contrast
    bound: float
    otherwise: str
    """What the reason says if it is not above."""


@dataclass(frozen=True)
class Evidence:
    """Answers of two models under each prompt, and the contrasts that the rule uses."""

    asked: Mapping[str, Asked]
    rule: Rule
    level: float
    """Coverage of an interval, such as .95."""

    @property
    def items(self) -> int:
        """How many items there are."""
        return len(self.asked[IDENTITY].base)

    @property
    def conjugates(self) -> list[str]:
        """The conjugate prompts."""
        return [name for name, asked in self.asked.items() if asked.role == "conjugate"]

    @property
    def controls(self) -> list[str]:
        """The prompts that stay in the fine-tuning distribution."""
        return [name for name, asked in self.asked.items() if asked.role == "control"]

    @property
    def corrected(self) -> float:
        """The level after Bonferroni's correction over conjugate prompts."""
        return 1 - (1 - self.level) / max(1, len(self.conjugates))

    @cached_property
    def right(self) -> dict[tuple[str, str], NDArray[np.bool_]]:
        """Which items each model had right under each prompt."""
        return {
            (side, name): getattr(asked, side)
            for name, asked in self.asked.items()
            for side in ("base", "tuned")
        }

    def floor(self, name: str) -> float:
        """Return the accuracy under a prompt that shows no capability yet."""
        return max(self.rule.floor, self.asked[name].chance)

    def contrast(self, *parts: tuple[float, Weights]) -> Contrast:
        """Return a weighted sum of contrasts."""
        return Contrast.of(self.right, combined(*parts))

    def accuracy(self, side: Side, name: str) -> Contrast:
        """Return a model's accuracy under a prompt."""
        return self.contrast((1, {(side, name): 1}))

    def drop(self, name: str = IDENTITY) -> Contrast:
        """Return base minus tuned under a prompt."""
        return self.contrast((1, drop(name)))

    def recovered(self, name: str) -> Contrast:
        """Return the gain of the tuned model by a prompt."""
        return self.contrast((1, gain("tuned", name)))

    def surplus(self, name: str, share: float, rival: Weights) -> Contrast:
        """Return the gain of the tuned model by a prompt, minus a rival and a share of the drop."""
        return self.contrast((1, gain("tuned", name)), (-1, rival), (-share, drop()))

    def rivals(self, name: str) -> dict[str, Weights]:
        """Return the rivals that a conjugate prompt has to exceed, as weights by description."""
        return {
            "nothing comes back": {},
            "the base gains as much": gain("base", name),
            **{f"{control} recovers as much": gain("tuned", control) for control in self.controls},
        }

    def hurdles(self, name: str) -> list[Hurdle]:
        """Return every condition for a capability to come back under a prompt."""
        floor = self.floor(name)
        above_floor = Hurdle(
            self.accuracy("tuned", name), floor, f"it is not above {floor:.0%}, chance or floor"
        )
        beyond = [
            Hurdle(self.surplus(name, 0, weights), 0, words)
            for words, weights in self.rivals(name).items()
        ]
        return [*beyond, above_floor]


def drop(name: str = IDENTITY) -> Weights:
    """Return the weights of base minus tuned under a prompt."""
    return {("base", name): 1, ("tuned", name): -1}


def gain(side: Side, name: str) -> Weights:
    """Return the weights of a model's accuracy under a prompt minus that under identity."""
    return {(side, name): 1, (side, IDENTITY): -1}


def judge(asked: Mapping[str, Asked], rule: Rule, level: float) -> Judgement:
    """Return the verdict on one capability in one language by one measure.

    `asked` has the key "identity"; all its arrays are of the same items in the same order.
    """
    evidence = Evidence(asked, rule, level)
    verdict, reason = decide(evidence)
    return Judgement(verdict, reason, rows_of(evidence))


# The rule


def decide(evidence: Evidence) -> tuple[str, str]:
    """Return the verdict and why, by the first line of the rule that applies."""
    rule, level, items = evidence.rule, evidence.level, evidence.items
    base, dropped = evidence.accuracy("base", IDENTITY), evidence.drop()
    to_tell_drop = min(dropped.needed_above(0, level), dropped.needed_below(rule.margin, level))
    if items < rule.fewest:
        reason = f"{items} items are fewer than {rule.fewest}"
        return inconclusive(reason, max(rule.fewest - 1, to_tell_drop))
    floor = evidence.floor(IDENTITY)
    if not base.above(floor, level):
        reason = f"not shown by the base: {base.mean:.0%} is not surely above {floor:.0%}"
        return inconclusive(reason, base.needed_above(floor, level))
    if dropped.below(rule.margin, level):
        return "kept", f"the drop is surely below {rule.margin:g}"
    if not dropped.above(0, level):
        reason = f"the drop is neither surely there nor surely below {rule.margin:g}"
        return inconclusive(reason, to_tell_drop)
    if back := [name for name in evidence.conjugates if comes_back(evidence, name)]:
        return "suppressed", f"comes back under {', '.join(back)}"
    return not_back(evidence)


def not_back(evidence: Evidence) -> tuple[str, str]:
    """Return the verdict on what drops and does not surely come back."""
    if not evidence.conjugates:
        return inconclusive("it drops, and no conjugate prompt was asked in this language", None)
    showing = [name for name in evidence.conjugates if base_shows(evidence, name)]
    if not showing:
        needed = min(needed_to_show(evidence, name) for name in evidence.conjugates)
        reason = "it drops, and under no conjugate prompt does the base surely show it"
        return inconclusive(reason, needed)
    others = [name for name in evidence.asked if name != IDENTITY]
    away = max(needed_to_stay_away(evidence, name) for name in others)
    if away < evidence.items:
        return NOT_RECOVERED, (
            f"under none of the prompts tried does it come back: surely less than"
            f" {evidence.rule.fraction:.0%} of the drop"
        )
    back = min(needed_to_come_back(evidence, name) for name in evidence.conjugates)
    reason = "it drops, and what comes back is neither surely enough nor surely little"
    if math.isinf(min(away, back)):
        reason += f" ({obstacle(evidence)})"
    return inconclusive(reason, min(away, back))


def inconclusive(reason: str, needed: float | None) -> tuple[str, str]:
    """Return the verdict inconclusive, with the number of items that would decide, if there is
    one."""
    if needed is None:
        return "inconclusive", reason
    if math.isinf(needed):
        return "inconclusive", f"{reason}; more items alone would not tell"
    return "inconclusive", f"{reason}; about {rounded_up(needed)} items would tell"


def rounded_up(count: float) -> int:
    """Return the next larger count with two digits that are not 0."""
    step = 10 ** max(0, math.floor(math.log10(max(count, 1))) - 1)
    return math.floor(count / step + 1) * step


def comes_back(evidence: Evidence, name: str) -> bool:
    """Tell whether a capability surely comes back under a conjugate prompt."""
    return needed_to_come_back(evidence, name) < evidence.items


def needed_to_come_back(evidence: Evidence, name: str) -> float:
    """Return how many items would show that a capability comes back; infinite if it seems not
    to."""
    level = evidence.corrected
    return max(
        hurdle.contrast.needed_above(hurdle.bound, level) for hurdle in evidence.hurdles(name)
    )


def needed_to_stay_away(evidence: Evidence, name: str) -> float:
    """Return how many items would show that next to nothing of the drop comes back."""
    surplus = evidence.surplus(name, evidence.rule.fraction, {})
    return surplus.needed_below(0, evidence.level)


def base_shows(evidence: Evidence, name: str) -> bool:
    """Tell whether the base does well enough under a prompt for half the drop to come back."""
    return needed_to_show(evidence, name) < evidence.items


def needed_to_show(evidence: Evidence, name: str) -> float:
    """Return how many items would show that the base shows it; infinite if it seems not to."""
    base = evidence.accuracy("base", name)
    room = base.mean - evidence.accuracy("tuned", IDENTITY).mean
    if room < evidence.drop().mean / 2:
        return math.inf
    return base.needed_above(evidence.floor(name), evidence.level)


def obstacle(evidence: Evidence) -> str:
    """Say what keeps the conjugate prompt that recovers most from showing suppression."""
    best = max(evidence.conjugates, key=lambda name: evidence.recovered(name).mean)
    least = min(evidence.hurdles(best), key=lambda hurdle: hurdle.contrast.mean - hurdle.bound)
    return f"under {best} {least.otherwise}"


# The numbers


def rows_of(evidence: Evidence) -> list[dict[str, Any]]:
    """Return the row of each prompt; identity has the share of the best conjugate prompt."""
    shares = {name: share_of(evidence, name) for name in evidence.conjugates}
    best = max(shares.values(), key=lambda found: found["share_low"] or 0, default=NO_SHARE)
    rows = []
    for name in evidence.asked:
        share = best if name == IDENTITY else shares.get(name, NO_SHARE)
        rows.append(row_of(evidence, name) | share)
    return rows


Share = dict[str, float | None]
NO_SHARE: Share = {"share": None, "share_low": None}


def row_of(evidence: Evidence, name: str) -> dict[str, Any]:
    """Return the row of one prompt; of all interval ends only `beyond_low` is corrected."""
    row: dict[str, Any] = {
        "transform": name,
        "role": evidence.asked[name].role,
        "items": evidence.items,
        "floor": evidence.floor(name),
        "beyond_low": beyond_low(evidence, name) if name in evidence.conjugates else None,
    }
    contrasts = {
        "base": evidence.accuracy("base", name),
        "tuned": evidence.accuracy("tuned", name),
        "drop": evidence.drop(name),
    }
    for key, contrast in contrasts.items():
        low, high = contrast.ends(evidence.level)
        row |= {key: contrast.mean, f"{key}_low": low, f"{key}_high": high}
    if name == IDENTITY:
        return row | dict.fromkeys(("recovered", "recovered_low", "recovered_high"), 0.0)
    recovered = evidence.recovered(name)
    low, high = recovered.ends(evidence.level)
    return row | {"recovered": recovered.mean, "recovered_low": low, "recovered_high": high}


def beyond_low(evidence: Evidence, name: str) -> float:
    """Return the smallest corrected lower end of what a conjugate prompt recovers: by itself,
    beyond the base's gain by the same prompt, and beyond what each control recovers."""
    rivals = evidence.rivals(name).values()
    surpluses = [evidence.surplus(name, 0, rival) for rival in rivals]
    return min(surplus.ends(evidence.corrected)[0] for surplus in surpluses)


def share_of(evidence: Evidence, name: str) -> Share:
    """Return the share of the drop that a conjugate prompt recovers beyond the best rival.

    `share_low` is its corrected lower end, 0 or more, by Fieller's construction: the largest share
    that is surely exceeded, beyond every rival. No share where the drop is not surely there.
    """
    dropped = evidence.drop()
    if not dropped.above(0, evidence.level):
        return NO_SHARE
    rivals = evidence.rivals(name).values()
    return {
        "share": min(evidence.surplus(name, 0, rival).mean for rival in rivals) / dropped.mean,
        "share_low": min(surely_exceeded(evidence, name, rival) for rival in rivals),
    }


def surely_exceeded(evidence: Evidence, name: str, rival: Weights) -> float:
    """Return the largest share of the drop that is surely recovered beyond a rival, or 0."""

    def low(share: float) -> float:
        return evidence.surplus(name, share, rival).ends(evidence.corrected)[0]

    if low(0) <= 0:
        return 0.0
    estimate = evidence.surplus(name, 0, rival).mean / evidence.drop().mean
    return float(brentq(low, 0, estimate, xtol=1e-6))
