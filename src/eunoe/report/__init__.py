"""Reports: the ledger of claims, the style and layout of figures, pages."""
