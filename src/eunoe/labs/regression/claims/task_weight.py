"""Claims about changes of the inferred task weight."""

from eunoe.labs.regression.claims.origins import PAPER
from eunoe.labs.regression.evidence import Evidence
from eunoe.report.ledger import Ledger
from eunoe.statistics.redraws import Array

ledger: Ledger[Evidence] = Ledger()


@ledger.claim(
    "R15",
    f"{PAPER}, section 3.3 (hypothesis)",
    "Fine-tuning raises the inferred weight of the discrete task on D_cont prompts.",
    "task weight after minus before, few exemplars",
    above=0.0,
    margin=0.05,
    primary=True,
    premises=["R17"],
)
def tuning_raises_the_task_weight(evidence: Evidence) -> Array:
    """Measured by fitting the answers as g discrete + (1 - g) ridge."""
    return evidence.weight(evidence.part("tuned")) - evidence.weight(evidence.part("base"))


@ledger.claim(
    "R16",
    f"{PAPER}, section 3.4 (hypothesis)",
    "Scaling the labels lowers the tuned model's inferred weight of the discrete task.",
    "task weight at gamma 1 minus under the chosen gamma, few exemplars",
    above=0.0,
    margin=0.05,
    primary=True,
    premises=["R17"],
)
def scaling_lowers_the_task_weight(evidence: Evidence) -> Array:
    """Both algorithms see the scaled prompt, so that shrinking alone does not move the weight."""
    tuned = evidence.part("tuned")
    return evidence.weight(tuned) - evidence.weight(tuned, evidence.chosen(tuned))


@ledger.claim(
    "R17",
    f"{PAPER}, section 3.3 (hypothesis)",
    "The tuned model's answers are a mixture of the two algorithms' answers.",
    "share of the answers' mean square that mixtures, one per context, explain, D_cont, few "
    "exemplars",
    above=0.8,
)
def two_algorithms_explain_the_answers(evidence: Evidence) -> Array:
    """If they do not, the task weight means little."""
    return evidence.explained(evidence.part("tuned"))
