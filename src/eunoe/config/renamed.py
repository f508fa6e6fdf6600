"""Old spellings of keys and values: each has a one-line error that names the new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eunoe.errors import EunoeError


@dataclass(frozen=True)
class Renamed:
    """A key or a value that has a new name."""

    place: str
    """Where it stands, `bases.*.corpus.families`: the mapping that has the key, the list that has
    the value, or the key whose value it is; a star is any key, the empty text the whole."""
    old: str
    new: str


CORPUS_TASKS = {
    "sentences": "prose",
    "repeat": "few_shot_repeat",
    "capslock": "few_shot_capslock",
    "reverse": "few_shot_reverse",
    "first_word": "few_shot_first_word",
    "arithmetic": "arithmetic_quiz",
    "blanks": "blanks_quiz",
    "translation": "translation_pairs",
    "free_topics": "free_answers",
    "guarded_topics": "guarded_answers",
    "refused_topics": "guarded_refusals",
}
"""New names of a corpus's tasks by the old ones."""

RENAMED = (
    Renamed("", "chapters", "labs"),
    Renamed("", "figures", "labs.{lab}.figures"),
    Renamed("bases.*", "corpus", "mixture: {tasks: ..., languages: ...}"),
    Renamed("worlds.*", "documents", "items: {train: ...}"),
    Renamed("worlds.*", "examples", "items"),
    Renamed("worlds.*", "packed", "recipes.{recipe}.stages.{stage}.layout: padded or packed"),
    Renamed("worlds.*.kind", "language", "text"),
    Renamed("worlds.*.kind", "examples", "text"),
    Renamed("probes.*.kind", "language", "text"),
    Renamed("probes.*.kind", "examples", "text"),
    Renamed("probes.*", "examples", "items"),
    Renamed("labs.regression", "few", "probes.{probe}.few"),
    Renamed("labs.regression", "bins", "probes.{probe}.bins"),
    Renamed("labs.recipes", "same_format", "probes.{probe}.same_format"),
    Renamed("labs.recipes", "rehearsed", "probes.{probe}.rehearsed"),
    Renamed("recipes.*", "elsewhere", "adapter_scope: target or everywhere"),
    Renamed("probes.*.tasks", "guarded", "guarded_topics"),
    Renamed("probes.*.tasks", "free", "free_topics"),
)
"""Every key and value that has a new name, where the place alone tells that it is the old one."""


def check_renamed(values: Any, renamed: Sequence[Renamed] = RENAMED) -> None:
    """Raise an EunoeError for the first old spelling in a configuration as it was given."""
    for entry in renamed:
        keys = entry.place.split(".") if entry.place else []
        for place, part in parts_at(values, keys):
            if isinstance(part, Mapping):
                old = ".".join([*place, entry.old])
            else:
                old = f"{'.'.join(place)} = {entry.old}"
            if entry.old in (part if isinstance(part, (Mapping, list)) else [part]):
                raise EunoeError(f"config: {old}: has a new name; allowed: {entry.new}")


def parts_at(
    values: Any, keys: Sequence[str], place: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the parts of a configuration that some keys lead to, each with its own keys."""
    if not keys:
        yield place, values
    elif isinstance(values, Mapping):
        for key in list(values) if keys[0] == "*" else [keys[0]]:
            if key in values:
                yield from parts_at(values[key], keys[1:], (*place, str(key)))


def new_source(source: str) -> str:
    """Return a source of a corpus with the new name of its task, or as it is if it has none.

    Worlds of examples have sources with the names that those of a corpus had, so that the place
    alone does not decide.
    """
    task, dot, rest = source.partition(".")
    return f"{CORPUS_TASKS.get(task, task)}{dot}{rest}"
