"""Tiny models with random weights, and a tokenizer for them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

TEXT = "a cat dog bird sees likes the big small house What is plus two three? yes no"
WORDS = TEXT.split()
VOCABULARY = 320
CONTEXT = 96
START = "Copy the sentence that follows, word by word and line by line. The sentence is: "


def make_tokenizer(start: bool = True) -> Any:
    """A byte-level BPE tokenizer; special tokens have ids 0 and 1, and there is none for padding.

    With `start`, it begins each text with its start token.
    """
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator([f"{START} {TEXT}"] * 9, trainer)
    names = {"bos_token": "<s>", "eos_token": "</s>"}
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=core, add_bos_token=start, **names
    )


def llama() -> Any:
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=CONTEXT,
        bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def qwen2() -> Any:
    config = Qwen2Config(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=CONTEXT,
        bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    return Qwen2ForCausalLM(config)


def mistral() -> Any:
    """A model with a sliding window, whose cache does not keep all tokens."""
    config = MistralConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=CONTEXT,
        sliding_window=12, bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    return MistralForCausalLM(config)


def opt() -> Any:
    config = OPTConfig(
        vocab_size=VOCABULARY, hidden_size=32, ffn_dim=48, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=CONTEXT, word_embed_proj_dim=32,
        bos_token_id=0, eos_token_id=1, pad_token_id=None, dropout=0.1,
    )  # fmt: skip
    return OPTForCausalLM(config)


def gpt2() -> Any:
    config = GPT2Config(
        vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, n_positions=CONTEXT,
        bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    return GPT2LMHeadModel(config)


MAKERS: dict[str, Callable[[], Any]] = {
    "llama": llama, "opt": opt, "gpt2": gpt2, "qwen2": qwen2, "mistral": mistral
}  # fmt: skip


def make_model(name: str, seed: int = 0) -> Any:
    """A model whose random weights are large enough that replies depend on prompts."""
    torch.manual_seed(seed)
    model = MAKERS[name]().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(8)
    return model


def make_prompts(count: int, seed: int = 0, start: str = "") -> dict[str, str]:
    """Prompts of 1 to 12 words."""
    draw = random.Random(seed)
    lengths = [draw.randint(1, 12) for _ in range(count)]
    texts = [" ".join(draw.choices(WORDS, k=length)) for length in lengths]
    return {f"q{index}": f"{start}{text}" for index, text in enumerate(texts)}
