"""Inference: one way for every lab from item rows to intervals, p-values and verdicts."""
