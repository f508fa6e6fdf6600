"""A probe's replies as arrays over (seeds, items).

Every model of a seed is asked the same items, through every transform, with its soft prompt or LoRA
attached or not: arrays of two models, transforms or ways to attach are paired item by item, and in
a crossed design those of two languages too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eunoe.config.figures import Bootstrap
from eunoe.results.models import Model, NotRun
from eunoe.results.text.cells import (
    ALL,
    UNCROSSED,
    Cell,
    Design,
    Query,
    Scope,
    source_of,
    stream_of,
)
from eunoe.statistics.redraws import Array, item_weights, unsettled, weighted_means

Items = NDArray[np.float64]
"""(seeds, items)."""

NUMBERS = ("credit", "overlap")
"""Measures that are not of 0 and 1 even where all values are."""


@dataclass
class Results:
    """All results of a probe on one split."""

    bootstrap: Bootstrap
    values: dict[Cell, dict[str, Items]] = field(default_factory=dict)
    """By cell and measure: 1 and 0, or the number itself; NaN where a seed never reached the
    level."""
    adapter_scopes: Mapping[str, Scope] = field(default_factory=dict)
    """The scopes of adapters, by run."""
    design: Design = UNCROSSED
    _weights: dict[tuple[int, int], Array] = field(default_factory=dict)
    _means: dict[tuple[Cell, str], Array] = field(default_factory=dict)

    def mean(self, model: Model, query: Query) -> Array:
        """Return each seed's mean, (1 + R, seeds), tasks and wordings counting alike.

        NotRun if it was not measured. Cells with equally many items are drawn together, item by
        item, so that intervals hold whether or not the items of two tasks are alike; others are
        taken as one.
        """
        cells = self.cells(model, query)
        found = [self._items(cell, query.measure) for cell in cells]
        if len({items.shape for items in found}) == 1:
            return np.mean([self._mean(cell, query.measure) for cell in cells], axis=0)
        return self._redrawn(np.concatenate(found, axis=1), cells, query.measure)

    def mean_over(self, model: Model, queries: Sequence[Query]) -> Array:
        """Return each seed's mean of several means, which count alike: (1 + R, seeds).

        NotRun if one was not measured, or if there is none.
        """
        if not queries:
            raise NotRun("no source to take the mean over")
        mean: Array = np.mean([self.mean(model, query) for query in queries], axis=0)
        return mean

    def deployed(self, model: Model, source: str) -> bool:
        """Tell whether a model is used on a source with its soft prompt or LoRA."""
        scope = self.adapter_scopes.get(model.name) if model.kind == "run" else None
        return scope is not None and scope.covers(source)

    def count(self, model: Model, queries: Sequence[Query]) -> tuple[int, int]:
        """Return the number of seeds, and of replies of each seed."""
        shapes = [
            self._items(cell, query.measure).shape
            for query in queries
            for cell in self.cells(model, query)
        ]
        return shapes[0][0], sum(shape[1] for shape in shapes)

    def cells(self, model: Model, query: Query) -> list[Cell]:
        """Return the cells over which a mean is taken; NotRun if no task is in that wording."""
        members = self.design.members(query.task)
        wanted = [
            self._cell(model, task, wording, query)
            for task, wording in self.asked
            if task in members and query.wording in (wording, ALL)
        ]
        if not wanted:
            raise NotRun(
                f"no {query.measure} of {model.kind} {model.name} on {query.source}: "
                f"not asked in wording {query.wording}"
            )
        return wanted

    def measures(self, model: Model, queries: Sequence[Query]) -> list[str]:
        """Return the measures that all cells of a mean have."""
        cells = [cell for query in queries for cell in self.cells(model, query)]
        found = [self.values.get(cell, {}) for cell in cells]
        return [name for name in found[0] if all(name in values for values in found)]

    @cached_property
    def models(self) -> list[Model]:
        """Every model that was evaluated."""
        return list(dict.fromkeys(cell.model for cell in self.values))

    @cached_property
    def sources(self) -> list[str]:
        """Every source that was asked."""
        return list(dict.fromkeys(cell.source for cell in self.values))

    @cached_property
    def transforms(self) -> list[str]:
        """Every transform that some source was asked through."""
        return list(dict.fromkeys(cell.transform for cell in self.values))

    @cached_property
    def levels(self) -> list[float]:
        """Every level of the target with an evaluated checkpoint, in order."""
        return sorted({cell.level for cell in self.values if cell.level is not None})

    @cached_property
    def asked(self) -> list[tuple[str, str]]:
        """Every task with its wordings."""
        return list(dict.fromkeys((cell.task, cell.wording) for cell in self.values))

    def wordings(self, task: str) -> list[str]:
        """Return the wordings of a task or pool, and all of them."""
        members = self.design.members(task)
        return list(dict.fromkeys([*(word for name, word in self.asked if name in members), ALL]))

    def transforms_of(self, source: str) -> list[str]:
        """Return the transforms that a source was asked through."""
        return list(dict.fromkeys(cell.transform for cell in self.values if cell.source == source))

    def places(self, task: str) -> list[tuple[str, str]]:
        """Return every language and transform in which a task or pool was asked."""
        members = self.design.members(task)
        return list(dict.fromkeys(place for name, place in self._places if name in members))

    @cached_property
    def _places(self) -> list[tuple[str, tuple[str, str]]]:
        """Every task with its languages and transforms."""
        return list(
            dict.fromkeys((cell.task, (cell.language, cell.transform)) for cell in self.values)
        )

    def _cell(self, model: Model, task: str, wording: str, query: Query) -> Cell:
        attached = query.attached == "yes"
        if query.attached == "deployed":
            attached = self.deployed(model, source_of(task, query.language))
        how = (query.transform, attached, query.level)
        return Cell(model, task, query.language, wording, *how)

    def _items(self, cell: Cell, measure: str) -> Items:
        found = self.values.get(cell, {})
        if measure not in found:
            how = "attached" if cell.attached else "not attached"
            at = "" if cell.level is None else f", at {cell.level:.0%} of the target"
            raise NotRun(
                f"no {measure} of {cell.model.kind} {cell.model.name} on {cell.source} "
                f"through {cell.transform}, {how}{at}"
            )
        return found[measure]

    def _mean(self, cell: Cell, measure: str) -> Array:
        if (cell, measure) not in self._means:
            self._means[cell, measure] = self._redrawn(self._items(cell, measure), [cell], measure)
        return self._means[cell, measure]

    def _redrawn(self, items: Items, cells: Sequence[Cell], measure: str) -> Array:
        """Return the means of the items of cells under redraws."""
        shape = (items.shape[0], items.shape[1])
        if shape not in self._weights:
            self._weights[shape] = item_weights(*shape, self.bootstrap)
        means = weighted_means(self._weights[shape], items)
        if measure in NUMBERS or not (np.isin(items, (0, 1)) | np.isnan(items)).all():
            return means
        crossed = self.design.crossed
        name = "generated" if crossed and measure == "right" else measure
        names = [stream_of(cell, crossed=crossed) for cell in cells]
        return unsettled(means, shape[1], *names, name)
