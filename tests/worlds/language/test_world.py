"""The language world: batches, loss and accuracy checked in other ways; models reopened."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from eunoe.config.networks import Network
from eunoe.config.worlds.text import LanguageWorld
from eunoe.errors import EunoeError
from eunoe.tables.files import write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.language.world import Tongues, open_world
from eunoe.worlds.text.collate import Encoded, texts_of
from eunoe.worlds.text.loss import greedy_accuracy
from eunoe.worlds.text.synthesis import corpus_rows

SETTINGS = LanguageWorld(kind="language", languages=["en", "pig"], documents=4, context=96)
SHARES = {"few_shot_repeat.en": 0.5, "code.pig": 0.3, "blanks_quiz.en.other": 0.2}
NETWORKS = {
    architecture: Network(layers=2, heads=2, width=16, architecture=architecture)
    for architecture in ("gpt2", "llama")
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Tongues:
    path = tmp_path_factory.mktemp("world") / "world.parquet"
    write_table(path, corpus_rows(SETTINGS, 0), ITEMS, {})
    return open_world(SETTINGS, path)


def test_the_tokens_of_the_corpus_are_those_of_the_tokenizer(world: Tongues) -> None:
    rows = world.corpus[world.corpus["source"] == "code.pig"]
    shard = world.shard("code.pig")
    assert len(shard) == len(rows) == SETTINGS.documents
    for index, text in enumerate(texts_of(rows)):
        tokens = shard.tokens[shard.item(index)]
        assert world.tokenizer.decode(tokens, skip_special_tokens=True) == text


def test_a_batch_is_a_pure_function_of_its_arguments(world: Tongues) -> None:
    first = world.batch(SHARES, 4, 0, "pretrain", 7)["tokens"]
    world.batch(SHARES, 4, 0, "pretrain", 8)
    assert first.equal(world.batch(SHARES, 4, 0, "pretrain", 7)["tokens"])
    for other in ((1, "pretrain", 7), (0, "finetune.0", 7), (0, "pretrain", 8)):
        assert not first.equal(world.batch(SHARES, 4, *other)["tokens"])


def test_rows_are_whole_documents_of_the_named_sources(world: Tongues) -> None:
    rows = world.batch(SHARES, 64, 0, "pretrain", 0)["tokens"].numpy()
    known = [
        world.shards[source].tokens[world.shards[source].item(index)]
        for source in SHARES
        for index in range(len(world.shards[source]))
    ]
    for row in rows:
        starts = [*np.flatnonzero(row == 0), len(row)]
        assert starts[0] == 0
        pieces = [row[a:b] for a, b in pairwise(starts)]
        for piece in pieces[:-1]:
            assert any(np.array_equal(piece, document) for document in known)
        assert any(np.array_equal(pieces[-1], document[: len(pieces[-1])]) for document in known)


def test_sources_are_only_tokenized_when_they_are_drawn(world: Tongues) -> None:
    fresh = Tongues(SETTINGS, world.corpus)
    fresh.batch({"code.pig": 1.0}, 1, 0, "pretrain", 0)
    assert set(fresh.shards) == {"code.pig"}


def test_the_order_in_which_sources_are_given_does_not_matter(world: Tongues) -> None:
    turned = dict(reversed(SHARES.items()))
    assert world.batch(SHARES, 8, 0, "pretrain", 0)["tokens"].equal(
        world.batch(turned, 8, 0, "pretrain", 0)["tokens"]
    )


def test_an_unknown_source_is_one_clear_line(world: Tongues) -> None:
    with pytest.raises(EunoeError, match=r"training: source repeat\.en: no such .* answered_"):
        world.batch({"repeat.en": 1.0}, 1, 0, "pretrain", 0)


def test_a_run_reads_the_tokenizer_of_its_base(world: Tongues, tmp_path: Path) -> None:
    """Also where the corpus would make another one."""
    weights = tmp_path / "base" / "model.safetensors"
    world.save(world.build_network(NETWORKS["llama"], 0), weights, {})
    rows = corpus_rows(SETTINGS, 0)
    fewer = rows[rows["source"] == "code.pig"]
    write_table(tmp_path / "world.parquet", fewer, ITEMS, {})
    opened = open_world(SETTINGS, tmp_path / "world.parquet", weights)
    assert opened.tokenizer.get_vocab() == world.tokenizer.get_vocab()
    alone = open_world(SETTINGS, tmp_path / "world.parquet")
    assert len(alone.tokenizer) < len(world.tokenizer)
    data = {"code.pig": 1.0}
    ours, theirs = (each.batch(data, 4, 0, "finetune.0", 0)["tokens"] for each in (opened, world))
    assert ours.equal(theirs)


def test_shares_are_kept(world: Tongues) -> None:
    rows = world.batch({"code.en": 0.75, "few_shot_repeat.en": 0.25}, 200, 0, "pretrain", 0)[
        "tokens"
    ].numpy()
    first = world.shards["code.en"].tokens[1]
    share = (rows[:, 1] == first).mean()
    assert abs(share - 0.75) < 0.12


@pytest.mark.parametrize("architecture", NETWORKS)
def test_the_loss_is_that_of_transformers(world: Tongues, architecture: str) -> None:
    network = world.build_network(NETWORKS[architecture], 0)
    batch = world.batch(SHARES, 3, 0, "pretrain", 0)
    theirs = network(input_ids=batch["tokens"], labels=batch["tokens"]).loss
    torch.testing.assert_close(world.loss(network, batch), theirs)


def test_replies_weigh_more(world: Tongues) -> None:
    heavy = Tongues(SETTINGS.model_copy(update={"reply_weight": 5.0}), corpus_rows(SETTINGS, 0))
    weights = heavy.batch({"code.pig": 1.0}, 3, 0, "pretrain", 0)["weights"]
    tokens = heavy.batch({"code.pig": 1.0}, 3, 0, "pretrain", 0)["tokens"]
    for row, weighed in zip(tokens.tolist(), weights.tolist(), strict=True):
        texts = heavy.tokenizer.convert_ids_to_tokens(row)
        # a program's reply is one token, behind the only colon of the document
        assert weighed[1:] == [5.0 if text.endswith(":") else 1.0 for text in texts[:-1]]
    network = heavy.build_network(NETWORKS["llama"], 0)
    logits = network(input_ids=tokens).logits[:, :-1].log_softmax(-1)
    terms = logits.gather(-1, tokens[:, 1:, None])[..., 0] * weights[:, 1:]
    loss = heavy.loss(network, {"tokens": tokens, "weights": weights})
    torch.testing.assert_close(loss, -terms.sum() / weights[:, 1:].sum())


@pytest.mark.parametrize("architecture", NETWORKS)
def test_weights_are_a_function_of_the_seed(world: Tongues, architecture: str) -> None:
    shape = NETWORKS[architecture]
    sums = [
        sum(
            weights.double().abs().sum().item()
            for weights in world.build_network(shape, seed).parameters()
        )
        for seed in (0, 0, 1)
    ]
    assert sums[0] == sums[1] != sums[2]


def test_accuracy_is_that_of_greedy_generation(world: Tongues) -> None:
    network = world.build_network(NETWORKS["llama"], 0).eval()
    items = []
    for prompt in ("Input: a", "Output: The"):
        ids = world.tokenizer(prompt)["input_ids"]
        tokens = torch.tensor([ids])
        made = network.generate(tokens, max_new_tokens=2, do_sample=False)[0].tolist()  # type: ignore[operator]
        other = [*made[:-1], (made[-1] + 1) % len(world.tokenizer)]
        items += [Encoded(made, len(ids)), Encoded(other, len(ids)), Encoded(made[:-1], len(ids))]
    assert greedy_accuracy(network, items) == pytest.approx(4 / 6)
    assert greedy_accuracy(network, items[1::3]) == 0


@pytest.mark.parametrize("architecture", NETWORKS)
def test_transformers_opens_what_is_saved(
    world: Tongues, architecture: str, tmp_path: Path
) -> None:
    network = world.build_network(NETWORKS[architecture], 0).eval()
    weights = tmp_path / "model" / "model.safetensors"
    world.save(network, weights, {})
    opened = AutoModelForCausalLM.from_pretrained(weights.parent)
    tokenizer = AutoTokenizer.from_pretrained(weights.parent)
    tokens = torch.tensor([tokenizer("Input: The dog sleeps.")["input_ids"]])
    assert tokens[0].tolist() == world.tokenizer("Input: The dog sleeps.")["input_ids"]
    with torch.inference_mode():
        assert opened(tokens).logits.equal(network(tokens).logits)
    other = world.build_network(NETWORKS[architecture], 1)
    world.load(other, weights)
    for name, ours in network.state_dict().items():
        assert ours.equal(other.state_dict()[name])


def test_weights_of_another_shape_are_refused(world: Tongues, tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    world.save(world.build_network(NETWORKS["llama"], 0), weights, {})
    wide = Network(layers=2, heads=2, width=32, architecture="llama")
    with pytest.raises(EunoeError, match=r"model\.safetensors: does not fit the network"):
        world.load(world.build_network(wide, 0), weights)
