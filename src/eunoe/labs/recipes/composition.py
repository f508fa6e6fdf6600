"""Dong et al. (ACL 2024, arXiv 2310.05492): how mathematics, code and general instructions mix.

Claims keep the numbers of `D1` to `D16`. Points of per cent are hundredths, those of MT-Bench
tenths: all scores are shares of 1 here. What is said of every size is judged on every base of
`sizes`, the rest on the chapter's own strategies. What is said of several abilities, sizes or
fractions must hold of each. "Not below" and "does not fall" allow for two points. A fraction of the
data that is fewer than 64 examples of a source cannot test what the paper says of thousands.
Strategies get equally many updates here unless the config says otherwise, unlike the paper's.
"""

from collections.abc import Iterable
from fractions import Fraction

from eunoe.config.worlds import plain_source
from eunoe.labs.recipes.evidence import Evidence, gains_between, steps_up
from eunoe.labs.recipes.settings import Strategies
from eunoe.report.ledger import Ledger
from eunoe.results.models import NotRun
from eunoe.statistics.quantities import Known, PremiseNotMet, Ratio
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import Largest, Least, least, range_of

SCALING = "Dong et al. 2024, amount of data"
RATIO = "Dong et al. 2024, ratio of data"
STRATEGIES = "Dong et al. 2024, training strategies"
ABILITIES = ("mathematics", "code", "general")
FEW = "1/256"
"""The fraction that DMT rehearses in the paper."""

ledger: Ledger[Evidence] = Ledger()


# Amount of data


@ledger.claim(
    "D1",
    SCALING,
    "Mathematics improves with every increase of its data, at every size.",
    "least gain from one amount to the next",
    above=0.0,
)
def mathematics_scales(evidence: Evidence) -> Least:
    """12.70 to 49.10 at 7B; 3 of 3 sizes."""
    return least(
        {
            f"{size} {step}".strip(): gain
            for size, strategies in evidence.at_every_size()
            for step, gain in steps_up(
                scores_alone(evidence, size, strategies, "mathematics")
            ).items()
        }
    )


@ledger.claim(
    "D2",
    SCALING,
    "General instruction following saturates early: the step from 1/256 to 1/64 of its data is at "
    "least half of the whole gain, at every size.",
    "least share of the gain from 1/256 to 1 that 1/64 has",
    above=0.5,
)
def general_saturates(evidence: Evidence) -> Least:
    """.59, .72 and .85; no meaning where nothing is gained."""
    shares = {}
    for size, strategies in evidence.at_every_size():
        few, more, most = (
            alone(evidence, size, strategies, "general", fraction)
            for fraction in (FEW, "1/64", "1")
        )
        shares[size] = Ratio(more - few, most - few, f"what general data gain {size}".strip())
    return Least(shares)


@ledger.claim(
    "D3",
    SCALING,
    "With all data, the mixture is below each ability alone, at every size.",
    "least score alone minus mixed",
    above=0.0,
)
def mixing_conflicts(evidence: Evidence) -> Least:
    """9 of 9; mathematics at 7B 49.10 against 47.53."""
    gains = mixing_gains(evidence, "1", ABILITIES)
    return least({name: -gain for name, gain in gains.items()})


@ledger.claim(
    "D4",
    SCALING,
    "With 1/256 of the data, the mixture is above each ability alone, at every size.",
    "least score mixed minus alone",
    above=0.0,
)
def mixing_helps_when_data_is_scarce(evidence: Evidence) -> Least:
    """9 of 9; mathematics at 7B 14.78 against 12.70."""
    return least(mixing_gains(evidence, FEW, ABILITIES))


@ledger.claim(
    "D5",
    SCALING,
    "What mixing 1/256 of the data gains mathematics grows with the size of the model.",
    "least growth of the gain from one size to the next",
    above=0.0,
)
def mixing_gain_grows(evidence: Evidence) -> Least:
    """+2.1, +6.5 and +7.3."""
    if len(evidence.chapter.sizes) < 2:
        raise NotRun("labs.recipes.sizes has fewer than two bases")
    return least(steps_up(mixing_gains(evidence, FEW, ("mathematics",))))


# Ratio of data


@ledger.claim(
    "D6",
    RATIO,
    "With all general data, the amount of mathematics and code moves the general score little.",
    "range of the general score over that amount",
    below=0.02,
    premises=["C25"],
)
def specialised_data_spares_general(evidence: Evidence) -> Largest:
    """A range of .10 on MT-Bench, whose scale is 1 to 10."""
    return range_over(evidence, "specialised", "general")


@ledger.claim(
    "D7",
    RATIO,
    "With all mathematics and code, the amount of general data moves mathematics little.",
    "range of the mathematics score over that amount",
    below=0.02,
    premises=["C25"],
)
def general_data_spares_mathematics(evidence: Evidence) -> Largest:
    """A range of 1.29 points."""
    return range_over(evidence, "general", "mathematics")


# Strategies


@ledger.claim(
    "D8",
    STRATEGIES,
    "Sequential training forgets: multi-task is at least five points above it on mathematics.",
    "mathematics, multi-task minus sequential",
    above=0.05,
    primary=True,
    premises=["C25"],
)
def sequential_forgets(evidence: Evidence) -> Array:
    """16.1, 11.8 and 9.4."""
    return difference(evidence, "multi_task", "sequential", "mathematics")


@ledger.claim(
    "D9",
    STRATEGIES,
    "Rehearsing 1/256 of the specialised data (DMT) keeps at least four points of mathematics.",
    "mathematics, DMT minus mixed sequential",
    above=0.04,
    premises=["C25", "D8"],
)
def rehearsal_keeps_mathematics(evidence: Evidence) -> Array:
    """9.3, 6.0 and 12.1."""
    return difference(evidence, "dmt", "mixed_sequential", "mathematics")


@ledger.claim(
    "D10",
    STRATEGIES,
    "On general instructions, DMT is at least two points (.2 of MT-Bench) above multi-task.",
    "general, DMT minus multi-task",
    above=0.02,
    premises=["C25"],
)
def rehearsal_beats_multi_task_in_general(evidence: Evidence) -> Array:
    """6.08 against 5.76 at 7B."""
    return difference(evidence, "dmt", "multi_task", "general")


@ledger.claim(
    "D11",
    STRATEGIES,
    "On general instructions, DMT is at most 1.5 points (.15 of MT-Bench) below tuning on them "
    "alone.",
    "general, DMT minus general data alone",
    at_least=0.0,
    margin=0.015,
    premises=["C25"],
)
def rehearsal_costs_general_little(evidence: Evidence) -> Array:
    """Holds at all three sizes."""
    only = alone(evidence, "", evidence.chapter, "general", "1")
    return strategy(evidence, "dmt", "general") - only


@ledger.claim(
    "D12",
    STRATEGIES,
    "DMT is at least as good as mixed sequential on all three abilities.",
    "least score of DMT minus mixed sequential",
    at_least=0.0,
    margin=0.02,
    primary=True,
    premises=["C25"],
)
def rehearsal_never_hurts(evidence: Evidence) -> Least:
    """9 of 9."""
    return least(
        {each: difference(evidence, "dmt", "mixed_sequential", each) for each in ABILITIES}
    )


@ledger.claim(
    "D13",
    STRATEGIES,
    "DMT is at least as good as multi-task on all three abilities.",
    "least score of DMT minus multi-task",
    at_least=0.0,
    margin=0.02,
    premises=["C25"],
)
def rehearsal_beats_multi_task(evidence: Evidence) -> Least:
    """Fails on the paper's own numbers at 7B and 13B: mathematics is 5.6 and 4.5 points below."""
    return least({each: difference(evidence, "dmt", "multi_task", each) for each in ABILITIES})


@ledger.claim(
    "D14",
    STRATEGIES,
    "As the rehearsed fraction grows to 1/4, mathematics does not fall and general does not rise.",
    "least of the gains of mathematics and the losses of general from any fraction to a larger one",
    at_least=0.0,
    margin=0.02,
    premises=["C25"],
)
def rehearsal_trades(evidence: Evidence) -> Least:
    """Holds at 7B and 13B."""
    runs = rehearsing(evidence, Fraction(1, 4))
    scores = {k: evidence.ability(run, "mathematics") for k, run in runs.items()}
    mathematics = gains_between(scores)
    general = gains_between({k: -evidence.ability(run, "general") for k, run in runs.items()})
    gains = {f"mathematics {step}": gain for step, gain in mathematics.items()}
    return least(gains | {f"general {step}": loss for step, loss in general.items()})


@ledger.claim(
    "D15",
    STRATEGIES,
    "As the rehearsed fraction grows, code does not fall.",
    "least gain of code from any fraction to a larger one",
    at_least=0.0,
    margin=0.02,
    premises=["C25"],
)
def rehearsal_keeps_code(evidence: Evidence) -> Least:
    """Fails on the paper's own numbers at 7B: 17.68, 15.85, 15.24, 13.41 and 14.02."""
    runs = rehearsing(evidence, Fraction(1))
    return least(gains_between({k: evidence.ability(run, "code") for k, run in runs.items()}))


@ledger.claim(
    "D16",
    STRATEGIES,
    "Rehearsing 1/256 is at most 1% of the last stage's examples, and wins back at least half of "
    "the mathematics that mixed sequential training lost against multi-task.",
    "lesser of the margins of cost and of what is won back",
    above=0.0,
    premises=["C25"],
)
def rehearsal_is_cheap(evidence: Evidence) -> Least:
    """.59% of the examples; 62%, 57% and 97%."""
    won = won_back(evidence)
    cost = 0.01 - rehearsed_share(evidence, "example_share")
    return Least({"cost": Known(cost, won.seeds), "won back": won.margin(0.5)})


# What they share


def strategy(evidence: Evidence, part: str, ability: str) -> Array:
    """Return the score of multi_task, sequential, mixed_sequential, or of DMT with 1/256;
    PremiseNotMet if that is too few examples."""
    if part == "dmt":
        run = by_fraction(evidence.chapter.dmt, "dmt", FEW)
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
    """Return a key of the strategies on a base, within the chapter."""
    return f"scaling.{size}.{key}" if size else key


def alone(
    evidence: Evidence, size: str, strategies: Strategies, ability: str, fraction: str
) -> Array:
    """Return the score of an ability after tuning on that fraction of it alone; PremiseNotMet if
    that is too few examples."""
    key = key_of(size, f"single.{ability}")
    run = by_fraction(getattr(strategies.single, ability), key, fraction)
    evidence.enough_examples(run, [getattr(evidence.chapter, ability)])
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
    runs = getattr(evidence.chapter.ratio, varied)
    if len(runs) < 2:
        raise NotRun(f"labs.recipes.ratio.{varied} has fewer than two")
    return range_of({k: evidence.ability(run, ability) for k, run in runs.items()})


def rehearsing(evidence: Evidence, most: Fraction) -> dict[str, str]:
    """Return the runs of DMT from the least fraction above 0 on; NotRun below two, PremiseNotMet if
    the least is too few examples."""
    known = evidence.chapter.dmt
    inside = [name for name in sorted(known, key=Fraction) if 0 < Fraction(name) <= most]
    if len(inside) < 2:
        raise NotRun(f"labs.recipes.dmt has fewer than two from above 0 to {most}")
    evidence.enough_examples(known[inside[0]], specialised(evidence))
    return {name: known[name] for name in inside}


def least_rehearsing(evidence: Evidence) -> str:
    """Return the run of DMT with the least fraction that is enough examples; NotRun if none is."""
    known = evidence.chapter.dmt
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
    return [source for source in (evidence.chapter.mathematics, evidence.chapter.code) if source]


def won_back(evidence: Evidence) -> Ratio:
    """Return the share of the mathematics lost by mixed sequential training against multi-task
    that DMT has."""
    lost = difference(evidence, "multi_task", "mixed_sequential", "mathematics")
    won = difference(evidence, "dmt", "mixed_sequential", "mathematics")
    return Ratio(won, lost, "the mathematics lost by mixed sequential training")


def rehearsed_share(evidence: Evidence, column: str) -> float:
    """Return the share of DMT's last stage that is rehearsed, in the mean over seeds."""
    run = by_fraction(evidence.chapter.dmt, "dmt", FEW)
    rows = evidence.mixtures
    rows = rows[(rows["kind"] == "run") & (rows["model"] == run)]
    if rows.empty:
        raise NotRun(f"no mixture of run {run}")
    last = rows[rows["stage"] == rows["stage"].max()]
    rehearsed = last[last["source"].map(plain_source) != evidence.chapter.general]
    return float(rehearsed[column].sum() / last["seed"].nunique())
