"""Files and settings of each job, for the rules; this package is in no digest of code."""
