"""Text as a world: what is pretrained on, the loss, what is measured, and models reopened."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from eunoe.config.networks import Network
from eunoe.config.worlds.text import TextWorld
from eunoe.errors import EunoeError
from eunoe.tables.files import write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.collate import Encoded, texts_of
from eunoe.worlds.text.loss import greedy_accuracy
from eunoe.worlds.text.material import world_rows
from eunoe.worlds.text.sources import rows_of_source
from eunoe.worlds.text.tokenizer import pieces_of
from eunoe.worlds.text.world import Texts, open_world
from tests.recipes.tiny import examples, make_base, world

# A world whose three sources are written by hand

SHARES = {"bird": 3.0, "copy.plain": 1.0}


@pytest.fixture(scope="module")
def opened() -> Texts:
    return Texts(world(reply_weight=5.0), examples())


def test_rows_are_whole_training_texts_of_the_sources(opened: Texts) -> None:
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


def test_a_response_and_its_end_weigh_more(opened: Texts) -> None:
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


def test_a_batch_is_a_pure_function_of_its_arguments(opened: Texts) -> None:
    first = opened.batch(SHARES, 4, 0, "pretrain", 7)["tokens"]
    opened.batch(SHARES, 4, 0, "pretrain", 8)
    assert first.equal(opened.batch(SHARES, 4, 0, "pretrain", 7)["tokens"])
    for seed, phase, step in ((1, "pretrain", 7), (0, "finetune.0", 7), (0, "pretrain", 8)):
        assert not first.equal(opened.batch(SHARES, 4, seed, phase, step)["tokens"])


def test_wordings_select_rows() -> None:
    rows = examples()
    assert len(rows_of_source(rows, "bird.plain")) == len(rows_of_source(rows, "bird")) > 0
    assert rows_of_source(rows, "bird.other").empty


def test_an_unknown_source_is_one_clear_line(opened: Texts) -> None:
    with pytest.raises(
        EunoeError, match=r"pretraining: source fish: no such .*: bird, copy, count$"
    ):
        opened.batch({"fish": 1.0}, 1, 0, "pretrain", 0)


def test_accuracy_is_measured_on_validation_items(opened: Texts) -> None:
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


def test_what_is_saved_is_opened_again(opened: Texts, tmp_path: Path) -> None:
    weights = make_base(tmp_path)
    shape = Network(layers=2, heads=2, width=16, architecture="llama")
    first, other = opened.build_network(shape, 0), opened.build_network(shape, 1)
    opened.load(other, weights)
    for name, each in first.state_dict().items():
        assert each.equal(other.state_dict()[name])


# A world that is made, in two languages

MADE = TextWorld.model_validate(
    {
        "kind": "text",
        "tasks": ["few_shot_repeat", "code", "blanks_quiz", "prose"],
        "languages": ["en", "pig"],
        "items": {"train": 4, "validation": 3, "test": 0},
        "parallel": False,
        "monitored": ["inference.en", "code.pig", "verification.pig"],
        "context": 96,
    }
)
MIXED = {"few_shot_repeat.en": 0.5, "code.pig": 0.3, "blanks_quiz.en.other": 0.2}
NETWORKS = {
    architecture: Network(layers=2, heads=2, width=16, architecture=architecture)
    for architecture in ("gpt2", "llama")
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Texts:
    path = tmp_path_factory.mktemp("world") / "world.parquet"
    write_table(path, world_rows(MADE, 0), ITEMS, {})
    return open_world(MADE, path)


def test_the_tokens_of_a_source_are_those_of_the_tokenizer(made: Texts) -> None:
    rows = made.train[made.train["source"] == "code.pig"]
    shard = made.shard("code.pig")
    assert MADE.items
    assert len(shard) == len(rows) == MADE.items.train
    for index, text in enumerate(texts_of(rows)):
        tokens = shard.tokens[shard.item(index)]
        assert made.tokenizer.decode(tokens, skip_special_tokens=True) == text


def test_what_is_held_out_is_neither_read_nor_in_the_vocabulary(made: Texts) -> None:
    """Its words are spelt where no training text has them."""
    trained = {piece for text in texts_of(made.train) for piece in pieces_of(text)}
    vocabulary = set(made.tokenizer.get_vocab())
    words = {piece for piece in trained if len(piece) > 1}
    assert words <= vocabulary
    validation = {piece for text in texts_of(made.validation) for piece in pieces_of(text)}
    others = {piece for piece in validation - trained if len(piece) > 1}
    assert others
    assert others.isdisjoint(vocabulary)
    held_out = set(made.validation["prompt"])
    texts = {
        str(made.tokenizer.decode(shard.tokens[shard.item(index)], skip_special_tokens=True))
        for shard in (made.shard(source) for source in MADE.made)
        for index in range(len(shard))
    }
    assert texts == set(texts_of(made.train))
    assert not any(text.startswith(prompt) for text in texts for prompt in held_out)


def test_rows_are_whole_items_of_the_named_sources(made: Texts) -> None:
    rows = made.batch(MIXED, 64, 0, "pretrain", 0)["tokens"].numpy()
    known = [
        made.shards[source].tokens[made.shards[source].item(index)]
        for source in MIXED
        for index in range(len(made.shards[source]))
    ]
    for row in rows:
        starts = [*np.flatnonzero(row == 0), len(row)]
        assert starts[0] == 0
        pieces = [row[a:b] for a, b in pairwise(starts)]
        for piece in pieces[:-1]:
            assert any(np.array_equal(piece, item) for item in known)
        assert any(np.array_equal(pieces[-1], item[: len(pieces[-1])]) for item in known)


def test_sources_are_only_tokenized_when_they_are_drawn(made: Texts) -> None:
    fresh = Texts(MADE, made.train)
    fresh.batch({"code.pig": 1.0}, 1, 0, "pretrain", 0)
    assert set(fresh.shards) == {"code.pig"}


def test_shares_are_kept(made: Texts) -> None:
    data = {"code.en": 0.75, "few_shot_repeat.en": 0.25}
    rows = made.batch(data, 200, 0, "pretrain", 0)["tokens"].numpy()
    first = made.shards["code.en"].tokens[1]
    share = (rows[:, 1] == first).mean()
    assert abs(share - 0.75) < 0.12


@pytest.mark.parametrize("architecture", NETWORKS)
def test_the_loss_is_that_of_transformers(made: Texts, architecture: str) -> None:
    network = made.build_network(NETWORKS[architecture], 0)
    batch = made.batch(MIXED, 3, 0, "pretrain", 0)
    theirs = network(input_ids=batch["tokens"], labels=batch["tokens"]).loss
    torch.testing.assert_close(made.loss(network, batch), theirs)


def test_replies_weigh_more(made: Texts) -> None:
    heavy = Texts(MADE.model_copy(update={"reply_weight": 5.0}), made.train)
    batch = heavy.batch({"code.pig": 1.0}, 3, 0, "pretrain", 0)
    tokens, weights = batch["tokens"], batch["weights"]
    for row, weighed in zip(tokens.tolist(), weights.tolist(), strict=True):
        texts = heavy.tokenizer.convert_ids_to_tokens(row)
        # a program's reply is one token, behind the only colon of the text; an end closes it
        replies = [texts[0] == "<|end|>", *(text.endswith(":") for text in texts[:-1])]
        assert weighed == [
            5.0 if reply or text == "<|end|>" else 1.0
            for reply, text in zip(replies, texts, strict=True)
        ]
        assert 5.0 in weighed[1:]
    network = heavy.build_network(NETWORKS["llama"], 0)
    logits = network(input_ids=tokens).logits[:, :-1].log_softmax(-1)
    terms = logits.gather(-1, tokens[:, 1:, None])[..., 0] * weights[:, 1:]
    loss = heavy.loss(network, batch)
    torch.testing.assert_close(loss, -terms.sum() / weights[:, 1:].sum())
    assert not torch.isclose(loss, made.loss(network, {**batch, "weights": weights * 0 + 1}))


@pytest.mark.parametrize("architecture", NETWORKS)
def test_weights_are_a_function_of_the_seed(made: Texts, architecture: str) -> None:
    shape = NETWORKS[architecture]
    sums = [
        sum(
            weights.double().abs().sum().item()
            for weights in made.build_network(shape, seed).parameters()
        )
        for seed in (0, 0, 1)
    ]
    assert sums[0] == sums[1] != sums[2]


def test_accuracy_is_that_of_greedy_generation(made: Texts) -> None:
    network = made.build_network(NETWORKS["llama"], 0).eval()
    items = []
    for prompt in ("Input: a", "Output: The"):
        ids = made.tokenizer(prompt)["input_ids"]
        tokens = torch.tensor([ids])
        said = network.generate(tokens, max_new_tokens=2, do_sample=False)[0].tolist()  # type: ignore[operator]
        other = [*said[:-1], (said[-1] + 1) % len(made.tokenizer)]
        items += [Encoded(said, len(ids)), Encoded(other, len(ids)), Encoded(said[:-1], len(ids))]
    assert greedy_accuracy(network, items) == pytest.approx(4 / 6)
    assert greedy_accuracy(network, items[1::3]) == 0


class KnowsSome(torch.nn.Module):
    """A network that knows the tokens of some texts, and of no other."""

    def __init__(self, made: Texts, texts: list[str]) -> None:
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(1))
        self.words = len(made.tokenizer)
        self.known = made.tokenizer(texts)["input_ids"]

    def forward(self, input_ids: torch.Tensor, use_cache: bool) -> object:
        logits = torch.zeros(*input_ids.shape, self.words)
        for row, ids in enumerate(input_ids.tolist()):
            for text in self.known:
                if ids[: len(text)] == text:
                    logits[row, range(len(text) - 1), text[1:]] = 1
        return type("Output", (), {"logits": logits})


def test_monitored_sources_are_measured_trained_on_or_not(made: Texts) -> None:
    counts = made.validation.groupby("source", observed=True).size()
    assert set(counts.index) == {*MADE.made, *MADE.monitored}
    assert set(MADE.monitored) - set(MADE.made) == {"inference.en", "verification.pig"}
    inferences, programs = (
        texts_of(rows_of_source(made.validation, source)) for source in MADE.monitored[:2]
    )
    network = KnowsSome(made, [*inferences[1:], programs[0]])
    assert made.monitor(network, 3, 0) == pytest.approx(
        {"inference.en": 2 / 3, "code.pig": 1 / 3, "verification.pig": 0}
    )
    assert made.monitor(network, 1, 0) == {
        "inference.en": 0,
        "code.pig": 1,
        "verification.pig": 0,
    }


@pytest.mark.parametrize("architecture", NETWORKS)
def test_transformers_opens_what_is_saved(made: Texts, architecture: str, tmp_path: Path) -> None:
    network = made.build_network(NETWORKS[architecture], 0).eval()
    weights = tmp_path / "model" / "model.safetensors"
    made.save(network, weights, {})
    opened = AutoModelForCausalLM.from_pretrained(weights.parent)
    tokenizer = AutoTokenizer.from_pretrained(weights.parent)
    tokens = torch.tensor([tokenizer("Input: The dog sleeps.")["input_ids"]])
    assert tokens[0].tolist() == made.tokenizer("Input: The dog sleeps.")["input_ids"]
    with torch.inference_mode():
        assert opened(tokens).logits.equal(network(tokens).logits)
    other = made.build_network(NETWORKS[architecture], 1)
    made.load(other, weights)
    for name, ours in network.state_dict().items():
        assert ours.equal(other.state_dict()[name])


def test_weights_of_another_shape_are_refused(made: Texts, tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    made.save(made.build_network(NETWORKS["llama"], 0), weights, {})
    wide = Network(layers=2, heads=2, width=32, architecture="llama")
    with pytest.raises(EunoeError, match=r"model\.safetensors: does not fit the network"):
        made.load(made.build_network(wide, 0), weights)
