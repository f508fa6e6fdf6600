"""Controls of the claims on data composition."""

import numpy as np

from eunoe.labs.recipes.composition import (
    ABILITIES,
    FEW,
    alone,
    by_fraction,
    least_rehearsing,
    rehearsed_share,
)
from eunoe.labs.recipes.evidence import BEYOND, CONTROL, Evidence
from eunoe.report.ledger import Ledger
from eunoe.results.models import Model, NotRun
from eunoe.statistics.quantities import Known
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import Least, least

ledger: Ledger[Evidence] = Ledger()


@ledger.claim(
    "C25",
    CONTROL,
    "Each ability is learnt from all of its data alone.",
    "least gain of an ability over the base",
    above=0.05,
)
def abilities_are_learnt(evidence: Evidence) -> Least:
    """Otherwise there is nothing to conflict."""
    gains = {}
    for ability in ABILITIES:
        after = alone(evidence, "", evidence.settings, ability, "1")
        run = by_fraction(getattr(evidence.settings.single, ability), f"single.{ability}", "1")
        base = Model("base", evidence.bases[run])
        gains[ability] = after - evidence.ability(base, ability)
    return least(gains)


@ledger.claim(
    "C26",
    CONTROL,
    "Strategies are compared after equally many updates.",
    "most updates over fewest, of multi-task, sequential, mixed sequential and DMT,",
    below=1.01,
)
def updates_are_matched(evidence: Evidence) -> Known:
    """The paper's differ."""
    parts = ("multi_task", "sequential", "mixed_sequential")
    runs = [evidence.run(part).name for part in parts]
    runs.append(by_fraction(evidence.settings.dmt, "dmt", FEW))
    updates = [updates_of(evidence, run) for run in runs]
    return Known(max(updates) / min(updates), seeds_of(evidence))


@ledger.claim(
    "C27",
    CONTROL,
    "Rehearsing 1/256 is at most 1% of the last stage's tokens too.",
    "share of tokens",
    below=0.01,
)
def rehearsal_is_cheap_in_tokens(evidence: Evidence) -> Known:
    """Specialised items may be longer than general ones."""
    return Known(rehearsed_share(evidence, "token_share"), seeds_of(evidence))


@ledger.claim(
    "C28",
    "control, after arXiv 2412.13337",
    "Phased training (mixed sequential) is no worse than stacked (multi-task) over all abilities.",
    "mean score of mixed sequential minus multi-task over the abilities",
    at_least=0.0,
    margin=0.02,
    premises=["C25"],
)
def phases_do_not_matter(evidence: Evidence) -> Array:
    """A later study finds no difference; two points of tolerance."""
    phased, stacked = evidence.run("mixed_sequential"), evidence.run("multi_task")
    differences = [
        evidence.ability(phased, ability) - evidence.ability(stacked, ability)
        for ability in ABILITIES
    ]
    return np.mean(differences, axis=0)


@ledger.claim(
    "C29",
    BEYOND,
    "Rehearsing the smallest fraction with enough examples keeps at least four points of "
    "mathematics.",
    "mathematics, DMT with that fraction minus mixed sequential",
    above=0.04,
    premises=["C25", "D8"],
)
def a_larger_pinch_keeps_mathematics(evidence: Evidence) -> Array:
    """D9 with the smallest fraction that is enough items, if 1/256 is not."""
    run = least_rehearsing(evidence)
    sequential = evidence.run("mixed_sequential")
    return evidence.ability(run, "mathematics") - evidence.ability(sequential, "mathematics")


def seeds_of(evidence: Evidence) -> int:
    """Return how many seeds were run."""
    return int(evidence.costs["seed"].nunique())


def updates_of(evidence: Evidence, run: str) -> float:
    """Return the updates of a run, mean over seeds; NotRun if its costs are not known."""
    rows = evidence.costs
    rows = rows[(rows["kind"] == "run") & (rows["model"] == run)]
    if rows.empty:
        raise NotRun(f"no costs of run {run}")
    return float(rows["updates"].sum() / rows["seed"].nunique())
