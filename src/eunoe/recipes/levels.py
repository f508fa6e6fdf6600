"""Checkpoints of a run's last stage at which its target score first reached the world's levels.

One file holds them all. `{checkpoint}/{part}/{name}` are the tensors in which a checkpoint differs
from the run's final model. The file's note has the checkpoint of each level. A part is
`weights`, or the folder of a soft prompt or LoRA beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from eunoe.errors import EunoeError
from eunoe.training.checkpoints import Kept, read_tensors, trained_weights, under, write_tensors

if TYPE_CHECKING:
    from eunoe.recipes.adapted import AdaptedModel


@dataclass(frozen=True)
class LevelNote:
    """Whether a run reached a level, and after how many updates."""

    level: float
    """Share of right replies on the target."""
    step: int | None
    """Updates that the last stage had made; None if the level was never reached."""
    value: float | None
    """The target score there, on the validation items that selected it."""

    @property
    def reached(self) -> bool:
        """Tell whether the level was reached."""
        return self.step is not None


@dataclass(frozen=True)
class LevelNotes:
    """The levels that a run's last stage reached, and its best target score."""

    levels: list[LevelNote]
    """The world's levels, in rising order; none for a recipe without a target."""
    best: float | None
    """The highest target score of its monitored checkpoints; None without a target."""


def write_levels(
    path: Path,
    levels: Sequence[float],
    kept: Mapping[str, Kept],
    best: float | None,
    adapted: AdaptedModel,
) -> None:
    """Write the checkpoints kept at levels; `adapted` is the final model, before and after."""
    final = {name: each.detach().clone() for name, each in adapted.tensors().items()}
    last = Kept(0, 0.0, trained_weights(adapted.model))
    tensors: dict[str, Tensor] = {}
    for one in {kept.step: kept for kept in kept.values()}.values():
        one.restore(adapted.model)
        tensors |= {
            f"{one.step}/{name}": each.detach().clone()
            for name, each in adapted.tensors().items()
            if not torch.equal(each, final[name])
        }
    last.restore(adapted.model)
    notes = [
        {"level": level, "step": one.step, "value": one.value} if one else {"level": level}
        for level, one in ((level, kept.get(str(level))) for level in levels)
    ]
    write_tensors(path, tensors, {"levels": notes, "best": best})


def read_level_notes(path: Path) -> LevelNotes:
    """Return the levels that a run reached, without weights; EunoeError for another kind of
    file."""
    return notes_of(path, read_tensors(path)[1])


def read_checkpoints(path: Path) -> list[tuple[list[float], dict[str, Tensor]]]:
    """Return the levels of each checkpoint, and the tensors in which it differs from the final
    one."""
    tensors, note = read_tensors(path)
    of_step: dict[int, list[float]] = {}
    for one in notes_of(path, note).levels:
        if one.step is not None:
            of_step.setdefault(one.step, []).append(one.level)
    return [(levels, under(f"{step}/", tensors)) for step, levels in of_step.items()]


def notes_of(path: Path, note: Mapping[str, object]) -> LevelNotes:
    """Return a file's note; EunoeError if it is another kind of file."""
    levels, best = note.get("levels"), note.get("best")
    if not isinstance(levels, list) or not (best is None or isinstance(best, float)):
        raise EunoeError(f"{path}: no file of levels")
    found = [LevelNote(one["level"], one.get("step"), one.get("value")) for one in levels]
    return LevelNotes(found, best)
