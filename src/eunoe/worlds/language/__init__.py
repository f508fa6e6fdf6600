"""A corpus of documents."""
