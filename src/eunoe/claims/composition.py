"""Dong et al. (ACL 2024, arXiv 2310.05492): how mathematics, code and general instructions mix.

Claims keep the numbers of `D1` to `D16`. Points of per cent are hundredths, those of MT-Bench
tenths: all scores are shares of 1 here. What is said of every size is judged on every base of
`sizes`, the rest on the chapter's own strategies. A least difference errs to the low side.
Strategies get equally many updates here unless the config says otherwise, unlike the paper's.
"""

from collections.abc import Iterable
from fractions import Fraction

from eunoe.claims.ledger import Ledger
from eunoe.claims.recipes_evidence import Evidence, steps_up
from eunoe.config.chapters import Strategies
from eunoe.recipes.deployment import plain_source
from eunoe.results import NotRun
from eunoe.statistics import Array, largest, least, positive

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
def mathematics_scales(evidence: Evidence) -> Array:
    """12.70 to 49.10 at 7B; 3 of 3 sizes."""
    return least(
        gain
        for size, strategies in evidence.at_every_size()
        for gain in steps_up(scores_alone(evidence, size, strategies, "mathematics"))
    )


@ledger.claim(
    "D2",
    SCALING,
    "General instruction following saturates early: the step from 1/256 to 1/64 of its data is at "
    "least half of the whole gain, at every size.",
    "least share of the gain from 1/256 to 1 that 1/64 has",
    above=0.5,
)
def general_saturates(evidence: Evidence) -> Array:
    """.59, .72 and .85; no meaning where nothing is gained."""
    shares = []
    for size, strategies in evidence.at_every_size():
        few, more, most = (
            alone(evidence, size, strategies, "general", fraction)
            for fraction in (FEW, "1/64", "1")
        )
        shares.append((more - few) / positive(most - few))
    return least(shares)


@ledger.claim(
    "D3",
    SCALING,
    "With all data, the mixture is below each ability alone, at every size.",
    "least score alone minus mixed",
    above=0.0,
)
def mixing_conflicts(evidence: Evidence) -> Array:
    """9 of 9; mathematics at 7B 49.10 against 47.53."""
    return least(-gain for gain in mixing_gains(evidence, "1", ABILITIES))


@ledger.claim(
    "D4",
    SCALING,
    "With 1/256 of the data, the mixture is above each ability alone, at every size.",
    "least score mixed minus alone",
    above=0.0,
)
def mixing_helps_when_data_is_scarce(evidence: Evidence) -> Array:
    """9 of 9; mathematics at 7B 14.78 against 12.70."""
    return least(mixing_gains(evidence, FEW, ABILITIES))


@ledger.claim(
    "D5",
    SCALING,
    "What mixing 1/256 of the data gains mathematics grows with the size of the model.",
    "least growth of the gain from one size to the next",
    above=0.0,
)
def mixing_gain_grows(evidence: Evidence) -> Array:
    """+2.1, +6.5 and +7.3."""
    if len(evidence.chapter.sizes) < 2:
        raise NotRun("chapters.recipes.sizes has fewer than two bases")
    return least(steps_up(mixing_gains(evidence, FEW, ("mathematics",))))


# Ratio of data


@ledger.claim(
    "D6",
    RATIO,
    "With all general data, the amount of mathematics and code moves the general score little.",
    "range of the general score over that amount",
    below=0.02,
)
def specialised_data_spares_general(evidence: Evidence) -> Array:
    """A range of .10 on MT-Bench, whose scale is 1 to 10."""
    return range_over(evidence, "specialised", "general")


@ledger.claim(
    "D7",
    RATIO,
    "With all mathematics and code, the amount of general data moves mathematics little.",
    "range of the mathematics score over that amount",
    below=0.02,
)
def general_data_spares_mathematics(evidence: Evidence) -> Array:
    """A range of 1.29 points."""
    return range_over(evidence, "general", "mathematics")


# Strategies


@ledger.claim(
    "D8",
    STRATEGIES,
    "Sequential training forgets: multi-task is at least five points above it on mathematics.",
    "mathematics, multi-task minus sequential",
    above=0.05,
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
    above=-0.015,
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
    above=0.0,
)
def rehearsal_never_hurts(evidence: Evidence) -> Array:
    """9 of 9."""
    return least(difference(evidence, "dmt", "mixed_sequential", name) for name in ABILITIES)


@ledger.claim(
    "D13",
    STRATEGIES,
    "DMT is at least as good as multi-task on all three abilities.",
    "least score of DMT minus multi-task",
    above=0.0,
)
def rehearsal_beats_multi_task(evidence: Evidence) -> Array:
    """Fails on the paper's own numbers: mathematics is below multi-task at all three sizes."""
    return least(difference(evidence, "dmt", "multi_task", name) for name in ABILITIES)


@ledger.claim(
    "D14",
    STRATEGIES,
    "As the rehearsed fraction grows to 1/4, mathematics does not fall and general does not rise.",
    "least of the gains of mathematics and the losses of general from one fraction to the next",
    above=0.0,
)
def rehearsal_trades(evidence: Evidence) -> Array:
    """Holds at 7B and 13B."""
    runs = rehearsing(evidence, Fraction(1, 4))
    mathematics = [evidence.ability(run, "mathematics") for run in runs]
    general = [-evidence.ability(run, "general") for run in runs]
    return least([*steps_up(mathematics), *steps_up(general)])


@ledger.claim(
    "D15",
    STRATEGIES,
    "As the rehearsed fraction grows, code does not fall.",
    "least gain of code from one fraction to the next",
    above=0.0,
)
def rehearsal_keeps_code(evidence: Evidence) -> Array:
    """Fails on the paper's own numbers at 7B: 17.68, 15.85, 15.24, 13.41 and 14.02."""
    runs = rehearsing(evidence, Fraction(1))
    return least(steps_up([evidence.ability(run, "code") for run in runs]))


@ledger.claim(
    "D16",
    STRATEGIES,
    "Rehearsing 1/256 is at most 1% of the last stage's examples, and wins back at least half of "
    "the mathematics that mixed sequential training lost against multi-task.",
    "lesser of the margins of cost and of what is won back",
    above=0.0,
)
def rehearsal_is_cheap(evidence: Evidence) -> Array:
    """.59% of the examples; 62%, 57% and 97%."""
    won = won_back(evidence)
    return least([0.01 - rehearsed_share(evidence, "example_share") + 0 * won, won - 0.5])


# What they share


def strategy(evidence: Evidence, part: str, ability: str) -> Array:
    """Return the score of multi_task, sequential, mixed_sequential, or of DMT with 1/256."""
    if part == "dmt":
        return evidence.ability(by_fraction(evidence.chapter.dmt, "dmt", FEW), ability)
    return evidence.ability(evidence.run(part), ability)


def difference(evidence: Evidence, part: str, other: str, ability: str) -> Array:
    """Return how much one strategy is above another."""
    return strategy(evidence, part, ability) - strategy(evidence, other, ability)


def by_fraction(runs: dict[str, str], key: str, fraction: str) -> str:
    """Return the run with a fraction; NotRun with the config's key if there is none."""
    for name, run in runs.items():
        if Fraction(name) == Fraction(fraction):
            return run
    raise NotRun(f"chapters.recipes.{key} has no {fraction}")


def key_of(size: str, key: str) -> str:
    """Return a key of the strategies on a base, within the chapter."""
    return f"scaling.{size}.{key}" if size else key


def alone(
    evidence: Evidence, size: str, strategies: Strategies, ability: str, fraction: str
) -> Array:
    """Return the score of an ability after tuning on that fraction of it alone."""
    key = key_of(size, f"single.{ability}")
    run = by_fraction(getattr(strategies.single, ability), key, fraction)
    return evidence.ability(run, ability)


def scores_alone(
    evidence: Evidence, size: str, strategies: Strategies, ability: str
) -> list[Array]:
    """Return the scores of an ability alone, from the least amount of data; NotRun below two."""
    runs = getattr(strategies.single, ability)
    if len(runs) < 2:
        raise NotRun(f"chapters.recipes.{key_of(size, f'single.{ability}')} has fewer than two")
    ordered = sorted(runs, key=Fraction)
    return [evidence.ability(runs[fraction], ability) for fraction in ordered]


def mixing_gains(evidence: Evidence, fraction: str, abilities: Iterable[str]) -> list[Array]:
    """Return the score mixed minus alone, by size and ability."""
    found = []
    for size, strategies in evidence.at_every_size():
        runs = dict(strategies.mixed)
        if strategies.multi_task:
            runs.setdefault("1", strategies.multi_task)
        mixed = by_fraction(runs, key_of(size, "mixed"), fraction)
        for ability in abilities:
            apart = alone(evidence, size, strategies, ability, fraction)
            found.append(evidence.ability(mixed, ability) - apart)
    return found


def range_over(evidence: Evidence, varied: str, ability: str) -> Array:
    """Return the range of a score as one side of the mixture varies; NotRun below two amounts."""
    runs = getattr(evidence.chapter.ratio, varied)
    if len(runs) < 2:
        raise NotRun(f"chapters.recipes.ratio.{varied} has fewer than two")
    scores = [evidence.ability(run, ability) for run in runs.values()]
    return largest(scores) - least(scores)


def rehearsing(evidence: Evidence, most: Fraction) -> list[str]:
    """Return the runs of DMT from the least fraction above 0 on; NotRun below two."""
    known = evidence.chapter.dmt
    found = [known[name] for name in sorted(known, key=Fraction) if 0 < Fraction(name) <= most]
    if len(found) < 2:
        raise NotRun(f"chapters.recipes.dmt has fewer than two from above 0 to {most}")
    return found


def won_back(evidence: Evidence) -> Array:
    """Return the share of the mathematics lost by mixed sequential training against multi-task
    that DMT has; NaN where nothing was lost."""
    lost = difference(evidence, "multi_task", "mixed_sequential", "mathematics")
    return difference(evidence, "dmt", "mixed_sequential", "mathematics") / positive(lost)


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
