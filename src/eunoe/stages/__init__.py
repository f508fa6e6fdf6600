"""The commands that the workflow's rules run, one module a rule."""
