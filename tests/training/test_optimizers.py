import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from eunoe.training.optimizers import Muon, block_matrices, build_optimizers, orthogonalise
from eunoe.worlds.regression.network import build_network

SHAPES = [(8, 8), (8, 8), (24, 8), (8, 32), (32, 8)]


def tiny_gpt2() -> nn.Module:
    config = GPT2Config(
        vocab_size=11, bos_token_id=0, eos_token_id=0, n_positions=6, n_embd=8, n_layer=2, n_head=2
    )
    return GPT2LMHeadModel(config)


def tiny_llama() -> nn.Module:
    config = LlamaConfig(
        vocab_size=11, bos_token_id=0, eos_token_id=0, hidden_size=8, intermediate_size=20,
        num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def matrices(seed: int = 0) -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(seed)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]


def set_gradients(parameters: list[nn.Parameter], seed: int) -> None:
    for parameter, gradient in zip(parameters, matrices(seed), strict=True):
        parameter.grad = gradient.detach().clone()


def torch_muon(
    parameters: list[nn.Parameter], lr: float, weight_decay: float = 0.0
) -> torch.optim.Optimizer:
    return torch.optim.Muon(parameters, lr=lr, weight_decay=weight_decay)


@pytest.fixture
def float32_torch_muon(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch's Muon rounds to bfloat16; let it keep float32, so that formulas can be compared."""
    monkeypatch.setattr(torch.Tensor, "bfloat16", Tensor.clone)


@pytest.mark.usefixtures("float32_torch_muon")
@pytest.mark.parametrize("steps", [1, 5])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_muon_steps_as_torchs_does(steps: int, weight_decay: float) -> None:
    ours, theirs = matrices(), matrices()
    our_muon = Muon(ours, lr=0.02, weight_decay=weight_decay)
    their_muon = torch_muon(theirs, lr=0.02, weight_decay=weight_decay)
    for step in range(steps):
        set_gradients(ours, seed=step + 1)
        set_gradients(theirs, seed=step + 1)
        our_muon.step()
        their_muon.step()
    for mine, reference in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-5, atol=1e-6)


@pytest.mark.usefixtures("float32_torch_muon")
def test_a_transposed_matrix_moves_as_its_transpose() -> None:
    straight = matrices()
    flipped = [nn.Parameter(matrix.detach().T.contiguous()) for matrix in straight]
    set_gradients(straight, seed=1)
    for matrix, reference in zip(flipped, straight, strict=True):
        assert reference.grad is not None
        matrix.grad = reference.grad.T.contiguous()
    Muon([{"params": flipped, "transposed": True}], lr=0.02).step()
    torch_muon(straight, lr=0.02).step()
    for matrix, reference in zip(flipped, straight, strict=True):
        torch.testing.assert_close(matrix, reference.T, rtol=1e-5, atol=1e-6)


def test_muon_agrees_with_torchs_bfloat16_up_to_rounding() -> None:
    ours, theirs, start = matrices(), matrices(), matrices()
    for parameters in (ours, theirs):
        set_gradients(parameters, seed=1)
    Muon(ours, lr=1.0).step()
    torch_muon(theirs, lr=1.0).step()
    for mine, reference, old in zip(ours, theirs, start, strict=True):
        moved, expected = (mine - old).flatten(), (reference - old).flatten()
        assert torch.cosine_similarity(moved, expected, dim=0) > 0.99


def test_muon_leaves_a_matrix_without_gradient_and_returns_the_loss() -> None:
    parameters = matrices()
    muon = Muon(parameters, lr=0.02)
    assert muon.step(lambda: 3.0) == 3.0
    for parameter, old in zip(parameters, matrices(), strict=True):
        assert torch.equal(parameter, old)


def test_a_zero_gradient_is_no_update() -> None:
    parameters = matrices()
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    Muon(parameters, lr=0.02).step()
    for parameter, old in zip(parameters, matrices(), strict=True):
        assert torch.equal(parameter, old)


@settings(max_examples=30, deadline=None)
@given(
    rows=st.integers(1, 24),
    columns=st.integers(1, 24),
    magnitude=st.sampled_from([1e-4, 1.0, 1e4]),
    seed=st.integers(0, 99),
)
def test_orthogonalised_matrices_have_singular_values_near_one(
    rows: int, columns: int, magnitude: float, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    factor = torch.randn(3, rows, columns, generator=generator)
    left, _, right = torch.linalg.svd(factor, full_matrices=False)
    # Singular values over one order of magnitude: what five iterations can lift.
    spectrum = torch.linspace(0.1, 1.0, min(rows, columns))
    given_matrices = magnitude * (left * spectrum) @ right
    result = orthogonalise(given_matrices)
    values = torch.linalg.svdvals(result)
    assert result.shape == given_matrices.shape
    assert values.min() > 0.6
    assert values.max() < 1.3
    # The singular vectors stay: the product with the polar factor is symmetric and positive.
    aligned = result @ (left @ right).mT
    torch.testing.assert_close(aligned, aligned.mT, rtol=0, atol=2e-3)


def names_of(network: nn.Module, parameters: list[nn.Parameter]) -> set[str]:
    wanted = {id(parameter) for parameter in parameters}
    return {name for name, value in network.named_parameters() if id(value) in wanted}


def test_the_regression_networks_block_matrices() -> None:
    network = build_network(3, 4, 2, 2, 16, seed=0)
    straight, transposed = block_matrices(network)
    kinds = ["query_key_value", "attention_out", "perceptron_in", "perceptron_out"]
    expected = {f"blocks.{layer}.{kind}.weight" for layer in range(2) for kind in kinds}
    assert names_of(network, straight) == expected
    assert not transposed


def test_gpt2s_block_matrices_are_transposed() -> None:
    network = tiny_gpt2()
    straight, transposed = block_matrices(network)
    kinds = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"]
    expected = {f"transformer.h.{layer}.{kind}.weight" for layer in range(2) for kind in kinds}
    assert names_of(network, transposed) == expected
    assert not straight


def test_llamas_block_matrices() -> None:
    network = tiny_llama()
    straight, transposed = block_matrices(network)
    kinds = [f"self_attn.{k}_proj" for k in "qkvo"] + [
        f"mlp.{k}_proj" for k in ("gate", "up", "down")
    ]
    expected = {f"model.layers.{layer}.{kind}.weight" for layer in range(2) for kind in kinds}
    assert names_of(network, straight) == expected
    assert not transposed


@pytest.mark.parametrize("optimizer", ["muon", "adamw", "adam"])
@pytest.mark.parametrize("kind", ["regression", "gpt2", "llama"])
def test_every_trainable_parameter_is_updated_once(optimizer: str, kind: str) -> None:
    make = {"gpt2": tiny_gpt2, "llama": tiny_llama}
    network = make[kind]() if kind in make else build_network(3, 4, 2, 2, 16, seed=0)
    frozen = next(network.parameters())
    frozen.requires_grad_(False)
    optimizers = build_optimizers(network, optimizer, 3e-3, 0.02, 0.0)
    groups = [group for one in optimizers for group in one.param_groups]
    updated = [id(parameter) for group in groups for parameter in group["params"]]
    expected = [id(parameter) for parameter in network.parameters() if parameter.requires_grad]
    assert sorted(updated) == sorted(expected)


def test_each_optimizer_has_its_settings() -> None:
    network = build_network(3, 4, 2, 2, 16, seed=0)
    muon, rest = build_optimizers(network, "muon", 3e-3, 0.02, 0.1)
    (adamw,) = build_optimizers(network, "adamw", 3e-3, 0.02, 0.1)
    (adam,) = build_optimizers(network, "adam", 3e-3, 0.02, 0.1)
    assert isinstance(muon, Muon)
    assert (muon.defaults["lr"], muon.defaults["momentum"]) == (0.02, 0.95)
    assert muon.defaults["weight_decay"] == 0.1
    for one in (rest, adamw):
        assert isinstance(one, torch.optim.AdamW)
        assert (one.defaults["lr"], one.defaults["betas"]) == (3e-3, (0.9, 0.95))
        assert (one.defaults["weight_decay"], one.defaults["fused"]) == (0.1, True)
    assert type(adam) is torch.optim.Adam
    assert (adam.defaults["lr"], adam.defaults["betas"]) == (3e-3, (0.9, 0.999))
    assert adam.defaults["weight_decay"] == 0


def test_an_unknown_optimizer_is_refused_in_one_line() -> None:
    network = build_network(3, 4, 1, 2, 16, seed=0)
    with pytest.raises(ValueError, match=r"^optimizer is 'sgd'; allowed: muon, adamw, adam$"):
        build_optimizers(network, "sgd", 3e-3, 0.02, 0.0)


def take_step(network: nn.Module, optimizers: list[torch.optim.Optimizer], seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    xs, ys = torch.randn(8, 4, 3, generator=generator), torch.randn(8, 4, generator=generator)
    network.zero_grad()
    (network(xs, ys) - ys).square().mean().backward()
    for optimizer in optimizers:
        optimizer.step()


@pytest.mark.parametrize("name", ["muon", "adamw", "adam"])
def test_a_restored_state_takes_the_identical_next_step(name: str) -> None:
    network = build_network(3, 4, 2, 2, 16, seed=0)
    optimizers = build_optimizers(network, name, 3e-3, 0.02, 0.1)
    for seed in range(3):
        take_step(network, optimizers, seed)
    restored = build_network(3, 4, 2, 2, 16, seed=9)
    restored.load_state_dict(network.state_dict())
    others = build_optimizers(restored, name, 3e-3, 0.02, 0.1)
    for optimizer, other in zip(optimizers, others, strict=True):
        other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    take_step(network, optimizers, 3)
    take_step(restored, others, 3)
    for key, value in network.state_dict().items():
        assert torch.equal(value, restored.state_dict()[key]), key


def test_the_state_is_plain_tensors() -> None:
    network = build_network(3, 4, 2, 2, 16, seed=0)
    optimizers = build_optimizers(network, "muon", 3e-3, 0.02, 0.0)
    take_step(network, optimizers, 0)
    for optimizer in optimizers:
        for state in optimizer.state.values():
            assert all(type(value) is Tensor for value in state.values())
    for matrix, state in optimizers[0].state.items():
        assert set(state) == {"momentum_buffer"}
        assert state["momentum_buffer"].shape == matrix.shape


def test_without_trained_matrices_or_without_others_there_is_one_optimizer() -> None:
    network = build_network(dimension=2, points=4, layers=1, heads=2, width=8, seed=0)
    matrices = {*block_matrices(network)[0], *block_matrices(network)[1]}
    for trained, expected in ((True, ["Muon"]), (False, ["AdamW"])):
        for parameter in network.parameters():
            parameter.requires_grad_((parameter in matrices) == trained)
        found = build_optimizers(network, "muon", 0.01, 0.02, 0.0)
        assert [type(each).__name__ for each in found] == expected
