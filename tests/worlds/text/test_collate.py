"""The three layouts of a batch, number by number, and what each of them must keep."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import torch
from hypothesis import given

from eunoe.streams import stream
from eunoe.worlds.text.collate import (
    Encoded,
    collate,
    filled,
    first_fit,
    one_per_row,
    packed,
    padded,
    shard_of,
)

FIRST = [
    Encoded([0, 11, 12, 13], 2),
    Encoded([0, 14, 15], 1),
    Encoded([0, 16, 17, 18, 19, 20], 4),
]
SECOND = [Encoded([0, 21, 22], 2), Encoded([0, 23, 24, 25, 26], 3)]
ITEMS = FIRST + SECOND


def lists(batch: Any) -> dict[str, Any]:
    return {name: tensor.tolist() for name, tensor in batch.items()}


def test_filled() -> None:
    # Golden: a change of these numbers changes every pretrained base.
    shards = {"a": shard_of(FIRST, 5.0), "b": shard_of(SECOND, 5.0)}
    batch = filled(shards, {"b": 1.0, "a": 3.0}, 3, 9, stream(0, "golden/documents", 2))
    assert lists(batch) == {
        "tokens": [
            [0, 21, 22, 0, 14, 15, 0, 11, 12],
            [0, 14, 15, 0, 11, 12, 13, 0, 23],
            [0, 21, 22, 0, 14, 15, 0, 16, 17],
        ],
        "weights": [
            [1, 1, 5, 1, 5, 5, 1, 1, 5],
            [1, 5, 5, 1, 1, 5, 5, 1, 1],
            [1, 1, 5, 1, 5, 5, 1, 1, 1],
        ],
    }
    assert (batch["tokens"].dtype, batch["weights"].dtype) == (torch.int64, torch.float32)


def test_padded() -> None:
    assert lists(padded(ITEMS)) == {
        "tokens": [
            [0, 11, 12, 13, 0, 0],
            [0, 14, 15, 0, 0, 0],
            [0, 16, 17, 18, 19, 20],
            [0, 21, 22, 0, 0, 0],
            [0, 23, 24, 25, 26, 0],
        ],
        "weights": [
            [0, 0, 1, 1, 0, 0],
            [0, 1, 1, 0, 0, 0],
            [0, 0, 0, 0, 1, 1],
            [0, 0, 1, 0, 0, 0],
            [0, 0, 0, 1, 1, 0],
        ],
    }


def test_packed() -> None:
    assert lists(packed(ITEMS, 9)) == {
        "tokens": [
            [0, 11, 12, 13, 0, 14, 15, 0, 0],
            [0, 16, 17, 18, 19, 20, 0, 21, 22],
            [0, 23, 24, 25, 26, 0, 0, 0, 0],
        ],
        "weights": [
            [0, 0, 1, 1, 0, 1, 1, 0, 0],
            [0, 0, 0, 0, 1, 1, 0, 0, 1],
            [0, 0, 0, 1, 1, 0, 0, 0, 0],
        ],
        "positions": [
            [0, 1, 2, 3, 0, 1, 2, 0, 0],
            [0, 1, 2, 3, 4, 5, 0, 1, 2],
            [0, 1, 2, 3, 4, 0, 0, 0, 0],
        ],
    }


def test_where_nothing_shares_a_row_packed_is_padded() -> None:
    assert lists(packed(FIRST[::2], 9)) == lists(padded(FIRST[::2]))


def of_lengths(lengths: list[int]) -> list[Encoded]:
    return [Encoded([0] * length, 1) for length in lengths]


def test_each_item_goes_where_it_first_fits() -> None:
    assert first_fit(of_lengths([5, 4, 6, 1, 3]), 10) == [[0, 1, 3], [2, 4]]


def test_an_item_that_is_longer_sets_the_length() -> None:
    assert first_fit(of_lengths([4, 12, 8]), 10) == [[0, 2], [1]]


@given(st.lists(st.integers(2, 12), min_size=1, max_size=20), st.integers(12, 30))
def test_packing_loses_nothing(lengths: list[int], context: int) -> None:
    items = [
        Encoded(range(100 * index + 1, 100 * index + 1 + length), length - 1)
        for index, length in enumerate(lengths)
    ]
    packing = first_fit(items, context)
    assert sorted(index for row in packing for index in row) == list(range(len(items)))
    batch = collate(items, packing)
    assert batch["tokens"].shape[1] <= context
    found = batch["tokens"][batch["tokens"] > 0].tolist()
    assert sorted(found) == sorted(token for item in items for token in item.ids)
    replies = batch["tokens"][batch["weights"] > 0].tolist()
    assert sorted(replies) == sorted(item.ids[-1] for item in items)
    assert one_per_row(items) == [[index] for index in range(len(items))]


def test_a_soft_prompt_comes_first_and_has_no_loss() -> None:
    item = FIRST[0].prepend([90, 91])
    assert lists(padded([item])) == {
        "tokens": [[90, 91, 0, 11, 12, 13]],
        "weights": [[0, 0, 0, 0, 1, 1]],
    }
