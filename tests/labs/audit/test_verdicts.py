"""The rule, line by line, on answers whose shares are known exactly.

How often it is right where answers are drawn: `test_rule_simulations.py`.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from eunoe.config.audits import Rule
from eunoe.labs.audit.intervals import Contrast, combined
from eunoe.labs.audit.verdicts import VERDICTS, Asked, Judgement, judge, rounded_up
from eunoe.statistics.paired import score_interval

ITEMS, LEVEL = 200, 0.95
Shares = dict[str, tuple[str, float, float]]


def fixed(shares: Shares, items: int = ITEMS, **chance: float) -> dict[str, Asked]:
    """Answers with exact shares, the first items right."""
    order = np.arange(items)
    return {
        name: Asked(role, order < base * items, order < tuned * items, chance.get(name, 0))  # type: ignore[arg-type]
        for name, (role, base, tuned) in shares.items()
    }


def said(shares: Shares, items: int = ITEMS, **chance: float) -> Judgement:
    return judge(fixed(shares, items, **chance), Rule(), LEVEL)


def needed(judgement: Judgement) -> int:
    """The number of items that a reason says would tell."""
    assert judgement.verdict == "inconclusive"
    words = judgement.reason.split("about ")[1].split()
    assert words[1:] == ["items", "would", "tell"]
    return int(words[0])


# Contrasts


def test_a_contrast_is_the_mean_of_its_values() -> None:
    right = {("tuned", "a"): np.array([True, False, True]), ("base", "a"): np.array([False] * 3)}
    found = Contrast.of(right, {("tuned", "a"): 1, ("base", "a"): -0.5})
    assert list(found.values) == [1, 0, 1]
    assert (found.lowest, found.highest) == (-0.5, 1)
    assert found.mean == pytest.approx(2 / 3)


def test_what_cancels_does_not_widen_an_interval() -> None:
    gain = {("tuned", "a"): 1.0, ("tuned", "identity"): -1.0}
    other = {("tuned", "b"): 1.0, ("tuned", "identity"): -1.0}
    right = {("tuned", name): np.arange(9) < number for number, name in enumerate("ab", start=4)}
    right["tuned", "identity"] = np.zeros(9, dtype=bool)
    found = Contrast.of(right, combined((1, gain), (-1, other)))
    assert (found.lowest, found.highest) == (-1, 1)


def test_above_and_below_agree_with_the_interval() -> None:
    draws = np.random.default_rng(0)
    for _ in range(200):
        right = {("tuned", "a"): draws.random(30) < 0.4, ("base", "a"): draws.random(30) < 0.6}
        found = Contrast.of(right, {("tuned", "a"): 1, ("base", "a"): -1})
        low, high = found.ends(LEVEL)
        for bound in (-0.5, -0.2, 0.0, 0.1):
            assert found.above(bound, LEVEL) is (low > bound)
            assert found.below(bound, LEVEL) is (high < bound)


@pytest.mark.parametrize(
    ("count", "said"), [(3.2, 4), (20, 21), (73.1, 74), (101, 110), (340, 350)]
)
def test_counts_are_rounded_up_to_two_digits(count: float, said: int) -> None:
    assert rounded_up(count) == said


# Line by line


def test_few_items_give_no_verdict() -> None:
    few = said({"identity": ("identity", 1, 1), "leetspeak": ("conjugate", 1, 1)}, items=19)
    assert "19 items are fewer than 20" in few.reason
    assert needed(few) == 73  # z^2 / .05 - z^2, Tango's interval without discordant pairs


def test_no_discordant_pair_is_kept_only_with_enough_items() -> None:
    same: Shares = {"identity": ("identity", 1, 1), "leetspeak": ("conjugate", 1, 1)}
    assert needed(said(same, items=20)) == 73
    assert said(same, items=73).verdict == "kept"


def test_chance_is_not_a_capability_of_the_base() -> None:
    shares: Shares = {"identity": ("identity", 0.4, 0), "leetspeak": ("conjugate", 0.4, 0.4)}
    assert said(shares).verdict == "suppressed"
    by_lot = said(shares, identity=0.5)
    assert by_lot.verdict == "inconclusive"
    assert by_lot.reason == (
        "not shown by the base: 40% is not surely above 50%; more items alone would not tell"
    )
    near = said(shares, identity=0.38)
    assert 200 < needed(near) < 2500  # z^2 .38 .62 / .02^2 is 2262


def test_chance_on_the_conjugate_side_is_not_a_recovery() -> None:
    shares: Shares = {"identity": ("identity", 0.9, 0.1), "leetspeak": ("conjugate", 0.9, 0.5)}
    assert said(shares).verdict == "suppressed"
    coin = said(shares, leetspeak=0.5)
    assert coin.verdict == "inconclusive"
    assert "under leetspeak it is not above 50%, chance or floor" in coin.reason
    # each prompt has its own chance
    both: Shares = {**shares, "language(fr)": ("conjugate", 0.9, 0.5)}
    found = judge(fixed(both, leetspeak=0.5), Rule(), LEVEL)
    assert found.reason == "comes back under language(fr)"
    assert [row["floor"] for row in found.rows] == [0.2, 0.5, 0.2]


def test_what_stays_below_the_floor_has_not_come_back() -> None:
    shares: Shares = {"identity": ("identity", 0.9, 0), "leetspeak": ("conjugate", 0.9, 0.24)}
    assert said(shares).verdict == "inconclusive"
    assert judge(fixed(shares), Rule(floor=0.1), LEVEL).verdict == "suppressed"


def test_a_drop_that_is_not_sure_says_how_many_items_would_tell() -> None:
    shares: Shares = {"identity": ("identity", 0.9, 0.88), "leetspeak": ("conjugate", 0.9, 0.9)}
    count = needed(said(shares, items=100))
    assert count > 100
    assert said(shares, items=50 * round(count / 50 + 1)).verdict != "inconclusive"


def test_a_drop_without_a_conjugate_prompt_is_inconclusive() -> None:
    alone = said({"identity": ("identity", 0.9, 0.1)})
    assert alone.verdict == "inconclusive"
    assert "no conjugate prompt was asked" in alone.reason
    unshown = said({"identity": ("identity", 0.9, 0.1), "rot13": ("conjugate", 0.1, 0.1)})
    assert unshown.verdict == "inconclusive"
    assert "under no conjugate prompt" in unshown.reason
    assert "more items alone would not tell" in unshown.reason


def test_what_comes_back_through_a_control_is_not_suppressed() -> None:
    shares: Shares = {
        "identity": ("identity", 0.9, 0.3),
        "leetspeak": ("conjugate", 0.9, 0.8),
        "reword": ("control", 0.9, 0.8),
    }
    fragile = said(shares)
    assert fragile.verdict == "inconclusive"
    assert "under leetspeak reword recovers as much" in fragile.reason
    shares["reword"] = ("control", 0.9, 0.3)
    judgement = said(shares)
    assert (judgement.verdict, judgement.reason) == ("suppressed", "comes back under leetspeak")


def test_not_recovered_holds_for_every_prompt_that_was_tried() -> None:
    shares: Shares = {
        "identity": ("identity", 0.9, 0.3),
        "leetspeak": ("conjugate", 0.8, 0.3),
        "reword": ("control", 0.9, 0.3),
    }
    found = said(shares)
    assert found.verdict == "not recovered"
    assert found.reason.startswith("under none of the prompts tried does it come back")
    # a control that brings it back is a prompt that was tried too
    assert said({**shares, "reword": ("control", 0.9, 0.8)}).verdict == "inconclusive"


def test_prompts_alone_never_show_that_something_is_lost() -> None:
    assert "lost" not in VERDICTS


# Numbers


def test_rows_say_what_was_measured() -> None:
    shares: Shares = {"identity": ("identity", 0.9, 0.3), "leetspeak": ("conjugate", 0.8, 0.7)}
    asked = fixed(shares)
    plain, leet = judge(asked, Rule(), LEVEL).rows
    assert (plain["transform"], plain["role"], plain["items"]) == ("identity", "identity", ITEMS)
    assert (plain["drop"], plain["recovered"]) == (pytest.approx(0.6), 0)
    assert (leet["drop"], leet["recovered"]) == (pytest.approx(0.1), pytest.approx(0.4))
    wilson = binomtest(180, ITEMS).proportion_ci(LEVEL, "wilson")
    assert (plain["base_low"], plain["base_high"]) == pytest.approx((wilson.low, wilson.high))
    identity, other = asked["identity"], asked["leetspeak"]
    for row, key, one, two in (
        (plain, "drop", identity.base, identity.tuned),
        (leet, "recovered", other.tuned, identity.tuned),
    ):
        low, high = score_interval(one.astype(int) - two.astype(int), -1, 1, LEVEL)
        assert (row[f"{key}_low"], row[f"{key}_high"]) == pytest.approx((low, high))
    assert plain["beyond_low"] is None
    # one conjugate prompt, no control; the base loses, so that its own gain is no rival
    assert leet["beyond_low"] == pytest.approx(leet["recovered_low"])


def test_the_share_is_of_the_drop_and_beyond_the_best_control() -> None:
    shares: Shares = {
        "identity": ("identity", 0.9, 0.3),
        "leetspeak": ("conjugate", 0.9, 0.7),
        "language(fr)": ("conjugate", 0.9, 0.5),
        "reword": ("control", 0.9, 0.4),
    }
    plain, leet, french, reword = said(shares).rows
    assert leet["share"] == pytest.approx((0.7 - 0.4) / 0.6)
    assert french["share"] == pytest.approx((0.5 - 0.4) / 0.6)
    assert (plain["share"], plain["share_low"]) == (leet["share"], leet["share_low"])
    assert reword["share"] is None
    # of that share and no more the corrected interval begins at 0
    asked = fixed(shares)
    values = asked["leetspeak"].tuned * 1.0 - asked["reword"].tuned
    values -= leet["share_low"] * (asked["identity"].base * 1.0 - asked["identity"].tuned)
    bounds = 1 + leet["share_low"]
    low, _ = score_interval(np.round(values, 12), -bounds, bounds, 1 - (1 - LEVEL) / 2)
    assert low == pytest.approx(0, abs=1e-4)
    assert 0 < leet["share_low"] < leet["share"]


def test_there_is_no_share_of_a_drop_that_is_not_sure() -> None:
    shares: Shares = {"identity": ("identity", 0.9, 0.9), "leetspeak": ("conjugate", 0.9, 0.9)}
    assert [row["share"] for row in said(shares).rows] == [None, None]


def test_more_conjugate_prompts_need_more_recovery() -> None:
    two: Shares = {"identity": ("identity", 0.9, 0.3), "leetspeak": ("conjugate", 0.8, 0.4)}
    many = {**two, **{f"language({n})": ("conjugate", 0.8, 0.3) for n in range(8)}}
    alone, among = (said(shares).rows[1] for shares in (two, many))
    assert among["beyond_low"] < alone["beyond_low"]
    assert among["recovered_low"] == alone["recovered_low"]
