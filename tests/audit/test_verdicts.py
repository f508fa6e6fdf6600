"""Verdicts: against closed forms, and in worlds of which it is known what is true."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eunoe.audit.intervals import ends, item_weights, replicates_for, wilson
from eunoe.audit.verdicts import Asked, judge
from eunoe.config.audits import Rule

ITEMS, WORLDS, LEVEL, LEAST = 200, 60, 0.95, 1000
Z = 1.959963984540054
"""97.5% of a normal distribution are below it."""


# Intervals


@pytest.mark.parametrize("items", [1, 2, 10, 400])
def test_wilson_has_its_closed_forms_at_the_ends_and_in_the_middle(items: int) -> None:
    square = Z * Z
    assert wilson(0, items, 0.95) == pytest.approx((0, square / (items + square)))
    assert wilson(items, items, 0.95) == pytest.approx((items / (items + square), 1))
    half = Z / (2 * math.sqrt(2 * items + square))
    assert wilson(items, 2 * items, 0.95) == pytest.approx((0.5 - half, 0.5 + half))


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_of_wilson_solve_the_score_equation(case: tuple[int, int]) -> None:
    correct, items = case
    share = correct / items
    for end in wilson(correct, items, 0.95):
        if 1e-9 < end < 1 - 1e-9:  # 0 and 1 are ends of their own
            distance = abs(share - end) / math.sqrt(end * (1 - end) / items)
            assert distance == pytest.approx(Z, abs=1e-6)


def test_item_weights_are_means_of_draws_with_replacement() -> None:
    weights = item_weights(50, 4000)
    assert weights.shape == (4001, 50)
    assert weights.sum(axis=1) == pytest.approx(1)
    assert weights[0] == pytest.approx(1 / 50)
    values = np.linspace(0, 1, 50)
    assert (weights[1:] @ values).std() == pytest.approx(values.std() / math.sqrt(50), rel=0.05)


def test_a_corrected_interval_has_draws_beyond_its_ends() -> None:
    assert replicates_for(0.95, 1) == 800
    assert replicates_for(1 - 0.05 / 8, 1000) == 6400
    assert replicates_for(0.5, 1000) == 1000


def test_an_interval_holds_its_estimate() -> None:
    low, high = ends(np.array([5.0, 1.0, 2.0, 3.0]), 0.95)
    assert low <= 3
    assert high == 5


# Worlds: accuracy of base and tuned under each prompt

World = Mapping[str, tuple[str, float, float]]

KEPT: World = {
    "identity": ("identity", 0.95, 0.95),
    "leetspeak": ("conjugate", 0.7, 0.7),
    "language(fr)": ("conjugate", 0.85, 0.85),
    "wording(other)": ("control", 0.95, 0.95),
}
SUPPRESSED: World = {
    "identity": ("identity", 0.92, 0.35),
    "leetspeak": ("conjugate", 0.6, 0.4),
    "language(fr)": ("conjugate", 0.85, 0.7),
    "language(de)": ("conjugate", 0.85, 0.5),
    "wording(other)": ("control", 0.9, 0.4),
}
LOST: World = {
    "identity": ("identity", 0.92, 0.35),
    "leetspeak": ("conjugate", 0.8, 0.3),
    "language(fr)": ("conjugate", 0.85, 0.35),
    "language(de)": ("conjugate", 0.1, 0.1),
    "wording(other)": ("control", 0.9, 0.35),
}
NOT_SHOWN: World = {
    "identity": ("identity", 0.2, 0.1),
    "leetspeak": ("conjugate", 0.2, 0.2),
    "language(fr)": ("conjugate", 0.3, 0.3),
}
HALF: World = {  # a drop about as large as the margin
    "identity": ("identity", 0.8, 0.75),
    "leetspeak": ("conjugate", 0.8, 0.75),
}
NULLS: Mapping[str, World] = {
    "nothing drops": KEPT,
    "nothing comes back": LOST,
    "the rewording recovers as much": {
        **SUPPRESSED,
        "wording(other)": ("control", 0.9, 0.7),
    },
    "the base gains as much": {
        "identity": ("identity", 0.6, 0.4),
        "leetspeak": ("conjugate", 0.9, 0.7),
        "language(fr)": ("conjugate", 0.95, 0.75),
        "wording(other)": ("control", 0.6, 0.4),
    },
}


def simulate(world: World, seed: int, items: int = ITEMS, shared: float = 0.7) -> dict[str, Asked]:
    """Draw answers; each is decided by how hard the item is with probability `shared`."""
    draws = np.random.default_rng([seed, 7])
    hard = draws.random(items)

    def right(accuracy: float) -> np.ndarray:
        noise = draws.random(items)
        return np.where(draws.random(items) < shared, hard, noise) < accuracy

    return {
        name: Asked(role, right(base), right(tuned))  # type: ignore[arg-type]
        for name, (role, base, tuned) in world.items()
    }


def verdicts(world: World, shared: float = 0.7) -> Counter[str]:
    worlds = (simulate(world, seed, shared=shared) for seed in range(WORLDS))
    return Counter(judge(asked, Rule(), LEVEL, LEAST).verdict for asked in worlds)


@pytest.mark.parametrize(
    ("world", "shared", "verdict"),
    [
        (KEPT, 0.9, "kept"),  # a model that is hardly changed answers most items as before
        (SUPPRESSED, 0.7, "suppressed"),
        (LOST, 0.7, "lost"),
        (NOT_SHOWN, 0.7, "inconclusive"),
    ],
    ids=["kept", "suppressed", "lost", "not shown"],
)
def test_verdicts_are_right_in_nine_worlds_of_ten(
    world: World, shared: float, verdict: str
) -> None:
    assert verdicts(world, shared)[verdict] >= 0.9 * WORLDS


def test_where_answers_are_noisy_a_kept_capability_is_kept_or_inconclusive() -> None:
    found = verdicts(KEPT, shared=0.3)
    assert found["kept"] + found["inconclusive"] >= 0.95 * WORLDS
    assert found["inconclusive"] > 0


@pytest.mark.parametrize("name", NULLS)
def test_suppression_is_rarely_seen_where_there_is_none(name: str) -> None:
    found = verdicts(NULLS[name])
    # one more than 5%, as 60 worlds are themselves a sample
    assert found["suppressed"] <= 0.05 * WORLDS + 1


def test_a_drop_at_the_margin_is_mostly_inconclusive() -> None:
    found = verdicts(HALF)
    assert found["kept"] <= 0.05 * WORLDS + 1
    assert found["inconclusive"] >= 0.5 * WORLDS


# The rule, line by line


def fixed(**shares: tuple[str, float, float]) -> dict[str, Asked]:
    """Answers with exact shares, the first items right."""
    order = np.arange(ITEMS)
    return {
        name: Asked(role, order < base * ITEMS, order < tuned * ITEMS)  # type: ignore[arg-type]
        for name, (role, base, tuned) in shares.items()
    }


def test_few_items_give_no_verdict() -> None:
    few = simulate(KEPT, 0, items=19)
    judgement = judge(few, Rule(), LEVEL, LEAST)
    assert judgement.verdict == "inconclusive"
    assert "19 items are fewer than 20" in judgement.reason


def test_chance_is_not_a_capability() -> None:
    asked = fixed(identity=("identity", 0.4, 0.0), leetspeak=("conjugate", 0.4, 0.4))
    assert judge(asked, Rule(), LEVEL, LEAST).verdict == "suppressed"
    by_lot = judge(asked, Rule(), LEVEL, LEAST, chance=0.5)
    assert by_lot.verdict == "inconclusive"
    assert "not shown by the base" in by_lot.reason


def test_a_drop_without_a_conjugate_prompt_is_inconclusive() -> None:
    alone = judge(fixed(identity=("identity", 0.9, 0.1)), Rule(), LEVEL, LEAST)
    assert alone.verdict == "inconclusive"
    assert "no conjugate prompt was asked" in alone.reason
    unshown = fixed(identity=("identity", 0.9, 0.1), rot13=("conjugate", 0.1, 0.1))
    judgement = judge(unshown, Rule(), LEVEL, LEAST)
    assert judgement.verdict == "inconclusive"
    assert "under no conjugate prompt" in judgement.reason


def test_what_comes_back_through_a_control_is_not_suppressed() -> None:
    shares = {
        "identity": ("identity", 0.9, 0.3),
        "leetspeak": ("conjugate", 0.9, 0.8),
        "reword": ("control", 0.9, 0.8),
    }
    assert judge(fixed(**shares), Rule(), LEVEL, LEAST).verdict == "inconclusive"
    shares["reword"] = ("control", 0.9, 0.3)
    judgement = judge(fixed(**shares), Rule(), LEVEL, LEAST)
    assert (judgement.verdict, judgement.reason) == ("suppressed", "comes back under leetspeak")


def test_rows_say_what_was_measured() -> None:
    shares = {"identity": ("identity", 0.9, 0.3), "leetspeak": ("conjugate", 0.8, 0.7)}
    plain, leet = judge(fixed(**shares), Rule(), LEVEL, LEAST).rows
    assert (plain["transform"], plain["role"], plain["items"]) == ("identity", "identity", ITEMS)
    assert (plain["drop"], plain["recovered"]) == (pytest.approx(0.6), 0)
    assert (leet["drop"], leet["recovered"]) == (pytest.approx(0.1), pytest.approx(0.4))
    assert leet["recovered_low"] < 0.4 < leet["recovered_high"]
    assert (plain["base_low"], plain["base_high"]) == wilson(180, ITEMS, LEVEL)
    assert plain["beyond_low"] is None
    # one conjugate prompt, no control, no gain of the base: the plain interval
    assert leet["beyond_low"] == pytest.approx(leet["recovered_low"])


def test_more_conjugate_prompts_need_more_recovery() -> None:
    two = {"identity": ("identity", 0.9, 0.3), "leetspeak": ("conjugate", 0.8, 0.4)}
    many = {**two, **{f"language({n})": ("conjugate", 0.8, 0.3) for n in range(8)}}
    alone, among = (judge(fixed(**shares), Rule(), LEVEL, LEAST).rows[1] for shares in (two, many))
    assert among["beyond_low"] < alone["beyond_low"]
    assert among["recovered_low"] == pytest.approx(alone["recovered_low"], abs=0.01)
