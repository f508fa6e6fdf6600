"""Errors for names that lead nowhere, or to something that does not fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from eunoe.config.model import wrong
from eunoe.config.renamed import new_source

if TYPE_CHECKING:
    from eunoe.config.study import Study
    from eunoe.config.worlds.regression import RegressionWorld
    from eunoe.config.worlds.text import TextWorld


def refer_to_probe(config: Study, where: str, name: str, kind: str) -> None:
    """Raise an error unless `name` is a probe of a kind."""
    refer(where, name, config.probes)
    refer(where, name, config.probes_of(kind), f"no {kind} probe")


def refer_to_runs(config: Study, where: str, world: str, **parts: str | None) -> None:
    """Raise an error for a role of a lab, unless null, that is not a run in a world."""
    for part, name in parts.items():
        if name:
            refer(f"{where}.{part}", name, config.runs_in(world), f"no run in world {world}")


def refer_to_sibling(config: Study, where: str, name: str, part: str, run: str) -> None:
    """Raise an error unless a run has the same base as the run of a role."""
    base = config.runs[run].base
    same = [other for other, found in config.runs.items() if found.base == base]
    refer(where, name, same, f"no run of {base}, the {part} run's base")


def refer_to_measured(config: Study, where: str, run: str, probe: str) -> None:
    """Raise an error unless a run is one that a probe measures."""
    refer(where, run, config.runs_measured(probe), f"not among the runs of probes.{probe}")


def refer_to_source(
    where: str,
    name: str,
    worlds: Iterable[RegressionWorld | TextWorld],
    reason: str = "no such name",
) -> None:
    """Raise an error unless `name` is, or may be, a source of one of the worlds."""
    if not any(world.sources is None or name in world.sources for world in worlds):
        new = new_source(name)
        if any(new in (world.sources or ()) for world in worlds):
            reason += f" (it may be {new} now)"
        allowed = dict.fromkeys(world.sources_in_words for world in worlds)
        raise wrong(where, name, reason, "; ".join(allowed))


def refer(where: str, name: str, names: Iterable[str], reason: str = "no such name") -> None:
    """Raise an error unless `name` is one of `names`."""
    allowed = list(names)
    if name not in allowed:
        raise wrong(where, name, reason, ", ".join(allowed) or "none")
