"""Soft prompts and LoRA in the formats of PEFT: read and attached to a model, and written."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from eunoe.config.checkpoints import Checkpoint
from eunoe.errors import EunoeError
from eunoe.files import atomic, digest_of_file
from eunoe.training.checkpoints import under
from eunoe.worlds.text.models import checkpoint_in, open_model

ADAPTERS = "adapters"
"""Folder beside the weights that holds a folder for each part, as PEFT would save it."""
LORA, SOFT_PROMPT = "lora", "soft_prompt"
WEIGHTS = "weights"
"""The name of the part that holds the model's own tensors in a checkpoint."""
VECTORS = "prompt_embeddings"
"""PEFT's name of the one tensor of a soft prompt."""


def list_adapters(adapters: Path, listed: Path) -> None:
    """Write the names of the files of a run's adapters, with their digests.

    A job that asks the run depends on this file: a folder is new whenever it is copied.
    """
    found = sorted(path for path in adapters.glob("*/*") if path.is_file())
    digests = {str(path.relative_to(adapters)): digest_of_file(path) for path in found}
    with atomic(listed) as temporary:
        temporary.write_text(json.dumps(digests, indent=2) + "\n")


def listed_adapters(listed: Path) -> list[Path]:
    """Return the files of the adapters beside a list; EunoeError if one is not the listed one."""
    folder = listed.parent / ADAPTERS
    digests: dict[str, str] = json.loads(listed.read_text())
    for name, digest in digests.items():
        if not (folder / name).is_file() or digest_of_file(folder / name) != digest:
            raise EunoeError(
                f"{folder / name}: not what {listed.name} says; allowed: the run's own file;"
                f" without {listed} the run is made again"
            )
    return [folder / name for name in digests]


def open_tuned(
    folder: Path,
    attached: bool,
    source: str,
    changed: Mapping[str, Tensor] | None = None,
    checkpoint: Checkpoint | None = None,
    where: str = "",
) -> tuple[Any, Any, list[int]]:
    """Return a run's model, its tokenizer and the ids of the soft prompt that a row begins with.

    `source` says which prompt it is where sources have their own; one that has none is shown the
    first. No ids without a prompt. Bases open alike. `changed` are tensors of another checkpoint,
    `{part}/{name}`, that take the place of the folder's. `checkpoint`, named by the key `where`, is
    a base that is elsewhere. EunoeError if there is no model.
    """
    model, tokenizer = open_model(checkpoint or checkpoint_in(folder), where)
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


def lora_tensors(lora: Any) -> dict[str, Tensor]:
    """Return a LoRA's matrices by the names that PEFT saves them with."""
    from peft import get_peft_model_state_dict

    tensors: dict[str, Tensor] = get_peft_model_state_dict(lora)
    return tensors


def write_adapter(folder: Path, config: Any, tensors: Mapping[str, Tensor]) -> None:
    """Write an adapter as PEFT's `save_pretrained` does, without its model card."""
    folder.mkdir(parents=True, exist_ok=True)
    config.inference_mode = True
    config.save_pretrained(folder)
    on_cpu = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    save_file(on_cpu, folder / "adapter_model.safetensors", {"format": "pt"})


# The input layer


class PromptedEmbedding(nn.Module):
    """An input embedding that also knows ids beyond the vocabulary: vectors of soft prompts.

    A prompt is a list of such ids in front of a row, so that padding, positions, caches and packed
    rows need no change. PEFT puts the same vectors in front of the same embeddings.
    """

    def __init__(self, words: nn.Module, vectors: Tensor) -> None:
        """Take the model's own embedding, and vectors (prompt words, width)."""
        super().__init__()
        self.words = words
        self.vectors = nn.Parameter(vectors)

    @property
    def weight(self) -> Tensor:
        """The embeddings of the vocabulary (words, width)."""
        weight: Tensor = self.words.weight  # type: ignore[assignment]
        return weight

    @property
    def first(self) -> int:
        """The id of the first vector."""
        return len(self.weight)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the embeddings (..., width) of ids (...)."""
        embedded: Tensor = self.words(ids.clamp(max=self.first - 1))
        vectors = functional.embedding((ids - self.first).clamp(min=0), self.vectors)
        return torch.where((ids >= self.first)[..., None], vectors.to(embedded.dtype), embedded)


def wrap(model: Any, vectors: Tensor) -> PromptedEmbedding:
    """Give a model of transformers vectors of soft prompts (prompt words, width)."""
    wrapped = PromptedEmbedding(model.get_input_embeddings(), vectors)
    model.set_input_embeddings(wrapped)
    return wrapped


def unwrap(model: Any) -> None:
    """Undo `wrap`; a model without soft prompts stays as it is."""
    embedding = model.get_input_embeddings()
    if isinstance(embedding, PromptedEmbedding):
        model.set_input_embeddings(embedding.words)
