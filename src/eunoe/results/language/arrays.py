"""A probe's outcomes as arrays over (seeds, items), and how tuning changes them.

Every model of a seed answers the same items, and items line up across languages and transforms, so
that arrays of two models, languages or transforms are paired item by item.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eunoe.config.figures import Bootstrap
from eunoe.results.models import Model, NotRun
from eunoe.statistics.quantities import Ratio
from eunoe.statistics.redraws import Array, item_weights, unsettled, weighted_means

Items = NDArray[np.float64]
"""(seeds, items)."""

MAIN = ("repeat_math", "repeat_blank", "capslock_math", "capslock_blank")
HELD_OUT = ("reverse_math", "reverse_blank", "first_word_math", "first_word_blank")
GROUPS = {"all": MAIN, "held_out": HELD_OUT}
"""Names of groups of tasks that are pooled."""
ACCURACY_COLUMNS = {"generated": "correct", "likelihood": "choice_correct"}
"""Columns of `OUTCOMES` by the two ways to score."""


@dataclass(frozen=True)
class Place:
    """Where something is measured: items of a language, through a transform."""

    language: str
    transform: str = "identity"


ENGLISH = Place("en")


@dataclass(frozen=True)
class Asked:
    """What is measured: a task or a group of tasks, one wording or "all", and how it is scored."""

    task: str = "all"
    wording: str = "plain"
    measure: str = "generated"


@dataclass(frozen=True)
class Cell:
    """What one array holds."""

    model: Model
    task: str
    wording: str
    place: Place


@dataclass
class Results:
    """All that a probe measured on one split."""

    bootstrap: Bootstrap
    values: dict[Cell, dict[str, Items]] = field(default_factory=dict)
    """By cell and measure: 1 and 0, or the number itself."""
    _weights: dict[tuple[int, int], Array] = field(default_factory=dict)
    _means: dict[tuple[Cell, str], Array] = field(default_factory=dict)

    def mean(self, model: Model, place: Place, asked: Asked) -> Array:
        """Return each seed's mean, (1 + R, seeds), tasks and wordings counting alike.

        NotRun if it was not measured. Tasks with equally many items are drawn together, item by
        item, so that intervals hold whether or not the items of two tasks are alike.
        """
        cells = self.cells(model, place, asked)
        found = [self._items(cell, asked.measure) for cell in cells]
        if len({items.shape for items in found}) == 1:
            return np.mean([self._mean(cell, asked.measure) for cell in cells], axis=0)
        return self._redrawn(np.concatenate(found, axis=1), *cells, asked.measure)

    def count(self, model: Model, place: Place, asked: Asked) -> tuple[int, int]:
        """Return the number of seeds, and of answers of each seed."""
        shapes = [
            self._items(cell, asked.measure).shape for cell in self.cells(model, place, asked)
        ]
        return shapes[0][0], sum(shape[1] for shape in shapes)

    def cells(self, model: Model, place: Place, asked: Asked) -> list[Cell]:
        """Return the cells over which a mean is taken; NotRun if there are none."""
        wanted = [
            Cell(model, task, wording, place)
            for task, wording in self._known
            if task in members_of(asked.task) and asked.wording in (wording, "all")
        ]
        if not wanted:
            raise NotRun(f"no task {asked.task} in wording {asked.wording}")
        return wanted

    def measures(self, model: Model, place: Place, asked: Asked) -> list[str]:
        """Return the measures that all cells of a mean have."""
        found = [self.values.get(cell, {}) for cell in self.cells(model, place, asked)]
        return [name for name in found[0] if all(name in values for values in found)]

    def models(self) -> list[Model]:
        """Return everyone who answered."""
        return list(dict.fromkeys(cell.model for cell in self.values))

    def places(self, task: str = "all") -> list[Place]:
        """Return every place in which a task was measured."""
        return list(
            dict.fromkeys(place for name, place in self._places if name in members_of(task))
        )

    def asked(self) -> list[Asked]:
        """Return all that can be asked: each task and group of tasks; each wording, and all."""
        tasks = dict.fromkeys(task for task, _ in self._known)
        groups = [name for name, members in GROUPS.items() if tasks.keys() & set(members)]
        found = []
        for task in [*tasks, *groups]:
            of_task = [wording for name, wording in self._known if name in members_of(task)]
            found += [Asked(task, wording) for wording in dict.fromkeys([*of_task, "all"])]
        return found

    @cached_property
    def _known(self) -> list[tuple[str, str]]:
        """Every task and wording."""
        return list(dict.fromkeys((cell.task, cell.wording) for cell in self.values))

    @cached_property
    def _places(self) -> list[tuple[str, Place]]:
        """Every task and place."""
        return list(dict.fromkeys((cell.task, cell.place) for cell in self.values))

    def _items(self, cell: Cell, measure: str) -> Items:
        found = self.values.get(cell, {})
        if measure not in found:
            where = f"{cell.task} in {cell.place.language} through {cell.place.transform}"
            raise NotRun(f"no {measure} of {cell.model.kind} {cell.model.name} on {where}")
        return found[measure]

    def _mean(self, cell: Cell, measure: str) -> Array:
        if (cell, measure) not in self._means:
            self._means[cell, measure] = self._redrawn(self._items(cell, measure), cell, measure)
        return self._means[cell, measure]

    def _redrawn(self, items: Items, *name: object) -> Array:
        """Return means under redraws; `name` says of what, its last part is the measure."""
        seeds, count = items.shape
        if (seeds, count) not in self._weights:
            self._weights[seeds, count] = item_weights(seeds, count, self.bootstrap)
        means = weighted_means(self._weights[seeds, count], items)
        answers = name[-1] != "overlap" and np.isin(items, (0, 1)).all()
        return unsettled(means, count, *map(stream_part, name)) if answers else means


STREAM_NAMES = {"guarded_topics": "guarded", "free_topics": "free"}
"""Tasks whose redraws have an older name: with another one, intervals would be others."""


def stream_part(part: object) -> object:
    """Return a part of what is redrawn as the streams of random numbers name it."""
    return (
        replace(part, task=STREAM_NAMES.get(part.task, part.task))
        if isinstance(part, Cell)
        else part
    )


@dataclass(frozen=True)
class Tuning:
    """A run and its base on one probe, and the quantities that compare them.

    Each quantity is an array (1 + R, seeds), in the unit of the measure, unless it is a ratio, and
    raises NotRun if a result is missing.
    """

    results: Results
    run: Model
    base: Model

    def before(self, place: Place, asked: Asked) -> Array:
        """Return the base's mean."""
        return self.results.mean(self.base, place, asked)

    def after(self, place: Place, asked: Asked) -> Array:
        """Return the run's mean."""
        return self.results.mean(self.run, place, asked)

    def drop(self, place: Place, asked: Asked) -> Array:
        """Return what tuning costs here: base minus run."""
        return self.before(place, asked) - self.after(place, asked)

    def drop_difference(self, place: Place, asked: Asked) -> Array:
        """Return the drop in plain English minus the drop here.

        Through a transform this is also what the transform gains the run, minus what it gains the
        base.
        """
        if place == ENGLISH:
            raise NotRun("plain English is what others are compared to")
        return self.drop(ENGLISH, asked) - self.drop(place, asked)

    def base_cost(self, place: Place, asked: Asked) -> Array:
        """Return what the change of language, or the transform, costs the base itself."""
        return self.before(self._plain(place), asked) - self.before(place, asked)

    def recovered(self, place: Place, asked: Asked) -> Array:
        """Return what a transform gains the run over the same items as they are."""
        if place.transform == "identity":
            raise NotRun("no transform, so nothing to recover by")
        return self.after(place, asked) - self.after(Place(place.language), asked)

    def recovered_share(self, place: Place, asked: Asked) -> Ratio:
        """Return that gain over the drop; PremiseNotMet where nothing was surely lost."""
        lost = self.drop(Place(place.language), asked)
        return Ratio(self.recovered(place, asked), lost, f"the drop in {place.language}")

    def beyond_control(self, place: Place, asked: Asked) -> Array:
        """Return that gain minus what re-wording the same items gains the run."""
        control = self.control(place.language, asked.task)
        if place == control:
            raise NotRun("the control is not compared to itself")
        return self.recovered(place, asked) - self.recovered(control, asked)

    def control(self, language: str, task: str = "all") -> Place:
        """Return the place of the re-worded items of a language; NotRun if there are none."""
        for place in self.results.places(task):
            if place.language == language and place.transform.split("(")[0] == "reword":
                return place
        raise NotRun(f"no transform reword in {language}")

    def _plain(self, place: Place) -> Place:
        if place == ENGLISH:
            raise NotRun("plain English costs nothing")
        return ENGLISH if place.transform == "identity" else Place(place.language)


QUANTITIES = (
    "drop",
    "drop_difference",
    "base_cost",
    "recovered",
    "recovered_share",
    "beyond_control",
)
"""Methods of `Tuning` that `CHANGES` holds."""


def members_of(task: str) -> tuple[str, ...]:
    """Return the tasks of a group, or the task itself."""
    return GROUPS.get(task, (task,))


def scored(asked: Asked, measure: str) -> Asked:
    """Return the same question with another measure."""
    return replace(asked, measure=measure)
