"""The audit of two models of your own."""
