"""Kotha, Springer and Raghunathan (ICLR 2024), the language experiments, and their controls.

Accuracy is the share of replies, decoded, that begin with the right answer; "by likelihood" it is
the share of items whose right answer is the likeliest option. A drop is the base's accuracy minus
the run's. In-context tasks are repeat and capslock, each followed by a sum and by a blank; reverse
and first-word are demonstrated too, but fine-tuning never shows them. If nothing else is said,
items are put in the wording of fine-tuning; test items decide.

The best translation is chosen for each seed on validation items of the other seeds, so that the
choice does not bias its result. Where a claim is about every language, each must satisfy it.
Thresholds were written before any result was seen, margins and controls L40 to L45 after the first
results of seeds 0 and 1.

A capability that the base lacks cannot be lost: L1 and L40 to L45 check the base. A share of what
was lost is judged only where something surely was. Recovery by a transform counts where it passes
that transform's own controls.
"""

from eunoe.labs.language.claims import bases, distance, learning, reasoning, recovery, refusals
from eunoe.labs.language.evidence import Evidence
from eunoe.report.ledger import Ledger

ledger: Ledger[Evidence] = Ledger()
"""All claims of the lab, so that premises can refer to claims of another module."""
ledger.claims = [
    claim
    for theme in (learning, recovery, distance, reasoning, refusals, bases)
    for claim in theme.ledger.claims
]
