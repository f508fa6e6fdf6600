"""Intervals and p-values, against closed forms, scipy, and what must hold of each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eunoe.statistics.quantities import (
    UNDECIDED,
    Known,
    Mean,
    PremiseNotMet,
    Quantity,
    RankCorrelation,
    Ratio,
    Tails,
    interval,
    interval_columns,
    ratio_difference,
)
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import Largest, Least, largest, least, range_of
from tests.statistics.worlds import measured

TAIL = 0.025


def drawn(seed: int, seeds: int = 5, items: float = 0.3, middle: float = 0.0) -> Array:
    """(1 + R, seeds) of seeds that differ by about 1."""
    draws = np.random.default_rng(seed)
    return measured(middle + draws.standard_normal(seeds), items, draws)


def ratio(seed: int, seeds: int = 5, items: float = 0.3) -> Ratio:
    return Ratio(
        drawn(seed, seeds, items), drawn(seed + 1, seeds, items, middle=8.0), "what was lost"
    )


def several(seed: int, seeds: int = 5) -> dict[str, Array]:
    return {name: drawn(seed + 2 * number, seeds) for number, name in enumerate("abc")}


QUANTITIES: dict[str, Callable[[int], Quantity]] = {
    "mean": lambda seed: Mean(drawn(seed)),
    "mean of items": lambda seed: Mean(drawn(seed, items=3.0)),
    "mean of two": lambda seed: Mean(drawn(seed, seeds=2)),
    "ratio": ratio,
    "ratio of items": lambda seed: ratio(seed, items=1.5),
    "ratio of two": lambda seed: ratio(seed, seeds=2),
    "least": lambda seed: least(several(seed)),
    "least of ratios": lambda seed: Least({str(each): ratio(seed + 9 * each) for each in range(3)}),
    "largest": lambda seed: largest(several(seed)),
    "range": lambda seed: range_of(several(seed)),
    "difference of ratios": lambda seed: ratio_difference(ratio(seed), ratio(seed + 50)),
}
SEEDS = st.integers(0, 10_000)


# What must hold of all


@pytest.mark.parametrize("name", QUANTITIES)
@given(SEEDS, st.floats(0.001, 0.4), st.floats(-0.2, 0.2))
def test_a_threshold_is_outside_of_the_bounds_where_its_p_value_is_small(
    name: str, seed: int, tail: float, offset: float
) -> None:
    quantity = QUANTITIES[name](seed)
    low, high = quantity.bounds(tail)
    assert low <= quantity.estimate <= high
    for end in (low, high):
        threshold = end + offset
        if not np.isfinite(end) or abs(offset) < 1e-6:
            continue
        found = quantity.tails(threshold)
        assert (found.not_above < tail) == (threshold < low)
        assert (found.not_below < tail) == (threshold > high)
        assert (found.two_sided < 2 * tail) == (not low <= threshold <= high)


@pytest.mark.parametrize("name", QUANTITIES)
@given(SEEDS)
def test_bounds_widen_and_p_values_fall_with_the_distance(name: str, seed: int) -> None:
    quantity = QUANTITIES[name](seed)
    lows, highs = zip(*(quantity.bounds(tail) for tail in (0.2, 0.05, 0.001)), strict=True)
    assert list(lows) == sorted(lows, reverse=True)
    assert list(highs) == sorted(highs)
    p_values = [quantity.tails(threshold).not_above for threshold in np.linspace(-3, 3, 7)]
    if "ratio" not in name:  # far from a ratio the p-value is that of the denominator
        assert p_values == sorted(p_values)


@pytest.mark.parametrize("name", QUANTITIES)
@given(SEEDS, st.floats(-2, 2))
def test_the_margin_has_the_sign_of_the_estimate_above_the_threshold(
    name: str, seed: int, threshold: float
) -> None:
    quantity = QUANTITIES[name](seed)
    margin = quantity.margin(threshold).estimate
    assert margin * (quantity.estimate - threshold) >= -1e-9


@given(SEEDS, st.floats(-5, 5), st.floats(0.1, 10))
def test_a_shift_and_a_scale_of_the_values_are_those_of_the_bounds(
    seed: int, shift: float, scale: float
) -> None:
    values, under = several(seed), drawn(seed + 1, middle=8.0)
    moved = {name: shift + scale * value for name, value in values.items()}
    over = values["a"]
    pairs: list[tuple[Quantity, Quantity]] = [
        (Mean(values["a"]), Mean(moved["a"])),
        (least(values), least(moved)),
        (largest(values), largest(moved)),
        (Ratio(over, under, "it"), Ratio(scale * over + shift * under, under, "it")),
    ]
    for before, after in pairs:
        expected = [shift + scale * end for end in before.bounds(TAIL)]
        assert list(after.bounds(TAIL)) == pytest.approx(expected, abs=1e-9)
        one, other = before.tails(0.5), after.tails(shift + scale * 0.5)
        assert vars(other) == pytest.approx(vars(one), abs=1e-9)


# Means


@given(SEEDS, st.integers(3, 12), st.floats(-2, 2))
def test_a_mean_is_students_t_where_items_are_many(seed: int, seeds: int, threshold: float) -> None:
    values = drawn(seed, seeds, items=0.0)
    found, found_tails = interval(Mean(values), 0.95), Mean(values).tails(threshold)
    test = stats.ttest_1samp(values[0], threshold)
    ends = test.confidence_interval(0.95)
    assert [found.low, found.high] == pytest.approx([ends.low, ends.high])
    assert found_tails.two_sided == pytest.approx(test.pvalue)
    above = stats.ttest_1samp(values[0], threshold, alternative="greater").pvalue
    assert found_tails.not_above == pytest.approx(above)
    assert found_tails.not_below == pytest.approx(1 - above)


def test_the_items_are_a_floor_where_seeds_agree() -> None:
    draws = np.random.default_rng(0)
    redraws = 1.0 + 0.2 * draws.standard_normal((20_000, 4))
    quantity = Mean(np.concatenate([np.ones((1, 4)), redraws]))
    assert quantity.seed_error == 0
    assert quantity.error == quantity.item_error == pytest.approx(0.1, rel=0.03)
    assert quantity.bounds(TAIL)[0] == pytest.approx(1 - 0.1 * stats.t.isf(TAIL, 3), rel=0.03)


@pytest.mark.parametrize("seeds", [1, 2])
def test_few_seeds_are_fixed_models(seeds: int) -> None:
    values = drawn(0, seeds, items=0.3)
    spread = values[1:].mean(1).std()
    expected = values[0].mean() + spread * np.array(stats.norm.interval(0.95))
    assert list(Mean(values).bounds(TAIL)) == pytest.approx(list(expected))
    assert Mean(values).seed_error == 0


def test_columns_are_intervals_side_by_side() -> None:
    for seeds in (1, 2, 3, 6):
        values = np.stack([drawn(seed, seeds) for seed in range(5)], axis=2)
        columns = interval_columns(values, 0.8)
        for index in range(5):
            found = {name: float(column[index]) for name, column in columns.items()}
            assert found == pytest.approx(vars(interval(Mean(values[..., index]), 0.8)))


@pytest.mark.parametrize(("distance", "expected"), [(1, (0, 1)), (0, (1, 1)), (-1, (1, 0))])
def test_without_any_error_only_the_threshold_itself_is_undecided(
    distance: float, expected: tuple[float, float]
) -> None:
    for quantity in (Mean(np.full((51, 3), 2.0)), Known(2.0, 3)):
        assert quantity.tails(2.0 - distance) == Tails(*expected)
        assert quantity.bounds(TAIL) == (2.0, 2.0)


# Ratios


@given(SEEDS, st.integers(3, 9), st.sampled_from([0.0, 0.2, 2.0]))
def test_fiellers_limits_are_the_ratios_that_a_t_test_leaves(
    seed: int, seeds: int, items: float
) -> None:
    """A search over a grid, with the t-test of scipy and the redraws' own spread."""
    over, under = drawn(seed, seeds, items), drawn(seed + 1, seeds, items, middle=20.0)
    low, high = Ratio(over, under, "it").bounds(TAIL)
    grid = np.linspace(low - 0.1, high + 0.1, 400)
    rest = over[..., None] - grid * under[..., None]
    p_seeds = stats.ttest_1samp(rest[0], 0.0).pvalue
    scores = rest[0].mean(0) / np.maximum(rest[1:].mean(1).std(0), 1e-12)
    left = grid[(p_seeds > 2 * TAIL) | (2 * stats.t.sf(abs(scores), seeds - 1) > 2 * TAIL)]
    step = grid[1] - grid[0]
    assert left[0] == pytest.approx(low, abs=step)
    assert left[-1] == pytest.approx(high, abs=step)


def test_fiellers_limits_of_a_known_denominator_are_those_of_the_mean() -> None:
    over, under = drawn(3), np.full((101, 5), 4.0)
    assert Ratio(over, under, "it").bounds(TAIL) == pytest.approx(Mean(over / 4).bounds(TAIL))


def test_a_ratio_of_proportional_values_is_certain() -> None:
    under = drawn(0, middle=8.0)
    found = Ratio(0.5 * under, under, "it")
    assert list(found.bounds(TAIL)) == pytest.approx([0.5, 0.5], abs=1e-6)
    assert found.tails(0.4).not_above < 1e-4


@pytest.mark.parametrize("middle", [-3.0, 0.0, 0.5])
def test_a_denominator_that_may_be_0_is_refused(middle: float) -> None:
    values = middle + drawn(1, items=0.0) - drawn(1, items=0.0)[0].mean()
    with pytest.raises(PremiseNotMet, match=r"what was lost is not surely above 0 \(-.* to .*\)"):
        Ratio(np.ones((101, 5)), values, "what was lost")


@given(SEEDS, st.floats(0.0, 3.0))
def test_the_refusal_is_where_fieller_has_no_limits(seed: int, middle: float) -> None:
    under = drawn(seed, middle=middle)
    test = Mean(under).tails(0.0)
    try:
        found = Ratio(drawn(seed + 1), under, "it").bounds(TAIL)
    except PremiseNotMet:
        assert test.not_above > TAIL
    else:
        assert test.not_above <= TAIL
        assert np.isfinite(found).all()


def test_limits_that_are_infinite_are_none() -> None:
    """Few seeds are not refused, and other levels than that of the refusal are allowed."""
    unsure = np.array([[1.0, 1.0], [-2.0, -2.0], [4.0, 4.0]])
    two = Ratio(np.ones((3, 2)), unsure, "it")
    assert two.bounds(TAIL) == (-np.inf, np.inf)
    surely = Ratio(drawn(1), drawn(2, middle=3.0), "it")
    assert np.isfinite(surely.bounds(TAIL)).all()
    assert not np.isfinite(surely.bounds(1e-6)).any()
    for quantity, level in ((two, 0.95), (surely, 1 - 2e-6), (Least({"a": two}), 0.95)):
        found = interval(quantity, level)
        assert np.isfinite(found.estimate)
        assert np.isnan([found.low, found.high]).all()


def test_the_difference_of_ratios_has_the_error_that_it_has_over_many_worlds() -> None:
    draws = np.random.default_rng(0)
    under = 4 + 0.3 * draws.standard_normal((1000, 2, 30))
    over = 0.5 + 0.5 * under + 0.2 * draws.standard_normal((1000, 2, 30))

    def known(over: Array, under: Array) -> Ratio:
        return Ratio(np.stack([over, over]), np.stack([under, under]), "it")

    found = [
        ratio_difference(
            known(over[world, 0], under[world, 0]), known(over[world, 1], under[world, 1])
        )
        for world in range(1000)
    ]
    ratios = over.mean(2) / under.mean(2)
    estimates = ratios[:, 0] - ratios[:, 1]
    assert [each.estimate for each in found] == pytest.approx(list(estimates))
    assert np.mean([each.error for each in found]) == pytest.approx(estimates.std(), rel=0.07)


# Several


@given(SEEDS, st.floats(-1, 1))
def test_the_least_is_above_if_all_are_and_below_if_one_surely_is(
    seed: int, threshold: float
) -> None:
    parts = several(seed)
    found = least(parts).tails(threshold)
    above = [stats_of(value, threshold, "greater") for value in parts.values()]
    below = [stats_of(value, threshold, "less") for value in parts.values()]
    assert found.not_above == pytest.approx(max(above))
    assert found.not_below == pytest.approx(min(1.0, 3 * min(below)))


def stats_of(values: Array, threshold: float, alternative: str) -> float:
    """The one-sided p-value of Student's t, with the redraws' spread as a floor."""
    error = max(stats.sem(values[0]), values[1:].mean(1).std())
    score = (values[0].mean() - threshold) / error
    return float(stats.t.sf(score if alternative == "greater" else -score, values.shape[1] - 1))


@given(SEEDS, st.floats(-1, 1))
def test_the_largest_is_the_least_turned_over(seed: int, threshold: float) -> None:
    parts = several(seed)
    one, other = largest(parts), least({name: -value for name, value in parts.items()})
    assert one.estimate == -other.estimate == max(value[0].mean() for value in parts.values())
    assert one.worst == other.worst
    low, high = other.bounds(TAIL)
    assert one.bounds(TAIL) == (-high, -low)
    mirrored = other.tails(-threshold)
    assert one.tails(threshold) == Tails(mirrored.not_below, mirrored.not_above)
    assert one.margin(threshold).estimate == pytest.approx(one.estimate - threshold)


def test_one_part_is_that_part() -> None:
    mean = Mean(drawn(0))
    for alone in (Least({"a": mean}), Largest({"a": mean})):
        assert alone.bounds(TAIL) == pytest.approx(mean.bounds(TAIL))
        assert vars(alone.tails(0.1)) == pytest.approx(vars(mean.tails(0.1)))
        assert alone.worst == "a"


def test_seeds_are_those_of_the_part_with_the_fewest() -> None:
    parts = {"a": drawn(0, 5), "b": drawn(1, 2)}
    assert least(parts).seeds == largest(parts).seeds == 2


@given(SEEDS)
def test_the_range_is_from_the_lowest_to_the_highest(seed: int) -> None:
    parts = several(seed)
    middles = {name: value[0].mean() for name, value in parts.items()}
    found = range_of(parts)
    assert found.estimate == pytest.approx(max(middles.values()) - min(middles.values()))
    ends = (
        max(middles, key=lambda name: middles[name]),
        min(middles, key=lambda name: middles[name]),
    )
    assert found.worst == " minus ".join(ends)
    assert len(found.parts) == 6


def test_the_range_is_paired() -> None:
    common = drawn(0)
    found = range_of({"a": common, "b": common + 0.25})
    assert found.bounds(TAIL) == pytest.approx((0.25, 0.25))


# What has no value


@pytest.mark.parametrize("row", [0, 1, 100])
def test_a_nan_anywhere_leaves_everything_undecided(row: int) -> None:
    """In one redraw too, though seeds that differ have an error of their own."""
    values = drawn(0, items=0.1, middle=50.0)
    holed = values.copy()
    holed[row, 1] = np.nan
    surely = drawn(1, middle=8.0)
    quantities: list[Quantity] = [
        Mean(holed),
        least({"a": values, "b": holed, "c": -values}),
        largest({"a": holed, "b": values}),
        range_of({"a": holed, "b": values}),
        Ratio(holed, surely, "it"),
        ratio_difference(Ratio(holed, surely, "it"), Ratio(values, surely, "it")),
    ]
    for quantity in quantities:
        found = interval(quantity, 0.95)
        assert quantity.tails(0.0) == UNDECIDED
        assert np.isnan([found.low, found.high]).all()
        assert np.isnan(found.estimate) == (row == 0)
    with pytest.raises(PremiseNotMet, match="it is not surely above 0"):
        Ratio(surely, holed, "it")
    columns = interval_columns(np.stack([holed, values], axis=2), 0.95)
    assert np.isnan(columns["low"]).tolist() == [True, False]


def test_the_worst_part_is_the_one_without_a_value() -> None:
    parts = {"a": drawn(0), "b": np.full((101, 5), np.nan), "c": drawn(1)}
    assert least(parts).worst == largest(parts).worst == "b"


def test_a_known_number_that_is_none_is_undecided() -> None:
    assert Known(np.nan, 3).tails(0.0) == UNDECIDED
    assert Known(0.5, 3).margin(0.2).estimate == pytest.approx(0.3)
    assert Known(0.5, 3).margin(0.2).error == 0


# Rank correlations


@pytest.mark.parametrize("seed", range(4))
def test_a_rank_correlation_is_scipys_with_its_exact_permutation_test(seed: int) -> None:
    draws = np.random.default_rng(seed)
    ones, others = draws.integers(0, 5, size=(2, 6)).astype(float)  # with ties
    found = RankCorrelation(ones, others, 5)

    def statistic(order: Array) -> float:
        return float(stats.spearmanr(order, others).statistic)

    assert found.estimate == pytest.approx(statistic(ones))
    for alternative, p in zip(("greater", "less"), vars(found.tails(0.0)).values(), strict=True):
        test = stats.permutation_test(
            (ones,),
            statistic,
            permutation_type="pairings",
            alternative=alternative,
            n_resamples=np.inf,
        )
        assert p == pytest.approx(test.pvalue)


def test_many_places_are_permuted_at_random() -> None:
    draws = np.random.default_rng(0)
    ones = draws.standard_normal(20)
    others = 0.5 * ones + draws.standard_normal(20)
    found = RankCorrelation(ones, others, 5)
    expected = stats.spearmanr(ones, others, alternative="greater").pvalue
    assert found.tails(0.0).not_above == pytest.approx(expected, abs=0.003)
    assert RankCorrelation(ones, ones, 5).tails(0.0).not_above == 1 / 50_000  # the order given


@pytest.mark.parametrize(("places", "decided"), [(4, False), (5, True), (7, True)])
def test_four_places_cannot_decide(places: int, decided: bool) -> None:
    found = RankCorrelation(np.arange(0.0, places), np.arange(0.0, places), 5)
    assert found.estimate == pytest.approx(1)
    assert (found.tails(0.0).two_sided <= 0.05) == decided


def test_bounds_are_bonett_and_wrights() -> None:
    found = RankCorrelation(np.arange(7.0), np.array([0.0, 2, 1, 3, 4, 6, 5]), 5)
    spread = np.sqrt((1 + found.estimate**2 / 2) / 4)
    expected = np.tanh(np.arctanh(found.estimate) + np.array([-1.96, 1.96]) * spread)
    assert list(found.bounds(TAIL)) == pytest.approx(list(expected), abs=1e-3)
    assert RankCorrelation(np.arange(3.0), np.arange(3.0), 5).bounds(TAIL) == (-1, 1)
    perfect = RankCorrelation(np.arange(7.0), np.arange(7.0), 5).bounds(TAIL)
    assert 0 < perfect[0] < perfect[1] <= 1


@pytest.mark.parametrize("others", [[1.0] * 6, [1.0, 2, 3, 4, 5, np.nan]])
def test_a_measure_without_an_order_has_no_correlation(others: list[float]) -> None:
    found = RankCorrelation(np.arange(6.0), np.array(others), 5)
    assert np.isnan(found.estimate)
    assert found.tails(0.0) == UNDECIDED


def test_places_are_not_multiplied_by_seeds() -> None:
    found = RankCorrelation(np.arange(6.0), np.arange(6.0), 5)
    with pytest.raises(ValueError, match="a threshold of 0"):
        found.tails(0.2)
    with pytest.raises(NotImplementedError, match="places decide"):
        found.margin(0.0)
