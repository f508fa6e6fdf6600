"""Claims about the neighbours of ProMoT: what a practitioner would try before it.

Recipes are compared where they have learnt the target equally well: at the checkpoint of their last
stage that first reaches `labs.recipes.level` on validation items. Retention there, the mean
score on held-out sources over the base's, is on test items, and on sources that no recipe trains
on.
"""

from eunoe.labs.recipes.evidence import BEYOND, Evidence
from eunoe.report.ledger import Ledger
from eunoe.statistics.quantities import Ratio
from eunoe.statistics.redraws import Array

NEIGHBOUR = "neighbours at equal target score"

ledger: Ledger[Evidence] = Ledger()


NEIGHBOURS = {
    "plain_cool": "plain fine-tuning at the same rate",
    "lora": "LoRA",
    "replay": "replay of pretraining data",
    "self_replay": "self-generated replay",
    "kl": "a KL penalty towards the base",
    "l2_sp": "L2-SP",
    "ewc": "EWC",
    "dft": "the loss DFT",
    "lower_frozen": "freezing the lower layers",
    "wise": "interpolation with the base (WiSE-FT)",
}
"""Parts of the lab, and what they are."""


def register_neighbour(number: int, part: str, what: str) -> None:
    """Register the claim that ProMoT keeps more than a neighbour."""

    @ledger.claim(
        f"C{number}",
        NEIGHBOUR,
        f"At equal target score, ProMoT keeps more than {what}.",
        "retention of ProMoT minus the neighbour's",
        above=0.0,
        margin=0.02,
        primary=part == "replay",
        premises=["C1", "C3"],
    )
    def keeps_more(evidence: Evidence) -> Ratio:
        return evidence.keeps_more("promot_cool", part)


for number, (part, what) in enumerate(NEIGHBOURS.items(), start=13):
    register_neighbour(number, part, what)


@ledger.claim(
    "C23",
    BEYOND,
    "ProMoT keeps more than if its prompt is trained on in stage two.",
    "mean score on held-out tasks, prompt frozen minus not",
    above=0.0,
    margin=0.02,
    premises=["C3", "C30"],
)
def freezing_matters(evidence: Evidence) -> Array:
    """An ablation that the paper does not have."""
    return evidence.kept(evidence.run("promot")) - evidence.kept(evidence.run("unfrozen"))


@ledger.claim(
    "C24",
    BEYOND,
    "A demonstration in front of every training prompt makes ProMoT keep more.",
    "mean score on held-out tasks, with demonstrations minus without",
    above=0.0,
    margin=0.02,
    premises=["C3"],
)
def demonstrations_help(evidence: Evidence) -> Array:
    """The paper's +1-shot."""
    shown = evidence.run("promot_demonstrated")
    return evidence.kept(shown) - evidence.kept(evidence.run("promot"))
