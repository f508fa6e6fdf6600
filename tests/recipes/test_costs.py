"""What was read and what it cost, counted in other ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eunoe.tables.files import read_table
from eunoe.tables.tuning import COSTS, MIXTURE
from eunoe.worlds.text.models import checkpoint_in, open_tokenizer, open_weights
from tests.recipes.tiny import TRAIN, examples, make_base, settings, tune

MIXED = "{target: bird, stages: [{data: {bird: {count: 6}, copy: {fraction: 1/4}}}]}"
SHOWN = "{target: bird, stages: [{data: {bird: 1}, demonstrations: 2}]}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("costs")
    make_base(found)
    return found


def read(run: Path) -> tuple[Any, Any]:
    """What a run read, by source, and what its one stage cost."""
    mixture = read_table(run / "mixture.parquet", MIXTURE).to_pandas()
    [cost] = read_table(run / "costs.parquet", COSTS).to_pandas().iloc
    return mixture.set_index("source"), cost


def test_shares_and_tokens_are_those_of_the_examples(folder: Path) -> None:
    mixture, cost = read(tune(folder, settings(MIXED, "mixed")))
    assert mixture["examples"].to_dict() == {"bird": 6, "copy": 6}
    assert mixture["drawn"].to_dict() == {"bird": 12, "copy": 12}
    assert mixture["example_share"].tolist() == [0.5, 0.5]
    # "3 Copy cat dog: cat dog" is start, 3, Copy, cat, dog:, cat, dog and end; numbers may be spelt
    assert cost["tokens"] == mixture["tokens"].sum()
    assert mixture["token_share"].tolist() == (mixture["tokens"] / cost["tokens"]).tolist()
    # an answer and its end; two words and theirs
    assert cost["response_tokens"] == 12 * 2 + 12 * 3
    assert (cost["updates"], cost["examples"]) == (6, 24)
    assert cost["seconds"] > 0


def test_tokens_are_those_of_the_tokenizer(folder: Path) -> None:
    tokenizer = open_tokenizer(checkpoint_in(folder / "base"))
    rows = examples().query("source == 'bird' and split == 'train'")
    pairs = zip(rows["prompt"], rows["reply"], strict=True)
    texts = [f"{prompt} {response}" for prompt, response in pairs]
    tokens = sum(len(ids) + 1 for ids in tokenizer(texts)["input_ids"])
    mixture, _ = read(tune(folder, settings("{stages: [{data: {bird: 1}}]}", "once")))
    assert mixture.loc["bird", "drawn"] == TRAIN  # 6 updates of 4: each once
    assert mixture.loc["bird", "tokens"] == tokens


def test_demonstrations_count_as_tokens(folder: Path) -> None:
    plain, cost = read(tune(folder, settings("{stages: [{data: {bird: 1}}]}", "bare")))
    shown, more = read(tune(folder, settings(SHOWN, "shown", world={"context": 64})))
    assert 2.5 < shown.loc["bird", "tokens"] / plain.loc["bird", "tokens"] < 3.2
    assert more["response_tokens"] == cost["response_tokens"]


def test_operations_are_six_per_weight_and_token(folder: Path) -> None:
    _, cost = read(tune(folder, settings("{stages: [{data: {bird: 1}}]}", "flops")))
    model = open_weights(checkpoint_in(folder / "base"))
    named = model.named_parameters()
    blocks = sum(each.numel() for name, each in named if "layers" in name and each.ndim == 2)
    output = model.get_output_embeddings().weight.numel()
    expected = 6 * (blocks * cost["tokens"] + output * cost["response_tokens"])
    # padding and attention add to it
    assert expected <= cost["flops"] < 1.3 * expected


def test_a_frozen_model_costs_less(folder: Path) -> None:
    text = "{{soft_prompt: {{vectors: 1}}, stages: [{{train: [{}], data: {{bird: 1}}}}]}}"
    flops = {
        part: read(tune(folder, settings(text.format(part), part)))[1]["flops"]
        for part in ("all", "soft_prompt")
    }
    assert flops["soft_prompt"] < 0.85 * flops["all"]
