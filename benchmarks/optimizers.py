"""Time an optimizer step, and its share of a training step of the regression network.

Optimizers run in turn within each round, so that a busy machine slows them alike. torch's Muon
works in bfloat16: its time depends on whether the processor has instructions for that.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch
from torch import Tensor, nn

from eunoe.provenance import processor
from eunoe.training.optimizers import block_matrices, build_optimizers
from eunoe.worlds.regression.network import build_network

# dimension, points, layers, heads, width
SHAPES = {"small": (5, 17, 4, 2, 64), "paper": (20, 41, 12, 8, 256)}
NAMES = ["torch Muon, AdamW fused", "own Muon, AdamW fused", "AdamW fused", "AdamW", "Adam"]


def contender(name: str, network: nn.Module) -> list[torch.optim.Optimizer]:
    """The optimizers behind a row's name."""
    if name == "AdamW":
        return [torch.optim.AdamW(network.parameters(), lr=3e-3, betas=(0.9, 0.95))]
    if name == "torch Muon, AdamW fused":
        matrices, _ = block_matrices(network)
        known = set(matrices)
        rest = [parameter for parameter in network.parameters() if parameter not in known]
        fused = torch.optim.AdamW(rest, lr=3e-3, betas=(0.9, 0.95), fused=True)
        return [torch.optim.Muon(matrices, lr=0.02, weight_decay=0.0), fused]
    kinds = {"own Muon, AdamW fused": "muon", "AdamW fused": "adamw", "Adam": "adam"}
    return build_optimizers(network, kinds[name], 3e-3, 0.02, 0.0)


def clock(device: str) -> float:
    """Seconds now, once the device has finished."""
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter()


def seconds(
    network: nn.Module, optimizers: list[torch.optim.Optimizer], xs: Tensor, ys: Tensor
) -> tuple[float, float]:
    """Wall time of the gradient and of the update."""
    network.zero_grad()
    start = clock(xs.device.type)
    torch.autograd.backward((network(xs, ys) - ys).square().mean())
    middle = clock(xs.device.type)
    for optimizer in optimizers:
        optimizer.step()
    return middle - start, clock(xs.device.type) - middle


def compare(shape: str, batch: int, rounds: int, device: str) -> None:
    """Print the rows of one shape."""
    dimension, points, layers, heads, width = SHAPES[shape]
    xs = torch.randn(batch, points, dimension, device=device)
    ys = torch.randn(batch, points, device=device)
    networks = {
        name: build_network(dimension, points, layers, heads, width, seed=0).to(device)
        for name in NAMES
    }
    optimizers = {name: contender(name, network) for name, network in networks.items()}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in NAMES}
    for _ in range(rounds + 1):
        for name, network in networks.items():
            times[name].append(seconds(network, optimizers[name], xs, ys))
    for name, pairs in times.items():
        gradient, update = (statistics.median(column) for column in zip(*pairs[1:], strict=True))
        share = update / (gradient + update)
        print(f"| {shape} | {name} | {1e3 * update:.1f} | {share:.1%} |")


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--batch", type=int, default=64, help="prompts per step")
    parser.add_argument("--rounds", type=int, default=20, help="timed steps per optimizer")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    on_cpu = options.device == "cpu"
    machine = processor() if on_cpu else torch.cuda.get_device_name(options.device)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads,", end=" ")
    print(f"{machine}, {torch.backends.cpu.get_cpu_capability()},", end=" ")
    print(f"batch {options.batch}\n")
    print("| shape | optimizer | ms per update | share of a training step |\n|---|---|---|---|")
    for shape in options.shapes:
        compare(shape, options.batch, options.rounds, options.device)


if __name__ == "__main__":
    main()
