"""The texts that seeds draw are what they were: results depend on them to the letter."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.probes.text import LanguageItems
from eunoe.config.worlds.text import EXAMPLE_TASKS, ExamplesWorld, LanguageWorld
from eunoe.tables.files import write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.synthesis import corpus_rows, probe_rows, split_rows
from tests.worlds.text.test_documents import ITEMS as ASKED

LANGUAGES = ["en", "hu", "pig"]
TONGUES = LanguageWorld.model_validate(
    {"kind": "language", "languages": LANGUAGES, "documents": 6, "context": 96}
)
VILLAGE = ExamplesWorld.model_validate(
    {
        "kind": "examples",
        "tasks": list(EXAMPLE_TASKS),
        "languages": LANGUAGES,
        "examples": {"train": 4, "validation": 2, "test": 2},
        "context": 96,
    }
)
PROBE = LanguageItems.model_validate(
    {
        "kind": "language",
        "tasks": list(ASKED),
        "languages": LANGUAGES,
        "items": {"validation": 2, "test": 2},
    }
)
GOLDEN = {
    "corpus": "77a24b843874916e",
    "probe": "2211a9c8338f9383",
    "examples": "b65f58c826543d8a",
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
    corpus = corpus_rows(TONGUES, 0)
    write_table(tmp_path / "world.parquet", corpus, ITEMS, {})
    drawn = {
        "corpus": corpus,
        "probe": probe_rows(TONGUES, tmp_path / "world.parquet", PROBE, 0),
        "examples": split_rows(VILLAGE, 0),
    }
    found = {name: digest(rows) for name, rows in drawn.items()}
    assert found == GOLDEN, (
        "texts of seed 0 have changed, and with them every result; if that is meant, say so in the"
        f" commit, run everything anew and put here GOLDEN = {found}"
    )
