"""From a probe's scores to the small table of the figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import pandas as pd

from eunoe.results.language.summary import Described, names, with_intervals
from eunoe.results.models import Model, NotRun
from eunoe.results.recipes.arrays import MEASURES, Asked, Results, held_out
from eunoe.results.recipes.tables import MEAN_SCORES
from eunoe.statistics.quantities import PremiseNotMet, Ratio
from eunoe.statistics.redraws import Array

Attached = Literal["no", "yes", "deployed"]
ATTACHED: tuple[Attached, ...] = ("no", "yes", "deployed")
"""Soft prompt and LoRA off, on, or as the run is used."""


@dataclass(frozen=True)
class Probed:
    """What a probe asked, and who is compared to whom."""

    runs: Mapping[str, str]
    """The base of each run."""
    target: str | None
    """The source that is tuned for."""
    same_format: Sequence[str] = ()
    """Sources whose answers have the target's format."""
    rehearsed: Sequence[str] = ()
    """Held-out sources that recipes may train on, to keep them."""
    levels: Sequence[float] = ()
    """Target scores at which checkpoints were kept."""

    def base_of(self, model: Model) -> Model | None:
        """Return the base that a run started from, None for a base."""
        known = model.kind == "run" and model.name in self.runs
        return Model("base", self.runs[model.name]) if known else None

    def held_out(self, sources: Sequence[str]) -> list[str]:
        """Return the sources on which retention is measured; none without a target."""
        return held_out(sources, self.target, self.same_format) if self.target else []

    def unseen(self, sources: Sequence[str]) -> list[str]:
        """Return the held-out sources that no recipe may train on: recipes are compared there."""
        return [source for source in self.held_out(sources) if source not in self.rehearsed]

    def groups(self, sources: Sequence[str]) -> dict[str, list[str]]:
        """Return the held-out sources, and those that recipes may train on and others apart."""
        every = self.held_out(sources)
        found = {"held_out": every}
        if set(every) & set(self.rehearsed):
            found["rehearsed"] = [source for source in every if source in self.rehearsed]
            found["unrehearsed"] = self.unseen(sources)
        return {name: members for name, members in found.items() if members}


def groups_of(results: Results, probed: Probed) -> dict[str, tuple[list[str], list[str]]]:
    """Return the sources and the transforms of every source and group of sources.

    `held_out`, and its parts `rehearsed` and `unrehearsed`, are through identity; `transformed` are
    those of them that are asked through every transform, so that transforms are compared on the
    same sources.
    """
    found = {source: ([source], results.transforms_of(source)) for source in results.sources}
    others = probed.held_out(results.sources)
    every = results.transforms
    transformed = [source for source in others if set(results.transforms_of(source)) == set(every)]
    for name, members in probed.groups(results.sources).items():
        found[name] = (members, ["identity"])
    if transformed and len(every) > 1:
        found["transformed"] = (transformed, every)
    return found


def mean_of(
    results: Results, model: Model, sources: Sequence[str], asked: Asked, attached: Attached
) -> Array:
    """Return each seed's mean over sources, (1 + R, seeds); NotRun if it was not measured."""
    if attached == "deployed":
        return results.used_over(model, sources, asked)
    return results.mean_over(model, sources, replace(asked, attached=attached == "yes"))


def score_rows(results: Results, probed: Probed) -> pd.DataFrame:
    """Return the mean of every measure of every model (`MEAN_SCORES` but for the probe).

    Runs are also compared to their base through identity: `change` is run minus base, `retained`
    run over base, which has no row where the base does not surely get something right.
    """
    groups = groups_of(results, probed)

    def described(model: Model, group: str) -> Described:
        sources, transforms = groups[group]
        base = probed.base_of(model)
        for transform, attached in product(transforms, ATTACHED):
            what = {"source": group, "transform": transform, "attached": attached}
            for measure, values in measured(results, model, base, sources, transform, attached):
                seeds, items = count(results, model, sources, transform)
                who = {"kind": model.kind, "model": model.name, "seeds": seeds, "items": items}
                yield {**who, **what, "measure": measure}, values

    parts = [described(model, group) for model in results.models for group in groups]
    return with_intervals(parts, results.bootstrap.level, names(MEAN_SCORES))


def measured(
    results: Results,
    model: Model,
    base: Model | None,
    sources: Sequence[str],
    transform: str,
    attached: Attached,
) -> Iterator[tuple[str, Array | Ratio]]:
    """Yield every measure of a model; nothing if it was not asked so.

    A run is compared to its base, unless that was not asked.
    """
    try:
        for measure in MEASURES:
            asked = Asked("", transform, measure=measure)
            yield measure, mean_of(results, model, sources, asked, attached)
        if base is None:
            return
        right = mean_of(results, model, sources, Asked("", transform), attached)
        before = results.mean_over(base, sources, Asked(""))
    except NotRun:
        return
    yield "change", right - before
    try:
        yield "retained", Ratio(right, before, "the score of the base")
    except PremiseNotMet:
        return


def count(
    results: Results, model: Model, sources: Sequence[str], transform: str
) -> tuple[int, int]:
    """Return the number of seeds, and of examples of each seed in all sources."""
    counts = [results.count(model, Asked(source, transform)) for source in sources]
    return counts[0][0], sum(examples for _, examples in counts)
