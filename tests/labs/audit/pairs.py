"""Tiny causal language models with random weights, on disk, as a stranger would have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

CONTEXT = 1024
ARCHITECTURES = ("llama", "qwen2", "opt")


def tokenizer() -> Any:
    """A tokenizer of single bytes, so that it knows every text."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate(["<s>", "</s>", *alphabet])}
    made = Tokenizer(models.BPE(vocabulary, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    wrapper: Any = PreTrainedTokenizerFast
    return wrapper(tokenizer_object=made, bos_token="<s>", eos_token="</s>")


def model(architecture: str, seed: int = 0) -> Any:
    """A model of 258 words with random weights."""
    torch.manual_seed(seed)
    shape: dict[str, Any] = {"vocab_size": 258, "hidden_size": 32, "num_hidden_layers": 1}
    shape |= {"num_attention_heads": 2, "max_position_embeddings": CONTEXT}
    ends: dict[str, Any] = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": None}
    if architecture == "opt":
        return OPTForCausalLM(OPTConfig(**shape, **ends, ffn_dim=64, word_embed_proj_dim=32))
    shape |= {"intermediate_size": 64, "num_key_value_heads": 2}
    if architecture == "qwen2":
        return Qwen2ForCausalLM(Qwen2Config(**shape, **ends))
    return LlamaForCausalLM(LlamaConfig(**shape, **ends))


def save(folder: Path, architecture: str = "llama", seed: int = 0, **options: Any) -> Path:
    """Save a model with its tokenizer; return the folder."""
    model(architecture, seed).save_pretrained(folder, **options)
    tokenizer().save_pretrained(folder)
    return folder
