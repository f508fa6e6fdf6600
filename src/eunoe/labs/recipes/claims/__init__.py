"""Every claim of the recipes lab: ProMoT's, those on data composition, and their controls."""

from eunoe.labs.recipes.claims import amounts, controls, data, neighbours, promot, strategies
from eunoe.labs.recipes.evidence import Evidence
from eunoe.report.ledger import Ledger

ledger: Ledger[Evidence] = Ledger(caveat=lambda evidence: evidence.size)
"""All claims of the lab, so that premises can refer to claims of another module."""
ledger.claims = [
    claim
    for theme in (promot, amounts, strategies, controls, neighbours, data)
    for claim in theme.ledger.claims
]
