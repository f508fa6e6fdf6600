"""Claims about which languages lose more, and about tuning in another language."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from eunoe.labs.language.claims.origins import CONTROL, HYPOTHESIS
from eunoe.labs.language.evidence import Evidence, as_they_are, languages, name_of
from eunoe.labs.language.tasks import PLAIN, scored
from eunoe.report.ledger import Ledger
from eunoe.results.models import NotRun
from eunoe.results.text.cells import Query
from eunoe.results.text.comparison import Comparison
from eunoe.statistics.quantities import Quantity, RankCorrelation
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import Least, least

ledger: Ledger[Evidence] = Ledger()


def others(tuning: Comparison) -> list[Query]:
    """Return every language but English, ciphers too; NotRun below three, which have no order."""
    found = [query for query in as_they_are(tuning, PLAIN) if query != PLAIN]
    if len(found) < 3:
        raise NotRun("fewer than three languages beside English")
    return found


def drop_against(measure: str) -> Callable[[Evidence], Quantity]:
    """Return a function to the rank correlation of the drop with a measure of the run's prompts,
    over languages: each a mean over seeds."""

    def correlation(evidence: Evidence) -> Quantity:
        tuning = evidence.instructed()
        queries = others(tuning)
        drops = np.array([tuning.drop(query)[0] for query in queries])
        nearness = [tuning.after(scored(query, measure))[0].mean() for query in queries]
        return RankCorrelation(drops.mean(axis=1), np.array(nearness), drops.shape[1])

    return correlation


ledger.claim(
    "L25",
    HYPOTHESIS,
    "Among the other languages, those that share more words with English drop more.",
    "rank correlation of drop and share of a prompt's words that occur in English prompts",
    above=0.0,
    premises=["L1"],
)(drop_against("overlap"))

ledger.claim(
    "L26",
    HYPOTHESIS,
    "Among the other languages, those whose prompts the tuned model finds likelier drop more.",
    "rank correlation of drop and log-likelihood of the prompt per character",
    above=0.0,
    premises=["L1"],
)(drop_against("prompt_log_likelihood"))


@ledger.claim(
    "L27",
    CONTROL,
    "A base tuned on the same data in another language loses most in that language.",
    "drop in the language of the tuning minus the largest drop in any other",
    above=0.0,
    margin=0.05,
    premises=["L1"],
)
def tuned_elsewhere_drops_elsewhere(evidence: Evidence) -> Least:
    """So that it is the fine-tuning language that matters, not English."""
    there = replace(PLAIN, language=evidence.language_elsewhere())
    tuning = evidence.tuning("instructed_elsewhere", "learning")
    rest = [query for query in [PLAIN, *languages(tuning, PLAIN)] if query != there]
    drop = tuning.drop(there)
    return least({name_of(query): drop - tuning.drop(query) for query in rest})


@ledger.claim(
    "L28",
    CONTROL,
    "English drops less when the tuning is in another language.",
    "drop in English after tuning in English minus after tuning elsewhere",
    above=0.0,
    margin=0.05,
)
def english_drops_less_elsewhere(evidence: Evidence) -> Array:
    """The same capability, the same data."""
    elsewhere = evidence.tuning("instructed_elsewhere", "learning")
    return evidence.instructed().drop(PLAIN) - elsewhere.drop(PLAIN)
