"""Every claim of the recipes lab: ProMoT's, those on data composition, and their controls."""

import pandas as pd

from eunoe.claims import composition, neighbours, promot
from eunoe.claims.recipes_evidence import Evidence

LEDGERS = (promot.ledger, composition.ledger, neighbours.ledger)


def judge(evidence: Evidence, level: float, chapter: str, seeds: int) -> pd.DataFrame:
    """Return a row for each claim (`tables.CLAIMS`), with the size of the models in its reason."""
    parts = [ledger.judge(evidence, level, chapter, seeds, evidence.size) for ledger in LEDGERS]
    return pd.concat(parts, ignore_index=True)
