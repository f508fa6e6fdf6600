"""Errors that a user can act on: one line, what is wrong, where, what is allowed."""


class EunoeError(Exception):
    """Something outside the code is wrong; the message is complete without a traceback."""
