"""Claims about recovery by scaling the labels, and its controls."""

from eunoe.labs.regression.claims.origins import CONTROL, PAPER
from eunoe.labs.regression.evidence import RIDGE, ZERO, Evidence
from eunoe.report.ledger import Ledger
from eunoe.results.models import Model
from eunoe.statistics.quantities import Mean, Ratio, ratio_difference
from eunoe.statistics.redraws import Array

ledger: Ledger[Evidence] = Ledger()


@ledger.claim(
    "R8",
    f"{PAPER}, section 3.4",
    "Conjugate prompting, scaling the labels, wins back part of what was forgotten on D_cont.",
    "share of the forgetting recovered, few exemplars",
    above=0.0,
    margin=0.1,
    primary=True,
    guards=["R10", "R12", "R13", "R14", "R20"],
)
def scaling_recovers(evidence: Evidence) -> Ratio:
    """Figure 5 of the regression part."""
    tuned = evidence.part("tuned")
    return evidence.recovered(tuned, evidence.part("base"), evidence.chosen(tuned))


@ledger.claim(
    "R9",
    f"{PAPER}, section 3.4",
    "It wins back a larger share at low exemplar counts than at high ones.",
    "share recovered at few exemplars minus at more",
    above=0.0,
    margin=0.1,
    primary=True,
    premises=["R8"],
)
def recovery_is_largest_at_few_exemplars(evidence: Evidence) -> Mean:
    """Figure 5 of the regression part."""
    tuned, base = evidence.part("tuned"), evidence.part("base")
    label = evidence.chosen(tuned)
    few = evidence.recovered(tuned, base, label)
    return ratio_difference(few, evidence.recovered(tuned, base, label, counts="many"))


@ledger.claim(
    "R10",
    CONTROL,
    "Scaling gains more than only shrinking the same model's answers by the best divisor tried.",
    "error of the best shrinking minus error of the chosen scaling, few exemplars",
    above=0.0,
)
def recovery_beats_shrinking(evidence: Evidence) -> Array:
    """Shrinking leaves the prompt alone, so its gain is no recovery; chosen on validation prompts
    too, from the divisors of the probe and 1."""
    tuned = evidence.part("tuned")
    shrunk = evidence.error(tuned, transform=evidence.chosen(tuned, "shrink"))
    return shrunk - evidence.error(tuned, transform=evidence.chosen(tuned))


@ledger.claim(
    "R11",
    CONTROL,
    "Scaling closes more of the gap to ridge than it does for the ideal discrete predictor, which "
    "has no ridge to recover.",
    "share of the gap to ridge closed, tuned minus ideal discrete, each at its best gamma, few "
    "exemplars",
    above=0.0,
)
def recovery_beats_ideal_discrete(evidence: Evidence) -> Mean:
    """The null model of the notes: scaling helps it by shrinking its answers."""
    return gap_advantage(evidence, Model("ideal", "discrete"))


@ledger.claim(
    "R12",
    CONTROL,
    "Scaling closes more of the gap to ridge than it does for a network pretrained on D_disc only.",
    "share of the gap to ridge closed, tuned minus D_disc network, each at its best gamma, few "
    "exemplars",
    above=0.0,
)
def recovery_beats_discrete_network(evidence: Evidence) -> Mean:
    """A network that never saw ridge, with whatever scaling does to a network."""
    return gap_advantage(evidence, evidence.part("discrete"))


def gap_advantage(evidence: Evidence, null: Model) -> Mean:
    """Return the share of the gap to ridge that scaling closes for tuned, minus for `null`; each
    has the gamma that is best for it on validation prompts."""
    tuned, null_label = evidence.part("tuned"), evidence.chosen(null)
    closed = evidence.recovered(tuned, RIDGE, evidence.chosen(tuned))
    return ratio_difference(closed, evidence.recovered(null, RIDGE, null_label))


@ledger.claim(
    "R13",
    CONTROL,
    "The recovered model is better on D_cont than predicting zero.",
    "error of zero minus error of the tuned model under the chosen gamma, few exemplars",
    above=0.0,
)
def recovery_beats_zero(evidence: Evidence) -> Array:
    """A large gamma can drive any error towards that of predicting zero."""
    tuned = evidence.part("tuned")
    return evidence.error(ZERO) - evidence.error(tuned, transform=evidence.chosen(tuned))


@ledger.claim(
    "R14",
    CONTROL,
    "The same scaling helps the tuned model more than it helps its base.",
    "gain of the tuned model minus gain of the base, same gamma, few exemplars",
    above=0.0,
)
def scaling_helps_the_base_less(evidence: Evidence) -> Array:
    """Even an ideal mixture gains from scaling, as it takes some D_cont prompts for the bank's; a
    network moreover is not scale-equivariant, as ridge is."""
    label = evidence.chosen(evidence.part("tuned"))

    def gain(part: str) -> Array:
        model = evidence.part(part)
        return evidence.error(model) - evidence.error(model, transform=label)

    return gain("tuned") - gain("base")
