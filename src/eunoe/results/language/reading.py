"""Outcome tables read into arrays over (seeds, items); refused where they do not line up."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eunoe.config.figures import Bootstrap
from eunoe.errors import EunoeError
from eunoe.results.language.arrays import (
    ACCURACY_COLUMNS,
    HELD_OUT,
    MAIN,
    Cell,
    Items,
    Place,
    Results,
)
from eunoe.results.models import Model
from eunoe.tables.files import read_table
from eunoe.tables.outcomes import OUTCOMES

MEASURES = {
    **{column: measure for measure, column in ACCURACY_COLUMNS.items()},
    "gold_share": "gold_share",
    "prompt_log_likelihood": "prompt_log_likelihood",
    "overlap": "overlap",
}
"""Measures by the column that holds them."""
QUESTION = ("in_context", "instruction")
ANSWERS = {
    **dict.fromkeys((*MAIN, *HELD_OUT), QUESTION),
    "inference": ("true", "false", "neither"),
    "guarded_topics": ("answer", "refuse"),
    "free_topics": ("answer", "refuse"),
}
"""Outcomes that a task can have even where nobody shows them; "other" beside them."""

COLUMNS = [
    *("probe", "kind", "model", "seed", "item", "task", "split", "language", "wording"),
    *("transform", "prompt", "outcome", "correct", "choice_correct"),
    *("gold_share", "prompt_log_likelihood"),
]
KEYS = ["split", "task", "wording", "language", "transform"]


class Reader:
    """Collects the tables of one probe; EunoeError where seeds or models have other items."""

    def __init__(self) -> None:
        self.numbers: dict[str, dict[Cell, dict[int, dict[str, NDArray[np.float64]]]]] = {}
        self.outcomes: dict[str, dict[Cell, dict[int, NDArray[np.object_]]]] = {}
        self.items: dict[tuple[int, str, str, str], list[str]] = {}

    def add(self, path: Path, rows: pd.DataFrame) -> None:
        """Take the rows of a table."""
        keys = ["kind", "model", "seed", *KEYS]
        rows = rows.assign(overlap=word_overlaps(rows)).sort_values([*keys, "item"])
        changes = rows[keys].ne(rows[keys].shift()).any(axis=1).to_numpy()
        starts = np.flatnonzero(changes)
        firsts = rows[keys].iloc[starts].itertuples(index=False, name=None)
        columns = {name: rows[name].to_numpy(object) for name in ("item", "outcome", *MEASURES)}
        for first, start, end in zip(firsts, starts, [*starts[1:], len(rows)], strict=True):
            kind, model, seed, split, task, wording, language, transform = first
            part = {name: values[start:end] for name, values in columns.items()}
            self._check(path, (seed, split, task, wording), part["item"].tolist(), language)
            cell = Cell(Model(kind, model), task, wording, Place(language, transform))
            numbers = self.numbers.setdefault(split, {}).setdefault(cell, {})
            numbers[seed] = dict(numbers_of(part))
            self.outcomes.setdefault(split, {}).setdefault(cell, {})[seed] = part["outcome"]

    def _check(
        self, path: Path, key: tuple[int, str, str, str], items: list[str], language: str
    ) -> None:
        if self.items.setdefault(key, items) != items or len(set(items)) < len(items):
            seed, split, task, wording = key
            raise EunoeError(
                f"{path}: {task} in {language}, {wording}, {split}, seed {seed}: the items are not "
                "those of the other models and languages; allowed: the same, each once"
            )

    def results(self, split: str, bootstrap: Bootstrap) -> Results:
        """Return the results of a split; EunoeError if a model or place lacks a seed."""
        numbers = self.numbers.get(split, {})
        seeds = sorted({seed for by_seed in numbers.values() for seed in by_seed})
        found: dict[Cell, dict[str, Items]] = {}
        names = self._outcomes_of(split)
        for cell, by_seed in numbers.items():
            outcomes = stacked(cell, self.outcomes[split][cell], seeds)
            measures = [
                name for name in by_seed[seeds[0]] if all(name in part for part in by_seed.values())
            ]
            found[cell] = {
                name: stacked(cell, {seed: part[name] for seed, part in by_seed.items()}, seeds)
                for name in measures
            }
            for name in names[cell.task]:
                found[cell][name] = (outcomes == name).astype(np.float64)
        return Results(bootstrap, found)

    def _outcomes_of(self, split: str) -> dict[str, list[str]]:
        """Return the outcomes of each task, "other" last."""
        found: dict[str, dict[str, None]] = {}
        for cell, by_seed in self.outcomes[split].items():
            seen = found.setdefault(cell.task, dict.fromkeys(ANSWERS.get(cell.task, ())))
            for outcomes in by_seed.values():
                seen.update(dict.fromkeys(sorted(set(outcomes))))
        return {
            task: [*(name for name in seen if name != "other"), "other"]
            for task, seen in found.items()
        }


def numbers_of(part: dict[str, NDArray[Any]]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield every measure that all rows have, by its name."""
    for column, measure in MEASURES.items():
        if not pd.isna(part[column]).any():
            yield measure, part[column].astype(np.float64)


def stacked(cell: Cell, by_seed: dict[int, NDArray[Any]], seeds: list[int]) -> NDArray[Any]:
    """Return arrays of the seeds as one, (seeds, items)."""
    lengths = {len(part) for part in by_seed.values()}
    if sorted(by_seed) != seeds or len(lengths) > 1:
        where = f"{cell.task} in {cell.place.language} through {cell.place.transform}"
        raise EunoeError(
            f"{cell.model.kind} {cell.model.name}: {where}: seeds {sorted(by_seed)} with "
            f"{sorted(lengths)} items; allowed: seeds {seeds} with equally many items"
        )
    return np.stack([by_seed[seed] for seed in seeds])


def read_results(outcomes: list[Path], bootstrap: Bootstrap) -> dict[tuple[str, str], Results]:
    """Return results by (probe, split) from the tables of all seeds and models."""
    readers: dict[str, Reader] = {}
    for path in outcomes:  # one at a time: as rows, all of them need far more memory
        rows = read_table(path, OUTCOMES, COLUMNS).to_pandas()
        rows = rows.astype(dict.fromkeys(rows.select_dtypes("category").columns, object))
        for probe, group in rows.groupby("probe", sort=False):
            readers.setdefault(str(probe), Reader()).add(path, group)
    return {
        (probe, split): reader.results(split, bootstrap)
        for probe, reader in readers.items()
        for split in reader.numbers
    }


def words(text: str) -> list[str]:
    """Return the words and numbers of a text as they are written."""
    return re.findall(r"\w+", text)


def word_overlaps(rows: pd.DataFrame) -> pd.Series:
    """Return the share of each prompt's words that occur in plain English prompts of its task and
    wording; NaN where texts were not kept or English was not asked."""
    english = rows[(rows["language"] == "en") & (rows["transform"] == "identity")]
    known: dict[tuple[str, str], set[str]] = {}
    for task, wording, prompt in english[["task", "wording", "prompt"]].itertuples(index=False):
        if isinstance(prompt, str):
            known.setdefault((task, wording), set()).update(words(prompt))

    def overlap(task: str, wording: str, prompt: str | None) -> float:
        found = words(prompt) if isinstance(prompt, str) else []
        if not found or (task, wording) not in known:
            return float("nan")
        return sum(word in known[task, wording] for word in found) / len(found)

    shares = [overlap(*row) for row in rows[["task", "wording", "prompt"]].itertuples(index=False)]
    return pd.Series(shares, index=rows.index, dtype=float)
