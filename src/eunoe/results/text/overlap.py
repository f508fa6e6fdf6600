"""The share of a prompt's words that English prompts also have."""

import re

import pandas as pd


def words(text: str) -> list[str]:
    """Return the words and numbers of a text as they are written."""
    return re.findall(r"\w+", text)


def word_overlaps(rows: pd.DataFrame) -> pd.Series:
    """Return the share of each prompt's words that occur in plain English prompts of its task and
    wording; NaN where texts were not kept or English was not asked."""
    english = rows[(rows["language"] == "en") & (rows["transform"] == "identity")]
    known: dict[tuple[str, str], set[str]] = {}
    for task, wording, prompt in english[["task", "wording", "prompt"]].itertuples(index=False):
        if isinstance(prompt, str):
            known.setdefault((task, wording), set()).update(words(prompt))

    def overlap(task: str, wording: str, prompt: str | None) -> float:
        found = words(prompt) if isinstance(prompt, str) else []
        if not found or (task, wording) not in known:
            return float("nan")
        return sum(word in known[task, wording] for word in found) / len(found)

    shares = [overlap(*row) for row in rows[["task", "wording", "prompt"]].itertuples(index=False)]
    return pd.Series(shares, index=rows.index, dtype=float)
