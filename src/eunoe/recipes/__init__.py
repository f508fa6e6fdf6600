"""Recipes: tuning a base by stages, its costs, and its checkpoints."""
