"""Replies of text probes."""
