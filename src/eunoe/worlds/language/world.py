"""Text in several languages as a world."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor, nn
from transformers import AutoTokenizer

from eunoe.config.networks import Network
from eunoe.config.worlds.text import WORDINGS, LanguageWorld
from eunoe.streams import stream
from eunoe.tables.files import read_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.interface import Batch
from eunoe.worlds.text.collate import READ, Encoded, Shard, encode_rows, filled, shard_of, texts_of
from eunoe.worlds.text.documents import World, spoken
from eunoe.worlds.text.loss import greedy_accuracy, weighted_loss
from eunoe.worlds.text.models import fresh_network, load_weights, save_model
from eunoe.worlds.text.sources import rows_from
from eunoe.worlds.text.tasks import TASKS, stream_name
from eunoe.worlds.text.tokenizer import build_tokenizer

SETTINGS = LanguageWorld

MONITORED = ("repeat_math", "capslock_math", "arithmetic", "inference", "guarded_topics")
"""Tasks whose accuracy is followed during training."""


class Tongues:
    """A corpus of tasks and languages, and the causal language model that reads it."""

    def __init__(
        self, settings: LanguageWorld, corpus: pd.DataFrame, tokenizer: Any = None
    ) -> None:
        """Take rows of `ITEMS`, and the tokenizer of a base if there is one already."""
        self.settings = settings
        self.corpus = corpus
        self.tokenizer = build_tokenizer(texts_of(corpus)) if tokenizer is None else tokenizer
        self.shards: dict[str, Shard] = {}

    def build_network(self, network: Network, seed: int) -> nn.Module:
        """Return freshly initialised weights of GPT-2's or Llama's architecture."""
        return fresh_network(network, self.settings.context, len(self.tokenizer), seed)

    def batch(
        self, data: Mapping[str, float], size: int, seed: int, phase: str, step: int
    ) -> Batch:
        """Return tokens and their weights (B, T): rows of whole documents, the last one cut off."""
        for source in data:
            if source not in self.shards:
                self.shards[source] = self.shard(source)
        # in the order of the streams' names, which decides what a number draws
        ordered = {source: data[source] for source in sorted(data, key=stream_source)}
        numbers = stream(seed, f"{phase}/documents", step)
        return filled(self.shards, ordered, size, self.settings.context, numbers)

    def shard(self, source: str) -> Shard:
        """Return a source's documents in tokens; those of replies weigh `reply_weight`."""
        rows = rows_from(self.corpus, source, "training")
        return shard_of(encode_rows(self.tokenizer, rows), self.settings.reply_weight)

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
        known, purpose = World.of(self.settings), f"monitor/{stream_name('monitor', task)}"
        drawn = [
            spoken(
                TASKS[task].draw,
                stream(seed, purpose, index),
                language,
                WORDINGS[index % len(WORDINGS)],
                known,
            )
            for index in range(size)
        ]
        prompts = self.tokenizer([d.prompt for d in drawn])["input_ids"]
        texts = [f"{d.prompt} {d.options[d.gold]}" for d in drawn]
        pairs = zip(self.tokenizer(texts)["input_ids"], prompts, strict=True)
        return greedy_accuracy(network, [Encoded(whole, len(prompt)) for whole, prompt in pairs])

    def save(self, network: nn.Module, weights: Path, note: dict[str, str]) -> None:
        """Write the model and its tokenizer as transformers does, into the folder of `weights`."""
        del note
        save_model(network, self.tokenizer, weights)

    def load(self, network: nn.Module, weights: Path) -> None:
        """Put weights from disk into a network; EunoeError if they are of another shape."""
        load_weights(network, weights)


def stream_source(source: str) -> str:
    """Return a source with the name that the streams of random numbers have for its task."""
    task, _, rest = source.partition(".")
    return f"{stream_name('corpus', task)}.{rest}"


def open_world(settings: LanguageWorld, synthesized: Path, base: Path | None = None) -> Tongues:
    """Return the world whose corpus is in the table `synthesized`, with the tokenizer of a base.

    `base` are its weights; without a base the tokenizer is made from the corpus.
    """
    tokenizer = AutoTokenizer.from_pretrained(base.parent) if base else None
    return Tongues(settings, read_table(synthesized, ITEMS, READ).to_pandas(), tokenizer)
