"""Time a step of a text model: whole logits or chunks, MKL or oneDNN.

Contenders take turns within each round, so that a busy machine slows them alike; ratios are
medians over rounds. Each trains a network of its own, from the same weights on the same batch, so
that the last column shows whether they compute the same.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from eunoe.config.networks import Network
from eunoe.devices import prefer_onednn
from eunoe.provenance import processor
from eunoe.training.optimizers import build_optimizers
from eunoe.worlds.interface import Batch
from eunoe.worlds.text.loss import CHUNKS, inputs_of, weighted_loss
from eunoe.worlds.text.models import build_network

WORDS, ROWS, CONTEXT = 4400, 32, 80


def whole_logits(network: Any, batch: Batch) -> Tensor:
    """Return the loss with all logits (tokens, words) in memory."""
    weights = batch["weights"][:, 1:].flatten()
    logits = network(input_ids=batch["tokens"], use_cache=False).logits[:, :-1].flatten(0, 1)
    losses = functional.cross_entropy(logits, batch["tokens"][:, 1:].flatten(), reduction="none")
    return (losses * weights).sum() / weights.sum()


def unreduced(network: Any, batch: Batch) -> Tensor:
    """Return the loss from torch's function for each token, which makes its products twice."""
    output, weights = network.get_output_embeddings(), batch["weights"][:, 1:].flatten()
    hidden = inputs_of(output, network, batch["tokens"])
    assert hidden is not None
    losses = functional.linear_cross_entropy(
        hidden[:, :-1].flatten(0, 1),
        output.weight,
        batch["tokens"][:, 1:].flatten(),
        reduction="none",
        options=CHUNKS,
    )
    return (losses * weights).sum() / weights.sum()


LOSSES: dict[str, Callable[[Any, Batch], Tensor]] = {
    "whole logits": whole_logits,
    "chunks, unreduced": unreduced,
    "chunks (`weighted_loss`)": weighted_loss,
}
PRODUCTS: dict[str, Callable[[], None]] = {"MKL": lambda: None, "oneDNN": prefer_onednn}


class Contender:
    """A network with its optimizers, and one way to take a step."""

    def __init__(self, architecture: str, loss: str, products: str) -> None:
        torch.manual_seed(0)
        shape = Network(architecture=architecture, layers=4, heads=4, width=96)
        self.network = build_network(shape, CONTEXT, WORDS)
        self.optimizers = build_optimizers(self.network, "muon", 0.006, 0.01, 0.0)
        self.loss, self.products = LOSSES[loss], PRODUCTS[products]
        self.seconds: list[float] = []
        self.last = 0.0

    def step(self, batch: Batch) -> None:
        """Make one update, and note its time."""
        torch.set_float32_matmul_precision("highest")
        torch.backends.cuda.enable_flash_sdp(True)
        self.products()
        start = time.perf_counter()
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss = self.loss(self.network, batch)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.seconds.append(time.perf_counter() - start)
        self.last = loss.item()


def compare(architecture: str, batch: Batch, rounds: int) -> None:
    """Print the rows of one architecture."""
    contenders = {
        (products, loss): Contender(architecture, loss, products)
        for products in PRODUCTS
        for loss in LOSSES
    }
    for _ in range(rounds + 2):  # the first two warm up
        for contender in contenders.values():
            contender.step(batch)
    [first, *_] = contenders.values()
    for (products, loss), contender in contenders.items():
        pairs = list(zip(first.seconds, contender.seconds, strict=True))[2:]
        ratio = statistics.median(a / b for a, b in pairs)
        middle = 1e3 * statistics.median(b for _, b in pairs)
        print(f"| {architecture} | {products} | {loss} | {middle:.0f} | {ratio:.2f} |", end=" ")
        print(f"{contender.last:.5f} |")


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="timed steps per contender")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    numbers = torch.Generator().manual_seed(0)
    tokens = torch.randint(WORDS, (ROWS, CONTEXT), generator=numbers)
    heavy = torch.rand(ROWS, CONTEXT, generator=numbers) < 0.1
    batch = {"tokens": tokens, "weights": torch.where(heavy, 10.0, 1.0)}
    print(f"torch {torch.__version__}, 1 thread, {processor()},", end=" ")
    print(f"{torch.backends.cpu.get_cpu_capability()}, {ROWS} rows of {CONTEXT} tokens\n")
    print("| network | products | loss | ms a step | times faster | loss at the end |")
    print("|---|---|---|---|---|---|")
    for architecture in ("llama", "gpt2"):
        compare(architecture, batch, rounds)


if __name__ == "__main__":
    main()
