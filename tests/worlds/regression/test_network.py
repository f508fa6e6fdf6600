import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from transformers import GPT2Config, GPT2Model

from eunoe.worlds.regression.network import RegressionNetwork, build_network, interleave

# dimension, points, layers, heads, width
SHAPES = [(1, 1, 1, 1, 4), (5, 17, 4, 2, 64), (3, 6, 2, 4, 32), (20, 41, 2, 8, 256)]


def reference_trunk(network: RegressionNetwork) -> GPT2Model:
    """The same weights in transformers' GPT-2, in eager attention and its own gelu."""
    blocks = list(network.blocks)
    tokens, width = network.positions.shape
    config = GPT2Config(
        vocab_size=1, bos_token_id=0, eos_token_id=0, n_positions=tokens, n_embd=width,
        n_layer=len(blocks), n_head=int(blocks[0].heads),  # type: ignore[arg-type]
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, use_cache=False,
    )  # fmt: skip
    trunk: GPT2Model = GPT2Model(config).train(False)
    trunk.set_attn_implementation("eager")
    names = {
        "attention_norm": "ln_1",
        "query_key_value": "attn.c_attn",
        "attention_out": "attn.c_proj",
        "perceptron_norm": "ln_2",
        "perceptron_in": "mlp.c_fc",
        "perceptron_out": "mlp.c_proj",
    }
    weights = {"wte.weight": torch.zeros(1, width), "wpe.weight": network.positions.detach()}
    for name, value in network.norm.state_dict().items():
        weights[f"ln_f.{name}"] = value
    for layer, block in enumerate(blocks):
        for name, value in block.state_dict().items():
            module, kind = name.split(".")
            # Conv1D keeps its matrices as (inputs, outputs).
            weights[f"h.{layer}.{names[module]}.{kind}"] = value.T if value.ndim == 2 else value
    trunk.load_state_dict(weights)
    return trunk


def reference_predictions(network: RegressionNetwork, xs: Tensor, ys: Tensor) -> Tensor:
    trunk = reference_trunk(network)
    hidden = trunk(inputs_embeds=network.read_in(interleave(xs, ys))).last_hidden_state
    answers: Tensor = network.read_out(hidden)[:, ::2, 0]
    return answers


def prompts(batch: int, points: int, dimension: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    xs = torch.randn(batch, points, dimension, generator=generator)
    return xs, torch.randn(batch, points, generator=generator)


def perturbed(shape: tuple[int, int, int, int, int]) -> RegressionNetwork:
    """A network whose biases and norms matter, as after training."""
    network = build_network(*shape, seed=0)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.1)
    return network


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_it_computes_what_transformers_computes(
    shape: tuple[int, int, int, int, int], scale: float
) -> None:
    network = perturbed(shape)
    xs, ys = prompts(3, shape[1], shape[0])
    with torch.no_grad():
        ours, theirs = network(xs, scale * ys), reference_predictions(network, xs, scale * ys)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_its_gradients_are_those_of_transformers() -> None:
    network = perturbed((3, 6, 2, 4, 32))
    xs, ys = prompts(4, 6, 3)
    first = network.blocks[0].get_submodule("query_key_value")
    (network(xs, ys) - ys).square().mean().backward()
    trunk = reference_trunk(network)
    hidden = trunk(inputs_embeds=network.read_in(interleave(xs, ys)).detach()).last_hidden_state
    (network.read_out(hidden)[:, ::2, 0] - ys).square().mean().backward()
    theirs = trunk.get_submodule("h.0.attn.c_attn").get_parameter("weight").grad
    assert theirs is not None
    ours = first.get_parameter("weight").grad
    torch.testing.assert_close(ours, theirs.T, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(network.positions.grad, trunk.wpe.weight.grad, rtol=1e-4, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(changed=st.integers(0, 6), layers=st.integers(1, 3))
def test_the_future_does_not_matter(changed: int, layers: int) -> None:
    network = perturbed((3, 7, layers, 2, 16))
    xs, ys = prompts(2, 7, 3)
    other_x, other_y = xs.clone(), ys.clone()
    other_x[:, changed] += 10.0
    other_y[:, changed] += 10.0
    with torch.no_grad():
        before, after = network(xs, ys), network(other_x, other_y)
        label_only = network(xs, other_y)
    assert torch.equal(before[:, :changed], after[:, :changed])
    assert torch.equal(before[:, : changed + 1], label_only[:, : changed + 1])
    assert (before[:, changed:] != after[:, changed:]).all()
    assert (before[:, changed + 1 :] != label_only[:, changed + 1 :]).all()


@pytest.mark.parametrize("points", [1, 2, 5])
def test_a_shorter_prompt_gives_the_first_predictions(points: int) -> None:
    network = perturbed((3, 7, 2, 2, 16))
    xs, ys = prompts(2, 7, 3)
    with torch.no_grad():
        short, full = network(xs[:, :points], ys[:, :points]), network(xs, ys)
    torch.testing.assert_close(short, full[:, :points], rtol=1e-5, atol=1e-5)


def test_a_longer_prompt_is_refused_in_one_line() -> None:
    network = build_network(3, 7, 1, 2, 16, seed=0)
    with pytest.raises(ValueError, match=r"^the prompt has 8 points; allowed: up to 7$"):
        network(*prompts(2, 8, 3))


def test_tokens_interleave_inputs_and_padded_labels() -> None:
    xs, ys = prompts(2, 3, 4)
    tokens = interleave(xs, ys)
    assert tokens.shape == (2, 5, 4)
    assert torch.equal(tokens[:, ::2], xs)
    assert torch.equal(tokens[:, 1::2, 0], ys[:, :2])
    assert not tokens[:, 1::2, 1:].any()


def test_the_papers_network_has_its_parameter_count() -> None:
    network = build_network(20, 41, 12, 8, 256, seed=0)
    blocks = 12 * (12 * 256**2 + 13 * 256)
    others = (20 * 256 + 256) + 81 * 256 + 2 * 256 + (256 + 1)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == blocks + others == 9_504_001


def test_the_initial_weights_depend_on_the_seed_alone() -> None:
    torch.manual_seed(5)
    first = build_network(3, 4, 2, 2, 16, seed=0)
    untouched = torch.rand(3)
    second, other = (build_network(3, 4, 2, 2, 16, seed=seed) for seed in (0, 1))
    torch.manual_seed(5)
    assert torch.equal(untouched, torch.rand(3))
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])
    assert not torch.equal(first.positions, other.positions)


def test_the_initial_weights_are_gpt2s() -> None:
    network = build_network(5, 17, 8, 2, 128, seed=0)
    for name, parameter in network.blocks.named_parameters():
        expected = 0.02 / 4 if name.endswith("_out.weight") else 0.02
        if name.endswith("bias"):
            assert not parameter.any()
        elif "norm" in name:
            assert (parameter == 1).all()
        else:
            assert parameter.std().item() == pytest.approx(expected, rel=0.03)
    assert network.positions.std().item() == pytest.approx(0.02, rel=0.05)


def test_every_parameter_learns() -> None:
    network = perturbed((3, 6, 2, 2, 16))
    xs, ys = prompts(4, 6, 3)
    (network(xs, ys) - ys).square().mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.any(), name
