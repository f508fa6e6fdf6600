"""Kotha, Springer and Raghunathan (ICLR 2024), the regression lab, and the controls it lacks.

Errors are mean squared, against <w, x> without noise, in units of d tau^2 (1: predicting zero).
"few" exemplars are 1 to `few` of the probe; D_cont and D_disc are the sources "continuous"
and "bank". On the source that it is optimal for, a predictor's error over the optimum is the mean
squared distance of its answers from the optimal ones, so R1 and R2 compare answers too.

gamma is the scaling with the least error of the tuned model on D_cont's validation prompts at few
exemplars. It is chosen for each seed on the other seeds, so that the choice does not bias its
result. Results are on test prompts.

A share of what was forgotten is judged only where something surely was. Recovery counts where it
passes its controls R10, R12, R13, R14 and R20; the task weight where R17 says that it means
something.
"""

from eunoe.labs.regression.claims import forgetting, further, recovery, task_weight
from eunoe.labs.regression.evidence import Evidence
from eunoe.report.ledger import Ledger

ledger: Ledger[Evidence] = Ledger()
"""All claims of the lab, so that premises can refer to claims of another module."""
ledger.claims = [
    claim for theme in (forgetting, recovery, task_weight, further) for claim in theme.ledger.claims
]
