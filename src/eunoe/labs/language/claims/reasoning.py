"""Claims about natural-language inference after tuning on code."""

from eunoe.labs.language.claims.origins import CONTROL, REASONING
from eunoe.labs.language.evidence import Evidence, languages, least_before, least_difference
from eunoe.labs.language.tasks import BY_LIKELIHOOD, INFERENCE, scored
from eunoe.report.ledger import Ledger
from eunoe.statistics.quantities import Ratio
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import Least

CHANCE = 1 / 3
"""Chance in natural-language inference, which has three answers."""

ledger: Ledger[Evidence] = Ledger()


@ledger.claim(
    "L29",
    CONTROL,
    "Before tuning on code, the base infers better than chance in every language.",
    "least accuracy of the base over English and the other languages",
    above=CHANCE,
)
def base_infers_everywhere(evidence: Evidence) -> Least:
    """A third of the answers are right by chance."""
    tuning = evidence.coded()
    return least_before(tuning, [INFERENCE, *languages(tuning, INFERENCE)])


@ledger.claim(
    "L30",
    REASONING,
    "Tuning on code takes natural-language inference in English.",
    "drop in English, generated replies",
    above=0.0,
    margin=0.05,
    primary=True,
    premises=["L29"],
)
def english_inference_drops(evidence: Evidence) -> Array:
    """LLaMA-2-7B to CodeLlama-7B: 44.26 to 35.90 per cent."""
    return evidence.coded().drop(INFERENCE)


@ledger.claim(
    "L31",
    REASONING,
    "It falls in English more than in every other language.",
    "drop in English minus the largest drop in another language, generated replies",
    above=0.0,
    margin=0.05,
    premises=["L29", "L30"],
)
def english_inference_drops_most(evidence: Evidence) -> Least:
    """Spanish: 38.11 to 38.88 per cent."""
    tuning = evidence.coded()
    return least_difference(tuning, languages(tuning, INFERENCE))


@ledger.claim(
    "L32",
    CONTROL,
    "It is reasoning that falls, not only the format: the likeliest of the three labels is right "
    "less often too.",
    "drop in English, likeliest label",
    above=0.0,
    margin=0.05,
    premises=["L29"],
)
def english_labels_drop(evidence: Evidence) -> Array:
    """A reply in another format is wrong however well the model reasons."""
    return evidence.coded().drop(BY_LIKELIHOOD)


@ledger.claim(
    "L33",
    CONTROL,
    "By likelihood too, it falls in English more than in every other language.",
    "drop in English minus the largest drop in another language, likeliest label",
    above=0.0,
    margin=0.05,
    premises=["L29", "L32"],
)
def english_labels_drop_most(evidence: Evidence) -> Least:
    """As L31."""
    tuning = evidence.coded()
    return least_difference(tuning, languages(tuning, BY_LIKELIHOOD))


@ledger.claim(
    "L34",
    CONTROL,
    "Less than half of the fall in English is replies that are none of the three labels.",
    "rise of replies that are no label over the drop in English",
    below=0.5,
)
def format_failures_are_few(evidence: Evidence) -> Ratio:
    """The paper counts a reply in another format as wrong."""
    tuning = evidence.coded()
    risen = -tuning.drop(scored(INFERENCE, "other"))
    return Ratio(risen, tuning.drop(INFERENCE), "the drop in English")
