"""Every claim of the recipes lab: ProMoT's, those on data composition, and their controls."""

import pandas as pd

from eunoe.labs.recipes.claims import amounts, controls, data, neighbours, promot, strategies
from eunoe.labs.recipes.evidence import Evidence
from eunoe.report.ledger import Ledger

ledger: Ledger[Evidence] = Ledger()
"""All of them, so that premises refer from one theme to another."""
ledger.claims = [
    claim
    for theme in (promot, amounts, strategies, controls, neighbours, data)
    for claim in theme.ledger.claims
]


def judge(evidence: Evidence, level: float, chapter: str) -> pd.DataFrame:
    """Return a row for each claim (`CLAIMS`), with the size of the models in its reason."""
    return ledger.judge(evidence, level, chapter, evidence.size)
