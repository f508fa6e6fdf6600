"""Answers of regression probes."""
