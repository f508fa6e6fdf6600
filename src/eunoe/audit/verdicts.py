"""Kept, suppressed, lost or inconclusive: the rule of `docs/audit.md`, for one capability.

All differences are paired: two models, or two prompts, on the same items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eunoe.audit.intervals import ends, item_weights, replicates_for, wilson
from eunoe.config.audits import Rule
from eunoe.statistics import Array

IDENTITY = "identity"
Role = Literal["identity", "conjugate", "control"]
VERDICTS = ("suppressed", "lost", "kept", "inconclusive")


@dataclass(frozen=True)
class Asked:
    """What both models did with the items of a capability, asked in one way."""

    role: Role
    """identity: the prompt as it is; conjugate: away from the fine-tuning data; control: a prompt
    that stays there."""
    base: NDArray[np.bool_]
    """Whether each item was right before fine-tuning, (items,)."""
    tuned: NDArray[np.bool_]
    """The same after it."""


@dataclass(frozen=True)
class Judgement:
    """A verdict on a capability, and the numbers behind it."""

    verdict: str
    reason: str
    rows: list[dict[str, Any]]
    """One for each way to ask, in the order given: columns of `tables.VERDICTS`."""


@dataclass(frozen=True)
class Evidence:
    """Accuracies of both models under each way to ask, with their bootstrap replicates."""

    asked: Mapping[str, Asked]
    level: float
    """Coverage of the intervals, such as .95."""
    least: int
    """Bootstrap replicates, or more where an interval needs them."""

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

    def mean(self, model: Literal["base", "tuned"], name: str) -> Array:
        """Return accuracies: the estimate, then its bootstrap replicates, (1 + R,)."""
        right = getattr(self.asked[name], model)
        weights = item_weights(self.items, replicates_for(self.corrected, self.least))
        return np.asarray(weights @ right.astype(np.float64))

    def change(self, model: Literal["base", "tuned"], name: str) -> Array:
        """Return accuracy under a prompt minus that under identity, (1 + R,)."""
        return self.mean(model, name) - self.mean(model, IDENTITY)

    def drop(self, name: str = IDENTITY) -> Array:
        """Return base minus tuned under a prompt, (1 + R,)."""
        return self.mean("base", name) - self.mean("tuned", name)

    def lowest(self, model: Literal["base", "tuned"], name: str) -> float:
        """Return the lower end of an accuracy, by Wilson."""
        right = getattr(self.asked[name], model)
        return wilson(int(right.sum()), self.items, self.level)[0]


def judge(
    asked: Mapping[str, Asked], rule: Rule, level: float, least: int, chance: float = 0.0
) -> Judgement:
    """Return the verdict on one capability in one language by one measure.

    `asked` has the key "identity"; all its arrays are of the same items in the same order. `chance`
    is the accuracy that needs no capability; the base must surely exceed it.
    """
    evidence = Evidence(asked, level, least)
    beyond = {name: beyond_controls(evidence, name) for name in evidence.conjugates}
    verdict, reason = decide(evidence, beyond, rule, max(rule.floor, chance))
    rows = [row_of(evidence, name, beyond.get(name)) for name in asked]
    return Judgement(verdict, reason, rows)


def beyond_controls(evidence: Evidence, name: str) -> float:
    """Return the smallest corrected lower end of what a conjugate prompt recovers: by itself,
    beyond what the same prompt does to the base, and beyond what each control recovers."""
    recovered = evidence.change("tuned", name)
    rivals = [np.zeros_like(recovered), evidence.change("base", name)]
    rivals += [evidence.change("tuned", control) for control in evidence.controls]
    return min(ends(recovered - rival, evidence.corrected)[0] for rival in rivals)


def decide(
    evidence: Evidence, beyond: Mapping[str, float], rule: Rule, floor: float
) -> tuple[str, str]:
    """Return the verdict and why, by the first line of the rule that applies."""
    if evidence.items < rule.fewest:
        return "inconclusive", f"{evidence.items} items are fewer than {rule.fewest}"
    if evidence.lowest("base", IDENTITY) <= floor:
        return (
            "inconclusive",
            f"not shown by the base: its accuracy is not surely above {floor:.2g}",
        )
    low, high = ends(evidence.drop(), evidence.level)
    if high < rule.margin:
        return "kept", f"the drop is surely below {rule.margin:g}"
    if low <= 0:
        return "inconclusive", f"the drop is neither surely there nor surely below {rule.margin:g}"
    if back := [name for name, end in beyond.items() if end > 0]:
        return "suppressed", f"comes back under {', '.join(back)}"
    if not evidence.conjugates:
        return "inconclusive", "it drops, and no conjugate prompt was asked in this language"
    shown = [name for name in evidence.conjugates if base_shows(evidence, name, floor)]
    if not shown:
        return "inconclusive", "it drops, and under no conjugate prompt does the base show it"
    if all(stays_away(evidence, name, rule.fraction) for name in shown):
        return "lost", f"surely less than {rule.fraction:.0%} comes back under {', '.join(shown)}"
    return "inconclusive", "it drops, and what comes back is neither surely there nor surely little"


def base_shows(evidence: Evidence, name: str, floor: float) -> bool:
    """Tell whether the base does well enough under a prompt for half the drop to come back."""
    room = evidence.mean("base", name)[0] - evidence.mean("tuned", IDENTITY)[0]
    return evidence.lowest("base", name) > floor and bool(room >= evidence.drop()[0] / 2)


def stays_away(evidence: Evidence, name: str, fraction: float) -> bool:
    """Tell whether surely less than a fraction of the drop comes back under a prompt."""
    surplus = evidence.change("tuned", name) - fraction * evidence.drop()
    return ends(surplus, evidence.level)[1] < 0


def row_of(evidence: Evidence, name: str, beyond: float | None) -> dict[str, Any]:
    """Return the numbers of one way to ask; plain intervals, `beyond_low` is the corrected one."""
    row: dict[str, Any] = {
        "transform": name,
        "role": evidence.asked[name].role,
        "items": evidence.items,
        "beyond_low": beyond,
    }
    for model in ("base", "tuned"):
        right = int(getattr(evidence.asked[name], model).sum())
        low, high = wilson(right, evidence.items, evidence.level)
        row |= {model: right / evidence.items, f"{model}_low": low, f"{model}_high": high}
    differences = {"drop": evidence.drop(name), "recovered": evidence.change("tuned", name)}
    for key, replicates in differences.items():
        low, high = ends(replicates, evidence.level)
        row |= {key: float(replicates[0]), f"{key}_low": low, f"{key}_high": high}
    return row
