"""Verdicts from the item-level tables of two models: pairs items and groups them by prompt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from eunoe.config.audits import Rule
from eunoe.errors import EunoeError
from eunoe.labs.audit.verdicts import IDENTITY, Asked, Role, judge
from eunoe.results.text.replies import likeliest_is_right

MEASURES = {"generated": "right", "likelihood": "likelihood"}
"""Measures of replies, with the column of each."""
PLAIN = "plain"
"""The wording that the others are compared to."""
REWORD = "reword"
"""The transform whose prompts stay in the fine-tuning distribution: a control."""

Cell = tuple[str, str, str, str]
"""Task, language, wording and transform of a group of items."""


def verdict_rows(
    items: pd.DataFrame,
    base: pd.DataFrame,
    tuned: pd.DataFrame,
    *,
    home: str,
    rule: Rule,
    level: float,
) -> pd.DataFrame:
    """Return the columns of `VERDICTS` but for the audit's name.

    `items` are rows of `ITEMS`, `base` and `tuned` of `REPLIES`.
    """
    answers = {"base": cells_of(base), "tuned": cells_of(tuned)}
    if missing := set(answers["base"]) ^ set(answers["tuned"]):
        raise EunoeError(f"{', '.join(min(missing))}: asked of one of the two models only")
    rows = []
    for task, language, wording, transform in answers["base"]:
        if (wording, transform) != (PLAIN, IDENTITY):
            continue
        ways = ways_to_ask(list(answers["base"]), task, language, home)
        for measure, column in MEASURES.items():
            asked = answers_to(answers, ways, column)
            if asked is None:
                continue
            asked = {
                name: replace(found, chance=chance_of(items, ways[name][1], measure))
                for name, found in asked.items()
            }
            judged = judge(asked, rule, level)
            who = {"task": task, "language": language, "measure": measure}
            said = {"verdict": judged.verdict, "reason": judged.reason}
            rows += [who | said | row for row in judged.rows]
    return pd.DataFrame(rows)


def cells_of(replies: pd.DataFrame) -> dict[Cell, pd.DataFrame]:
    """Return item rows by cell, in order, with the item as index."""
    keys = ["task", "language", "wording", "transform"]
    rows = replies.assign(likelihood=likeliest_is_right(replies))
    grouped = rows.groupby(keys, observed=True, sort=True)
    return {tuple(map(str, key)): rows.set_index("item") for key, rows in grouped}  # type: ignore[misc]


def ways_to_ask(
    cells: list[Cell], task: str, language: str, home: str
) -> dict[str, tuple[Role, Cell]]:
    """Return role and cell of each way to ask a task in a language: identity, conjugates, controls.

    In the home language, the same items asked and answered in another language are a conjugate
    prompt too: the translations are made by hand.
    """
    conjugates: dict[str, tuple[Role, Cell]] = {}
    controls: dict[str, tuple[Role, Cell]] = {}
    for cell in cells:
        its_task, its_language, wording, transform = cell
        same = its_language == language
        if its_task != task:
            continue
        if same and wording == PLAIN and transform.startswith(REWORD):
            controls[transform] = ("control", cell)
        elif same and wording == PLAIN and transform != IDENTITY:
            conjugates[transform] = ("conjugate", cell)
        elif same and wording != PLAIN and transform == IDENTITY:
            controls[f"wording({wording})"] = ("control", cell)
        elif not same and language == home and (wording, transform) == (PLAIN, IDENTITY):
            conjugates[f"language({its_language})"] = ("conjugate", cell)
    identity: dict[str, tuple[Role, Cell]] = {
        IDENTITY: ("identity", (task, language, PLAIN, IDENTITY))
    }
    return identity | dict(sorted(conjugates.items())) | dict(sorted(controls.items()))


def answers_to(
    answers: Mapping[str, Mapping[Cell, pd.DataFrame]],
    ways: Mapping[str, tuple[Role, Cell]],
    column: str,
) -> dict[str, Asked] | None:
    """Return the answers of both models in each cell, aligned by item; None if not measured.

    EunoeError if items do not line up.
    """
    items = answers["base"][ways[IDENTITY][1]].index
    found = {}
    for name, (role, cell) in ways.items():
        right = {model: answers[model][cell][column] for model in ("base", "tuned")}
        for model, values in right.items():
            if absent := sorted(set(items) ^ set(values.index)):
                raise EunoeError(
                    f"{model}, {', '.join(cell)}: items do not line up with those of identity;"
                    f" {absent[0]} is in one of them only"
                )
        if any(values.isna().any() for values in right.values()):
            return None
        base, tuned = (values.loc[items].to_numpy(dtype=np.bool_) for values in right.values())
        found[name] = Asked(role, base, tuned)
    return found


def chance_of(items: pd.DataFrame, cell: Cell, measure: str) -> float:
    """Return chance: the accuracy, on items under one prompt, of replies that need no capability.

    It is the larger of two accuracies: of a constant reply, and of a random choice of an option.
    """
    task, language, wording, _ = cell
    chosen = items[
        (items["task"] == task) & (items["language"] == language) & (items["wording"] == wording)
    ]
    counts = [options_by_lot(item, measure) for item in chosen.to_dict("records")]
    by_lot = float(np.mean([1 / count if count else 0.0 for count in counts]))
    return max(constant_share(chosen), by_lot)


def constant_share(items: pd.DataFrame) -> float:
    """Return the share of the most frequent right outcome, or 0 if it never varies.

    With one option only, its text is what varies. An outcome that never varies is a behaviour, as
    in tasks by demonstration, and not a choice.
    """
    right = Counter(
        options[0]["text"] if len(options) == 1 else gold
        for options, gold in zip(items["options"], items["gold"], strict=True)
    )
    return max(right.values()) / len(items) if len(right) > 1 else 0.0


def options_by_lot(item: Mapping[Hashable, Any], measure: str) -> int:
    """Return the number of options of a random choice, 0 if there is no choice.

    By likelihood that is all. A generated reply may be any of those that the prompt shows, and one
    alone is no lot: it can be copied from there only. If the right one is not shown, or the texts
    are not kept, the reply may be any option.
    """
    texts = {option["outcome"]: option["text"] for option in item["options"]}
    if measure == "likelihood":
        return max(1, len(texts))
    shown = {outcome for outcome, text in texts.items() if shows(item["prompt"], text)}
    count = len(shown) if item["gold"] in shown else len(texts)
    return count if count > 1 else 0


def shows(prompt: str, text: str) -> bool:
    """Tell whether a text stands in a prompt, as words of its own; capitals do not count."""
    pattern = rf"(?<!\w){re.escape(text.casefold())}(?!\w)"
    return re.search(pattern, prompt.casefold()) is not None
