"""Every Parquet table between stages: a module for each group that stages share."""
