"""The loss without whole logits: against logits written out, and on networks that change them."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GraniteConfig,
    GraniteForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
)

from eunoe.worlds.text.loss import CHUNKS, weighted_loss

WORDS = 37


def tiny(architecture: str, **settings: Any) -> Any:
    """A network with random weights in float64; its logits spread over several nats."""
    shape: dict[str, Any] = {
        "vocab_size": WORDS, "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 4, "bos_token_id": 0,
        "eos_token_id": 0, "pad_token_id": 0, "initializer_range": 0.5,
    }  # fmt: skip
    gpt2: dict[str, Any] = {
        "vocab_size": WORDS, "n_embd": 8, "n_layer": 1, "n_head": 2, "n_positions": 128,
        "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0, "bos_token_id": 0,
        "eos_token_id": 0, "initializer_range": 0.5,
    }  # fmt: skip
    torch.manual_seed(0)
    made: dict[str, Any] = {
        "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**gpt2, **settings)),
        "llama": lambda: LlamaForCausalLM(LlamaConfig(**shape, **settings)),
        "gemma2": lambda: Gemma2ForCausalLM(Gemma2Config(**shape, **settings)),
        "granite": lambda: GraniteForCausalLM(GraniteConfig(**shape, **settings)),
    }
    return made[architecture]().double()


def draw_batch(weights: list[float]) -> dict[str, Tensor]:
    """Four rows of 90 tokens, more than two chunks; the weights are drawn from those given."""
    numbers = torch.Generator().manual_seed(1)
    drawn = torch.randint(len(weights), (4, 90), generator=numbers)
    tokens = torch.randint(WORDS, (4, 90), generator=numbers)
    return {"tokens": tokens, "weights": torch.tensor(weights, dtype=torch.float64)[drawn]}


def written_out(network: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    """The definition: minus the weighted mean of each next token's log-probability."""
    logits = network(input_ids=batch["tokens"]).logits[:, :-1]
    chosen = logits.log_softmax(-1).gather(-1, batch["tokens"][:, 1:, None])[..., 0]
    return -(chosen * batch["weights"][:, 1:]).sum() / batch["weights"][:, 1:].sum()


def assert_same_loss_and_gradient(network: nn.Module, batch: dict[str, Tensor]) -> None:
    """Compare with the definition in float64."""
    losses = [weighted_loss(network, batch), written_out(network, batch)]
    torch.testing.assert_close(*losses)
    weights = list(network.parameters())
    found, expected = (torch.autograd.grad(loss, weights) for loss in losses)
    assert all(gradient.abs().max() > 0 for gradient in expected if gradient.ndim == 2)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("architecture", ["gpt2", "llama"])
@pytest.mark.parametrize("weights", [[1.0], [1.0, 10.0], [0.0, 1.0, 2.5]])
def test_loss_and_gradient_are_those_of_whole_logits(
    architecture: str, tied: bool, weights: list[float]
) -> None:
    assert CHUNKS.batch_chunk_size is not None
    assert 2 * CHUNKS.batch_chunk_size < 4 * 89
    network = tiny(architecture, tie_word_embeddings=tied)
    assert_same_loss_and_gradient(network, draw_batch(weights))


def test_an_output_layer_with_a_bias() -> None:
    network = tiny("llama", tie_word_embeddings=False)
    network.set_output_embeddings(nn.Linear(8, WORDS, bias=True).double())
    assert_same_loss_and_gradient(network, draw_batch([1.0, 10.0]))


@pytest.mark.parametrize(
    ("architecture", "setting", "value", "neutral"),
    [("gemma2", "final_logit_softcapping", 1.0, None), ("granite", "logits_scaling", 3.0, 1.0)],
)
def test_networks_that_cap_or_scale_their_logits(
    architecture: str, setting: str, value: float, neutral: float | None
) -> None:
    network, batch = tiny(architecture, **{setting: value}), draw_batch([1.0, 10.0])
    expected = written_out(network, batch)
    # logits of the output layer as they are have another loss
    plain = written_out(tiny(architecture, **{setting: neutral}), batch)
    assert not torch.isclose(plain, expected, rtol=0.01)
    # cross entropy is in float32 there
    torch.testing.assert_close(weighted_loss(network, batch), expected, rtol=1e-6, atol=0)


def test_the_output_layer_computes_no_logits() -> None:
    network = tiny("llama")
    sizes: list[int] = []
    network.lm_head.register_forward_hook(lambda _, __, logits: sizes.append(logits.numel()))
    torch.autograd.backward(weighted_loss(network, draw_batch([1.0])))
    assert sizes == [0]
    network(input_ids=torch.zeros(1, 2, dtype=torch.long))  # the layer is as it was
    assert sizes == [0, 2 * WORDS]
