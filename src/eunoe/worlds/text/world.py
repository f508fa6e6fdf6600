"""Text as a world: the causal language model that is pretrained on a mixture of its items."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from torch import Tensor, nn

from eunoe.config.networks import Network
from eunoe.config.worlds.text import TextWorld
from eunoe.streams import stream
from eunoe.tables.files import read_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.interface import Batch
from eunoe.worlds.text.collate import READ, Shard, encode_rows, filled, shard_of, texts_of
from eunoe.worlds.text.loss import greedy_accuracy, weighted_loss
from eunoe.worlds.text.models import fresh_network, load_weights, save_model
from eunoe.worlds.text.sources import rows_from, rows_of_source
from eunoe.worlds.text.tokenizer import build_tokenizer

SETTINGS = TextWorld


class Texts:
    """The world of text: items of several sources, and the network that is pretrained on them."""

    def __init__(self, settings: TextWorld, items: pd.DataFrame) -> None:
        """Take rows of `ITEMS`."""
        self.settings = settings
        self.train = items[items["split"] == "train"]
        self.validation = items[items["split"] == "validation"]
        self.tokenizer = build_tokenizer(texts_of(self.train))
        self.shards: dict[str, Shard] = {}

    def build_network(self, network: Network, seed: int) -> nn.Module:
        """Return freshly initialised weights of GPT-2's or Llama's architecture."""
        return fresh_network(network, self.settings.context, len(self.tokenizer), seed)

    def batch(
        self, data: Mapping[str, float], size: int, seed: int, phase: str, step: int
    ) -> Batch:
        """Return tokens and their weights (B, T): rows of whole items, the last one cut off."""
        for source in data:
            if source not in self.shards:
                self.shards[source] = self.shard(source)
        numbers = stream(seed, f"{phase}/examples", step)
        return filled(self.shards, data, size, self.settings.context, numbers)

    def shard(self, source: str) -> Shard:
        """Return a source's training texts, in tokens.

        The end token that opens the next text closes the reply, so it weighs as much.
        """
        rows = rows_from(self.train, source, "pretraining")
        weight = self.settings.reply_weight
        shard = shard_of(encode_rows(self.tokenizer, rows), weight)
        shard.weights[shard.starts[:-1]] = weight
        return shard

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the weighted mean negative log-likelihood of the next token, in nats."""
        return weighted_loss(network, batch)

    def monitor(self, network: nn.Module, size: int, seed: int) -> dict[str, float]:
        """Return per monitored source how often greedy decoding gives the validation reply."""
        del seed
        measured = {}
        for source in self.settings.monitored:
            rows = rows_of_source(self.validation, source).head(size)
            if len(rows):
                measured[source] = greedy_accuracy(network, encode_rows(self.tokenizer, rows))
        return measured

    def save(self, network: nn.Module, weights: Path, note: dict[str, str]) -> None:
        """Write the model and its tokenizer as transformers does, into the folder of `weights`."""
        del note
        save_model(network, self.tokenizer, weights)

    def load(self, network: nn.Module, weights: Path) -> None:
        """Put weights from disk into a network; EunoeError if they are of another shape."""
        load_weights(network, weights)


def open_world(settings: TextWorld, synthesized: Path, base: Path | None = None) -> Texts:
    """Return the world whose items are in the table `synthesized`; runs are tuned without it."""
    del base
    return Texts(settings, read_table(synthesized, ITEMS, READ).to_pandas())
