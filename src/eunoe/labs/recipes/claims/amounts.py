"""Claims about the amount and ratio of data: Dong et al. (ACL 2024), D1 to D7."""

from eunoe.labs.recipes.composition import (
    ABILITIES,
    FEW,
    alone,
    mixing_gains,
    range_over,
    scores_alone,
)
from eunoe.labs.recipes.evidence import Evidence, steps_up
from eunoe.report.ledger import Ledger
from eunoe.results.models import NotRun
from eunoe.statistics.quantities import Ratio
from eunoe.statistics.several import Largest, Least, least

SCALING = "Dong et al. 2024, amount of data"
RATIO = "Dong et al. 2024, ratio of data"

ledger: Ledger[Evidence] = Ledger()


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
    if len(evidence.settings.sizes) < 2:
        raise NotRun("labs.recipes.sizes has fewer than two bases")
    return least(steps_up(mixing_gains(evidence, FEW, ("mathematics",))))


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
