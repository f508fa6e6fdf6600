"""The evidence of the recipes lab's claims: results, and the quantities that claims share.

Scores are shares of test items with the right reply. A held-out source is one that the
retention probe asks about and that is neither the target nor of the target's format. A run is
asked as it is used: with its soft prompt or LoRA on the target, and elsewhere as its recipe says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, pairwise

import pandas as pd

from eunoe.config.probes.text import TextProbe
from eunoe.config.worlds.text import TextWorld, plain_source
from eunoe.labs.recipes.settings import Lab, Strategies
from eunoe.recipes.adapter_scope import adapter_scopes_of
from eunoe.report.lab import Inputs
from eunoe.results.models import Model, NotRun
from eunoe.results.text.cells import queries_of, query_of
from eunoe.results.text.equal_target import Level, at_level, in_all_seeds, last_stage
from eunoe.results.text.loading import load_results
from eunoe.results.text.probed import held_out
from eunoe.results.text.replies import joined
from eunoe.results.text.results import Results
from eunoe.results.text.size import parameters_of
from eunoe.results.text.trajectories import Curves, load_curves
from eunoe.statistics.quantities import DEFINED, Mean, PremiseNotMet, Ratio
from eunoe.statistics.redraws import Array
from eunoe.tables.tuning import COSTS, MIXTURE

CONTROL = "control, not in the papers"
PAPERS_SIZE = "the papers' models have 3.7 to 33 billion"
BEYOND = "beyond the papers"
"""The source of claims that go beyond the papers, and are no premise of others."""
LEAST_EXAMPLES = 64
"""Items of each source that a claim about a small fraction of data needs."""
APART = 0.05
"""Target scores count as unequal if they are surely farther apart, even at the same level."""


@dataclass(frozen=True)
class Evidence:
    """The results of the lab's probes and runs, with its models by role."""

    results: Mapping[tuple[str, str], Results]
    """By probe and split."""
    curves: Curves
    costs: pd.DataFrame
    """`COSTS` of every run."""
    mixtures: pd.DataFrame
    """`MIXTURE` of every run."""
    settings: Lab
    target: str | None
    """Of the retention probe."""
    same_format: Sequence[str]
    """Sources of the retention probe whose replies have the target's format."""
    rehearsed: Sequence[str]
    """Held-out sources of the retention probe that recipes may train on."""
    bases: Mapping[str, str]
    """The base of each run."""
    monitored: Mapping[str, int] = field(default_factory=dict)
    """Number of validation items of each source that the curve of a run is measured on."""
    levels: tuple[float, ...] = ()
    """Target scores at which checkpoints were kept."""
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

    def probe(self, part: str, split: str = "test") -> Results:
        """Return the results of the probe of a role; NotRun if there is none."""
        name = getattr(self.settings, part)
        if name is None:
            raise NotRun(f"labs.recipes.{part} is null")
        if (name, split) not in self.results:
            raise NotRun(f"no score of probe {name} on {split} examples")
        return self.results[name, split]

    def run(self, part: str) -> Model:
        """Return the run of a role; NotRun if there is none."""
        name = getattr(self.settings, part)
        if name is None:
            raise NotRun(f"labs.recipes.{part} is null")
        return Model("run", name)

    def base_of(self, run: Model) -> Model:
        """Return the base of a run."""
        return Model("base", self.bases[run.name])

    @cached_property
    def retention(self) -> Results:
        """The retention probe's results on test items."""
        return self.probe("retention")

    @cached_property
    def asked_target(self) -> str:
        """The target; NotRun if the probe has none."""
        if self.target is None:
            raise NotRun(f"probes.{self.settings.retention}.target is null")
        return self.target

    @cached_property
    def kept_sources(self) -> list[str]:
        """The held-out sources; NotRun if there are none."""
        found = held_out(self.retention.sources, self.asked_target, self.same_format)
        if not found:
            raise NotRun(f"probes.{self.settings.retention}.sources holds no held-out source")
        return found

    def on_target(self, model: Model, measure: str = "right") -> Array:
        """Return the score of a model on the target, as it is used."""
        return self.retention.mean(model, query_of(self.asked_target, measure=measure))

    def kept(self, model: Model, measure: str = "right") -> Array:
        """Return the mean score of a model on the held-out sources, as it is used there."""
        return self.retention.mean_over(model, queries_of(self.kept_sources, measure=measure))

    def kept_share(self, part: str) -> Ratio:
        """Return that mean of a run over its base's."""
        run = self.run(part)
        return Ratio(self.kept(run), self.kept(self.base_of(run)), "the base's score elsewhere")

    def at_level(self, run: Model, level: float, sources: list[str]) -> Level:
        """Return what a run does where it first reaches a level in its last stage; PremiseNotMet,
        with its best score, if it does not in every seed."""
        found = at_level(self.retention, run, level, self.asked_target, sources)
        best = last_stage(self.curves.used(run, self.asked_target)).values.max(axis=1)
        return in_all_seeds(found, run, level, float(best.mean()))

    def keeps_more(self, part: str, other: str, level: float | None = None) -> Ratio:
        """Return how much more a run keeps than another where both have first reached a level of
        the target in their last stage, over the base's.

        Over the held-out sources that no recipe trains on (`rehearsed` are left out). PremiseNotMet
        where one of them misses the level, or has gone far beyond it at its first checkpoint there.
        """
        runs = [self.run(part), self.run(other)]
        if len({self.bases[run.name] for run in runs}) > 1:
            raise NotRun(f"{part} and {other} start from two bases")
        asked = self.settings.level if level is None else level
        if asked is None:
            raise NotRun("labs.recipes.level is null")
        sources = [name for name in self.kept_sources if name not in self.rehearsed]
        if not sources:
            raise NotRun(f"probes.{self.settings.retention}.rehearsed holds every held-out source")
        one, two = (self.at_level(run, asked, sources) for run in runs)
        equally_good(one, two, part, other)
        base = self.retention.mean_over(self.base_of(runs[0]), queries_of(sources))
        return Ratio(one.kept - two.kept, base, "the base's score elsewhere")

    def ability(self, run: str | Model, ability: str) -> Array:
        """Return the score of a run on mathematics, code or general; NotRun if there is none."""
        source = getattr(self.settings, ability)
        if source is None:
            raise NotRun(f"labs.recipes.{ability} is null")
        model = Model("run", run) if isinstance(run, str) else run
        return self.probe("abilities").mean(model, query_of(source))

    def at_every_size(self) -> list[tuple[str, Strategies]]:
        """Return the strategies on each base of `sizes`, smallest first; without it, the lab's
        own under no name."""
        sizes = self.settings.sizes
        return [(base, self.settings.strategies(base)) for base in sizes] or [("", self.settings)]

    def enough_examples(self, run: str, ability_sources: list[str]) -> None:
        """PremiseNotMet where the last stage of a run had fewer items of one of these sources
        than a claim about a small fraction needs; NotRun if its mixture is not known."""
        rows = self.mixtures
        rows = rows[(rows["kind"] == "run") & (rows["model"] == run)]
        if rows.empty:
            raise NotRun(f"no mixture of run {run}")
        last = rows[rows["stage"] == rows["stage"].max()]
        for source, pool in (
            last.groupby(last["source"].map(plain_source))["examples"].min().items()
        ):
            if source in ability_sources and pool < LEAST_EXAMPLES:
                raise PremiseNotMet(
                    f"too few examples: run {run} has {pool} of {source}, at least {LEAST_EXAMPLES}"
                )


def equally_good(one: Level, two: Level, part: str, other: str) -> None:
    """PremiseNotMet where two target scores at a level are surely more than `APART` apart."""
    low, high = Mean(one.target - two.target).bounds(DEFINED / 2)
    if low > APART or high < -APART:
        scores = " and ".join(f"{each.target[0].mean():.0%}" for each in (one, two))
        raise PremiseNotMet(f"{part} and {other} are at {scores} of the target there, not equal")


def gains_between(values: Mapping[str, Array]) -> dict[str, Array]:
    """Return how much each value is above each one before, by the names of both."""
    return {
        f"from {before} to {after}": values[after] - values[before]
        for before, after in combinations(values, 2)
    }


def steps_up(values: Mapping[str, Array]) -> dict[str, Array]:
    """Return how much each value is above the one before, by the names of both."""
    return {
        f"from {before} to {after}": values[after] - values[before]
        for before, after in pairwise(values)
    }


def evidence(inputs: Inputs) -> Evidence:
    """Return the results of the lab's probes and runs, with its models by role."""
    lab, study = inputs.lab, inputs.study
    scopes = adapter_scopes_of({run: study.recipe_of(run) for run in study.runs})
    last = {run: stage.training for run in study.runs for stage in study.recipe_of(run).stages[-1:]}
    retention = study.probes[lab.retention]
    world = study.worlds[retention.world]
    assert isinstance(retention, TextProbe), "checked with the configuration"
    assert isinstance(world, TextWorld), "checked with the configuration"
    return Evidence(
        results=load_results(inputs.named("replies"), inputs.bootstrap, adapter_scopes=scopes),
        curves=load_curves(inputs.named("curve"), inputs.bootstrap, scopes),
        costs=joined(inputs.named("costs"), COSTS),
        mixtures=joined(inputs.named("mixture"), MIXTURE),
        settings=lab,
        target=retention.target,
        same_format=retention.same_format,
        rehearsed=retention.rehearsed,
        bases=study.base_of_runs,
        monitored={
            run: study.trainings[name].monitor_prompts for run, name in last.items() if name
        },
        levels=tuple(world.levels),
        parameters=parameters_of(inputs.named("model")),
    )
