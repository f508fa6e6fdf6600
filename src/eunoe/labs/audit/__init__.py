"""Two models of your own."""
