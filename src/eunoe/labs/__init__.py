"""Rooms of their own: what belongs together for a reader. Nothing below knows a lab."""
