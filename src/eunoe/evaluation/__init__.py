"""Evaluation of a language model: greedy replies, likelihoods of options, and scores."""
