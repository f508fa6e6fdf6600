"""Formats of replies, and how replies are scored."""
