"""A probe's scores as arrays over (seeds, examples), and training curves.

Every model of a seed is asked the same examples, through every transform, with its soft prompt or
LoRA attached or not: arrays of two models, transforms or ways to attach are paired example by
example.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eunoe.config.figures import Bootstrap
from eunoe.recipes.adapter_scope import AdapterScope
from eunoe.results.models import Model, NotRun
from eunoe.statistics.redraws import Array, item_weights, unsettled, weighted_means
from eunoe.streams import stream

Items = NDArray[np.float64]
"""(seeds, examples)."""

Measure = Literal["right", "formatted", "specialised", "credit"]
MEASURES: tuple[Measure, ...] = ("right", "formatted", "specialised", "credit")
"""Columns of `SCORES` that are averaged."""


@dataclass(frozen=True)
class Asked:
    """What is measured: a source, through a transform, soft prompt and LoRA attached or not, of the
    final model or of the checkpoint that first reached a level of the target."""

    source: str
    transform: str = "identity"
    attached: bool = False
    measure: Measure = "right"
    level: float | None = None


@dataclass(frozen=True)
class Cell:
    """What one array holds."""

    model: Model
    source: str
    transform: str
    attached: bool
    level: float | None = None


@dataclass
class Results:
    """All that a probe measured on one split."""

    bootstrap: Bootstrap
    values: dict[Cell, dict[str, Items]] = field(default_factory=dict)
    """By cell and measure: 1 and 0, or the credit; NaN where a seed never reached the level."""
    adapter_scopes: Mapping[str, AdapterScope] = field(default_factory=dict)
    """How runs with something to attach are used, by run."""
    _weights: dict[tuple[int, ...], Array] = field(default_factory=dict)
    _means: dict[tuple[Cell, str], Array] = field(default_factory=dict)

    def mean(self, model: Model, asked: Asked) -> Array:
        """Return each seed's mean, (1 + R, seeds); NotRun if it was not measured."""
        cell = cell_of(model, asked)
        if (cell, asked.measure) not in self._means:
            items = self._items(cell, asked.measure)
            means = weighted_means(self._weights_for(items), items)
            if asked.measure != "credit":  # that is not of 0 and 1
                means = unsettled(means, items.shape[1], cell, asked.measure)
            self._means[cell, asked.measure] = means
        return self._means[cell, asked.measure]

    def mean_over(self, model: Model, sources: Sequence[str], asked: Asked) -> Array:
        """Return each seed's mean over sources, which count alike: (1 + R, seeds).

        The source of `asked` has no effect. NotRun if a source was not measured, or if there is
        none.
        """
        return self._over(sources, [self.mean(model, of(asked, source)) for source in sources])

    def used(self, model: Model, asked: Asked) -> Array:
        """Return the mean as `mean` does, attached or not as the model is used on the source
        (`deployed`): what `asked` says of it has no effect."""
        return self.mean(model, replace(asked, attached=self.deployed(model, asked.source)))

    def used_over(self, model: Model, sources: Sequence[str], asked: Asked) -> Array:
        """Return the mean over sources as `mean_over` does, attached as in `used`."""
        return self._over(sources, [self.used(model, of(asked, source)) for source in sources])

    def deployed(self, model: Model, source: str) -> bool:
        """Tell whether a model has its soft prompt or LoRA attached when it is used on a source."""
        adapter_scope = self.adapter_scopes.get(model.name) if model.kind == "run" else None
        return adapter_scope is not None and adapter_scope.covers(source)

    def count(self, model: Model, asked: Asked) -> tuple[int, int]:
        """Return the number of seeds, and of examples of each seed."""
        seeds, examples = self._items(cell_of(model, asked), asked.measure).shape
        return seeds, examples

    @cached_property
    def models(self) -> list[Model]:
        """Everyone who was asked."""
        return list(dict.fromkeys(cell.model for cell in self.values))

    @cached_property
    def sources(self) -> list[str]:
        """Every source that was asked."""
        return list(dict.fromkeys(cell.source for cell in self.values))

    @cached_property
    def transforms(self) -> list[str]:
        """Every transform that some source was asked through."""
        return list(dict.fromkeys(cell.transform for cell in self.values))

    def transforms_of(self, source: str) -> list[str]:
        """Return the transforms that a source was asked through."""
        return list(dict.fromkeys(cell.transform for cell in self.values if cell.source == source))

    def attachable(self, model: Model) -> bool:
        """Tell whether a model was asked with something attached."""
        return any(cell.model == model and cell.attached for cell in self.values)

    @staticmethod
    def _over(sources: Sequence[str], means: list[Array]) -> Array:
        if not sources:
            raise NotRun("no source to take the mean over")
        mean: Array = np.mean(means, axis=0)
        return mean

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

    def _weights_for(self, items: Items) -> Array:
        if items.shape not in self._weights:
            seeds, count = items.shape
            self._weights[items.shape] = item_weights(seeds, count, self.bootstrap)
        return self._weights[items.shape]


def cell_of(model: Model, asked: Asked) -> Cell:
    """Return where what is asked of a model is kept."""
    return Cell(model, asked.source, asked.transform, asked.attached, asked.level)


def of(asked: Asked, source: str) -> Asked:
    """Return the same question about another source."""
    return replace(asked, source=source)


def held_out(
    sources: Sequence[str], target: str | None, same_format: Sequence[str] = ()
) -> list[str]:
    """Return the sources on which retention is measured: neither the target nor of its format."""
    return [source for source in sources if source != target and source not in same_format]


@dataclass(frozen=True)
class Course:
    """One measure of one model over its training."""

    stages: NDArray[np.int64]
    """Stage of each checkpoint, (T,)."""
    steps: NDArray[np.int64]
    """Updates made in that stage, (T,)."""
    updates: NDArray[np.int64]
    """Updates made since the first stage began, (T,)."""
    values: Array
    """(seeds, T)."""


@dataclass
class Curves:
    """The training curves of all models and seeds (`CURVE`)."""

    bootstrap: Bootstrap
    courses: dict[tuple[Model, str], Course] = field(default_factory=dict)
    """By model and measure."""
    adapter_scopes: Mapping[str, AdapterScope] = field(default_factory=dict)
    """As in `Results`."""

    def course(self, model: Model, measure: str) -> Course:
        """Return a measure, such as "loss" or "plain.right.arithmetic.en"; NotRun if absent."""
        if (model, measure) not in self.courses:
            raise NotRun(f"no {measure} in the curve of {model.kind} {model.name}")
        return self.courses[model, measure]

    def used(self, model: Model, source: str, measure: Measure = "right") -> Course:
        """Return a source's measure, attached or not as the model is used on the source.

        At a checkpoint without anything attached yet, what is plain counts. NotRun if absent.
        """
        plain = self.course(model, f"plain.{measure}.{source}")
        adapter_scope = self.adapter_scopes.get(model.name) if model.kind == "run" else None
        name = f"attached.{measure}.{source}"
        if adapter_scope is None or not adapter_scope.covers(source):
            return plain
        return spliced(plain, self.course(model, name))

    def redraws(self, values: Array, prompts: int | None = None) -> Array:
        """Return values (seeds,) as an array (1 + R, seeds): shares of that many prompts with
        redraws of those, or numbers without an error of their own."""
        found = np.tile(values, (1 + self.bootstrap.replicates, 1))
        if prompts is not None:
            spread = np.sqrt(np.clip(values * (1 - values), 0, None) / prompts)
            draws = stream(0, "bootstrap/monitored").standard_normal(found[1:].shape)
            found[1:] += spread * draws
            found = unsettled(found, prompts, "monitored")
        return found

    @cached_property
    def models(self) -> list[Model]:
        """Everyone with a curve."""
        return list(dict.fromkeys(model for model, _ in self.courses))

    def measures(self, model: Model) -> list[str]:
        """Return what a model's curve holds."""
        return [measure for who, measure in self.courses if who == model]


def spliced(plain: Course, attached: Course) -> Course:
    """Return the plain course with the attached values at the checkpoints that have some."""
    known = {
        place: column
        for column, place in enumerate(zip(attached.stages, attached.steps, strict=True))
    }
    values = plain.values.copy()
    for column, place in enumerate(zip(plain.stages, plain.steps, strict=True)):
        if place in known:
            values[:, column] = attached.values[:, known[place]]
    return replace(plain, values=values)
