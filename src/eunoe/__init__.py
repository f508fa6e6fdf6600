"""Implicit inference and conjugate prompting, in regression and in language."""
