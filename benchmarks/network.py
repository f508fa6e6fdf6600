"""Time forward and backward of the regression network against transformers' GPT-2.

The own block is timed with MKL and with oneDNN, with its own attention and with torch's.

Contenders run in turn within each round, so that a busy machine slows them alike; ratios are
medians over rounds of the ratio within a round.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch
import transformers
from torch import Tensor, nn
from torch.nn import functional
from transformers import GPT2Config, GPT2Model

from eunoe.devices import prefer_onednn
from eunoe.provenance import processor
from eunoe.worlds.regression import network as own
from eunoe.worlds.regression.network import attend, build_network, interleave

# dimension, points, layers, heads, width
SHAPES = {"small": (5, 17, 4, 2, 64), "paper": (20, 41, 12, 8, 256)}
WRAPPED, AS_IT_COMES = "GPT2Model, fused gelu, sdpa", "GPT2Model as it comes"
OWN, OWN_ONEDNN = "own block", "own block, oneDNN"
TORCHS_ATTENTION = "own block, oneDNN, torch's attention"


class Wrapped(nn.Module):
    """GPT2Model between a linear read-in and a linear read-out."""

    def __init__(
        self, dimension: int, points: int, layers: int, heads: int, width: int, fused: bool
    ) -> None:
        super().__init__()
        config = GPT2Config(
            n_positions=2 * points, n_embd=width, n_layer=layers, n_head=heads,
            resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, use_cache=False,
            activation_function="gelu_pytorch_tanh" if fused else "gelu_new",
        )  # fmt: skip
        self.read_in = nn.Linear(dimension, width)
        self.trunk: GPT2Model = GPT2Model(config)
        self.trunk.set_attn_implementation("sdpa" if fused else "eager")
        self.read_out = nn.Linear(width, 1)

    def forward(self, xs: Tensor, ys: Tensor) -> Tensor:
        """xs (B, N, d) and ys (B, N) to predictions (B, N)."""
        hidden = self.trunk(inputs_embeds=self.read_in(interleave(xs, ys))).last_hidden_state
        predictions: Tensor = self.read_out(hidden[:, ::2]).squeeze(-1)
        return predictions


def torchs_attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Attend as torch does."""
    return functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def prepare(name: str) -> None:
    """Choose the library for products, and the attention of the own block."""
    torch.set_float32_matmul_precision("highest")
    torch.backends.cuda.enable_flash_sdp(True)
    if name in (OWN_ONEDNN, TORCHS_ATTENTION):
        prefer_onednn()
    own.attend = torchs_attention if name == TORCHS_ATTENTION else attend


def seconds(network: nn.Module, xs: Tensor, ys: Tensor) -> float:
    """Wall time of one forward and backward."""
    network.zero_grad()
    start = time.perf_counter()
    torch.autograd.backward((network(xs, ys) - ys).square().mean())
    if xs.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - start


def compare(shape: str, batch: int, rounds: int, device: str) -> None:
    """Print the rows of one shape."""
    dimension, points, layers, heads, width = SHAPES[shape]
    arguments = (dimension, points, layers, heads, width)
    networks: dict[str, nn.Module] = {
        AS_IT_COMES: Wrapped(*arguments, fused=False),
        WRAPPED: Wrapped(*arguments, fused=True),
        **{name: build_network(*arguments, seed=0) for name in (OWN, OWN_ONEDNN, TORCHS_ATTENTION)},
    }
    xs = torch.randn(batch, points, dimension, device=device)
    ys = torch.randn(batch, points, device=device)
    times: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(rounds + 1):
        for name, network in networks.items():
            prepare(name)
            times[name].append(seconds(network.to(device), xs, ys))
    # The first round warms up.
    times = {name: values[1:] for name, values in times.items()}
    for name, values in times.items():
        ratio = statistics.median(a / b for a, b in zip(values, times[WRAPPED], strict=True))
        print(f"| {shape} | {name} | {1e3 * statistics.median(values):.1f} | {ratio:.2f} |")


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--batch", type=int, default=64, help="prompts per step")
    parser.add_argument("--rounds", type=int, default=20, help="timed steps per contender")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    on_cpu = options.device == "cpu"
    machine = processor() if on_cpu else torch.cuda.get_device_name(options.device)
    print(f"torch {torch.__version__}, transformers {transformers.__version__},", end=" ")
    print(f"{torch.get_num_threads()} threads, {machine},", end=" ")
    print(f"{torch.backends.cpu.get_cpu_capability()}, batch {options.batch}\n")
    print("| shape | network | ms, forward and backward | ratio |\n|---|---|---|---|")
    for shape in options.shapes:
        compare(shape, options.batch, options.rounds, options.device)


if __name__ == "__main__":
    main()
