"""Text: a micro-world in several languages, tasks, and causal language models."""
