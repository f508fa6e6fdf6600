"""Examples as a model is asked them, and what its replies are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from eunoe.config.probes import PromptCounts
from eunoe.evaluation.tokens import demonstrated
from eunoe.streams import stream
from eunoe.tables.columns import WHO
from eunoe.tables.scores import SCORES
from eunoe.transforms.chain import Chain
from eunoe.transforms.interface import Transform
from eunoe.worlds.text.formats.registry import has_format_of, score
from eunoe.worlds.text.sources import rows_from
from eunoe.worlds.text.tasks import TASKS
from eunoe.worlds.text.translation import Translate

Example = Mapping[str, Any]
"""A row of `ITEMS`."""

TAKEN = ("language", "wording", "split", "transform", "reply", "decoded")
"""Columns of `OUTCOMES` that `SCORES` has too."""


def asked_examples(
    examples: pd.DataFrame,
    sources: Sequence[str],
    counts: PromptCounts,
    demonstrations: int,
    seed: int,
) -> pd.DataFrame:
    """Return the first validation and test examples of each source (`ITEMS`).

    `source` is the name that was asked for. Before each prompt stand training examples of the same
    source, the same for all models. EunoeError if the world has no such source.
    """
    parts = []
    for source in sources:
        rows = rows_from(examples, source, "probe")
        shown = list(rows.loc[rows["split"] == "train", ["prompt", "reply"]].itertuples(False))
        for split in ("validation", "test"):
            part = rows[rows["split"] == split].head(getattr(counts, split))
            prompts = [
                with_demonstrations(prompt, shown, demonstrations, seed, number)
                for number, prompt in enumerate(part["prompt"])
            ]
            parts.append(part.assign(source=source, prompt=prompts))
    return pd.concat(parts, ignore_index=True)


def with_demonstrations(
    prompt: str, shown: Sequence[tuple[str, str]], count: int, seed: int, number: int
) -> str:
    """Return a prompt after some of the examples that can be shown, each once."""
    if count == 0:
        return prompt
    draws = stream(seed, "evaluate/demonstrations", number)
    chosen = draws.choice(len(shown), size=min(count, len(shown)), replace=False)
    return demonstrated(prompt, [tuple(shown[place]) for place in chosen])


def groups_of(
    examples: pd.DataFrame, transforms: Sequence[Transform]
) -> Iterator[tuple[str, pd.DataFrame, list[Transform]]]:
    """Yield examples with the transforms that they go through, and a name for the group.

    What asks for a translation is not translated itself.
    """
    kept = [task for task in TASKS if not TASKS[task].translated]
    asking = examples["task"].isin(kept)
    others = [transform for transform in transforms if not translates(transform)]
    for name, of_group, chosen in (("all", ~asking, list(transforms)), ("some", asking, others)):
        if of_group.any() and chosen:
            yield name, examples[of_group], chosen


def translates(transform: Transform) -> bool:
    """Tell whether a transform is a translation by the lexicon, or has one as a link."""
    links = transform.transforms if isinstance(transform, Chain) else [transform]
    return any(isinstance(link, Translate) for link in links)


def scored(
    outcomes: pd.DataFrame, examples: pd.DataFrame, target: Example | None, attached: bool
) -> pd.DataFrame:
    """Return rows of `SCORES` from outcomes (`OUTCOMES`).

    Columns that say which model has answered are left out. `specialised` is in the format of the
    target, false where there is none.
    """
    records: list[Any] = examples.to_dict("records")
    asked: dict[tuple[str, ...], Example] = {place_of(row): row for row in records}
    rows = []
    for outcome in outcomes.to_dict("records"):
        example, reply = asked[place_of(outcome)], str(outcome["decoded"])
        worth = score(example, reply)
        rows.append(
            {
                **{name: outcome[name] for name in TAKEN},
                **{
                    "example": example["item"],
                    "source": example["source"],
                    "task": example["task"],
                },
                **{"right": worth.right, "formatted": worth.formatted, "credit": worth.credit},
                "specialised": target is not None and has_format_of(target, reply),
                "attached": attached,
            }
        )
    columns = [name for name in SCORES.names if name not in ("probe", "level", *WHO)]
    return pd.DataFrame(rows, columns=columns)


def place_of(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return what tells an item from others, of a row with these columns."""
    return row["item"], row["language"], row["wording"]
