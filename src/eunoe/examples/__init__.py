"""Examples: prompts with responses, made from the micro-world or read from files."""
