"""Inference of all labs: intervals, p-values and verdicts from item-level results."""
