"""A module a figure."""
