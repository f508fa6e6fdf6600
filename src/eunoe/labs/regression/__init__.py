"""Is it lost? In-context regression."""
