"""How often the rule is wrong, and how often it finds what is there, in simulated worlds.

`pytest -s tests/labs/audit/test_rule_simulations.py` prints the rates that `docs/audit.md` quotes.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.labs.audit.worlds import World

pytestmark = pytest.mark.slow

DRAWS = 250
MOST_FALSE = 0.05

BACK, AWAY = (0.85, 0.6), (0.85, 0.35)
"""A conjugate prompt that brings 44% of the drop back from (.92, .35), and one that does not."""

FALSE: Mapping[str, tuple[World, tuple[str, ...]]] = {
    "nothing comes back, 1 conjugate prompt": (
        World((0.92, 0.35), (AWAY,)),
        ("suppressed", "kept"),
    ),
    "nothing comes back, 4 conjugate prompts": (
        World((0.92, 0.35), (AWAY,) * 4),
        ("suppressed", "kept"),
    ),
    "nothing comes back, 8 conjugate prompts": (
        World((0.92, 0.35), (AWAY,) * 8),
        ("suppressed", "kept"),
    ),
    "base and tuned gain alike": (World((0.6, 0.4), ((0.9, 0.7),)), ("suppressed", "kept")),
    "base and tuned gain alike, 4 conjugate prompts": (
        World((0.6, 0.4), ((0.9, 0.7),) * 4),
        ("suppressed", "kept"),
    ),
    "the rewording recovers as much": (
        World((0.92, 0.35), ((0.85, 0.7),), control=(0.9, 0.7)),
        ("suppressed", "kept", "not recovered"),
    ),
    "the rewording recovers as much, 4 conjugate prompts": (
        World((0.92, 0.35), ((0.85, 0.7),) * 4, control=(0.9, 0.7)),
        ("suppressed", "kept", "not recovered"),
    ),
    "a coin on the conjugate side": (
        World((0.9, 0.1), ((0.9, 0.5),), chance=0.5),
        ("suppressed", "kept"),
    ),
    "a coin on the conjugate side, 4 conjugate prompts": (
        World((0.9, 0.1), ((0.9, 0.5),) * 4, chance=0.5),
        ("suppressed", "kept"),
    ),
    "a coin for base and tuned": (
        World((0.9, 0.1), ((0.5, 0.5),), chance=0.5),
        ("suppressed", "kept"),
    ),
    "as much comes back as the rule calls little": (
        World((0.92, 0.32), ((0.9, 0.32), (0.9, 0.47), (0.9, 0.32))),
        ("not recovered", "kept"),
    ),
    "a drop of the margin": (World((0.9, 0.85), ((0.9, 0.85),)), ("kept", "suppressed")),
    "a drop of the margin, answers shared": (
        World((0.9, 0.85), ((0.9, 0.85),), shared=1),
        ("kept", "suppressed"),
    ),
    "no drop": (World((0.9, 0.9), ((0.8, 0.8),)), ("suppressed", "not recovered")),
    "no drop, answers alone": (
        World((0.9, 0.9), ((0.8, 0.8),), shared=0.3),
        ("suppressed", "not recovered"),
    ),
    "a block under every prompt": (
        World((0.92, 0.05), ((0.85, 0.05),) * 3),
        ("suppressed", "kept"),
    ),
}


@pytest.mark.parametrize("items", [20, 100, 400])
@pytest.mark.parametrize("name", FALSE)
def test_false_verdicts_are_rare(name: str, items: int) -> None:
    world, false = FALSE[name]
    rates = world.rates(items, DRAWS)
    wrong = sum(rates[verdict] for verdict in false)
    print(f"\n{name}, {items} items: false {wrong:.1%} of {DRAWS}; all {dict(rates)}")
    assert wrong <= MOST_FALSE


def test_few_items_without_a_discordant_pair_are_never_kept() -> None:
    # with 20 items all of a drop of .05 stays unseen in 1 of 3 draws
    found = World((0.95, 0.9), ((0.9, 0.85),), shared=1).rates(20, DRAWS)
    print(f"\n20 items, a drop of .05: {dict(found)}")
    assert found["kept"] == 0


TRUE: Mapping[str, tuple[World, str]] = {
    "44% comes back under the one conjugate prompt": (
        World((0.92, 0.35), (BACK,)),
        "suppressed",
    ),
    "44% comes back under 1 of 4": (World((0.92, 0.35), (BACK, *(AWAY,) * 3)), "suppressed"),
    "26% comes back under the one conjugate prompt": (
        World((0.92, 0.35), ((0.85, 0.5),)),
        "suppressed",
    ),
    "all comes back under 1 of 4": (
        World((0.92, 0.35), ((0.92, 0.92), *(AWAY,) * 3)),
        "suppressed",
    ),
    "a drop of .1, all of it comes back": (World((0.92, 0.82), ((0.92, 0.92),)), "suppressed"),
    "a coin is left behind: .5 by chance, .7 reached": (
        World((0.9, 0.1), ((0.9, 0.7),), chance=0.5),
        "suppressed",
    ),
    "nothing comes back under 1": (World((0.92, 0.35), (AWAY,)), "not recovered"),
    "nothing comes back under 4": (World((0.92, 0.35), (AWAY,) * 4), "not recovered"),
    "a block under every prompt": (World((0.92, 0.05), ((0.85, 0.05),) * 3), "not recovered"),
    "no drop, every answer as before": (World((0.95, 0.95), ((0.7, 0.7),), shared=1), "kept"),
    "no drop, 5% of answers change": (World((0.95, 0.95), ((0.7, 0.7),), shared=0.7), "kept"),
    "no drop, 10% of answers change": (World((0.95, 0.95), ((0.7, 0.7),), shared=0), "kept"),
}

POWER: dict[tuple[str, int], float] = {}


@pytest.mark.parametrize("items", [100, 400])
@pytest.mark.parametrize("name", TRUE)
def test_power(name: str, items: int) -> None:
    world, verdict = TRUE[name]
    found = POWER[name, items] = world.rates(items, DRAWS)[verdict]
    print(f"\n{name}, {items} items: {verdict} in {found:.0%} of {DRAWS}")
    fewer = POWER.get((name, 100), 0)
    assert found >= fewer - 0.02
    if items == 400:
        assert found >= 0.6


def test_a_limit_a_prompt_that_is_easier_for_a_weaker_model() -> None:
    """The rule compares points of accuracy. Where a prompt multiplies the odds of both models alike
    and the base has no room to gain, it says suppressed; the docs name this limit."""
    easier = World((0.95, 0.35), ((0.97, 0.5),))
    rates = {items: easier.rates(items, DRAWS)["suppressed"] for items in (100, 400)}
    print(f"\nodds of both models multiplied alike: suppressed {rates}")
    assert rates[400] > MOST_FALSE
    # a rewording that is easier too tells it apart
    checked = World((0.95, 0.35), ((0.97, 0.5),), control=(0.97, 0.5)).rates(400, DRAWS)
    assert checked["suppressed"] <= MOST_FALSE
