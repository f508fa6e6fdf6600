"""Figures of the lab, one module each."""
