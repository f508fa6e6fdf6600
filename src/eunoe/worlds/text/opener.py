"""Load a causal language model and its tokenizer: safetensors only, no code of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
)
from transformers.utils.logging import disable_progress_bar

from eunoe.config.audits import Checkpoint
from eunoe.errors import EunoeError
from eunoe.worlds.text.checkpoints import ALLOWED, files_in, is_folder, tokenizer_files

ATTENTIONS = ("eager", "sdpa")
"""Ways to compute attention that transformers brings along; others are fetched from somewhere."""


def load_model(checkpoint: Checkpoint, where: str, dtype: str, trust_remote_code: bool) -> Any:
    """Return a model, ready to answer; EunoeError with one line if it cannot be used.

    `where` is the key of the configuration. Weights come from safetensors alone, all of them: a
    head that the files do not hold would be random.
    """
    place = f"{where} = {checkpoint.model}"
    if is_folder(checkpoint.model):
        files_in(checkpoint.model, where)
    options = options_for(checkpoint.model, checkpoint.revision, trust_remote_code)
    config = load_config(checkpoint.model, place, options)
    if not trust_remote_code:
        check_config(config, place)
    loader: Any = AutoModelForCausalLM
    disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model, loaded = loader.from_pretrained(
            **options,
            config=config,
            dtype="auto" if dtype == "auto" else getattr(torch, dtype),
            use_safetensors=True,
            output_loading_info=True,
        )
    except Exception as error:  # of transformers, safetensors or the hub: each has its own kinds
        raise EunoeError(f"{place}: does not load ({first_line(error)}); {ALLOWED}") from error
    check_loaded(loaded, place)
    return model


def options_for(location: str, revision: str | None, trust_remote_code: bool) -> dict[str, Any]:
    """Return what every from_pretrained is told; a folder is never looked up on the hub."""
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code}
    if is_folder(location):
        folder = str(Path(location).expanduser())
        return options | {"pretrained_model_name_or_path": folder, "local_files_only": True}
    return options | {"pretrained_model_name_or_path": location, "revision": revision}


def load_config(location: str, place: str, options: dict[str, Any]) -> Any:
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
    """Raise an EunoeError for a model that is no causal one, or that fetches code to run."""
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
    if unfit := sorted(map(str, loaded["mismatched_keys"])):
        raise EunoeError(f"{place}: {unfit[0]}: the shape is not the one of config.json")


def load_tokenizer(checkpoint: Checkpoint, where: str, trust_remote_code: bool) -> Any:
    """Return the tokenizer of a checkpoint; EunoeError with one line if there is none."""
    own = checkpoint.tokenizer is None
    location = checkpoint.model if checkpoint.tokenizer is None else checkpoint.tokenizer
    tokenizer_files(location, where if own else f"{where}.tokenizer")
    place = f"{where} = {location}"
    options = options_for(location, checkpoint.revision if own else None, trust_remote_code)
    try:
        tokenizer = AutoTokenizer.from_pretrained(**options)
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
