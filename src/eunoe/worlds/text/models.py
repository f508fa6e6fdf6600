"""Causal language models of transformers: made, written and read."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from eunoe.config.networks import Network
from eunoe.errors import EunoeError

FIRST = 0
"""The tokenizer's `END`, which comes first in its vocabulary and in every text."""


def fresh_network(network: Network, context: int, vocabulary: int, seed: int) -> nn.Module:
    """Return freshly initialised weights of GPT-2's or Llama's architecture."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_network(network, context, vocabulary)


def save_model(network: nn.Module, tokenizer: Any, weights: Path) -> None:
    """Write a model and its tokenizer as transformers does, into the folder of `weights`."""
    weights.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=weights.parent) as folder:
        network.save_pretrained(folder)  # type: ignore[operator]
        tokenizer.save_pretrained(folder)
        # the weights last: whoever finds them finds all
        for path in sorted(Path(folder).iterdir(), key=lambda path: path.name == weights.name):
            path.replace(weights.parent / path.name)


def load_model(network: nn.Module, weights: Path) -> None:
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
