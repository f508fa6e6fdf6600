"""The texts that seeds draw are what they were: results depend on them to the letter."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.probes.text import TextItems
from eunoe.config.worlds.text import TASKS, TextWorld
from eunoe.tables.files import write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.items import item_rows
from eunoe.worlds.text.material import world_rows

LANGUAGES = ["en", "hu", "pig"]
TONGUES = TextWorld.model_validate(
    {
        "kind": "text",
        "tasks": list(TASKS),
        "languages": LANGUAGES,
        "items": {"train": 4, "validation": 2, "test": 0},
        "parallel": False,
        "guarded": ["lighthouse", "beehive"],
        "context": 96,
    }
)
VILLAGE = TextWorld.model_validate(
    {
        "kind": "text",
        "tasks": [
            *("sentences", "repeat", "capslock", "reverse", "first_word", "arithmetic", "blanks"),
            *("free_topics", "inference", "translation", "verification", "entailment"),
            *("compression", "question_answering", "maths", "running", "coding", "general"),
        ],
        "languages": LANGUAGES,
        "items": {"train": 4, "validation": 2, "test": 2},
        "context": 96,
    }
)
NEW = TextItems.model_validate(
    {
        "kind": "text",
        "tasks": [task for task in TASKS if task not in ("running", "coding", "general")],
        "languages": LANGUAGES,
        "items": {"validation": 2, "test": 2},
    }
)
HELD_OUT = TextItems.model_validate(
    {
        "kind": "text",
        "sources": ["repeat.en", "inference.hu", "maths.pig", "general.en"],
        "items": {"validation": 2, "test": 2},
        "demonstrations": 2,
    }
)
GOLDEN = {
    "parallel": "b65f58c826543d8a",
    "apart": "4e7102440d742e88",
    "held out": "a007d1bb185e52c5",
    "new": "38ba2e5d82a3c49e",
}


def digest(rows: pd.DataFrame) -> str:
    """A digest of all prompts, replies and options in their order."""
    records: list[Any] = rows.to_dict("records")
    texts = [
        "\n".join([row["prompt"], row["reply"], *(option["text"] for option in row["options"])])
        for row in records
    ]
    return hashlib.sha256("\n\n".join(texts).encode()).hexdigest()[:16]


def test_drawn_texts_are_what_they_were(tmp_path: Path) -> None:
    village, tongues = world_rows(VILLAGE, 0), world_rows(TONGUES, 0)
    write_table(tmp_path / "village.parquet", village, ITEMS, {})
    write_table(tmp_path / "tongues.parquet", tongues, ITEMS, {})
    drawn = {
        "parallel": village,
        "apart": tongues,
        "held out": item_rows(VILLAGE, tmp_path / "village.parquet", HELD_OUT, 0),
        "new": item_rows(TONGUES, tmp_path / "tongues.parquet", NEW, 0),
    }
    found = {name: digest(rows) for name, rows in drawn.items()}
    assert found == GOLDEN, (
        "texts of seed 0 have changed, and with them every result; if that is meant, say so in the"
        f" commit, run everything anew and put here GOLDEN = {found}"
    )
