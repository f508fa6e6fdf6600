"""The evidence of the regression lab's claims."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eunoe.config.probes.regression import RegressionProbe
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.labs.regression.settings import Lab
from eunoe.report.lab import Inputs
from eunoe.results.models import Model, NotRun
from eunoe.results.regression.arrays import Results, read_results
from eunoe.results.regression.summary import ranges, scale_of
from eunoe.statistics.quantities import Ratio
from eunoe.statistics.redraws import Array
from eunoe.statistics.selection import at_chosen, best_by_others

Label = str | Sequence[str]
"""A transform's label, or that of each seed."""
ZERO, RIDGE = Model("ideal", "zero"), Model("ideal", "ridge")


@dataclass(frozen=True)
class Evidence:
    """A probe's results, with the lab's models by role."""

    results: Results
    world: RegressionWorld
    settings: Lab
    few: int
    """Low exemplar counts are 1 to this many."""
    tuned_base: str | None
    """The base of `lab.tuned`."""
    tuned_alpha: float | None
    """That base's alpha."""

    def part(self, name: str) -> Model:
        """Return the model of a role; NotRun if there is none."""
        if name == "base":
            found = Model("base", self.tuned_base) if self.tuned_base else None
        else:
            chosen = getattr(self.settings, name)
            kind = "run" if name in ("tuned", "fresh") else "base"
            found = Model(kind, chosen) if chosen else None
        if found is None:
            raise NotRun(f"labs.regression.{name if name != 'base' else 'tuned'} is null")
        return found

    def error(
        self,
        model: Model,
        source: str = "continuous",
        transform: Label = "identity",
        counts: str = "few",
    ) -> Array:
        """Return the mean error over a range of exemplar counts, in d tau^2: (1 + R, seeds)."""

        def at(label: str) -> Array:
            return self.mean(self.results.error(model, source, label), counts)

        return through(transform, at)

    def mean(self, items: NDArray[np.floating], counts: str) -> Array:
        """Return each seed's mean over prompts and a range of exemplar counts: (1 + R, seeds)."""
        part = ranges(self.world.points, self.few).get(counts)
        if part is None:
            raise NotRun(f"no exemplar counts above probes.{self.settings.probe}.few, {self.few}")
        return self.results.mean(items[..., part]).mean(-1) / scale_of(self.world)

    def labels(self, transform: str) -> list[str]:
        """Return the labels of all transforms of a name, such as scale; NotRun if none."""
        seen = {key[3] for key in self.results.errors}
        found = sorted(label for label in seen if label.split("(")[0] == transform)
        if not found:
            raise NotRun(f"no transform {transform}")
        return found

    def chosen(self, model: Model, transform: str = "scale") -> list[str]:
        """Return for each seed the transform with the least error on D_cont's validation prompts of
        the other seeds, at few exemplars.

        Shrinking competes with leaving the answers as they are, which is to divide them by 1.
        """
        labels = self.labels(transform) + (["identity"] if transform == "shrink" else [])
        errors = [
            self.mean(self.results.error(model, "continuous", label, split="validation"), "few")[0]
            for label in labels
        ]
        return best_by_others(labels, [-error for error in errors])

    def recovered(self, model: Model, before: Model, label: Label, counts: str = "few") -> Ratio:
        """Return the share of the distance from `model` to `before` that a transform covers;
        PremiseNotMet where `model` is not surely worse than `before`."""
        plain = self.error(model, counts=counts)
        return Ratio(
            plain - self.error(model, transform=label, counts=counts),
            plain - self.error(before, counts=counts),
            f"on D_cont at {counts} exemplars, the error of {model.name} minus {before.name}'s",
        )

    def weight(self, model: Model, label: Label = "identity") -> Array:
        """Return each seed's pooled task weight on D_cont at few exemplars: 1 discrete, 0 ridge."""

        def at(label: str) -> Array:
            return self.results.pooled_fit(model, "continuous", label, self.few_contexts())[0]

        return through(label, at)

    def bank_share(self, model: Model, label: Label = "identity") -> Array:
        """Return each seed's share of the bank in a fit with two free factors."""

        def at(label: str) -> Array:
            return self.results.pooled_share(model, "continuous", label, self.few_contexts())

        return through(label, at)

    def explained(self, model: Model) -> Array:
        """Return each seed's share of the answers that the two algorithms explain."""
        return self.results.pooled_fit(model, "continuous", "identity", self.few_contexts())[1]

    def few_contexts(self) -> list[int]:
        """Return the exemplar counts that count as few."""
        return list(range(1, self.few + 1))

    def ideal_mixture(self) -> Model:
        """Return the ideal predictor for the alpha of the tuned run's base."""
        self.part("base")
        return Model("ideal", f"mixture({self.tuned_alpha:g})")


def through(label: Label, quantity: Callable[[str], Array]) -> Array:
    """Return a quantity (1 + R, seeds) through a transform, or through the one of each seed."""
    return quantity(label) if isinstance(label, str) else at_chosen(label, quantity)


def evidence(inputs: Inputs) -> Evidence:
    """Return the results of the lab's probe, with its models by role."""
    lab, study = inputs.lab, inputs.study
    probe = study.probes[lab.probe]
    world = study.worlds[probe.world]
    assert isinstance(probe, RegressionProbe), "checked with the configuration"
    assert isinstance(world, RegressionWorld), "checked with the configuration"
    tables = ("answers", "task_weights", "likelihoods")
    found = [[path for path in inputs.named(name) if lab.probe in path.parts] for name in tables]
    base = study.runs[lab.tuned].base if lab.tuned else None
    alpha = study.bases[base].alpha if base else None
    results = read_results(found[0], found[1], found[2], inputs.bootstrap)
    return Evidence(results, world, lab, probe.few, base, alpha)
