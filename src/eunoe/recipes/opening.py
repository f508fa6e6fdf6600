"""Opening what tuning has left: weights, and on request the soft prompt and LoRA beside them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from eunoe.errors import EunoeError
from eunoe.recipes.embedding import wrap
from eunoe.training.checkpoints import under

ADAPTERS = "adapters"
"""Folder beside the weights that holds a folder for each part, as PEFT would save it."""
LORA, SOFT_PROMPT = "lora", "soft_prompt"
WEIGHTS = "weights"
"""What the tensors beside them are called where a checkpoint's are together."""
VECTORS = "prompt_embeddings"
"""PEFT's name of the one tensor of a soft prompt."""


def open_base(folder: Path, dtype: Any = torch.float32) -> tuple[Any, Any]:
    """Return a causal language model and its tokenizer; EunoeError if the folder has none."""
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, dtype=dtype)
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        problem = str(error).splitlines()[0]
        raise EunoeError(f"{folder}: no model that transformers can open ({problem})") from None
    return model.eval(), tokenizer  # type: ignore[no-untyped-call]


def open_tuned(
    folder: Path, attached: bool, source: str, changed: Mapping[str, Tensor] | None = None
) -> tuple[Any, Any, list[int]]:
    """Return a run's model, its tokenizer and the ids of the soft prompt that a row begins with.

    `source` says which prompt it is where sources have their own; one that has none is shown the
    first. No ids without a prompt. Bases open alike. `changed` are tensors of another checkpoint,
    `{part}/{name}`, that take the place of the folder's. EunoeError if the folder holds no model.
    """
    model, tokenizer = open_base(folder)
    changed = changed or {}
    put(model, under(f"{WEIGHTS}/", changed))
    adapters = folder / ADAPTERS
    if not attached:
        return model, tokenizer, []
    if (adapters / LORA).is_dir():
        from peft import PeftModel, set_peft_model_state_dict  # slow, and most runs have no LoRA

        with warnings.catch_warnings():  # about names in transformers that PEFT still uses
            warnings.simplefilter("ignore", FutureWarning)
            adapted = PeftModel.from_pretrained(model, adapters / LORA)
        if own := under(f"{LORA}/", changed):
            set_peft_model_state_dict(adapted, own)
        model = adapted.get_base_model()
    prompt = prompt_folder(adapters, source)
    if prompt is None:
        return model.eval(), tokenizer, []
    vectors = changed.get(f"{prompt.name}/{VECTORS}", read_vectors(prompt))
    first = wrap(model, vectors).first
    return model.eval(), tokenizer, list(range(first, first + len(vectors)))


@torch.no_grad()
def put(model: Any, changed: Mapping[str, Tensor]) -> None:
    """Put tensors in the place of a model's own, by name."""
    own = dict(model.named_parameters())
    for name, each in changed.items():
        own[name].copy_(each)


def prompt_folder(adapters: Path, source: str) -> Path | None:
    """Return the folder of the soft prompt for a source, None if there is no prompt at all."""
    own = adapters / f"{SOFT_PROMPT}.{source}"
    return own if own.is_dir() else min(adapters.glob(f"{SOFT_PROMPT}*"), default=None)


def read_vectors(folder: Path) -> torch.Tensor:
    """Return the vectors (prompt words, width) of a soft prompt as PEFT saves it."""
    file = folder / "adapter_model.safetensors"
    try:
        return load_file(file)[VECTORS].float()
    except (OSError, KeyError, SafetensorError) as error:
        raise EunoeError(f"{file}: no soft prompt of PEFT ({error})") from None
