"""Claims about in-context learning after tuning on questions."""

from eunoe.labs.language.claims.origins import CONTROL, HYPOTHESIS, LEARNING
from eunoe.labs.language.evidence import (
    Evidence,
    as_they_are,
    ciphers,
    languages,
    least_before,
    least_difference,
)
from eunoe.labs.language.tasks import HELD_OUT, OTHER, PLAIN, scored
from eunoe.report.ledger import Ledger
from eunoe.statistics.quantities import Ratio
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import Least

ledger: Ledger[Evidence] = Ledger()


@ledger.claim(
    "L1",
    CONTROL,
    "Before fine-tuning, the base learns in context in every language.",
    "least in-context accuracy of the base over all languages",
    above=0.9,
)
def base_learns_everywhere(evidence: Evidence) -> Least:
    """A capability that the base lacks cannot be lost."""
    tuning = evidence.instructed()
    return least_before(tuning, as_they_are(tuning, PLAIN))


@ledger.claim(
    "L2",
    LEARNING,
    "Fine-tuning to answer English questions takes in-context learning in English.",
    "drop in English",
    above=0.0,
    margin=0.05,
    primary=True,
    premises=["L40"],
)
def english_drops(evidence: Evidence) -> Array:
    """LLaMA-7B to Alpaca-7B: 56.75 points."""
    return evidence.instructed().drop(PLAIN)


@ledger.claim(
    "L3",
    LEARNING,
    "English drops more than every other language.",
    "drop in English minus the largest drop in another language",
    above=0.0,
    margin=0.05,
    primary=True,
    premises=["L1"],
)
def english_drops_most(evidence: Evidence) -> Least:
    """French: 29 points."""
    tuning = evidence.instructed()
    return least_difference(tuning, languages(tuning, PLAIN))


@ledger.claim(
    "L4",
    LEARNING,
    "English drops more than English in every cipher.",
    "drop in English minus the largest drop in a cipher",
    above=0.0,
    margin=0.05,
    premises=["L40", "L43"],
)
def ciphers_drop_less(evidence: Evidence) -> Least:
    """Leetspeak: 1.5 points."""
    tuning = evidence.instructed()
    return least_difference(tuning, ciphers(tuning, PLAIN))


@ledger.claim(
    "L5",
    CONTROL,
    "What is lost in English turns into answers to the question, not into something else.",
    "share of the lost in-context answers that became instruction answers",
    above=0.5,
)
def lost_answers_follow_the_instruction(evidence: Evidence) -> Ratio:
    """The paper's code does not score this answer."""
    tuning = evidence.instructed()
    gained = -tuning.drop(scored(PLAIN, "instruction"))
    return Ratio(gained, tuning.drop(scored(PLAIN, "in_context")), "the drop in English")


@ledger.claim(
    "L6",
    CONTROL,
    "English drops also where the prompt is put in words that fine-tuning never showed.",
    "drop in English, held-out wording",
    above=0.0,
    margin=0.05,
    premises=["L40"],
)
def held_out_wording_drops(evidence: Evidence) -> Array:
    """Otherwise a template was learnt, not a task."""
    return evidence.instructed().drop(OTHER)


@ledger.claim(
    "L7",
    CONTROL,
    "In the held-out wording too, English drops more than every other language.",
    "drop in English minus the largest drop in another language, held-out wording",
    above=0.0,
    margin=0.05,
    premises=["L42"],
)
def held_out_wording_drops_most_in_english(evidence: Evidence) -> Least:
    """As L3."""
    tuning = evidence.instructed()
    return least_difference(tuning, languages(tuning, OTHER))


@ledger.claim(
    "L8",
    HYPOTHESIS,
    "Demonstrated tasks that fine-tuning never shows, reverse and first-word, drop in English too.",
    "drop in English on reverse and first-word",
    above=0.0,
    margin=0.05,
    premises=["L41"],
)
def held_out_capabilities_drop(evidence: Evidence) -> Array:
    """A model that takes every prompt for a question loses every demonstrated task."""
    return evidence.instructed().drop(HELD_OUT)


@ledger.claim(
    "L9",
    CONTROL,
    "They drop less than repeat and capslock.",
    "drop in English on repeat and capslock minus that on reverse and first-word",
    above=0.0,
    margin=0.05,
    premises=["L40", "L41"],
)
def held_out_capabilities_drop_less(evidence: Evidence) -> Array:
    """What fine-tuning shows should suffer most."""
    tuning = evidence.instructed()
    return tuning.drop(PLAIN) - tuning.drop(HELD_OUT)


@ledger.claim(
    "L10",
    HYPOTHESIS,
    "The model infers the in-context task less often: its probability falls in English.",
    "probability of the in-context answer over both answers, base minus run, English",
    above=0.0,
    margin=0.05,
    primary=True,
    premises=["L40"],
)
def task_weight_falls(evidence: Evidence) -> Array:
    """The inferred task weight, as R15 of the regression lab."""
    return evidence.instructed().drop(scored(PLAIN, "gold_share"))


@ledger.claim(
    "L11",
    HYPOTHESIS,
    "That probability falls in English more than in every other language.",
    "its fall in English minus the largest fall in another language",
    above=0.0,
    margin=0.05,
    premises=["L1"],
)
def task_weight_falls_most_in_english(evidence: Evidence) -> Least:
    """Task inference is shifted near the fine-tuning distribution first."""
    tuning = evidence.instructed()
    return least_difference(tuning, languages(tuning, scored(PLAIN, "gold_share")))
