"""Claims about recovery under conjugate prompts, each with its three controls."""

from eunoe.labs.language.claims.origins import CONTROL, LEARNING
from eunoe.labs.language.evidence import Evidence
from eunoe.labs.language.tasks import PLAIN
from eunoe.report.ledger import Ledger
from eunoe.statistics.quantities import Ratio
from eunoe.statistics.redraws import Array

ledger: Ledger[Evidence] = Ledger()


WAYS = {
    "translate": "translation into the language that serves best",
    "leetspeak": "Leetspeak",
    "pig_latin": "Pig Latin",
}


def register_recovery(first: int, family: str, way: str) -> None:
    """Register the four claims about one way to conjugate English prompts."""

    @ledger.claim(
        f"L{first}",
        LEARNING,
        f"Conjugate prompting by {way} wins back part of what was lost in English.",
        "share of the drop in English recovered",
        above=0.0,
        margin=0.1,
        primary=family in ("translate", "leetspeak"),
        premises=["L40"],
        guards=[f"L{first + after}" for after in (1, 2, 3)],
    )
    def comes_back(evidence: Evidence) -> Ratio:
        tuning = evidence.instructed()
        gained = evidence.at_best(family, tuning.recovered)
        return Ratio(gained, tuning.drop(PLAIN), "the drop in English")

    @ledger.claim(
        f"L{first + 1}",
        CONTROL,
        f"Conjugating by {way} gains more than re-wording the prompt in English.",
        "gain of the run minus its gain by re-wording",
        above=0.0,
        margin=0.05,
    )
    def beats_rewording(evidence: Evidence) -> Array:
        tuning = evidence.instructed()
        return evidence.at_best(family, tuning.beyond_control)

    @ledger.claim(
        f"L{first + 2}",
        CONTROL,
        f"Conjugating by {way} gains the run more than it gains its base.",
        "gain of the run minus gain of the base",
        above=0.0,
        margin=0.05,
    )
    def beats_base(evidence: Evidence) -> Array:
        tuning = evidence.instructed()
        return evidence.at_best(family, tuning.drop_difference)

    @ledger.claim(
        f"L{first + 3}",
        CONTROL,
        f"Conjugating by {way} costs the base itself little.",
        "accuracy of the base in English minus through the transform",
        below=0.1,
    )
    def costs_little(evidence: Evidence) -> Array:
        tuning = evidence.instructed()
        return evidence.at_best(family, tuning.base_cost)


for number, (family, way) in enumerate(WAYS.items()):
    register_recovery(12 + 4 * number, family, way)


@ledger.claim(
    "L24",
    CONTROL,
    "Re-wording alone, which stays near the fine-tuning distribution, wins back little.",
    "share of the drop in English recovered by re-wording",
    below=0.25,
)
def rewording_wins_back_little(evidence: Evidence) -> Ratio:
    """The transform that should do nothing."""
    tuning = evidence.instructed()
    return tuning.recovered_share(tuning.control(PLAIN))
