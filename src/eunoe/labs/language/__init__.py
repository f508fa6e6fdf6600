"""Is it lost? A language model."""
