"""Soft prompts and LoRA against PEFT's own, on two architectures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from eunoe.worlds.text.adapters import PromptedEmbedding, open_tuned, unwrap, wrap
from eunoe.worlds.text.models import checkpoint_in, open_weights
from tests.recipes.tiny import make_base, settings, tune

PROMOT = """
target: bird
soft_prompt: {vectors: 3}
stages:
- {train: [soft_prompt], data: {bird: 1}}
- {train: [all], frozen: [soft_prompt], data: {bird: 1}}
"""
LORA = "{target: bird, stages: [{train: [all], data: {copy: 1}}, {train: [lora], data: {bird: 1}}]}"
PER_SOURCE = """
soft_prompt: {vectors: 2, per: source}
stages: [{train: [soft_prompt], data: {bird: 0.5, copy: 0.5}}]
"""
IDS = torch.tensor([[0, 300, 310, 305], [0, 301, 302, 303]])


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found: Path = tmp_path_factory.mktemp(request.param)
    make_base(found, request.param)
    return found


@torch.inference_mode()
def logits(model: Any, ids: torch.Tensor, **more: Any) -> torch.Tensor:
    found: torch.Tensor = model.eval()(input_ids=ids, **more).logits
    return found


def plain(run: Path) -> Any:
    """A run's weights, as anybody opens them."""
    return AutoModelForCausalLM.from_pretrained(run)


def prompted(model: Any, prefix: list[int], ids: torch.Tensor) -> torch.Tensor:
    """The logits of our model behind its soft prompt."""
    front = torch.tensor([prefix]).expand(len(ids), -1)
    return logits(model, torch.cat([front, ids], 1))


def test_peft_opens_a_soft_prompt_and_gives_the_same_logits(folder: Path) -> None:
    run = tune(folder, settings(PROMOT, "promot"))
    model, _, prefix = open_tuned(run, True, "bird")
    assert len(prefix) == 3
    theirs = PeftModel.from_pretrained(plain(run), run / "adapters" / "soft_prompt")
    torch.testing.assert_close(
        prompted(model, prefix, IDS), logits(theirs, IDS), rtol=1e-4, atol=1e-5
    )


def test_detached_is_what_plain_transformers_open(folder: Path) -> None:
    run = tune(folder, settings(PROMOT, "promot"))
    model, _, prefix = open_tuned(run, False, "bird")
    assert prefix == []
    assert logits(model, IDS).equal(logits(plain(run), IDS))


def test_peft_opens_a_lora_on_weights_that_were_trained_too(folder: Path) -> None:
    run = tune(folder, settings(LORA, "lora"))
    model, _, prefix = open_tuned(run, True, "bird")
    assert prefix == []
    theirs = PeftModel.from_pretrained(plain(run), run / "adapters" / "lora")
    torch.testing.assert_close(logits(model, IDS), logits(theirs, IDS), rtol=1e-4, atol=1e-5)
    assert (logits(model, IDS) - logits(plain(run), IDS)).abs().max() > 1e-4
    base = open_weights(checkpoint_in(folder / "base"))
    assert not logits(plain(run), IDS).equal(logits(base, IDS))


def test_each_source_has_its_own_prompt(folder: Path) -> None:
    run = tune(folder, settings(PER_SOURCE, "many"))
    found = {}
    for source in ("bird", "copy", "count"):
        model, _, prefix = open_tuned(run, True, source)
        found[source] = prompted(model, prefix, IDS)[:, len(prefix) :]
        name = "bird" if source == "count" else source  # one without its own is shown the first
        theirs = PeftModel.from_pretrained(plain(run), run / "adapters" / f"soft_prompt.{name}")
        expected = logits(theirs, IDS)[:, len(prefix) :]
        torch.testing.assert_close(found[source], expected, rtol=1e-4, atol=1e-5)
    assert not found["bird"].equal(found["copy"])


def test_padding_and_caches_need_no_change(folder: Path) -> None:
    model = open_weights(checkpoint_in(folder / "base"))
    alone = []
    wrap(model, torch.randn(2, 16, generator=torch.Generator().manual_seed(0)))
    first = model.get_input_embeddings().first
    rows = [[first, first + 1, 0, 300], [first, first + 1, 0, 301, 302, 303]]
    alone = [model.generate(torch.tensor([row]), max_new_tokens=4, do_sample=False) for row in rows]
    left = torch.tensor([[0, 0, *rows[0]], rows[1]])
    mask = torch.tensor([[0, 0, 1, 1, 1, 1], [1] * 6])
    both = model.generate(left, attention_mask=mask, max_new_tokens=4, do_sample=False)
    assert both[:, -4:].tolist() == [made[0, -4:].tolist() for made in alone]


def test_the_vectors_are_taken_off_again(folder: Path) -> None:
    model = open_weights(checkpoint_in(folder / "base"))
    before, weight = logits(model, IDS), model.get_input_embeddings().weight
    wrap(model, torch.zeros(2, 16))
    assert isinstance(model.get_input_embeddings(), PromptedEmbedding)
    assert logits(model, IDS).equal(before)
    unwrap(model)
    assert model.get_input_embeddings().weight is weight


def test_only_vectors_get_the_gradient_of_a_prompt(folder: Path) -> None:
    model = open_weights(checkpoint_in(folder / "base"))
    embedding = PromptedEmbedding(model.get_input_embeddings(), torch.ones(2, 16))
    ids = torch.tensor([[embedding.first, 5]])
    torch.autograd.backward(embedding(ids).sum())
    assert embedding.vectors.grad is not None
    assert embedding.vectors.grad.sum(1).tolist() == [16, 0]
    words: Any = embedding.words
    assert words.weight.grad.sum(1).nonzero().flatten().tolist() == [5]
