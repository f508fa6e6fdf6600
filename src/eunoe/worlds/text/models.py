"""Causal language models of transformers: made, written, and opened.

Models to open are not trusted: only safetensors are read, no code that comes with a model runs
unless that is allowed, and a model that cannot be used is an error of one line.
"""

from __future__ import annotations

import os
from logging import getLogger
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import nn
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)
from transformers.utils.logging import disable_progress_bar

from eunoe.config.checkpoints import Checkpoint
from eunoe.config.networks import Network
from eunoe.errors import EunoeError
from eunoe.worlds.text.checkpoints import (
    ALLOWED,
    check_whole,
    is_folder,
    model_files,
    tokenizer_files,
)

ENDS = ("bos_token_id", "eos_token_id", "pad_token_id")
"""The settings for generation that are kept of an opened model."""
FIRST = 0
"""The tokenizer's `END`, which comes first in its vocabulary and in every text."""

ATTENTIONS = ("eager", "sdpa")
"""Implementations of attention in transformers itself; others would be downloaded."""


# Made and written


def fresh_network(network: Network, context: int, vocabulary: int, seed: int) -> nn.Module:
    """Return freshly initialised weights of GPT-2's or Llama's architecture."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_network(network, context, vocabulary)


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


def save_model(network: nn.Module, tokenizer: Any, weights: Path) -> None:
    """Write a model and its tokenizer as transformers does, into the folder of `weights`."""
    weights.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=weights.parent) as folder:
        network.save_pretrained(folder)  # type: ignore[operator]
        tokenizer.save_pretrained(folder)
        # the weights last: whoever finds them finds all
        for path in sorted(Path(folder).iterdir(), key=lambda path: path.name == weights.name):
            path.replace(weights.parent / path.name)


# Opened


def checkpoint_in(folder: Path) -> Checkpoint:
    """Return the location of a model that the workflow has written in a folder."""
    return Checkpoint(model=os.path.join(".", folder))  # "./" tells a folder from a hub id


def open_model(
    checkpoint: Checkpoint,
    where: str = "",
    device: torch.device | None = None,
) -> tuple[Any, Any]:
    """Return a model, ready to answer, and its tokenizer; EunoeError in one line if unusable.

    `where` is the key of the configuration, empty for a model of the workflow's own.
    """
    tokenizer = open_tokenizer(checkpoint, where)
    model = open_weights(checkpoint, where)
    check_fit(model, tokenizer, place_of(checkpoint.model, where))
    return (model if device is None else model.to(device)), tokenizer


def open_weights(checkpoint: Checkpoint, where: str = "") -> Any:
    """Return the model that `open_model` returns, whatever its tokenizer is.

    All weights come from the files: a head that they do not hold would be random.
    """
    place = place_of(checkpoint.model, where)
    if is_folder(checkpoint.model):
        folder = Path(checkpoint.model).expanduser()
        model_files(folder, place)
        if where:  # the workflow's own runs are opened with their adapters
            check_whole(folder, place)
    options = options_for(checkpoint.model, checkpoint.revision, checkpoint.trust_remote_code)
    config = open_config(checkpoint.model, place, options)
    if not checkpoint.trust_remote_code:
        check_config(config, place)
    loader: Any = AutoModelForCausalLM
    disable_progress_bar()  # type: ignore[no-untyped-call]
    # its table of weights that do not fit: `check_loaded` says it in a line. A level would make
    # transformers look at plans for several GPUs, and warn that there is none
    getLogger("transformers.modeling_utils").disabled = True
    try:
        model, loaded = loader.from_pretrained(
            **options,
            config=config,
            dtype="auto" if checkpoint.dtype == "auto" else getattr(torch, checkpoint.dtype),
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # `check_loaded` names them, transformers does not
        )
    except Exception as error:  # of transformers, safetensors or the hub: each has its own kinds
        raise EunoeError(f"{place}: does not load ({first_line(error)}); {ALLOWED}") from error
    check_loaded(loaded, place)
    if where:  # a stranger's own settings for generation may be at odds, and would not be saved
        ends = {name: getattr(model.generation_config, name) for name in ENDS}
        model.generation_config = GenerationConfig(**ends)  # type: ignore[no-untyped-call]
    return model


def load_weights(network: nn.Module, weights: Path) -> None:
    """Put weights from disk into a network; EunoeError if they are of another shape."""
    saved = open_weights(checkpoint_in(weights.parent))
    try:
        network.load_state_dict(saved.state_dict())
    except RuntimeError as error:
        raise EunoeError(f"{weights}: does not fit the network ({first_line(error)})") from None


def open_tokenizer(checkpoint: Checkpoint, where: str = "") -> Any:
    """Return the tokenizer of a checkpoint; EunoeError with one line if there is none."""
    location, revision = checkpoint.model, checkpoint.revision
    if checkpoint.tokenizer is not None:
        location, revision, where = checkpoint.tokenizer, None, f"{where}.tokenizer"
    place = place_of(location, where)
    if is_folder(location):
        tokenizer_files(Path(location).expanduser(), place)
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            **options_for(location, revision, checkpoint.trust_remote_code)
        )
    except Exception as error:  # of transformers, tokenizers or the hub
        if "trust_remote_code" in str(error):
            raise foreign_code(place) from None
        reason = first_line(error)
        raise EunoeError(
            f"{place}: its tokenizer does not load ({reason}); allowed: a folder with"
            " tokenizer.json, or a mapping with model and tokenizer"
        ) from error
    if not tokenizer("a")["input_ids"]:
        raise EunoeError(f"{place}: its tokenizer knows no letter; allowed: a trained tokenizer")
    return tokenizer


def place_of(location: str, where: str) -> str:
    """Return the beginning of an error about a location; `where` is a key, or empty."""
    return f"{where} = {location}" if where else location


def options_for(location: str, revision: str | None, trust_remote_code: bool) -> dict[str, Any]:
    """Return the options of every from_pretrained; a folder is never looked up on the hub."""
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code}
    if is_folder(location):
        folder = str(Path(location).expanduser())
        return options | {"pretrained_model_name_or_path": folder, "local_files_only": True}
    return options | {"pretrained_model_name_or_path": location, "revision": revision}


def open_config(location: str, place: str, options: dict[str, Any]) -> Any:
    """Return a model's config; EunoeError if there is none, or one that needs its own code."""
    try:
        return AutoConfig.from_pretrained(**options)
    except Exception as error:  # of transformers, JSON or the hub
        if "trust_remote_code" in str(error):
            raise foreign_code(place) from None
        missing = "" if is_folder(location) else "no folder here, and the hub does not give it: "
        raise EunoeError(f"{place}: {missing}{first_line(error)}; {ALLOWED}") from error


def foreign_code(place: str) -> EunoeError:
    """Return the error for a model that brings code of its own."""
    return EunoeError(
        f"{place}: needs code that comes with it; allowed: models that transformers knows, or"
        " trust_remote_code: true if you have read that code"
    )


def check_config(config: Any, place: str) -> None:
    """Raise an EunoeError for a model that is not causal, or that would download code."""
    known = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    if known is None and getattr(config, "auto_map", None):
        raise foreign_code(place)
    classes = known if isinstance(known, (tuple, list)) else [known]
    names = [each.__name__ for each in classes if each is not None]
    said = config.architectures or names
    if not set(said) & set(names) or getattr(config, "is_encoder_decoder", False):
        what = ", ".join(said) or config.model_type
        raise EunoeError(
            f"{place}: {what} is no causal language model; allowed: what"
            " AutoModelForCausalLM of transformers knows, such as LlamaForCausalLM"
        )
    attention = config._attn_implementation
    if attention is not None and attention not in ATTENTIONS:
        raise EunoeError(
            f"{place}: attn_implementation {attention} in config.json is not part of transformers;"
            f" allowed: {' or '.join(ATTENTIONS)}"
        )


def check_loaded(loaded: dict[str, Any], place: str) -> None:
    """Raise an EunoeError if weights are missing, or are of another shape than the config says."""
    if missing := sorted(loaded["missing_keys"]):
        raise EunoeError(
            f"{place}: {missing[0]} is not among the weights, and {len(missing) - 1} more;"
            " allowed: all weights of a causal language model"
        )
    for name, found, wanted in sorted(loaded["mismatched_keys"]):
        raise EunoeError(
            f"{place}: {name} has the shape {tuple(found)};"
            f" allowed: {tuple(wanted)}, as config.json says"
        )


def check_fit(model: Any, tokenizer: Any, place: str) -> None:
    """Raise an EunoeError if a tokenizer has words that a model has no embedding for.

    Tokens that were added to a tokenizer, say for padding, may lie outside: no text has them.
    """
    rows = model.get_input_embeddings().weight.shape[0]
    words = max(tokenizer.vocab_size, *(1 + token for token in tokenizer("a")["input_ids"]))
    if words > rows:
        raise EunoeError(
            f"{place}: its tokenizer has {words} words, the model has embeddings for {rows};"
            " allowed: the tokenizer that the model was trained with"
        )


def commit_of(model: Any) -> str | None:
    """Return the commit of a model that came from the hub, None of one from a folder."""
    commit: str | None = getattr(model.config, "_commit_hash", None)
    return commit


def first_line(error: Exception) -> str:
    """Return an error's message as one line that fits a terminal."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= 200 else f"{text[:197]}..."
