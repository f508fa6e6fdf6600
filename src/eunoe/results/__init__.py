"""Results of probes as arrays, and tables of estimates with intervals."""
