"""`audits:` in the configuration: short to write, and one line for what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eunoe.config.audits import TASKS, Audit
from eunoe.errors import EunoeError
from eunoe.workflow.configuration import load, read_config

ROOT = Path(__file__).parents[3]
PAIR = {"base": "models/base", "tuned": "models/tuned"}


def configured(audits: dict[str, Any]) -> Any:
    return load({**read_config(ROOT), "audits": audits})


def test_a_pair_is_enough() -> None:
    audit = configured({"mine": PAIR}).audits["mine"]
    assert (audit.base.model, audit.base.revision, audit.base.tokenizer) == (
        "models/base",
        None,
        None,
    )
    assert [transform.label for transform in audit.transforms] == [
        "identity",
        "leetspeak",
        "pig_latin",
    ]
    assert (audit.tasks, audit.languages, audit.items) == (TASKS, None, 100)
    assert not audit.trust_remote_code


def test_a_model_may_have_a_revision_and_a_file_a_kind() -> None:
    audit = configured(
        {
            "mine": {
                "base": {"model": "someone/model", "revision": "abc"},
                "tuned": "models/tuned",
                "prompts": ["a.csv", {"file": "b.jsonl", "kind": "refusals"}],
            }
        }
    ).audits["mine"]
    assert audit.base.revision == "abc"
    assert [(entry.file, entry.kind, entry.keep_texts) for entry in audit.prompts] == [
        ("a.csv", "answers", False),
        ("b.jsonl", "refusals", False),
    ]


def test_what_is_dumped_is_read_again() -> None:
    audit = Audit.model_validate({**PAIR, "prompts": ["a.csv"]})
    assert Audit.model_validate(audit.model_dump(mode="json")) == audit


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tuned": None}, "audits.mine.tuned"),
        ({"tasks": ["cooking"]}, "audits.mine.tasks.0 = cooking: allowed: repeat_math,"),
        ({"tasks": []}, "audits.mine.tasks = []: nothing is asked; allowed: tasks, prompts"),
        ({"dtype": "float8"}, "audits.mine.dtype = float8: allowed: float32, bfloat16 or auto"),
        ({"transforms": ["leetspeak"]}, "identity is not among them"),
        (
            {"transforms": ["identity", {"name": "scale", "gamma": 2}]},
            'audits.mine.transforms = "scale(2)": takes no text',
        ),
        ({"transforms": ["identity", "klingon"]}, "klingon: no such transform"),
        ({"languages": ["en", "en"]}, "audits.mine.languages = "),
        ({"prompts": ["a.txt"]}, "audits.mine.prompts = a.txt: unknown ending; allowed: .parquet"),
        ({"prompts": [{"file": "a.csv", "keep": True}]}, "audits.mine.prompts.0.keep = true"),
        ({"bases": "a"}, "audits.mine.bases = a: unknown key; allowed: base, tuned,"),
        ({"rule": {"margin": 0}}, "audits.mine.rule.margin = 0: allowed: a number above 0"),
    ],
)
def test_one_line_says_what_is_wrong(change: dict[str, Any], words: str) -> None:
    with pytest.raises(EunoeError) as caught:
        configured({"mine": {**PAIR, **change}})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
