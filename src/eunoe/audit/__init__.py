"""Questions to any pair of causal language models, before and after a fine-tuning, and verdicts."""
