"""Every claim of the recipes lab: ProMoT's, those on data composition, and their controls."""

from eunoe.labs.recipes import composition, neighbours, promot
from eunoe.labs.recipes.evidence import Evidence
from eunoe.report.ledger import Ledger

ledger: Ledger[Evidence] = Ledger(caveat=lambda evidence: evidence.size)
"""All of them, so that premises refer from one part to another."""
ledger.claims = [
    claim for part in (promot, composition, neighbours) for claim in part.ledger.claims
]
