"""Prompts with responses."""
