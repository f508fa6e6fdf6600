"""How often intervals hold the truth, and how often verdicts are wrong, in simulated labs.

`pytest -s tests/statistics/test_coverage.py` shows the rates. Bounds are nominal plus what chance
leaves in so many worlds; where the method falls short of nominal, the lower bound says by how much.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from eunoe.report.ledger import DECIDED, Ledger
from eunoe.statistics.planning import power, would_decide
from eunoe.statistics.quantities import (
    Mean,
    PremiseNotMet,
    Quantity,
    RankCorrelation,
    Ratio,
    interval,
    interval_columns,
    ratio_difference,
)
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import largest, least, range_of
from tests.statistics.worlds import ITEMS, measured, pooled, rate, shares, standardised

LEVEL = 0.95
WORLDS = 2000


def chance(worlds: int = WORLDS) -> float:
    """Three standard errors of a rate of .05 or .95."""
    return float(3 * np.sqrt(0.05 * 0.95 / worlds))


CHANCE = chance()


def coverage(values: Array, truth: float) -> float:
    """Of intervals of means (1 + R, seeds, n)."""
    ends = interval_columns(values, LEVEL)
    return rate((ends["low"] <= truth) & (truth <= ends["high"]))


def show(what: str, **rates: float) -> None:
    """Print rates beside what they are rates of."""
    print(f"{what}: " + ", ".join(f"{name} {value:.3f}" for name, value in rates.items()))


# Coverage of means


@pytest.mark.parametrize("seeds", [3, 5, 8])
@pytest.mark.parametrize("deviation", [0.0, 0.02, 0.05, 0.12])
def test_shares_near_a_half(seeds: int, deviation: float) -> None:
    draws = np.random.default_rng(1)
    truths = 0.5 + deviation * draws.standard_normal((seeds, WORLDS))
    found = coverage(shares(truths, draws, "one"), 0.5)
    show(f"shares near .5, {seeds} seeds, deviation {deviation:g}", coverage=found)
    assert found >= 0.95 - CHANCE


CEILING = {3: 0.76, 5: 0.80, 8: 0.85}
"""Least coverage found where most seeds have all items right and the others fall behind."""


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5, 8])
def test_shares_near_one(seeds: int) -> None:
    draws = np.random.default_rng(2)
    for level in (0.97, 0.99, 0.999):
        rates = {}
        for deviation in (0.0, 0.02, 0.05, 0.12):
            many = np.clip(level + deviation * draws.standard_normal((seeds, 50_000)), 0, 1)
            values = shares(many[:, :WORLDS], draws, "one")
            rates[f"deviation {deviation:g}"] = found = coverage(values, many.mean())
            assert found >= (CEILING[seeds] if deviation else 0.95 - CHANCE)
            too_high = rate(interval_columns(values, LEVEL)["low"] > many.mean())
            assert too_high >= 0.8 * (1 - found) or deviation < 0.05
        show(f"shares near {level:g}, {seeds} seeds", **rates)


@pytest.mark.parametrize("seeds", [1, 2, 3, 5, 8])
def test_models_with_all_items_right(seeds: int) -> None:
    """The same share in all seeds, by chance often without a wrong item."""
    draws = np.random.default_rng(3)
    rates = {}
    for share in (0.99, 0.995, 0.998, 1.0):
        found = coverage(shares(np.full((seeds, WORLDS), share), draws, "one"), share)
        rates[f"share {share:g}"] = found
        assert found >= (0.85 if seeds == 1 else 0.93 if seeds == 2 else 0.95 - CHANCE)
    show(f"all right but for chance, {seeds} seeds", **rates)


SHAPES = {
    "normal": {3: 0.95, 5: 0.95, 8: 0.95},
    "exponential": {3: 0.89, 5: 0.89, 8: 0.90},
    "rare": {3: 0.52, 5: 0.65, 8: 0.80},
}
"""Least coverage by the seeds' distribution; "rare" is one seed in five far from the others."""


@pytest.mark.parametrize("seeds", [3, 5, 8])
@pytest.mark.parametrize("shape", SHAPES)
def test_continuous_items_and_skewed_seeds(shape: str, seeds: int) -> None:
    draws = np.random.default_rng(4)
    rates = {}
    for deviation in (0.0, 0.02, 0.05, 0.12):
        levels = deviation * standardised(shape, (seeds, 1, WORLDS), draws)
        items = levels + 0.2 * draws.standard_normal((seeds, ITEMS, WORLDS))
        rates[f"deviation {deviation:g}"] = found = coverage(pooled(items), 0.0)
        assert found >= SHAPES[shape][seeds] - CHANCE
        assert found >= 0.95 - CHANCE or (shape != "normal" and deviation > 0)
    show(f"continuous items, {shape} seeds, {seeds} of them", **rates)


@pytest.mark.parametrize("seeds", [3, 5, 8])
@pytest.mark.parametrize(("level", "lost"), [(0.5, 0.1), (0.99, 0.005), (1.0, 0.0)])
def test_paired_differences_of_two_models(level: float, lost: float, seeds: int) -> None:
    """One model loses some of the items that the other has right, and the seeds' level is theirs in
    common."""
    draws = np.random.default_rng(5)
    rates = {}
    for deviation in (0.0, 0.02, 0.05) if level == 0.5 else (0.0,):
        common = min(0.05, 1 - level) * draws.standard_normal((seeds, 1, WORLDS))
        losses = lost + deviation * draws.standard_normal((seeds, 1, WORLDS))
        difficulty = draws.random((seeds, ITEMS, WORLDS))
        before = difficulty < level + common
        after = difficulty < level + common - losses
        found = pooled(before.astype(float), "before") - pooled(after.astype(float), "after")
        truth = lost
        if level == 0.99:  # the shares are cut off at 1
            truth = float(
                np.mean(np.minimum(level + common, 1) - np.minimum(level + common - lost, 1))
            )
        rates[f"deviation {deviation:g}"] = covered = coverage(found, truth)
        assert covered >= 0.95 - CHANCE
    show(f"difference of two models near {level:g}, {seeds} seeds", **rates)


def percentiles(values: Array, draws: np.random.Generator, replicates: int = 300) -> Array:
    """Ends (2, n) of the percentile bootstrap that draws seeds, then an item mean of each."""
    _, seeds, worlds = values.shape
    chosen = draws.integers(seeds, size=(replicates, seeds))
    rows = 1 + draws.integers(len(values) - 1, size=(replicates, seeds))
    means = values[rows, chosen].mean(axis=1)
    return np.quantile(means, [0.025, 0.975], axis=0).reshape(2, worlds)


@pytest.mark.parametrize(
    ("seeds", "lowest", "highest"), [(2, 0.6, 0.8), (3, 0.7, 0.85), (5, 0.8, 0.9)]
)
def test_the_percentile_bootstrap_falls_short(seeds: int, lowest: float, highest: float) -> None:
    """What is used instead of Student's t elsewhere, in the same worlds."""
    draws = np.random.default_rng(6)
    values = shares(0.5 + 0.12 * draws.standard_normal((seeds, WORLDS)), draws, "one")
    low, high = percentiles(values, draws)
    found, ours = rate((low <= 0.5) & (high >= 0.5)), coverage(values, 0.5)
    show(f"normal seeds, deviation .12, {seeds} seeds", bootstrap=found, ours=ours)
    assert lowest <= found <= highest
    assert seeds < 3 or ours >= 0.95 - CHANCE


# Coverage of ratios


def recovered(
    lost: float, share: float, deviation: float, seeds: int, draws: np.random.Generator
) -> tuple[Array, Array]:
    """What is won back, and what was lost, (1 + R, seeds, n): the two are correlated."""
    own = deviation * draws.standard_normal((2, seeds, WORLDS))
    under = lost + own[0]
    over = share * under + own[1] / 2
    both = measured(np.stack([over, under], axis=-1), 0.02, draws)
    return both[..., 0], both[..., 1]


@pytest.mark.parametrize("seeds", [3, 5, 8])
@pytest.mark.parametrize("lost", [0.4, 0.1, 0.05, 0.0])
def test_ratios(lost: float, seeds: int) -> None:
    """Fieller's limits where the denominator is surely above 0. If it is just above by chance, it
    is too large: coverage is worse, as of anything reported only if significant."""
    draws = np.random.default_rng(7)
    over, under = recovered(lost, 0.5, 0.05, seeds, draws)
    hits = []
    for world in range(WORLDS):
        try:
            ends = interval(Ratio(over[..., world], under[..., world], "what was lost"), LEVEL)
        except PremiseNotMet:
            continue
        assert np.isfinite([ends.low, ends.high]).all()
        hits.append(ends.low <= 0.5 <= ends.high)
    refused = 1 - len(hits) / WORLDS
    show(f"ratio over {lost:g}, {seeds} seeds", refused=refused, coverage=rate(hits))
    if lost == 0:
        assert refused >= 0.975 - CHANCE
    else:
        assert rate(hits) >= 0.95 - chance(len(hits))
    assert refused <= 0.001 or lost < 0.4


@pytest.mark.parametrize("seeds", [3, 5, 8])
@pytest.mark.parametrize("lost", [0.4, 0.15])
def test_differences_of_ratios(lost: float, seeds: int) -> None:
    draws = np.random.default_rng(8)
    first = recovered(lost, 0.7, 0.05, seeds, draws)
    second = recovered(lost, 0.3, 0.05, seeds, draws)
    hits = []
    for world in range(WORLDS):
        try:
            one, other = (
                Ratio(over[..., world], under[..., world], "what was lost")
                for over, under in (first, second)
            )
        except PremiseNotMet:
            continue
        ends = interval(ratio_difference(one, other), LEVEL)
        hits.append(ends.low <= 0.4 <= ends.high)
    refused = 1 - len(hits) / WORLDS
    show(
        f"difference of ratios over {lost:g}, {seeds} seeds",
        refused=refused,
        coverage=rate(hits),
    )
    assert rate(hits) >= 0.95 - chance(len(hits))


# Verdicts


def always(quantity: Quantity) -> Callable[[None], Quantity]:
    return lambda _: quantity


def verdicts(quantities: list[Quantity], **claim: Any) -> dict[str, float]:
    """The rate of each verdict on the same secondary claim about each quantity."""
    ledger: Ledger[None] = Ledger()
    for number, quantity in enumerate(quantities):
        ledger.claim(str(number), "paper", "It is so.", "it", **claim)(always(quantity))
    found = ledger.judge(None, LEVEL, "simulated")["verdict"]
    return {verdict: rate(found == verdict) for verdict in (*DECIDED, "inconclusive")}


@pytest.fixture(autouse=True)
def _no_planning(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is slow, and says nothing about verdicts."""
    monkeypatch.setattr("eunoe.report.ledger.would_decide", lambda *_: "")


def means(truth: float, seeds: int, draws: np.random.Generator, deviation: float = 0.05) -> Array:
    """(1 + R, seeds, n) of normal seeds."""
    values = truth + deviation * draws.standard_normal((seeds, WORLDS))
    return measured(values, 0.02, draws)


def each(values: Array) -> list[Quantity]:
    return [Mean(values[..., world]) for world in range(values.shape[-1])]


@pytest.mark.parametrize("seeds", [3, 5, 8])
@pytest.mark.parametrize(
    ("claim", "limit", "wrong"),
    [
        ({"above": 0.0}, 0.0, ("supported", "contradicted")),
        ({"below": 0.0, "margin": 0.1}, -0.1, ("supported", "contradicted")),
        ({"at_least": 0.0, "margin": 0.1}, -0.1, ("supported", "contradicted")),
        ({"at_most": 0.0, "margin": 0.1}, 0.1, ("supported", "contradicted")),
        ({"above": 0.0, "margin": 0.1}, 0.1, ("supported", "contradicted", "equivalent")),
        ({"above": 0.0, "margin": 0.1}, -0.1, ("supported", "equivalent")),
    ],
)
def test_a_claim_at_its_limit(
    claim: dict[str, float], limit: float, wrong: tuple[str, ...], seeds: int
) -> None:
    rates = verdicts(each(means(limit, seeds, np.random.default_rng(9))), **claim)
    show(f"{claim}, truth {limit:g}, {seeds} seeds", **rates)
    assert sum(rates[verdict] for verdict in wrong) <= 0.05 + CHANCE
    assert max(rates[verdict] for verdict in wrong) <= 0.025 + CHANCE


FEWER = 600


def of_arms(
    values: list[Array], quantity: Callable[[dict[str, Array]], Quantity]
) -> list[Quantity]:
    """A quantity of several arms in each of `FEWER` worlds."""
    names = [f"arm {number}" for number in range(len(values))]
    worlds = ([value[..., world] for value in values] for world in range(FEWER))
    return [quantity(dict(zip(names, parts, strict=True))) for parts in worlds]


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("arms", [2, 4, 8])
def test_the_least_and_the_largest_of_equal_arms(arms: int, seeds: int) -> None:
    draws = np.random.default_rng(10)
    values = [means(0.0, seeds, draws) for _ in range(arms)]
    rates = verdicts(of_arms(values, least), above=0.0)
    show(f"least of {arms} equal arms, {seeds} seeds", **rates)
    assert max(rates["supported"], rates["contradicted"]) <= 0.025 + chance(FEWER)
    mirrored = verdicts(of_arms([-value for value in values], largest), below=0.0)
    assert mirrored == rates


def test_the_least_is_supported_by_mistake_as_often_as_its_worst_arm() -> None:
    """One arm at the limit and the others far above it, where nothing is conservative."""
    draws = np.random.default_rng(16)
    values = [means(truth, 5, draws) for truth in (0.0, 0.5, 0.5)]
    rates = verdicts(of_arms(values, least), above=0.0)
    show("least of an arm at the limit and two above, 5 seeds", **rates)
    assert 0.025 - chance(FEWER) <= rates["supported"] <= 0.025 + chance(FEWER)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("arms", [2, 4])
def test_the_range_of_arms(arms: int, seeds: int) -> None:
    """All alike, so that the range is 0, or one of them off by as much as is allowed."""
    draws = np.random.default_rng(11)
    for off in (0.0, 0.1):
        values = [means(off * (arm == 0), seeds, draws, 0.02) for arm in range(arms)]
        rates = verdicts(of_arms(values, range_of), below=0.1)
        show(f"range of {arms} arms, {off:g} where .1 is allowed, {seeds} seeds", **rates)
        assert rates["contradicted"] <= 0.025 + chance(FEWER)
        assert off == 0 or rates["supported"] <= 0.025 + chance(FEWER)


@pytest.mark.slow
def test_primary_claims_together() -> None:
    """Eight at their limits: one wrong decision in a twentieth of the labs at most."""
    draws = np.random.default_rng(12)
    values = [means(0.0, 5, draws) for _ in range(8)]

    def wrong(world: int) -> bool:
        ledger: Ledger[None] = Ledger()
        for number, value in enumerate(values):
            estimate = always(Mean(value[..., world]))
            ledger.claim(str(number), "paper", "It is so.", "it", above=0.0, primary=True)(estimate)
        verdicts = ledger.judge(None, LEVEL, "simulated")["verdict"]
        return bool((verdicts != "inconclusive").any())

    together = rate([wrong(world) for world in range(FEWER)])
    ends = [interval_columns(value, LEVEL) for value in values]
    alone = rate(np.any([(each["low"] > 0) | (each["high"] < 0) for each in ends], axis=0))
    show("a wrong verdict among eight claims, 5 seeds", together=together, alone=alone)
    assert together <= 0.05 + chance(FEWER)
    assert alone > 0.25


@pytest.mark.parametrize("places", [7, 10])
def test_a_rank_correlation_over_unrelated_places(places: int) -> None:
    """Seven languages, each with a drop and a distance of its own: drawing seeds and items anew
    leaves them as they are, and calls any order of theirs sure."""
    draws = np.random.default_rng(13)
    pairs = draws.standard_normal((WORLDS if places < 8 else FEWER, 2, places))
    quantities: list[Quantity] = [RankCorrelation(one, other, 5) for one, other in pairs]
    rates = verdicts(quantities, above=0.0)
    show(f"rank correlation over {places} unrelated places", **rates)
    assert rates["supported"] + rates["contradicted"] <= 0.05 + 3 * np.sqrt(
        0.05 * 0.95 / len(quantities)
    )


# Power


@pytest.mark.parametrize("seeds", [3, 5, 8])
def test_power(seeds: int) -> None:
    """What a lab finds; the formula, which leaves out the floor of the items, is an upper bound."""
    draws = np.random.default_rng(14)
    for effect in (0.05, 0.1, 0.2):
        for deviation in (0.02, 0.05, 0.12):
            low = interval_columns(means(effect, seeds, draws, deviation), LEVEL)["low"]
            found = rate(low > 0)
            ideal = float(power(effect / np.hypot(deviation, 0.02), seeds, LEVEL))
            show(
                f"effect {effect:g}, deviation {deviation:g}, {seeds} seeds",
                power=found,
                ideal=ideal,
            )
            assert found <= ideal + 2 * CHANCE
            assert found >= ideal - 2 * CHANCE or deviation < 0.05


@pytest.mark.parametrize(("effect", "most"), [(0.5, 0.83), (1.0, 0.86), (1.5, 0.92)])
def test_the_number_of_seeds_that_would_decide(effect: float, most: float) -> None:
    """It decides in four of five labs at least, and one seed fewer does not."""
    found = np.array([-1.0, 0.0, 1.0]) + effect
    text = would_decide(Mean(np.tile(found, (51, 1))), LEVEL)
    seeds = int(text.split()[1])
    draws = np.random.default_rng(15)
    values = effect + draws.standard_normal((seeds, 10 * WORLDS))
    decided = rate(stats.ttest_1samp(values, 0.0, alternative="greater").pvalue < 0.025)
    show(f"effect {effect:g} of a deviation, {seeds} seeds", decided=decided)
    assert 0.79 <= decided <= most
    assert power(effect, seeds - 1, LEVEL) < 0.8
