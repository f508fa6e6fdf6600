"""Papers and sections that the claims are from."""

PAPER = "Kotha et al. 2024"
CONTROL = "control, not in the paper"
