"""Text in several languages as a world."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from torch import Tensor, nn

from eunoe.config.networks import Network
from eunoe.config.worlds import WORDINGS, LanguageWorld
from eunoe.streams import stream
from eunoe.tables.corpus import CORPUS
from eunoe.tables.files import read_table
from eunoe.worlds.interface import Batch
from eunoe.worlds.text import documents
from eunoe.worlds.text.collate import Encoded, Shard, filled, shard_of
from eunoe.worlds.text.documents import spoken
from eunoe.worlds.text.loss import greedy_accuracy, weighted_loss
from eunoe.worlds.text.models import fresh_network, load_weights, save_model
from eunoe.worlds.text.tokenizer import build_tokenizer

MONITORED = ("repeat_math", "capslock_math", "arithmetic", "inference", "guarded")
"""Tasks whose accuracy is followed during training."""


class Tongues:
    """A corpus of families and languages, and the causal language model that reads it."""

    def __init__(self, settings: LanguageWorld, corpus: pd.DataFrame) -> None:
        self.settings = settings
        self.tokenizer = build_tokenizer(corpus["text"])
        self.shards = shards_of(corpus, settings.reply_weight)

    def build_network(self, network: Network, seed: int) -> nn.Module:
        """Return freshly initialised weights of GPT-2's or Llama's architecture."""
        return fresh_network(network, self.settings.context, len(self.tokenizer), seed)

    def batch(
        self, data: Mapping[str, float], size: int, seed: int, phase: str, step: int
    ) -> Batch:
        """Return tokens and their weights (B, T): rows of whole documents, the last one cut off."""
        numbers = stream(seed, f"{phase}/documents", step)
        return filled(self.shards, data, size, self.settings.context, numbers)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the weighted mean negative log-likelihood of the next token, in nats."""
        return weighted_loss(network, batch)

    def monitor(self, network: nn.Module, size: int, seed: int) -> dict[str, float]:
        """Return the greedy accuracy per task and language, on prompts of its own."""
        return {
            f"{task}.{language}": self.accuracy(network, task, language, size, seed)
            for task in MONITORED
            for language in self.settings.languages
        }

    def accuracy(self, network: nn.Module, task: str, language: str, size: int, seed: int) -> float:
        """Return the share of prompts on which the gold option's first tokens are the likeliest."""
        known = documents.World.of(self.settings)
        drawn = [
            spoken(
                documents.ITEMS[task],
                stream(seed, f"monitor/{task}", index),
                language,
                WORDINGS[index % len(WORDINGS)],
                known,
            )
            for index in range(size)
        ]
        prompts = self.tokenizer([d.prompt for d in drawn])["input_ids"]
        texts = [f"{d.prompt} {d.options[d.gold]}" for d in drawn]
        wholes = self.tokenizer(texts)["input_ids"]
        pairs = zip(wholes, prompts, strict=True)
        return greedy_accuracy(network, [Encoded(whole, len(prompt)) for whole, prompt in pairs])

    def save(self, network: nn.Module, weights: Path, note: dict[str, str]) -> None:
        """Write the model and its tokenizer as transformers does, into the folder of `weights`."""
        del note
        save_model(network, self.tokenizer, weights)

    def load(self, network: nn.Module, weights: Path) -> None:
        """Put weights from disk into a network; EunoeError if they are of another shape."""
        load_weights(network, weights)


def shards_of(corpus: pd.DataFrame, reply_weight: float) -> dict[str, Shard]:
    """Return the documents by source: of a family and language, in all wordings and in each."""
    shards = {}
    for (family, language), source in corpus.groupby(["family", "language"], observed=True):
        shards[f"{family}.{language}"] = rows_shard(source, reply_weight)
        for wording, part in source.groupby("wording", observed=True):
            shards[f"{family}.{language}.{wording}"] = rows_shard(part, reply_weight)
    return shards


def rows_shard(rows: pd.DataFrame, reply_weight: float) -> Shard:
    """Return documents end to end; the tokens of their replies weigh `reply_weight`."""
    return shard_of([*map(Encoded, rows["tokens"], rows["reply"])], reply_weight)


def open_world(settings: LanguageWorld, synthesized: Path) -> Tongues:
    """Return the world whose corpus is in the table `synthesized`."""
    return Tongues(settings, read_table(synthesized, CORPUS).to_pandas())
