"""The configuration: one module a top-level key, and `root` for how they refer to each other."""
