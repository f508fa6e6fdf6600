"""Papers and sections that the claims are from."""

LEARNING = "Kotha et al. 2024, in-context learning against instruction following"
REASONING = "Kotha et al. 2024, code fine-tuning against natural-language reasoning"
REFUSING = "Kotha et al. 2024, refusals after safety fine-tuning"
HYPOTHESIS = "Kotha et al. 2024 (hypothesis)"
CONTROL = "control, not in the paper"
