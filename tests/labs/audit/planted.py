"""Answers of two models of which it is known what they can do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from eunoe.config.audits import Rule
from eunoe.labs.audit.comparison import verdict_rows
from eunoe.labs.audit.tables import VERDICTS
from eunoe.provenance import provenance
from eunoe.tables.files import write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.replies import REPLIES

COUNT = 40
LANGUAGES = ("en", "fr")
LABELS = ("true", "false")


def items() -> pd.DataFrame:
    """Items of two tasks in two languages and two wordings; of one task the gold outcome varies."""
    return pd.DataFrame(
        [
            {
                "item": f"{number:02d}",
                "source": f"{task}.{language}",
                "task": task,
                "language": language,
                "wording": wording,
                "split": "test",
                "prompt": "?",
                "reply": LABELS[number % 2] if task == "judge" else "true",
                "options": [{"outcome": label, "text": label} for label in LABELS],
                "gold": LABELS[number % 2] if task == "judge" else "true",
                "format": "option",
            }
            for task in ("judge", "copy")
            for language in LANGUAGES
            for wording in ("plain", "other")
            for number in range(COUNT)
        ]
    )


def replies(wrong: dict[tuple[str, str], int]) -> pd.DataFrame:
    """Answers, the first so many of a language and transform wrong, in no order."""
    rows = items().drop(columns=["prompt", "reply", "options", "format"])
    asked = [rows.assign(transform=name) for name in ("identity", "leetspeak")]
    found = pd.concat(
        [part[(part["wording"] == "plain") | (part["transform"] == "identity")] for part in asked]
    )
    bad = [
        int(item) < wrong.get((language, transform), 0)
        for item, language, transform in zip(
            found["item"], found["language"], found["transform"], strict=True
        )
    ]
    right = ~np.array(bad)
    shown = found["gold"].where(right, "other")
    return found.assign(right=right, outcome=shown, choice=shown).sample(frac=1, random_state=0)


def judged(base: pd.DataFrame, tuned: pd.DataFrame) -> pd.DataFrame:
    return verdict_rows(items(), base, tuned, home="en", rule=Rule(), level=0.95)


BASE = replies({})
TUNED = replies({("en", "identity"): 30, ("fr", "identity"): 4, ("en", "leetspeak"): 10})


def write_audit(root: Path, name: str = "mine") -> None:
    """Leave the tables of a finished audit."""
    made = provenance({"audit": name})
    folder = root / "data" / "probes" / name / "0"
    write_table(folder / "items.parquet", items(), ITEMS, made)
    for kind, model, rows in (("base", name, BASE), ("run", f"{name}_tuned", TUNED)):
        texts = dict.fromkeys(("prompt", "reply", "decoded"))
        scores = {"gold_share": 0.5, "prompt_log_likelihood": -1.0, "credit": rows["right"] * 1.0}
        said = {"formatted": rows["right"], "specialised": False, "attached": False, "level": None}
        who = {"probe": name, "kind": kind, "model": model, "seed": 0, "digest": "0"}
        full = rows.assign(**who, **scores, **said, **texts)  # type: ignore[arg-type]
        write_table(folder / f"{kind}s" / model / "replies.parquet", full, REPLIES, made)
    found = judged(BASE, TUNED).assign(audit=name)
    path = root / "reports" / "audits" / name / "verdicts.parquet"
    write_table(path, found, VERDICTS, made)
