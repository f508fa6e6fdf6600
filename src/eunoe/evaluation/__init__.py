"""Ask a language model: greedy replies, likelihoods of answers, and what the replies amount to."""
