"""Worlds of which it is known what is true: accuracies, and answers drawn from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from eunoe.config.audits import Rule
from eunoe.labs.audit.verdicts import Asked, Evidence, Role, decide

LEVEL = 0.95
Pair = tuple[float, float]
"""Accuracy of the base and of the tuned model."""


@dataclass(frozen=True)
class World:
    """True accuracies under each prompt, and how answers go together."""

    plain: Pair
    conjugates: tuple[Pair, ...]
    control: Pair | None = None
    """Of the rewording; None is as plain."""
    shared: float = 0.7
    """With this probability how hard the item is decides an answer, else it is drawn alone."""
    chance: float = 0.0
    """Accuracy that needs no capability, under conjugate prompts."""
    rule: Rule = field(default_factory=Rule)

    def draw(self, items: int, seed: int) -> dict[str, Asked]:
        """Return answers to items."""
        draws = np.random.default_rng([seed, items])
        hard = draws.random(items)

        def right(accuracy: float) -> np.ndarray:
            alone = draws.random(items)
            return np.where(draws.random(items) < self.shared, hard, alone) < accuracy

        def answers(role: Role, pair: Pair, chance: float = 0) -> Asked:
            return Asked(role, right(pair[0]), right(pair[1]), chance)

        conjugates = {
            f"language({number})": answers("conjugate", pair, self.chance)
            for number, pair in enumerate(self.conjugates)
        }
        return {
            "identity": answers("identity", self.plain),
            **conjugates,
            "wording(other)": answers("control", self.control or self.plain),
        }

    def rates(self, items: int, draws: int) -> Mapping[str, float]:
        """Return the share of draws in which each verdict is given."""
        drawn = (self.draw(items, seed) for seed in range(draws))
        found = Counter(decide(Evidence(asked, self.rule, LEVEL))[0] for asked in drawn)
        return Counter({verdict: count / draws for verdict, count in found.items()})
