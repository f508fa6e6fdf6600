"""Data-generating processes: what is drawn, and the networks that fit it."""
