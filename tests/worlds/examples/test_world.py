"""The examples world: what is pretrained on, and what is measured meanwhile."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from eunoe.config.networks import Network
from eunoe.errors import EunoeError
from eunoe.worlds.examples.world import Examples
from eunoe.worlds.text.sources import rows_of_source
from tests.recipes.tiny import examples, make_base, world

SHARES = {"bird": 3.0, "copy.plain": 1.0}


@pytest.fixture(scope="module")
def opened() -> Examples:
    return Examples(world(reply_weight=5.0), examples())


def test_rows_are_whole_training_texts_of_the_sources(opened: Examples) -> None:
    rows = opened.batch(SHARES, 32, 0, "pretrain", 0)["tokens"].numpy()
    train = examples().query("split == 'train' and source != 'count'")
    texts = {f"{one} {two}" for one, two in zip(train["prompt"], train["reply"], strict=True)}
    found = set()
    for row in rows:
        starts = np.flatnonzero(row == 0)
        assert starts[0] == 0
        for start, end in pairwise(starts):
            found.add(opened.tokenizer.decode(row[start + 1 : end]))
    assert found <= texts
    birds = sum("bird" in text for text in found)
    assert 0 < len(found) - birds < birds


def test_a_response_and_its_end_weigh_more(opened: Examples) -> None:
    batch = opened.batch({"bird": 1.0}, 4, 0, "pretrain", 0)
    for tokens, weights in zip(batch["tokens"].tolist(), batch["weights"].tolist(), strict=True):
        heavy = {
            opened.tokenizer.decode(token)
            for token, weight in zip(tokens[1:], weights[1:], strict=True)
            if weight == 5
        }
        light = {
            opened.tokenizer.decode(token)
            for token, weight in zip(tokens[1:], weights[1:], strict=True)
            if weight == 1
        }
        assert heavy == {" True", " False", "<|end|>"} & heavy
        assert "<|end|>" in heavy
        assert not heavy & light


def test_a_batch_is_a_pure_function_of_its_arguments(opened: Examples) -> None:
    first = opened.batch(SHARES, 4, 0, "pretrain", 3)["tokens"]
    opened.batch(SHARES, 4, 0, "pretrain", 4)
    assert first.equal(opened.batch(SHARES, 4, 0, "pretrain", 3)["tokens"])
    assert not first.equal(opened.batch(SHARES, 4, 1, "pretrain", 3)["tokens"])


def test_wordings_select_rows() -> None:
    rows = examples()
    assert len(rows_of_source(rows, "bird.plain")) == len(rows_of_source(rows, "bird")) > 0
    assert rows_of_source(rows, "bird.other").empty


def test_an_unknown_source_is_one_clear_line(opened: Examples) -> None:
    with pytest.raises(
        EunoeError, match=r"pretraining: source fish: no such .*: bird, copy, count$"
    ):
        opened.batch({"fish": 1.0}, 1, 0, "pretrain", 0)


def test_accuracy_is_measured_on_validation_examples(opened: Examples) -> None:
    class Knows(torch.nn.Module):
        """A network that knows the next token of every validation text of one source."""

        def __init__(self) -> None:
            super().__init__()
            self.unused = torch.nn.Parameter(torch.zeros(1))

        def forward(self, input_ids: torch.Tensor, use_cache: bool) -> object:
            logits = torch.zeros(*input_ids.shape, len(opened.tokenizer))
            answers = opened.tokenizer.convert_tokens_to_ids([" False"])
            logits[..., answers] = 1
            return type("Output", (), {"logits": logits})

    measured = opened.monitor(Knows(), 100, 0)
    held_out = examples().query("split == 'validation' and source == 'bird'")
    assert measured == {"bird": (held_out["reply"] == "False").mean(), "copy": 0.0}


def test_what_is_saved_is_opened_again(opened: Examples, tmp_path: Path) -> None:
    weights = make_base(tmp_path)
    shape = Network(layers=2, heads=2, width=16, architecture="llama")
    first, other = opened.build_network(shape, 0), opened.build_network(shape, 1)
    opened.load(other, weights)
    for name, each in first.state_dict().items():
        assert each.equal(other.state_dict()[name])
