"""What the rules ask: above the configuration and the labs, and in no digest of code."""
