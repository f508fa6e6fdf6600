"""Text in several languages as a world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from eunoe import tables
from eunoe.config.networks import Network
from eunoe.config.worlds import WORDINGS, LanguageWorld
from eunoe.errors import EunoeError
from eunoe.language import documents
from eunoe.language.documents import spoken
from eunoe.language.tokenizer import build_tokenizer
from eunoe.streams import stream
from eunoe.worlds import Batch

MONITORED = ("repeat_math", "capslock_math", "arithmetic", "inference", "guarded")
"""Tasks whose accuracy is followed during training."""

FIRST = 0
"""The tokenizer's `END`, which comes first in its vocabulary and in every text."""

IGNORED = -100
"""Target of a position that has no loss."""


@dataclass(frozen=True)
class Shard:
    """The documents of one source, end to end."""

    tokens: NDArray[np.int64]
    weights: NDArray[np.float32]
    """Of each token in the loss."""
    starts: NDArray[np.int64]
    """(documents + 1,)"""

    def document(self, index: int) -> slice:
        """Return where one document's tokens are."""
        return slice(self.starts[index], self.starts[index + 1])

    def __len__(self) -> int:
        return len(self.starts) - 1


class Tongues:
    """A corpus of families and languages, and the causal language model that reads it."""

    def __init__(self, settings: LanguageWorld, corpus: pd.DataFrame) -> None:
        self.settings = settings
        self.tokenizer = build_tokenizer(corpus["text"])
        self.shards = shards_of(corpus, settings.reply_weight)

    def build_network(self, network: Network, seed: int) -> nn.Module:
        """Return freshly initialised weights of GPT-2's or Llama's architecture."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return build_network(network, self.settings.context, len(self.tokenizer))

    def batch(
        self, data: Mapping[str, float], size: int, seed: int, phase: str, step: int
    ) -> Batch:
        """Return tokens and their weights (B, T): rows of whole documents, the last one cut off."""
        numbers = stream(seed, f"{phase}/documents", step)
        shards = [self.shards[source] for source in data]
        shares = np.fromiter(data.values(), float) / sum(data.values())
        tokens = np.empty((size, self.settings.context), dtype=np.int64)
        weights = np.empty((size, self.settings.context), dtype=np.float32)
        for row in range(size):
            filled = 0
            while filled < self.settings.context:
                shard = shards[numbers.choice(len(shards), p=shares)]
                chosen = shard.document(int(numbers.integers(len(shard))))
                fitting = shard.tokens[chosen][: self.settings.context - filled]
                place = slice(filled, filled + len(fitting))
                tokens[row, place] = fitting
                weights[row, place] = shard.weights[chosen][: len(fitting)]
                filled = place.stop
        return {"tokens": torch.from_numpy(tokens), "weights": torch.from_numpy(weights)}

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the weighted mean negative log-likelihood of the next token, in nats."""
        tokens, weights = batch["tokens"], batch["weights"][:, 1:].flatten()
        logits = network(input_ids=tokens, use_cache=False).logits[:, :-1]
        losses = functional.cross_entropy(
            logits.flatten(0, 1).float(), tokens[:, 1:].flatten(), reduction="none"
        )
        return (losses * weights).sum() / weights.sum()

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
        tokens, targets = self.rows([(d.prompt, d.options[d.gold]) for d in drawn])
        device = next(network.parameters()).device
        with torch.inference_mode():
            logits = network(input_ids=tokens.to(device), use_cache=False).logits.cpu()
        right = (logits[:, :-1].argmax(-1) == targets[:, 1:]) | (targets[:, 1:] == IGNORED)
        return right.all(dim=1).float().mean().item()

    def rows(self, pairs: list[tuple[str, str]]) -> tuple[Tensor, Tensor]:
        """Return tokens (B, T), and targets (B, T) that are `IGNORED` outside of the replies."""
        prompts = self.tokenizer([prompt for prompt, _ in pairs])["input_ids"]
        wholes = self.tokenizer([f"{prompt} {reply}" for prompt, reply in pairs])["input_ids"]
        longest = max(map(len, wholes))
        tokens = torch.zeros(len(pairs), longest, dtype=torch.long)
        targets = torch.full((len(pairs), longest), IGNORED)
        for row, (prompt, whole) in enumerate(zip(prompts, wholes, strict=True)):
            tokens[row, : len(whole)] = torch.tensor(whole)
            targets[row, len(prompt) : len(whole)] = torch.tensor(whole[len(prompt) :])
        return tokens, targets

    def save(self, network: nn.Module, weights: Path, note: dict[str, str]) -> None:
        """Write the model and its tokenizer as transformers does, into the folder of `weights`."""
        del note
        weights.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=weights.parent) as folder:
            network.save_pretrained(folder)  # type: ignore[operator]
            self.tokenizer.save_pretrained(folder)
            # the weights last: whoever finds them finds all
            for path in sorted(Path(folder).iterdir(), key=lambda path: path.name == weights.name):
                path.replace(weights.parent / path.name)

    def load(self, network: nn.Module, weights: Path) -> None:
        """Put weights from disk into a network; EunoeError if they are of another shape."""
        try:
            saved = type(network).from_pretrained(weights.parent)  # type: ignore[attr-defined]
            network.load_state_dict(saved.state_dict())
        except (OSError, RuntimeError, ValueError) as error:
            problem = str(error).splitlines()[0]
            raise EunoeError(f"{weights}: does not fit the network ({problem})") from None


def build_network(network: Network, context: int, vocabulary: int) -> nn.Module:
    """Return a causal language model of transformers; the embedding is also the output layer."""
    if network.architecture == "gpt2":
        return GPT2LMHeadModel(
            GPT2Config(
                vocab_size=vocabulary,
                n_positions=2 * context,
                n_embd=network.width,
                n_layer=network.layers,
                n_head=network.heads,
                resid_pdrop=0.0,
                embd_pdrop=0.0,
                attn_pdrop=0.0,
                bos_token_id=FIRST,
                eos_token_id=FIRST,
            )
        )
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            max_position_embeddings=2 * context,
            hidden_size=network.width,
            intermediate_size=4 * network.width,
            num_hidden_layers=network.layers,
            num_attention_heads=network.heads,
            tie_word_embeddings=True,
            bos_token_id=FIRST,
            eos_token_id=FIRST,
        )
    )


def shards_of(corpus: pd.DataFrame, reply_weight: float) -> dict[str, Shard]:
    """Return the documents by source: of a family and language, in all wordings and in each."""
    shards = {}
    for (family, language), source in corpus.groupby(["family", "language"], observed=True):
        shards[f"{family}.{language}"] = shard_of(source, reply_weight)
        for wording, part in source.groupby("wording", observed=True):
            shards[f"{family}.{language}.{wording}"] = shard_of(part, reply_weight)
    return shards


def shard_of(rows: pd.DataFrame, reply_weight: float) -> Shard:
    """Return documents end to end; the tokens of their replies weigh `reply_weight`."""
    lengths = rows["tokens"].map(len).to_numpy()
    position = np.concatenate([np.arange(length) for length in lengths])
    in_reply = position >= np.repeat(rows["reply"].to_numpy(), lengths)
    return Shard(
        np.concatenate(rows["tokens"].to_list()).astype(np.int64),
        np.where(in_reply, reply_weight, 1.0).astype(np.float32),
        np.concatenate([[0], np.cumsum(lengths)]),
    )


def open_world(settings: LanguageWorld, synthesized: Path) -> Tongues:
    """Return the world whose corpus is in the table `synthesized`."""
    return Tongues(settings, tables.read(synthesized, tables.CORPUS).to_pandas())
