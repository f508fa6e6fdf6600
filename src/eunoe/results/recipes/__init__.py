"""Scores of probes of examples."""
