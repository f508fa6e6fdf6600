"""Further controls: a fresh bank, ideal learners, another measure of the bank's share."""

from eunoe.labs.regression.claims.origins import CONTROL, PAPER
from eunoe.labs.regression.evidence import RIDGE, Evidence
from eunoe.report.ledger import Ledger
from eunoe.results.models import Model
from eunoe.statistics.quantities import Ratio
from eunoe.statistics.redraws import Array

ledger: Ledger[Evidence] = Ledger()


@ledger.claim(
    "R18",
    CONTROL,
    "Scaling also wins back what is forgotten by tuning on a bank that pretraining never saw.",
    "share of the forgetting recovered, run on a fresh bank, few exemplars",
    above=0.0,
    margin=0.1,
)
def scaling_recovers_after_a_fresh_bank(evidence: Evidence) -> Ratio:
    """Asked for by the reviewers."""
    fresh = evidence.part("fresh")
    return evidence.recovered(fresh, evidence.part("base"), evidence.chosen(fresh))


@ledger.claim(
    "R19",
    CONTROL,
    "For an ideal learner the trade-off is nearly free: knowing the bank costs little on D_cont.",
    "error of the ideal mixture over ridge's, on D_cont, all exemplar counts",
    below=1.15,
)
def ideal_tradeoff_is_nearly_free(evidence: Evidence) -> Ratio:
    """Arithmetic about ideal predictors, for the alpha of the base that is tuned: no network."""
    ideal = evidence.error(evidence.ideal_mixture(), counts="all")
    return Ratio(ideal, evidence.error(RIDGE, counts="all"), "the error of ridge on D_cont")


@ledger.claim(
    "R20",
    CONTROL,
    "What scaling gains the tuned model beyond the best shrinking is more than what it gains the "
    "ideal discrete predictor beyond its best shrinking.",
    "that gain of the tuned model minus the ideal discrete predictor's, same gamma, few exemplars",
    above=0.0,
)
def recovery_beyond_shrinking_beats_ideal_discrete(evidence: Evidence) -> Array:
    """R11 favours a predictor that is far off; here each is compared to its own shrinking."""
    label = evidence.chosen(evidence.part("tuned"))

    def gain(model: Model) -> Array:
        shrunk = evidence.error(model, transform=evidence.chosen(model, "shrink"))
        return shrunk - evidence.error(model, transform=label)

    return gain(evidence.part("tuned")) - gain(Model("ideal", "discrete"))


@ledger.claim(
    "R21",
    f"{PAPER}, section 3.4 (hypothesis)",
    "Scaling lowers the bank's share in the tuned model's answers also when answers may be too "
    "small or too large (two free factors instead of the task weight's one).",
    "the bank's share at gamma 1 minus under the chosen gamma, few exemplars",
    above=0.0,
    margin=0.05,
    premises=["R17"],
)
def scaling_lowers_the_bank_share(evidence: Evidence) -> Array:
    """The task weight of R16 takes answers that saturate at large labels for the discrete task."""
    tuned = evidence.part("tuned")
    return evidence.bank_share(tuned) - evidence.bank_share(tuned, evidence.chosen(tuned))
