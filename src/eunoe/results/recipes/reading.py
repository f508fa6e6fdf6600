"""Score and curve tables read into arrays over seeds; refused where they do not line up."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eunoe.config.figures import Bootstrap
from eunoe.errors import EunoeError
from eunoe.recipes.adapter_scope import AdapterScope
from eunoe.results.models import Model
from eunoe.results.recipes.arrays import MEASURES, Cell, Course, Curves, Items, Results
from eunoe.statistics.redraws import Array
from eunoe.tables.files import read_table
from eunoe.tables.scores import SCORES
from eunoe.tables.training import CURVE

COLUMNS = [
    *("probe", "kind", "model", "seed", "split", "source", "transform", "attached", "level"),
    *("example", *MEASURES),
]
"""The columns of `SCORES` that are read."""
KEYS = ["split", "source", "transform", "attached", "level", "kind", "model", "seed"]
FINAL = 0.0
"""In place of the level of a final model, which has none."""


class Reader:
    """Collects the scores of one probe; EunoeError where models of a seed have other examples."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[Cell, dict[int, Array]]] = {}
        """By split, cell and seed: (measures, examples)."""
        self.examples: dict[tuple[int, str, str], list[str]] = {}

    def add(self, path: Path, rows: pd.DataFrame) -> None:
        """Take the rows of a table."""
        rows = rows.assign(level=rows["level"].fillna(FINAL))
        rows = rows.sort_values([*KEYS, "example"], kind="stable")
        starts = np.flatnonzero(rows[KEYS].ne(rows[KEYS].shift()).any(axis=1).to_numpy())
        firsts = rows[KEYS].iloc[starts].itertuples(index=False, name=None)
        examples = rows["example"].to_numpy(object)
        values = rows[list(MEASURES)].to_numpy(np.float64).T
        for first, start, end in zip(firsts, starts, [*starts[1:], len(rows)], strict=True):
            split, source, transform, attached, level, kind, model, seed = first
            self._check(path, (seed, split, source), examples[start:end].tolist())
            at = None if level == FINAL else float(level)
            cell = Cell(Model(kind, model), source, transform, bool(attached), at)
            by_seed = self.parts.setdefault(split, {}).setdefault(cell, {})
            if seed in by_seed:
                raise EunoeError(f"{path}: {source} of {kind} {model}, seed {seed}: given twice")
            by_seed[seed] = values[:, start:end]

    def _check(self, path: Path, key: tuple[int, str, str], examples: list[str]) -> None:
        if self.examples.setdefault(key, examples) != examples or repeats(examples):
            seed, split, source = key
            raise EunoeError(
                f"{path}: {source}, {split}, seed {seed}: the examples are not those of the other "
                "models and transforms; allowed: the same, each once"
            )

    def results(
        self, split: str, bootstrap: Bootstrap, adapter_scopes: Mapping[str, AdapterScope]
    ) -> Results:
        """Return the results of a split; EunoeError if a final model lacks a seed."""
        parts = self.parts[split]
        seeds = sorted({seed for by_seed in parts.values() for seed in by_seed})
        values: dict[Cell, dict[str, Items]] = {}
        for cell, by_seed in parts.items():
            found = stacked(cell, by_seed, seeds)
            values[cell] = {name: found[:, number] for number, name in enumerate(MEASURES)}
        return Results(bootstrap, values, adapter_scopes)


def repeats(names: list[str]) -> bool:
    """Tell whether a name is given twice."""
    return len(set(names)) < len(names)


def stacked(cell: Cell, by_seed: dict[int, Array], seeds: list[int]) -> Array:
    """Return the arrays of the seeds as one, (seeds, measures, examples): NaN in seeds that never
    reached a checkpoint's level."""
    counts = sorted({part.shape[1] for part in by_seed.values()})
    if cell.level is not None:
        missing = np.full((len(MEASURES), counts[0]), np.nan)
        by_seed = {seed: by_seed.get(seed, missing) for seed in seeds}
    if sorted(by_seed) != seeds or len(counts) > 1:
        raise EunoeError(
            f"{cell.model.kind} {cell.model.name}: {cell.source} through {cell.transform}: seeds "
            f"{sorted(by_seed)} with {counts} examples; allowed: seeds {seeds} with equally many"
        )
    return np.stack([by_seed[seed] for seed in seeds])


def read_results(
    scores: list[Path], bootstrap: Bootstrap, adapter_scopes: Mapping[str, AdapterScope]
) -> dict[tuple[str, str], Results]:
    """Return results by (probe, split) from the score tables of all seeds and models.

    EunoeError with the file if it is no score table, or if its examples are not those of others.
    """
    readers: dict[str, Reader] = {}
    for path in scores:
        rows = frame(path, SCORES, COLUMNS)
        for probe, group in rows.groupby("probe", sort=False):
            readers.setdefault(str(probe), Reader()).add(path, group)
    return {
        (probe, split): reader.results(split, bootstrap, adapter_scopes)
        for probe, reader in readers.items()
        for split in reader.parts
    }


def frame(path: Path, schema: Any, columns: list[str] | None = None) -> pd.DataFrame:
    """Return a table as a frame of plain columns."""
    rows: pd.DataFrame = read_table(path, schema, columns).to_pandas()
    return rows.astype(dict.fromkeys(rows.select_dtypes("category").columns, object))


def read_curves(
    curves: list[Path], bootstrap: Bootstrap, adapter_scopes: Mapping[str, AdapterScope]
) -> Curves:
    """Return the curves of all seeds and models (`CURVE`).

    EunoeError if two seeds of a model were not measured at the same checkpoints.
    """
    found = Curves(bootstrap, {}, adapter_scopes)
    if not curves:
        return found
    rows = pd.concat([frame(path, CURVE) for path in curves])
    rows = rows.sort_values(["seed", "stage", "step"], kind="stable")
    for (kind, model), of_model in rows.groupby(["kind", "model"], sort=False):
        who = Model(str(kind), str(model))
        starts = stage_starts(of_model)
        for measure, group in of_model.groupby("measure", sort=False):
            found.courses[who, str(measure)] = course_of(who, str(measure), group, starts)
    return found


def stage_starts(rows: pd.DataFrame) -> Array:
    """Return how many updates a model has had when each of its stages, from 0, begins."""
    stages, steps = rows["stage"].to_numpy(np.int64), rows["step"].to_numpy(np.int64)
    lengths = np.zeros(stages.max() + 1)
    np.maximum.at(lengths, stages, steps)
    starts: Array = np.cumsum(lengths) - lengths
    return starts


def course_of(who: Model, measure: str, rows: pd.DataFrame, starts: Array) -> Course:
    """Return one measure of one model, from rows in the order of seed, stage and step."""
    by_seed = [part for _, part in rows.groupby("seed", sort=True)]
    places = [part[["stage", "step"]].to_numpy(np.int64) for part in by_seed]
    alike = all(np.array_equal(place, places[0]) for place in places)
    if not alike or len(np.unique(places[0], axis=0)) < len(places[0]):
        raise EunoeError(
            f"{who.kind} {who.name}: {measure} was not measured at the same checkpoints in all "
            "seeds, each once; allowed: curves of one configuration"
        )
    stages, steps = places[0].T
    updates = steps + starts[stages].astype(np.int64)
    values = np.stack([part["value"].to_numpy(np.float64) for part in by_seed])
    return Course(stages, steps, updates, values)
