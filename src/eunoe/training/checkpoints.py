"""Weights and resume files in safetensors, written atomically and never unpickled."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from eunoe.errors import EunoeError
from eunoe.files import atomic


def write_tensors(path: Path, tensors: Mapping[str, Tensor], note: dict[str, Any]) -> None:
    """Write tensors with a JSON note and a checksum, atomically; the same give the same bytes."""
    on_cpu = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(note, sort_keys=True)
    # one entry, as safetensors writes several in any order
    metadata = {"eunoe": f"{checksum(on_cpu, text)} {text}"}
    with atomic(path) as temporary:
        try:
            save_file(on_cpu, temporary, metadata)
        except SafetensorError as error:
            raise EunoeError(f"{path}: cannot be written ({error})") from None


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return what `write_tensors` wrote; EunoeError if the file is torn, altered or foreign."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise EunoeError(f"{path}: no such file") from None
    except (SafetensorError, OSError) as error:
        raise EunoeError(f"{path}: not a whole safetensors file ({error})") from None
    if "eunoe" not in metadata:
        raise EunoeError(f"{path}: not written by eunoe (no checksum in its header)")
    stated, _, text = metadata["eunoe"].partition(" ")
    if stated != checksum(tensors, text):
        raise EunoeError(f"{path}: the contents do not match the checksum in the header")
    return tensors, json.loads(text)


def checksum(tensors: Mapping[str, Tensor], note: str) -> str:
    """Return a digest of the note and of the tensors' names, shapes and bytes."""
    digest = hashlib.sha256(note.encode())
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


@dataclass(frozen=True)
class Kept:
    """A monitored checkpoint whose weights are kept."""

    step: int
    """Updates that its stage had made."""
    value: float
    """What it measured."""
    weights: dict[str, Tensor]
    """Copies of what the stage trains, by name."""

    @torch.no_grad()
    def restore(self, network: torch.nn.Module) -> None:
        """Put the weights back."""
        for name, weights in network.named_parameters():
            if name in self.weights:
                weights.copy_(self.weights[name])


def trained_weights(network: torch.nn.Module) -> dict[str, Tensor]:
    """Return copies of the weights that a network trains, by name."""
    named = network.named_parameters()
    return {name: each.detach().clone() for name, each in named if each.requires_grad}


@dataclass(frozen=True)
class Progress:
    """How far a job has come: all that training needs to go on bit by bit."""

    digest: str
    """Of the settings that the job belongs to; a file with another one is foreign."""
    stage: int
    step: int
    rows: list[dict[str, Any]]
    """The curve so far."""
    seconds: list[float] = field(default_factory=list)
    """What the updates of each stage have taken so far."""
    losses: list[float] = field(default_factory=list)
    """Of the updates since the curve's last row."""
    kept: dict[str, Any] = field(default_factory=dict)
    """Step and value of the checkpoints whose weights are kept, by what they are kept for."""


def save_progress(
    path: Path,
    progress: Progress,
    network: torch.nn.Module,
    optimizers: list[torch.optim.Optimizer],
    kept: Mapping[str, Kept] | None = None,
) -> None:
    """Write a resume file with the checkpoints that are kept, the weights of each once."""
    tensors: dict[str, Tensor] = {
        f"network.{name}": weights for name, weights in network.named_parameters()
    }
    for one in (kept or {}).values():
        tensors |= {f"kept.{one.step}.{name}": weights for name, weights in one.weights.items()}
    numbers: dict[str, float] = {}
    for index, optimizer in enumerate(optimizers):
        for row, state in optimizer.state_dict()["state"].items():
            for name, value in state.items():
                key = f"optimizer.{index}.{row}.{name}"
                if isinstance(value, Tensor):
                    tensors[key] = value
                else:
                    numbers[key] = value
    places = {purpose: (one.step, one.value) for purpose, one in (kept or {}).items()}
    write_tensors(path, tensors, {**vars(progress), "kept": places, "numbers": numbers})


def kept_in(progress: Progress, tensors: Mapping[str, Tensor]) -> dict[str, Kept]:
    """Return the checkpoints that a resume file keeps, by what they are kept for."""
    return {
        purpose: Kept(step, value, under(f"kept.{step}.", tensors))
        for purpose, (step, value) in progress.kept.items()
    }


def under(start: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with `start`, without it."""
    return {name[len(start) :]: each for name, each in tensors.items() if name.startswith(start)}


def load_progress(path: Path, digest: str) -> tuple[Progress, dict[str, Tensor], dict[str, float]]:
    """Return a resume file's progress, tensors and numbers; EunoeError if it cannot be used."""
    tensors, note = read_tensors(path)
    numbers = note.pop("numbers", {})
    try:
        progress = Progress(**note)
    except TypeError:
        raise EunoeError(f"{path}: not a resume file") from None
    if progress.digest != digest:
        raise EunoeError(
            f"{path}: belongs to other settings (digest {progress.digest}, wanted {digest})"
        )
    return progress, tensors, numbers


def restore(
    network: torch.nn.Module,
    optimizers: list[torch.optim.Optimizer],
    tensors: Mapping[str, Tensor],
    numbers: Mapping[str, float],
) -> None:
    """Put a resume file's weights and optimizer states back."""
    with torch.no_grad():
        for name, weights in network.named_parameters():
            weights.copy_(tensors[f"network.{name}"])
    for index, optimizer in enumerate(optimizers):
        states: dict[int, dict[str, Any]] = {}
        for key, value in [*tensors.items(), *numbers.items()]:
            if key.startswith(f"optimizer.{index}."):
                row, name = key.split(".", 3)[2:]
                states.setdefault(int(row), {})[name] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": states, "param_groups": groups})
