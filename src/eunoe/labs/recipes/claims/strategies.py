"""Claims about training strategies: Dong et al. (ACL 2024), D8 to D16."""

from fractions import Fraction

from eunoe.labs.recipes.composition import (
    ABILITIES,
    alone,
    difference,
    rehearsed_share,
    rehearsing,
    strategy,
    won_back,
)
from eunoe.labs.recipes.evidence import Evidence, gains_between
from eunoe.report.ledger import Ledger
from eunoe.statistics.quantities import Known
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import Least, least

STRATEGIES = "Dong et al. 2024, training strategies"

ledger: Ledger[Evidence] = Ledger()


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
    only = alone(evidence, "", evidence.settings, "general", "1")
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
    """.59% of the items; 62%, 57% and 97%."""
    won = won_back(evidence)
    cost = 0.01 - rehearsed_share(evidence, "example_share")
    return Least({"cost": Known(cost, won.seeds), "won back": won.margin(0.5)})
