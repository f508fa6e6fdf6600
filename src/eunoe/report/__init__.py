"""How results are told: the ledger of claims, the style of figures, pages."""
