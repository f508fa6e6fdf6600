"""The cell that one array of results belongs to, and queries for means over cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from eunoe.config.model import Settings
from eunoe.results.models import Model

ALL = "all"
"""Every wording."""
PLAIN_TRANSFORM = "identity"
Attached = Literal["no", "yes", "deployed"]
ATTACHED: tuple[Attached, ...] = ("no", "yes", "deployed")
"""Soft prompt and LoRA: off, on, or as the run is used."""


class Design(Settings):
    """The design of a probe: which items are paired, and which tasks are pooled."""

    crossed: bool = False
    """Whether the same items exist in every language, and results are given for each wording. If
    not, each source has items of its own, and wordings are not compared."""
    groups: Mapping[str, Sequence[str]] = {}
    """Tasks that are pooled, by the name of the pool."""
    outcomes: Mapping[str, Sequence[str]] = {}
    """The possible outcomes of a task, including those that no reply shows."""

    def members(self, task: str) -> Sequence[str]:
        """Return the tasks of a pool, or the task itself."""
        return self.groups.get(task, (task,))


UNCROSSED = Design()
"""The design in which sources have items of their own, without pools."""


class Scope(Protocol):
    """The sources on which the soft prompt and LoRA of a run are used."""

    @property
    def sources(self) -> Sequence[str]:
        """Sources that they were trained for."""

    def covers(self, source: str) -> bool:
        """Tell whether they are on for a source."""


@dataclass(frozen=True)
class Cell:
    """The content of one array: a model's replies to a task in a language."""

    model: Model
    task: str
    language: str = ""
    """Empty for a source of the user that names none."""
    wording: str = ALL
    transform: str = PLAIN_TRANSFORM
    attached: bool = False
    level: float | None = None
    """The target score that a checkpoint was the first to reach; None for the final model."""

    @property
    def source(self) -> str:
        """Task and language."""
        return source_of(self.task, self.language)


@dataclass(frozen=True)
class Query:
    """A mean over cells of a model."""

    task: str
    """A task, or a pool of tasks."""
    language: str = ""
    wording: str = ALL
    transform: str = PLAIN_TRANSFORM
    attached: Attached = "deployed"
    level: float | None = None
    measure: str = "right"

    @property
    def source(self) -> str:
        """Task and language."""
        return source_of(self.task, self.language)


def query_of(source: str, **values: Any) -> Query:
    """Return the query about a source."""
    return Query(*split_source(source), **values)


def queries_of(sources: Sequence[str], **values: Any) -> list[Query]:
    """Return the same query about each source."""
    return [query_of(source, **values) for source in sources]


def source_of(task: str, language: str) -> str:
    """Return the source of a task in a language."""
    return f"{task}.{language}" if language else task


def split_source(source: str) -> tuple[str, str]:
    """Return task and language of a source; without a dot, all of it is the task."""
    task, dot, language = source.rpartition(".")
    return (task, language) if dot else (source, "")


def stream_of(cell: Cell, *, crossed: bool) -> str:
    """Return the name of the random numbers of a cell, which no other cell has."""
    if not crossed:
        return (
            f"Cell(model={cell.model}, source={cell.source!r}, transform={cell.transform!r}, "
            f"attached={cell.attached}, level={cell.level})"
        )
    place = f"Place(language={cell.language!r}, transform={cell.transform!r})"
    how = "" if cell.level is None and not cell.attached else f", {cell.attached}, {cell.level}"
    return (
        f"Cell(model={cell.model}, task={cell.task!r}, wording={cell.wording!r}, "
        f"place={place}{how})"
    )
