"""What probes measured, as arrays, and tables of estimates with intervals."""
