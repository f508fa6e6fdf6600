"""Tables that the regression lab's figures are drawn from, and its models by role."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from eunoe.config.probes.regression import RegressionProbe
from eunoe.config.study import Study
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.labs.regression.settings import Lab
from eunoe.report.frames import find_table
from eunoe.report.lab import Inputs
from eunoe.results.curves import CURVES
from eunoe.results.regression.tables import ERRORS, FORGETTING, MEAN_ERRORS, MEAN_TASK_WEIGHTS

SCHEMAS = {
    "errors": ERRORS,
    "mean_errors": MEAN_ERRORS,
    "task_weights": MEAN_TASK_WEIGHTS,
    "forgetting": FORGETTING,
    "curves": CURVES,
}


@dataclass(frozen=True)
class Sources:
    """The tables and settings that a figure may read."""

    paths: list[Path]
    """`reports/tables/{probe}/{table}.parquet` of every probe."""
    world: RegressionWorld
    """The world of the lab's probe."""
    parts: Lab
    """The lab's models, by role."""
    few: int
    """Low exemplar counts are 1 to this many."""
    runs: dict[str, str]
    """The base of each run."""
    alphas: dict[str, float]
    """The alpha of each base of the lab's world."""

    def probes(self) -> list[str]:
        """Return the names of all probes."""
        return list(dict.fromkeys(path.parent.name for path in self.paths))

    def table(self, name: str, probe: str | None = None) -> pd.DataFrame:
        """Return a table of a probe, by default the lab's; EunoeError if it is not there."""
        return find_table(self.paths, SCHEMAS, name, probe or self.parts.probe)

    def base(self) -> str | None:
        """Return the base of the tuned run."""
        return self.runs[self.parts.tuned] if self.parts.tuned else None

    def chosen(self, run: str, transform: str = "scale", probe: str | None = None) -> pd.Series:
        """Return the row of the transform with the least error of a run on D_cont's validation
        prompts at few exemplars; identity competes with shrinking, and stands in for a transform
        that was not measured."""
        rows = self.table("mean_errors", probe)
        rows = rows[
            (rows["kind"] == "run")
            & (rows["model"] == run)
            & (rows["split"] == "validation")
            & (rows["source"] == "continuous")
            & (rows["exemplars"] == "few")
        ]
        named = rows["transform"].str.startswith(f"{transform}(")
        if transform == "shrink" or not named.any():
            named |= rows["transform"] == "identity"
        candidates = rows[named]
        return candidates.sort_values("estimate").iloc[0]

    def mean_error(
        self,
        kind: str,
        model: str | None,
        source: str = "continuous",
        transform: str = "identity",
        exemplars: str = "few",
        probe: str | None = None,
    ) -> pd.DataFrame:
        """Return the one row of a mean error on test prompts; empty if it was not measured."""
        rows = self.table("mean_errors", probe)
        return rows[
            (rows["kind"] == kind)
            & (rows["model"] == model)
            & (rows["split"] == "test")
            & (rows["source"] == source)
            & (rows["transform"] == transform)
            & (rows["exemplars"] == exemplars)
        ]

    def value(self, *arguments: str | None, **choices: str) -> float:
        """Return a mean error as a number, NaN if it was not measured."""
        rows = self.mean_error(*arguments, **choices)  # type: ignore[arg-type]
        return float(rows["estimate"].iloc[0]) if len(rows) else float("nan")


def sources(inputs: Inputs) -> Sources:
    """Return the tables, and what the models are."""
    lab, study = inputs.lab, inputs.study
    probe = study.probes[lab.probe]
    world = study.worlds[probe.world]
    assert isinstance(probe, RegressionProbe), "checked with the configuration"
    assert isinstance(world, RegressionWorld), "checked with the configuration"
    models = (study.base_of_runs, compared_alphas(lab, study))
    return Sources(list(inputs.paths), world, lab, probe.few, *models)


def compared_alphas(lab: Lab, study: Study) -> dict[str, float]:
    """Return the alphas of the bases that differ in nothing else from the tuned run's base.

    The lab's controls are among them in any case. Ablations, which change the network or the
    training, would make the figures about alpha unreadable.
    """
    names = study.bases_in(study.probes[lab.probe].world)
    if lab.tuned:
        base = study.bases[study.runs[lab.tuned].base]
        names = [
            name
            for name in names
            if name in (lab.continuous, lab.discrete)
            or study.bases[name].model_copy(update={"alpha": base.alpha}) == base
        ]
    return {name: alpha for name in names if (alpha := study.bases[name].alpha) is not None}
