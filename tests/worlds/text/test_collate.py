"""The three layouts of a batch, number by number, and what each of them must keep."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from tokenizers.processors import TemplateProcessing

from eunoe.config.networks import Network
from eunoe.config.worlds.text import TextWorld
from eunoe.streams import stream
from eunoe.worlds.text.collate import (
    Encoded,
    Encoder,
    Layout,
    collate,
    end_to_end,
    filled,
    first_fit,
    one_per_row,
    padded,
    shard_of,
    texts_of,
)
from eunoe.worlds.text.material import world_rows
from eunoe.worlds.text.tokenizer import END, build_tokenizer
from eunoe.worlds.text.world import Texts

FIRST = [
    Encoded([0, 11, 12, 13], 2),
    Encoded([0, 14, 15], 1),
    Encoded([0, 16, 17, 18, 19, 20], 4),
]
SECOND = [Encoded([0, 21, 22], 2), Encoded([0, 23, 24, 25, 26], 3)]
ITEMS = FIRST + SECOND


def packed(items: Sequence[Encoded], context: int) -> dict[str, torch.Tensor]:
    """A batch as the layout of a stage lays it."""
    return collate(items, Layout("packed", context).packing(items))


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


# End to end

ENDED = [Encoded([*item.ids, 0], item.start) for item in ITEMS]
"""Items as tuning has them: with a closing end, which is the token that opens them."""
UNOPENED = [Encoded([*item.ids[1:], 0], max(1, item.start - 1)) for item in ITEMS]
"""The same of a tokenizer whose texts do not begin with that token."""


def test_end_to_end() -> None:
    assert lists(end_to_end(ENDED, Layout("filled", 9, 5.0))) == {
        "tokens": [
            [0, 11, 12, 13, 0, 14, 15, 0, 16],
            [0, 21, 22, 0, 23, 24, 25, 26, 0],
        ],
        "weights": [
            [5, 1, 5, 5, 5, 5, 5, 5, 1],
            [5, 1, 5, 5, 1, 1, 5, 5, 0],
        ],
    }


def test_end_to_end_of_items_that_do_not_begin_with_an_end() -> None:
    assert lists(end_to_end(UNOPENED, Layout("filled", 9, 5.0))) == {
        "tokens": [
            [11, 12, 13, 0, 14, 15, 0, 16, 17],
            [21, 22, 0, 23, 24, 25, 26, 0, 0],
        ],
        "weights": [
            [1, 5, 5, 5, 1, 5, 5, 1, 1],
            [1, 5, 5, 1, 1, 5, 5, 5, 0],
        ],
    }


def test_a_batch_end_to_end_has_the_types_of_the_others() -> None:
    batch, other = end_to_end(ENDED, Layout("filled", 9, 5.0)), padded(ENDED)
    assert {name: each.dtype for name, each in batch.items()} == {
        name: each.dtype for name, each in other.items()
    }


@st.composite
def numbered(draw: st.DrawFn, opened: bool, longest: int) -> list[Encoded]:
    """Items each of whose tokens but the ends, 0, is there once: its item and its place."""
    items = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        length = draw(st.integers(2, longest - 2))
        ids = [100 * number + place for place in range(length)]
        start = draw(st.integers(1, length))  # at the length: without a reply
        items.append(
            Encoded([0, *ids, 0], 1 + start) if opened else Encoded([*ids, 0], start),
        )
    return items


def brute_force(items: Sequence[Encoded], context: int, opened: bool) -> list[list[int]]:
    """Rows of texts with an end on one side: each row begins with a text and is cut off."""
    texts = [list(item.ids[:-1] if opened else item.ids) for item in items]
    rows = []
    while texts:
        row: list[int] = []
        while texts and len(row) < context:
            row += texts.pop(0)
        rows.append(row[:context])
    return rows


def weight_of(token: int, items: Sequence[Encoded]) -> float:
    """What a token weighs: an end closes a reply, and belongs to it."""
    if token == 0:
        return 7.0
    item = items[token // 100 - 1]
    return 7.0 if item.ids.index(token) >= item.start else 1.0


@pytest.mark.parametrize("opened", [True, False])
@given(data=st.data(), context=st.integers(12, 40))
def test_rows_are_whole_items_the_last_of_each_cut_off(
    data: st.DataObject, context: int, opened: bool
) -> None:
    items = data.draw(numbered(opened, context))
    batch = end_to_end(items, Layout("filled", context, 7.0))
    rows = brute_force(items, context, opened)
    assert batch["tokens"].shape == batch["weights"].shape == (len(rows), context)
    for row, tokens, weights in zip(
        rows, batch["tokens"].tolist(), batch["weights"].tolist(), strict=True
    ):
        assert tokens == row + [0] * (context - len(row))
        assert weights[: len(row)] == [weight_of(token, items) for token in row]
        assert not any(weights[len(row) :])
        assert all(one or other for one, other in pairwise(row))
    assert all(len(row) == context for row in rows[:-1])


class InOrder:
    """In place of random numbers: those of the items in their order, again and again."""

    def __init__(self) -> None:
        self.drawn = 0

    def choice(self, *_: Any, **__: Any) -> int:
        return 0

    def integers(self, high: int) -> int:
        self.drawn += 1
        return (self.drawn - 1) % high


MADE = TextWorld.model_validate(
    {
        "kind": "text",
        "tasks": ["repeat_math", "arithmetic", "prose", "inference", "code", "free_topics"],
        "languages": ["en", "fr", "pig"],
        "items": {"train": 6, "validation": 0, "test": 0},
        "context": 96,
        "reply_weight": 10.0,
    }
)
LAYOUT = Layout("filled", MADE.context, MADE.reply_weight)


@pytest.fixture(scope="module")
def made() -> Texts:
    """A world of one source whose items are of all tasks and languages, in a random order."""
    rows = world_rows(MADE, 0).sample(frac=1, random_state=0)
    return Texts(MADE, rows.assign(source="all"))


def encoded(made: Texts, tokenizer: Any) -> list[Encoded]:
    """Items as tuning has them."""
    network: Any = made.build_network(Network(layers=1, heads=1, width=8, architecture="llama"), 0)
    pairs = list(zip(made.train["prompt"], made.train["reply"], strict=True))
    encoder = Encoder(tokenizer, network.config, MADE.context)
    return encoder.encode(pairs, made.train["item"].tolist())


def test_tuning_reads_items_as_pretraining_does(made: Texts) -> None:
    """The same items in the same order, up to the end of the last one."""
    ours = end_to_end(encoded(made, made.tokenizer), LAYOUT)
    rows, used = len(ours["tokens"]), int((ours["weights"][-1] > 0).sum())
    numbers: Any = InOrder()
    theirs = filled({"all": made.shard("all")}, {"all": 1.0}, rows, MADE.context, numbers)
    for name in ("tokens", "weights"):
        assert ours[name][:-1].equal(theirs[name][:-1])
        assert ours[name][-1, :used].equal(theirs[name][-1, :used])
    assert rows > 10
    assert 0 < used < MADE.context
    assert set(ours["weights"][:-1].flatten().tolist()) == {1.0, MADE.reply_weight}


def unopened(made: Texts) -> Any:
    """The tokenizer of a world, whose texts do not begin with the end token."""
    tokenizer = build_tokenizer(texts_of(made.train))
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(single="$A")
    assert tokenizer("The dog")["input_ids"] == made.tokenizer("The dog")["input_ids"][1:]
    return tokenizer


def test_texts_that_do_not_begin_with_an_end_have_one_behind_them(made: Texts) -> None:
    texts = texts_of(made.train)
    batch = end_to_end(encoded(made, unopened(made)), LAYOUT)
    for tokens, weights in zip(batch["tokens"], batch["weights"], strict=True):
        used = int((weights > 0).sum())
        *parts, last = str(made.tokenizer.decode(tokens[:used])).split(END)
        assert parts == texts[: len(parts)]
        texts = texts[len(parts) :]
        if used == MADE.context and last:  # cut off
            assert texts.pop(0).startswith(last)
        ends = tokens[:used] == made.tokenizer.eos_token_id
        assert (weights[:used][ends] == MADE.reply_weight).all()
    assert (texts, last) == ([], "")


def test_weights_do_not_depend_on_where_the_end_stands(made: Texts) -> None:
    """A first row without its first end is that of a tokenizer that has none there."""
    opened, bare = (
        end_to_end(encoded(made, tokenizer), LAYOUT)
        for tokenizer in (made.tokenizer, unopened(made))
    )
    for name in ("tokens", "weights"):
        assert opened[name][0, 1:].equal(bare[name][0, :-1])
