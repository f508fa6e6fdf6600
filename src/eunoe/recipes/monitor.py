"""Evaluation of a model on validation items during training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

import pandas as pd

from eunoe.evaluation.engine import Engine
from eunoe.evaluation.tokens import Tokens, continued
from eunoe.worlds.text.formats.registry import has_format_of, score
from eunoe.worlds.text.sources import rows_from

BEYOND = 4
"""Tokens that a generated reply may have beyond the longest right one. A reply cut off earlier
would look right or specialised although it goes on."""

Rows = list[dict[str, Any]]
"""Rows of `ITEMS`."""


def answer(
    model: Any,
    tokenizer: Any,
    prompts: Mapping[str, str],
    new_tokens: int,
    prefix: Sequence[int] = (),
) -> dict[str, str]:
    """Return greedy replies by name, without changing the model's own generation settings."""
    settings = model.generation_config
    try:
        engine = Engine(model, tokenizer, batch_size=128, prefix=prefix)
        return engine.generate(prompts, new_tokens)
    finally:
        model.generation_config = settings


class Monitor:
    """The validation items of the monitored sources."""

    def __init__(
        self,
        tokenizer: Any,
        config: Any,
        validation: pd.DataFrame,
        sources: Sequence[str],
        target: str | None,
    ) -> None:
        """Take rows of `ITEMS`; a target is followed, whether named or not."""
        self.tokenizer = tokenizer
        self.tokens = Tokens(tokenizer, config)
        self.target = target
        names = dict.fromkeys([*sources, *([target] if target else [])])
        self.rows: dict[str, Rows] = {
            name: records(rows_from(validation, name, "worlds: monitored")) for name in names
        }
        self.rooms: dict[tuple[str, int], int] = {}
        """What `room` has found."""

    def ask(
        self,
        model: Any,
        size: int,
        prefix_of: Callable[[str], Sequence[int]],
        on_target: int | None = None,
    ) -> dict[str, float]:
        """Return shares of replies that are right, formatted and specialised, as `right.{source}`.

        The first `size` items of each source are used, without demonstrations; of the target the
        first `on_target`, if that is given. A reply is specialised if it has the format
        of the target's.
        """
        measured = {}
        for source, every in self.rows.items():
            asked = on_target if on_target and source == self.target else size
            rows = every[:asked]
            prompts = {row["item"]: row["prompt"] for row in rows}
            replies = answer(
                model, self.tokenizer, prompts, self.room(source, asked), prefix_of(source)
            )
            scores = [score(row, replies[row["item"]]) for row in rows]
            measured[f"right.{source}"] = fmean(each.right for each in scores)
            measured[f"formatted.{source}"] = fmean(each.formatted for each in scores)
            if self.target is not None:
                pattern = self.rows[self.target][0]
                told = [has_format_of(pattern, replies[row["item"]]) for row in rows]
                measured[f"specialised.{source}"] = fmean(told)
        return measured

    def room(self, source: str, size: int) -> int:
        """Return the number of tokens of the longest reply of a source or the target, and some
        more."""
        if (source, size) not in self.rooms:
            names = {source, self.target or source}
            rows = [row for name in names for row in self.rows[name][:size]]
            self.rooms[source, size] = longest_response(self.tokens, rows) + BEYOND
        return self.rooms[source, size]


def longest_response(tokens: Tokens, rows: Rows) -> int:
    """Return the number of tokens of the longest reply, and one for the end."""
    prompts = tokens.encode([row["prompt"] for row in rows])
    wholes = tokens.encode([continued(row["prompt"], row["reply"]) for row in rows])
    return 1 + max(len(whole) - len(own) for whole, own in zip(wholes, prompts, strict=True))


def records(rows: pd.DataFrame) -> Rows:
    """Return the rows of a table one by one."""
    found: Any = rows.to_dict("records")
    return list(found)
