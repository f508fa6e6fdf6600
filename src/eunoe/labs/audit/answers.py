"""What one model says to the items of an audit, as rows of `OUTCOMES`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.errors import EunoeError
from eunoe.evaluation.engine import Engine
from eunoe.evaluation.outcomes import evaluate_items
from eunoe.transforms import Transform
from eunoe.worlds.text.formats.refusals import Markers, label

PLAIN, IDENTITY = "plain", "identity"


@dataclass(frozen=True)
class Batch:
    """Items that are asked and kept alike."""

    name: str
    items: pd.DataFrame
    """Rows of `ITEMS`, with texts."""
    refusals: bool
    """Whether replies are answers or refusals."""
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


def answer_all(engine: Engine, batches: Sequence[Batch], asking: Asking, markers: Markers) -> Any:
    """Return the outcomes of all batches in one table, but for who answered.

    Rewordings are asked as they are only: they are controls, and no transform of a control is read.
    """
    found = []
    for batch in batches:
        for name, items, transforms in by_wording(batch, asking.transforms):
            found.append(answer_some(engine, batch, items, transforms, name, asking, markers))
    return pd.concat(found, ignore_index=True)


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


def answer_some(
    engine: Engine,
    batch: Batch,
    items: pd.DataFrame,
    transforms: Sequence[Transform],
    name: str,
    asking: Asking,
    markers: Markers,
) -> pd.DataFrame:
    """Return the outcomes of items of one batch; refusals are told by the words of the reply."""
    rows = evaluate_items(
        engine,
        items,
        transforms,
        new_tokens=asking.new_tokens,
        likelihood=asking.likelihood and not batch.refusals,
        prompt_likelihood=True,
        keep_texts=batch.keep_texts or batch.refusals,
        resume=asking.resume / f"{name}.jsonl",
        digest=asking.digest,
    )
    return labelled(rows, markers, batch.keep_texts) if batch.refusals else rows


def labelled(rows: pd.DataFrame, markers: Markers, keep_texts: bool) -> pd.DataFrame:
    """Return rows with answer, refuse or ambiguous as their outcome, without texts if asked for."""
    outcomes = [
        label(reply, language, markers)
        for reply, language in zip(rows["decoded"], rows["language"], strict=True)
    ]
    rows = rows.assign(outcome=outcomes, correct=pd.Series(outcomes) == rows["gold"])
    return rows if keep_texts else rows.assign(prompt=None, reply=None, decoded=None)


def check_unchanged(own: pd.DataFrame, synthesized: pd.DataFrame, where: str) -> None:
    """Raise an EunoeError unless a user's items are those that were synthesized."""
    keys = ["task", "language", "wording", "item", "prompt"]
    if list(own[keys].itertuples(index=False)) != list(synthesized[keys].itertuples(index=False)):
        raise EunoeError(
            f"{where}: not what it was when the items were made; allowed: the same file, or items"
            " made anew"
        )
