"""In-context linear regression."""
