"""Recipes: how a base is tuned, what that cost, and what it kept."""
