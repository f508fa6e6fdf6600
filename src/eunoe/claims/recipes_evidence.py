"""What the claims about recipes are judged by, and the quantities that several of them share.

Scores are shares of test examples with the right reply. A held-out source is one that the
retention probe asks about and that is neither the target nor of the target's format. A run is
asked as it is used: with its soft prompt or LoRA on the target, and elsewhere as its recipe says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from eunoe.config.chapters import RecipesChapter, Strategies
from eunoe.recipes.equal_target import (
    EqualTarget,
    Passage,
    equal_target,
    monitored,
    passage_of,
    t_replicates,
)
from eunoe.recipes.results import Asked, Curves, Measure, Results, held_out
from eunoe.results import Model, NotRun
from eunoe.statistics import Array, positive

CONTROL = "control, not in the papers"
PAPERS_SIZE = "the papers' models have 3.7 to 33 billion"


@dataclass(frozen=True)
class Evidence:
    """The results of the chapter's probes and runs, with the parts that the models play."""

    results: Mapping[tuple[str, str], Results]
    """By probe and split."""
    curves: Curves
    costs: pd.DataFrame
    """`tables.COSTS` of every run."""
    mixtures: pd.DataFrame
    """`tables.MIXTURE` of every run."""
    chapter: RecipesChapter
    target: str | None
    """Of the retention probe."""
    bases: Mapping[str, str]
    """The base of each run."""
    parameters: Mapping[str, int] = field(default_factory=dict)
    """Weights of each base."""

    @property
    def size(self) -> str:
        """The sizes of the models in words, empty if they are not known."""
        sizes = sorted(set(self.parameters.values()))
        if not sizes:
            return ""
        ours = ", ".join(f"{size / 1e6:.3g}" for size in sizes)
        return f"tested at {ours} million parameters, {PAPERS_SIZE}"

    def probe(self, lab: str, split: str = "test") -> Results:
        """Return what a lab's probe measured; NotRun if it did not."""
        name = getattr(self.chapter, lab)
        if name is None:
            raise NotRun(f"chapters.recipes.{lab} is null")
        if (name, split) not in self.results:
            raise NotRun(f"no score of probe {name} on {split} examples")
        return self.results[name, split]

    def run(self, part: str) -> Model:
        """Return the run that plays a part; NotRun if none does."""
        name = getattr(self.chapter, part)
        if name is None:
            raise NotRun(f"chapters.recipes.{part} is null")
        return Model("run", name)

    def base_of(self, run: Model) -> Model:
        """Return the base of a run."""
        return Model("base", self.bases[run.name])

    @cached_property
    def retention(self) -> Results:
        """The retention probe's results on test examples."""
        return self.probe("retention")

    @cached_property
    def asked_target(self) -> str:
        """The target; NotRun if the probe has none."""
        if self.target is None:
            raise NotRun(f"probes.{self.chapter.retention}.target is null")
        return self.target

    @cached_property
    def kept_sources(self) -> list[str]:
        """The held-out sources; NotRun if there are none."""
        found = held_out(self.retention.sources, self.asked_target, self._same_format)
        if not found:
            raise NotRun(f"probes.{self.chapter.retention}.sources holds no held-out source")
        return found

    def on_target(self, model: Model, measure: Measure = "right") -> Array:
        """Return the score of a model on the target, as it is used."""
        return self.retention.used(model, Asked(self.asked_target, measure=measure))

    def kept(self, model: Model, measure: Measure = "right") -> Array:
        """Return the mean score of a model on the held-out sources, as it is used there."""
        asked = Asked(self.asked_target, measure=measure)
        return self.retention.used_over(model, self.kept_sources, asked)

    def kept_share(self, part: str) -> Array:
        """Return that mean of a run over its base's; NaN where the base has none."""
        run = self.run(part)
        return self.kept(run) / positive(self.kept(self.base_of(run)))

    def passage(self, part: str) -> Passage:
        """Return the way of a run through target score and retention while it is trained."""
        run = self.run(part).name
        return passage_of(self.curves, run, self.asked_target, self._monitored)

    def keeps_more(self, part: str, other: str) -> Array:
        """Return how much more a run keeps than another where they have learnt the target equally
        well, over the base's; NotRun if one of them never gets there."""
        runs = [self.run(part), self.run(other)]
        base = self.bases[runs[0].name]
        kept = [self._equal_target(base).retention(run.name) for run in runs]
        for run, values in zip(runs, kept, strict=True):
            if np.isnan(values).any():
                raise NotRun(f"run {run.name} never reaches the common target score in some seed")
        return t_replicates(kept[0] - kept[1], self.curves.bootstrap)

    def _equal_target(self, base: str) -> EqualTarget:
        runs = [
            model.name
            for model in self.retention.models
            if model.kind == "run" and self.bases[model.name] == base
        ]
        return equal_target(self.curves, runs, self.asked_target, self._monitored)

    @cached_property
    def _monitored(self) -> list[str]:
        """The held-out sources that the curve of every run of the retention probe follows."""
        asked = {model for model in self.retention.models if model.kind == "run"}
        courses = {key: one for key, one in self.curves.courses.items() if key[0] in asked}
        prefix = "plain.right."
        names = {name.removeprefix(prefix) for _, name in courses if name.startswith(prefix)}
        sources = held_out(sorted(names), self.asked_target, self._same_format)
        return monitored(Curves(self.curves.bootstrap, courses), sources)

    @property
    def _same_format(self) -> list[str]:
        return [self.chapter.same_format] if self.chapter.same_format else []

    def ability(self, run: str | Model, ability: str) -> Array:
        """Return the score of a run on mathematics, code or general; NotRun if there is none."""
        source = getattr(self.chapter, ability)
        if source is None:
            raise NotRun(f"chapters.recipes.{ability} is null")
        model = Model("run", run) if isinstance(run, str) else run
        return self.probe("abilities").used(model, Asked(source))

    def at_every_size(self) -> list[tuple[str, Strategies]]:
        """Return the strategies on each base of `sizes`, smallest first; without it, the chapter's
        own under no name."""
        sizes = self.chapter.sizes
        return [(base, self.chapter.strategies(base)) for base in sizes] or [("", self.chapter)]


def steps_up(values: list[Array]) -> list[Array]:
    """Return how much each value is above the one before."""
    return [after - before for before, after in pairwise(values)]
