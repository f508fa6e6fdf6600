"""Amounts: exact shares, nested parts, every example as often as any other."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from eunoe.config.recipes import Amount
from eunoe.errors import EunoeError
from eunoe.recipes.mixtures import Mixture, Rows, apportion, mix
from tests.recipes.tiny import TRAIN, examples

ROWS = examples()
ROWS = ROWS[ROWS["split"] == "train"].reset_index(drop=True)
LENGTHS: Rows = np.asarray(ROWS["source"].map({"bird": 10, "copy": 5, "count": 2}), dtype=np.int64)


def mixed(data: dict[str, Any], size: tuple[int, int] = (10, 8), seed: int = 0) -> Mixture:
    amounts = {source: Amount(**amount) for source, amount in data.items()}
    return mix(amounts, ROWS, LENGTHS, size, seed, "finetune.0", "here")


def drawn(mixture: Mixture) -> Counter[str]:
    return Counter(ROWS["source"].iloc[mixture.rows.ravel()])


def test_shares_are_exact_and_every_batch_is_mixed() -> None:
    found = mixed({"bird": {"share": 0.75}, "copy": {"share": 0.25}})
    assert found.rows.shape == (10, 8)
    assert drawn(found) == {"bird": 60, "copy": 20}
    firsts = {ROWS["source"].iloc[row] for row in found.rows[0]}
    assert firsts == {"bird", "copy"}


def test_an_example_comes_again_only_after_all_others() -> None:
    found = mixed({"bird": {"share": 1}}, (9, 8))  # 72 = 3 times 24
    order = found.rows.ravel()
    for start in range(0, 72, TRAIN):
        assert len(set(order[start : start + TRAIN])) == TRAIN
    assert order[:TRAIN].tolist() != order[TRAIN : 2 * TRAIN].tolist()


def test_shares_of_tokens_are_those_of_tokens() -> None:
    found = mixed({"bird": {"tokens": 0.5}, "copy": {"tokens": 0.5}}, (30, 10))
    tokens = {
        source: count * {"bird": 10, "copy": 5}[source] for source, count in drawn(found).items()
    }
    assert tokens == {"bird": 1000, "copy": 1000}


def test_parts_are_drawn_from_as_one_pool() -> None:
    found = mixed({"bird": {"fraction": 1 / 4}, "copy": {"count": 18}}, (10, 12))
    assert drawn(found) == {"bird": 30, "copy": 90}
    assert [len(pool) for pool in found.pools] == [6, 18]
    assert set(Counter(found.rows.ravel()).values()) == {5}


def test_parts_are_nested_and_the_same_for_every_recipe() -> None:
    pools = {
        part: set(mixed({"copy": {"fraction": part}, "bird": {"count": 3}}).pools[1])
        for part in (1.0, 0.5, 0.25, 0.001)
    }
    assert pools[0.001] < pools[0.25] < pools[0.5] < pools[1.0]
    assert len(pools[0.001]) == 1
    alone = set(mixed({"copy": {"fraction": 0.25}}).pools[0])
    assert alone == pools[0.25]
    assert set(mixed({"copy": {"fraction": 0.25}}, seed=1).pools[0]) != alone


def test_the_order_of_keys_does_not_matter() -> None:
    one = mixed({"bird": {"share": 0.5}, "copy": {"share": 0.5}})
    other = mixed({"copy": {"share": 0.5}, "bird": {"share": 0.5}})
    assert np.array_equal(one.rows, other.rows)


def test_more_than_there_is_and_unknown_sources_are_refused() -> None:
    with pytest.raises(EunoeError, match=r"^here: data.copy.count = 25: more than .* at most 24$"):
        mixed({"copy": {"count": 25}})
    with pytest.raises(EunoeError, match=r"^here: data: source fish: no such source"):
        mixed({"fish": {"share": 1}})


@pytest.mark.parametrize(
    ("shares", "total", "expected"),
    [([0.5, 0.5], 3, [2, 1]), ([0.996, 0.004], 1000, [996, 4]), ([1 / 3] * 3, 100, [34, 33, 33])],
)
def test_counts_are_those_of_the_largest_remainders(
    shares: list[float], total: int, expected: list[int]
) -> None:
    assert apportion(np.array(shares), total).tolist() == expected
