"""What one model says to the items of an audit, as rows of `REPLIES`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.errors import EunoeError
from eunoe.evaluation.engine import Engine
from eunoe.evaluation.options import OTHER, outcome_among
from eunoe.evaluation.replies import evaluate_items
from eunoe.transforms import Transform
from eunoe.worlds.text.formats.refusals import AMBIGUOUS, Markers, label

PLAIN, IDENTITY = "plain", "identity"


@dataclass(frozen=True)
class Batch:
    """Items that are asked and kept alike."""

    name: str
    items: pd.DataFrame
    """Rows of `ITEMS`, with texts."""
    keep_texts: bool


@dataclass(frozen=True)
class Asking:
    """How items are asked."""

    transforms: Sequence[Transform]
    new_tokens: int
    likelihood: bool
    resume: Path
    """Folder of the files from which a killed job goes on."""
    digest: str
    """Of the model and of all settings that the items do not show."""


def answer_all(
    engine: Engine, batches: Sequence[Batch], asking: Asking, markers: Markers
) -> pd.DataFrame:
    """Return the replies to all batches in one table, but for who answered.

    Rewordings are asked as they are only: they are controls, and no transform of a control is read.
    """
    found = [
        evaluate_items(
            engine,
            items,
            transforms,
            partial(check, markers=markers),
            new_tokens=asking.new_tokens,
            likelihood=asking.likelihood,
            prompt_likelihood=True,
            keep_texts=batch.keep_texts,
            resume=asking.resume / f"{name}.jsonl",
            digest=asking.digest,
        )
        for batch in batches
        for name, items, transforms in by_wording(batch, asking.transforms)
    ]
    return pd.concat(found, ignore_index=True).assign(attached=False, level=math.nan)


def by_wording(
    batch: Batch, transforms: Sequence[Transform]
) -> Iterator[tuple[str, pd.DataFrame, list[Transform]]]:
    """Yield name, items and transforms of what a batch asks in the plain wording, and otherwise."""
    plain = batch.items["wording"] == PLAIN
    identity = [transform for transform in transforms if transform.label == IDENTITY]
    if plain.any():
        yield f"{batch.name}.plain", batch.items[plain], list(transforms)
    if not plain.all():
        yield f"{batch.name}.other", batch.items[~plain], identity


def check(item: Mapping[str, Any], reply: str, markers: Markers) -> dict[str, Any]:
    """Return what a reply is worth as columns of `REPLIES`, as `formats.registry` has it.

    Items of an audit have options, or they are to be answered or refused. The formats of the worlds
    stay apart: with them an edit of a grammar would make audits anew.
    """
    if item["format"] == "refusal":
        outcome = label(reply, item["language"], markers)
    else:
        options = [(option["outcome"], option["text"]) for option in item["options"]]
        outcome = outcome_among(reply, options)
    right = bool(outcome == item["gold"])
    clear = outcome not in (OTHER, AMBIGUOUS)
    return {
        **{"outcome": outcome, "right": right, "formatted": clear},
        **{"credit": float(right), "specialised": False},
    }


def check_unchanged(own: pd.DataFrame, synthesized: pd.DataFrame, where: str) -> None:
    """Raise an EunoeError unless a user's items are those that were synthesized."""
    keys = ["task", "language", "wording", "item", "prompt"]
    if list(own[keys].itertuples(index=False)) != list(synthesized[keys].itertuples(index=False)):
        raise EunoeError(
            f"{where}: not what it was when the items were made; allowed: the same file, or items"
            " made anew"
        )
