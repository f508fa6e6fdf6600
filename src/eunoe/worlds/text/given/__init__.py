"""Texts that were there already: shipped ones, XNLI, and files of prompts."""
