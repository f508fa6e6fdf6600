"""Locations of models, and checks of a folder that do not read the model."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eunoe.errors import EunoeError

if TYPE_CHECKING:
    from eunoe.config.checkpoints import Checkpoint

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
TOKENIZERS = (
    "tokenizer.json",
    "tokenizer.model",
    "tekken.json",
    "spiece.model",
    "sentencepiece.bpe.model",
    "vocab.json",
    "vocab.txt",
)
"""Files of tokenizers; each has at least one of them."""
SMALL = ("generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "merges.txt")
"""Optional files that change how a model is read."""
MODEL, TOKENIZER = ("config.json", WEIGHTS), ("tokenizer.json", "tokenizer_config.json")
"""Files of a model that the workflow makes, and of its tokenizer."""
MADE = ("data/bases/", "data/runs/")
"""Folders in which the workflow writes models."""
ALLOWED = "allowed: a folder with config.json and model.safetensors, or owner/name on the hub"


def is_folder(location: str) -> bool:
    """Tell whether a location is a folder rather than a hub id, which is `name` or `owner/name`."""
    looks = location.startswith(("/", ".", "~", *MADE)) or location.count("/") > 1
    return looks or Path(location).exists()


def files_of(checkpoint: Checkpoint, where: str, weights: bool = True) -> list[str]:
    """Return the files that a checkpoint, or its tokenizer alone, is read from: of a folder.

    `where` is the key of the configuration, for the error if a folder holds no such files. Of a
    folder that the workflow itself makes, the files may not be there yet.
    """
    model, tokenizer = checkpoint.model, checkpoint.tokenizer
    found = to_read(model, where, model_files, MODEL) if weights else []
    if tokenizer is not None:
        model, where = tokenizer, f"{where}.tokenizer"
    return found + to_read(model, where, tokenizer_files, TOKENIZER)


def to_read(
    location: str,
    where: str,
    find: Callable[[Path, str], list[str]],
    made: Sequence[str],
) -> list[str]:
    """Return the files that `find` finds in a folder, or that the workflow will have made there."""
    if not is_folder(location):
        return []
    folder = Path(location).expanduser()
    if location.startswith(MADE):
        return [str(folder / name) for name in made]
    return find(folder, f"{where} = {location}")


def model_files(folder: Path, where: str) -> list[str]:
    """Return config and weights in a folder; EunoeError with one line if they are not there."""
    check_folder(folder, where)
    if not (folder / INDEX).is_file():
        return [str(folder / name) for name in MODEL]
    return [str(folder / name) for name in ("config.json", INDEX, *shards_in(folder / INDEX))]


def check_folder(folder: Path, where: str) -> None:
    """Raise an EunoeError unless a folder holds a config and safetensors."""
    if not folder.is_dir():
        raise EunoeError(f"{where}: no such folder; {ALLOWED}")
    if (folder / "adapter_config.json").is_file():
        raise EunoeError(
            f"{where}: holds an adapter, no whole model; allowed: the model with its adapter"
            " merged (peft's merge_and_unload, then save_pretrained)"
        )
    if not (folder / "config.json").is_file():
        raise EunoeError(f"{where}: has no config.json; {ALLOWED}")
    if (folder / WEIGHTS).is_file() or (folder / INDEX).is_file():
        return
    if pickles := sorted(path.name for path in folder.glob("*.bin")):
        raise EunoeError(
            f"{where}: has {pickles[0]} only, a pickle, which can run code when it is read;"
            " allowed: safetensors (save_pretrained writes them)"
        )
    raise EunoeError(f"{where}: has no {WEIGHTS}; {ALLOWED}")


def check_whole(folder: Path, where: str) -> None:
    """Raise an EunoeError if what a run has learnt is in a LoRA beside its weights."""
    if (folder / "adapters" / "lora").is_dir():
        raise EunoeError(
            f"{where}: what the run has learnt is in adapters/lora, not in its weights; allowed:"
            " a run that trains all, or a probe with texts of the run"
        )


def shards_in(index: Path) -> list[str]:
    """Return the names of the weight files that an index lists; EunoeError if one is missing."""
    try:
        shards = sorted(set(json.loads(index.read_text())["weight_map"].values()))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise EunoeError(f"{index}: not an index of safetensors ({error})") from None
    for shard in shards:
        if Path(shard).name != shard or not shard.endswith(".safetensors"):
            raise EunoeError(f"{index}: {shard}: allowed: names of safetensors in the same folder")
        if not (index.parent / shard).is_file():
            raise EunoeError(f"{index}: {shard} is missing; allowed: files that are there")
    return shards


def tokenizer_files(folder: Path, where: str) -> list[str]:
    """Return the files of the tokenizer in a folder; EunoeError with one line if there is none."""
    if not folder.is_dir():
        raise EunoeError(f"{where}: no such folder; {ALLOWED}")
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise EunoeError(
            f"{where}: has no tokenizer; allowed: a folder with {TOKENIZER[0]}, or a mapping with"
            " model and tokenizer, which may be a folder or a hub id of its own"
        )
    names = (*TOKENIZERS, *SMALL, "chat_template.jinja")
    return [str(folder / name) for name in names if (folder / name).is_file()]
