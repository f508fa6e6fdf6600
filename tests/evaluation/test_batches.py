"""Batches hold every prompt once, families together, with lengths close to each other."""

from __future__ import annotations

from os.path import commonprefix

import torch
from hypothesis import given
from hypothesis import strategies as st

from eunoe.evaluation.batches import SHARED, batches, common_length, pad_left, positions

ROWS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=30), min_size=1, max_size=40)


@given(ROWS, st.integers(1, 7))
def test_every_row_is_in_one_batch(rows: list[list[int]], size: int) -> None:
    named = {f"r{index}": row for index, row in enumerate(rows)}
    found = batches(named, size)
    assert sorted(name for batch in found for name in batch) == sorted(named)
    assert all(0 < len(batch) <= size for batch in found)


@given(ROWS, st.integers(1, 7))
def test_a_batch_asked_alone_is_the_same_batch(rows: list[list[int]], size: int) -> None:
    named = {f"r{index}": row for index, row in enumerate(rows)}
    for batch in batches(named, size):
        assert batches({name: named[name] for name in batch}, size) == [batch]


def test_rows_of_a_family_stay_together_with_close_lengths() -> None:
    family = [7] * SHARED
    rows = {f"family{n}": family + [n] * n for n in range(8)}
    rows |= {f"other{n}": [n] * (n + 1) for n in range(5)}
    mixed = {name: rows[name] for name in sorted(rows, key=lambda name: name[-1])}
    found = batches(mixed, size=4)
    assert found[:2] == [[f"family{n}" for n in range(4)], [f"family{n}" for n in range(4, 8)]]
    assert found[2:] == [["other0", "other1", "other2", "other3"], ["other4"]]


@given(ROWS)
def test_common_length_is_that_of_the_common_prefix(rows: list[list[int]]) -> None:
    assert common_length(rows) == len(commonprefix(rows))  # noqa: RUF071 (any sequences)


def test_padding_comes_first_and_has_no_position() -> None:
    ids, mask = pad_left([[5, 6, 7], [8]], torch.device("cpu"))
    assert ids.tolist() == [[5, 6, 7], [0, 0, 8]]
    assert mask.tolist() == [[1, 1, 1], [0, 0, 1]]
    assert positions(mask).tolist() == [[0, 1, 2], [0, 0, 0]]
