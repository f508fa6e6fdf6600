"""Labs: the claims and figures about one question. No other package imports a lab by its name."""
