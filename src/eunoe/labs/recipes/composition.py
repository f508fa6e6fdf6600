"""Dong et al. (ACL 2024, arXiv 2310.05492): how mathematics, code and general instructions mix.

Claims keep the numbers of `D1` to `D16`. All scores are shares of 1 here, so a percentage point of
the paper is .01, and a point of MT-Bench is .1. Claims about every size are judged on every base of
`sizes`, all others on the lab's own strategies. A claim about several abilities, sizes or fractions
must hold for each. "Not below" and "does not fall" allow for two points. A fraction of the data
that is fewer than 64 items of a source cannot test what the paper says of thousands. Strategies get
equally many updates here unless the config says otherwise, unlike the paper's.
"""

from collections.abc import Iterable
from fractions import Fraction

from eunoe.config.worlds.text import plain_source
from eunoe.labs.recipes.evidence import Evidence
from eunoe.labs.recipes.settings import Strategies
from eunoe.results.models import NotRun
from eunoe.statistics.quantities import PremiseNotMet, Ratio
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import Largest, range_of

ABILITIES = ("mathematics", "code", "general")
FEW = "1/256"
"""The fraction that DMT rehearses in the paper."""


def strategy(evidence: Evidence, part: str, ability: str) -> Array:
    """Return the score of multi_task, sequential, mixed_sequential, or of DMT with 1/256;
    PremiseNotMet if that is too few items."""
    if part == "dmt":
        run = by_fraction(evidence.settings.dmt, "dmt", FEW)
        evidence.enough_examples(run, specialised(evidence))
        return evidence.ability(run, ability)
    return evidence.ability(evidence.run(part), ability)


def difference(evidence: Evidence, part: str, other: str, ability: str) -> Array:
    """Return how much one strategy is above another."""
    return strategy(evidence, part, ability) - strategy(evidence, other, ability)


def by_fraction(runs: dict[str, str], key: str, fraction: str) -> str:
    """Return the run with a fraction; NotRun with the config's key if there is none."""
    for name, run in runs.items():
        if Fraction(name) == Fraction(fraction):
            return run
    raise NotRun(f"labs.recipes.{key} has no {fraction}")


def key_of(size: str, key: str) -> str:
    """Return a key of the strategies on a base, within the lab."""
    return f"scaling.{size}.{key}" if size else key


def alone(
    evidence: Evidence, size: str, strategies: Strategies, ability: str, fraction: str
) -> Array:
    """Return the score of an ability after tuning on that fraction of it alone; PremiseNotMet if
    that is too few items."""
    key = key_of(size, f"single.{ability}")
    run = by_fraction(getattr(strategies.single, ability), key, fraction)
    evidence.enough_examples(run, [getattr(evidence.settings, ability)])
    return evidence.ability(run, ability)


def scores_alone(
    evidence: Evidence, size: str, strategies: Strategies, ability: str
) -> dict[str, Array]:
    """Return the scores of an ability alone, from the least amount of data; NotRun below two."""
    runs = getattr(strategies.single, ability)
    if len(runs) < 2:
        raise NotRun(f"labs.recipes.{key_of(size, f'single.{ability}')} has fewer than two")
    ordered = sorted(runs, key=Fraction)
    return {fraction: alone(evidence, size, strategies, ability, fraction) for fraction in ordered}


def mixing_gains(evidence: Evidence, fraction: str, abilities: Iterable[str]) -> dict[str, Array]:
    """Return the score mixed minus alone, by size and ability."""
    found = {}
    for size, strategies in evidence.at_every_size():
        runs = dict(strategies.mixed)
        if strategies.multi_task:
            runs.setdefault("1", strategies.multi_task)
        mixed = by_fraction(runs, key_of(size, "mixed"), fraction)
        for ability in abilities:
            apart = alone(evidence, size, strategies, ability, fraction)
            found[f"{size} {ability}".strip()] = evidence.ability(mixed, ability) - apart
    return found


def range_over(evidence: Evidence, varied: str, ability: str) -> Largest:
    """Return the range of a score as one side of the mixture varies; NotRun below two amounts."""
    runs = getattr(evidence.settings.ratio, varied)
    if len(runs) < 2:
        raise NotRun(f"labs.recipes.ratio.{varied} has fewer than two")
    return range_of({k: evidence.ability(run, ability) for k, run in runs.items()})


def rehearsing(evidence: Evidence, most: Fraction) -> dict[str, str]:
    """Return the runs of DMT from the least fraction above 0 on; NotRun below two, PremiseNotMet if
    the least is too few items."""
    known = evidence.settings.dmt
    inside = [name for name in sorted(known, key=Fraction) if 0 < Fraction(name) <= most]
    if len(inside) < 2:
        raise NotRun(f"labs.recipes.dmt has fewer than two from above 0 to {most}")
    evidence.enough_examples(known[inside[0]], specialised(evidence))
    return {name: known[name] for name in inside}


def least_rehearsing(evidence: Evidence) -> str:
    """Return the run of DMT with the least fraction that is enough items; NotRun if none is."""
    known = evidence.settings.dmt
    for name in sorted(known, key=Fraction):
        if Fraction(name) > 0:
            try:
                evidence.enough_examples(known[name], specialised(evidence))
            except PremiseNotMet:
                continue
            return known[name]
    raise NotRun("labs.recipes.dmt has no fraction with enough examples")


def specialised(evidence: Evidence) -> list[str]:
    """Return the sources of mathematics and code."""
    return [source for source in (evidence.settings.mathematics, evidence.settings.code) if source]


def won_back(evidence: Evidence) -> Ratio:
    """Return the share of the mathematics lost by mixed sequential training against multi-task
    that DMT has."""
    lost = difference(evidence, "multi_task", "mixed_sequential", "mathematics")
    won = difference(evidence, "dmt", "mixed_sequential", "mathematics")
    return Ratio(won, lost, "the mathematics lost by mixed sequential training")


def rehearsed_share(evidence: Evidence, column: str) -> float:
    """Return the share of DMT's last stage that is rehearsed, in the mean over seeds."""
    run = by_fraction(evidence.settings.dmt, "dmt", FEW)
    rows = evidence.mixtures
    rows = rows[(rows["kind"] == "run") & (rows["model"] == run)]
    if rows.empty:
        raise NotRun(f"no mixture of run {run}")
    last = rows[rows["stage"] == rows["stage"].max()]
    rehearsed = last[last["source"].map(plain_source) != evidence.settings.general]
    return float(rehearsed[column].sum() / last["seed"].nunique())
