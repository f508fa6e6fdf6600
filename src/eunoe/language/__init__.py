"""The language lab: text in real languages, from a lexicon and a grammar."""
