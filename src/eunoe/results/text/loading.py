"""Reads item-level tables into arrays over (seeds, items); EunoeError if items do not line up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eunoe.config.figures import Bootstrap
from eunoe.errors import EunoeError
from eunoe.results.models import Model
from eunoe.results.text.cells import ALL, UNCROSSED, Cell, Design, Scope, split_source
from eunoe.results.text.overlap import word_overlaps
from eunoe.results.text.replies import likeliest_is_right, read_replies
from eunoe.results.text.results import Items, Results

KEYS = [
    *("kind", "model", "seed", "split", "source", "task", "language", "wording", "transform"),
    *("attached", "level"),
]
FINAL = 0.0
"""Stands for the level of a final model, which has none."""
MEASURES = (
    *("right", "formatted", "specialised", "credit"),
    *("likelihood", "gold_share", "prompt_log_likelihood", "overlap"),
)
"""Columns that are averaged, in this order, if all rows of a cell have a value."""
OF_FORMATS = ("formatted", "specialised", "credit")
"""Measures of uncrossed designs only; crossed ones have the shares of outcomes instead."""

Numbers = dict[str, NDArray[np.float64]]
"""By measure: (items,)."""


@dataclass
class Split:
    """The rows of a probe's split that were read so far."""

    numbers: dict[Cell, dict[int, Numbers]] = field(default_factory=dict)
    """By cell and seed."""
    outcomes: dict[Cell, dict[int, NDArray[np.object_]]] = field(default_factory=dict)
    items: dict[tuple[Any, ...], list[str]] = field(default_factory=dict)
    """Names of the items that all models of a seed have, and in a crossed design all languages."""

    def takes(self, key: tuple[Any, ...], items: list[str]) -> bool:
        """Tell whether items are those that were first read under a key, each once."""
        return self.items.setdefault(key, items) == items and len(set(items)) == len(items)


Splits = dict[tuple[str, str], Split]


def load_results(
    paths: list[Path],
    bootstrap: Bootstrap,
    design: Design = UNCROSSED,
    adapter_scopes: Mapping[str, Scope] | None = None,
) -> dict[tuple[str, str], Results]:
    """Return results by (probe, split) from the tables of all seeds and models.

    EunoeError with the file if models of a seed have other items, or a model lacks a seed.
    """
    found: Splits = {}
    for path in paths:  # one at a time: as rows, all of them need far more memory
        for probe, rows in measured(read_replies(path), design).groupby("probe", sort=False):
            add(found, str(probe), path, rows, design)
    return {
        key: Results(bootstrap, arrays(part, design), adapter_scopes or {}, design)
        for key, part in found.items()
    }


def measured(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return rows with every measure, NaN where there is none, in the order of cells and items."""
    rows = rows.assign(level=rows["level"].fillna(FINAL), likelihood=likeliest_is_right(rows))
    if design.crossed:
        parts = [word_overlaps(part) for _, part in rows.groupby("probe", sort=False)]
        overlaps = pd.concat(parts) if parts else np.nan
        rows = rows.assign(overlap=overlaps, **dict.fromkeys(OF_FORMATS, np.nan))
    else:
        rows = rows.assign(overlap=np.nan, outcome="", wording=ALL)
    return rows.sort_values([*KEYS, "item"], kind="stable")


def add(found: Splits, probe: str, path: Path, rows: pd.DataFrame, design: Design) -> None:
    """Take the rows of a probe from a table, which are in the order of cells."""
    starts = np.flatnonzero(rows[KEYS].ne(rows[KEYS].shift()).any(axis=1).to_numpy())
    firsts = rows[KEYS].iloc[starts].itertuples(index=False, name=None)
    columns = {name: rows[name].to_numpy(np.float64) for name in MEASURES}
    items, outcomes = (rows[name].to_numpy(object) for name in ("item", "outcome"))
    for first, start, end in zip(firsts, starts, [*starts[1:], len(rows)], strict=True):
        kind, model, seed, split, source, task, language, wording, *how = first
        part = found.setdefault((probe, split), Split())
        transform, attached, level = how
        at = None if level == FINAL else float(level)
        names = (task, language) if design.crossed else split_source(source)
        asked = (wording, transform, bool(attached), at)
        cell = Cell(Model(kind, model), names[0], names[1], *asked)
        key = (seed, cell.task, wording if design.crossed else cell.language)
        if not part.takes(key, items[start:end].tolist()):
            others = "models, languages" if design.crossed else "models"
            raise EunoeError(
                f"{path}: {source}, {wording}, {split}, seed {seed}: the items are not those of "
                f"the other {others} and transforms; allowed: the same, each once"
            )
        numbers = part.numbers.setdefault(cell, {})
        if seed in numbers:
            raise EunoeError(f"{path}: {source} of {kind} {model}, seed {seed}: given twice")
        numbers[seed] = dict(known({name: values[start:end] for name, values in columns.items()}))
        part.outcomes.setdefault(cell, {})[seed] = outcomes[start:end]


def known(columns: Numbers) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield every measure that all rows have, by its name."""
    for name, values in columns.items():
        if not np.isnan(values).any():
            yield name, values


def arrays(part: Split, design: Design) -> dict[Cell, dict[str, Items]]:
    """Return the arrays of every cell and measure; EunoeError if a final model lacks a seed."""
    seeds = sorted({seed for by_seed in part.numbers.values() for seed in by_seed})
    shown = outcomes_by_task(part, design)
    found: dict[Cell, dict[str, Items]] = {}
    for cell, by_seed in part.numbers.items():
        first, *others = by_seed.values()
        names = [name for name in first if all(name in other for other in others)]
        by_name = {name: {seed: by_seed[seed][name] for seed in by_seed} for name in names}
        for name in shown[cell.task]:
            of_cell = part.outcomes[cell]
            by_name[name] = {seed: (of_cell[seed] == name).astype(float) for seed in of_cell}
        found[cell] = {name: stacked(cell, values, seeds) for name, values in by_name.items()}
    return found


def outcomes_by_task(part: Split, design: Design) -> dict[str, list[str]]:
    """Return the outcomes of each task, "other" last; none where items have no options."""
    found: dict[str, dict[str, None]] = {}
    for cell, by_seed in part.outcomes.items():
        seen = found.setdefault(cell.task, dict.fromkeys(design.outcomes.get(cell.task, ())))
        for outcomes in by_seed.values():
            seen.update(dict.fromkeys(sorted(set(outcomes) - {""})))
    return {
        task: [*(name for name in seen if name != "other"), "other"] if seen else []
        for task, seen in found.items()
    }


def stacked(cell: Cell, by_seed: dict[int, NDArray[np.float64]], seeds: list[int]) -> Items:
    """Return the arrays of the seeds as one, (seeds, items): NaN in seeds that never reached a
    checkpoint's level."""
    counts = sorted({len(part) for part in by_seed.values()})
    if cell.level is not None:
        missing = np.full(counts[0], np.nan)
        by_seed = {seed: by_seed.get(seed, missing) for seed in seeds}
    if sorted(by_seed) != seeds or len(counts) > 1:
        raise EunoeError(
            f"{cell.model.kind} {cell.model.name}: {cell.source} through {cell.transform}: seeds "
            f"{sorted(by_seed)} with {counts} items; allowed: seeds {seeds} with equally many"
        )
    return np.stack([by_seed[seed] for seed in seeds])
