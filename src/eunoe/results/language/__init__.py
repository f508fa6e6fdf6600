"""Outcomes of language probes."""
