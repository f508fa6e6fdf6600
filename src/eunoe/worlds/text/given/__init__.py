"""Given texts: shipped ones, XNLI, and files of prompts."""
