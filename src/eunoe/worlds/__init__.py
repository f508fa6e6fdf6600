"""Worlds: data-generating processes, with the networks and losses that fit them."""
