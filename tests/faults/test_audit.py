"""Audits that go wrong: one clear line, nothing half-written, and a killed job goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

import pytest

from eunoe.errors import EunoeError
from eunoe.stages.evaluate_audit import AuditEvaluation, evaluate_audit
from eunoe.stages.synthesize_audit import AuditItems, synthesize_audit
from eunoe.tables.files import read_table
from eunoe.tables.replies import REPLIES
from eunoe.transforms import TextTransform
from tests.labs.audit import pairs

MARKERS = Path(__file__).parents[2] / "data/inputs/refusal_markers.csv"
PATIENCE = 120  # seconds until something that should have happened counts as not happening

ITEMS: dict[str, Any] = {
    "audit": "mine",
    "languages": ["en"],
    "home": "en",
    "tasks": ["nli"],
    "items": 12,
    "xnli": False,
    "prompts": [],
    "code": "c",
}


class Clumsy(TextTransform):
    """A user's transform with a mistake in it."""

    name: str = "clumsy"
    exact: ClassVar[bool] = False

    def encode(self, prompt: str) -> str:
        words: dict[str, str] = {}
        return words[prompt]

    def decode(self, answer: str) -> str:
        return answer


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pairs.save(tmp_path_factory.mktemp("models") / "llama")


def settings(model: Path, **more: Any) -> dict[str, Any]:
    """Settings of rule evaluate_audit, in batches of one so that there are many moments."""
    kept = ("audit", "languages", "home", "prompts", "code")
    return {
        **{key: ITEMS[key] for key in kept},
        "side": "tuned",
        "checkpoint": {"model": str(model)},
        "template_from": None,
        "transforms": ["identity", "leetspeak"],
        "new_tokens": 2,
        "likelihood": True,
        "batch_size": 1,
        "dtype": "float32",
        "chat_template": None,
        "trust_remote_code": False,
        "keep_texts": True,
        **more,
    }


def synthesize(folder: Path) -> None:
    synthesize_audit(AuditItems.model_validate(ITEMS), [], MARKERS, folder / "items.parquet")


def evaluate(folder: Path, values: dict[str, Any]) -> None:
    evaluate_audit(
        AuditEvaluation.model_validate(values),
        folder / "items.parquet",
        [],
        MARKERS,
        folder / "resume",
        0,
        folder / "tuned.parquet",
    )


def left(folder: Path) -> set[str]:
    """Names of what is in a folder, the folder with resume files apart."""
    return {path.name for path in folder.iterdir()} - {"resume"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"transforms": ["identity", Clumsy()]}, "transform clumsy, item nli.0001"),
        ({"new_tokens": pairs.CONTEXT}, "are to follow; allowed: 1024 together"),
        ({"chat_template": "chatml"}, "audits.mine.chat_template = chatml: no chat template"),
        ({"checkpoint": {"model": "./nowhere"}}, "audits.mine.tuned = ./nowhere: no such folder"),
    ],
    ids=["transform", "context", "template", "folder"],
)
def test_one_line_and_nothing_half_written(
    model: Path, tmp_path: Path, more: dict[str, Any], words: str
) -> None:
    synthesize(tmp_path)
    with pytest.raises(EunoeError) as caught:
        evaluate(tmp_path, settings(model, **more))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert left(tmp_path) == {"items.parquet"}


def test_nan_weights_stop_the_audit(tmp_path: Path) -> None:
    sick = pairs.model("llama")
    sick.lm_head.weight.data[:] = float("nan")
    sick.save_pretrained(tmp_path / "sick")
    pairs.tokenizer().save_pretrained(tmp_path / "sick")
    synthesize(tmp_path)
    with pytest.raises(EunoeError, match="logits are not numbers"):
        evaluate(tmp_path, settings(tmp_path / "sick"))
    assert left(tmp_path) == {"items.parquet", "sick"}


def test_an_empty_file_of_prompts_leaves_no_items(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text("")
    values = {**ITEMS, "prompts": [{"file": "mine.jsonl"}]}
    with pytest.raises(EunoeError, match=r"mine\.jsonl: holds no item"):
        synthesize_audit(
            AuditItems.model_validate(values),
            [tmp_path / "mine.jsonl"],
            MARKERS,
            tmp_path / "items.parquet",
        )
    assert left(tmp_path) == {"mine.jsonl"}


def start(folder: Path, values: dict[str, Any], environment: dict[str, str]) -> Any:
    """Start the rule's command in a folder."""
    command = [sys.executable, "-m", "eunoe.stages.evaluate_audit"]
    command += ["--settings", json.dumps(values), "--items", "items.parquet", "--prompts"]
    command += ["--markers", str(MARKERS), "--resume", "resume", "--gpus", "0"]
    command += ["--replies", "tuned.parquet", "--log", "log"]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_killed_audit_ends_in_the_same_rows(
    model: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    values = settings(model)
    for folder in (straight, killed):
        folder.mkdir()
        synthesize(folder)
    evaluate(straight, values)
    process = start(killed, values, environment)
    journal = killed / "resume" / "shipped.plain.jsonl"
    end = time.monotonic() + PATIENCE
    while not (journal.exists() and journal.read_text().count("\n") > 3):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (killed / "tuned.parquet").exists()
    _, errors = start(killed, values, environment).communicate(timeout=PATIENCE)
    assert errors == ""
    assert "going on after" in (killed / "log").read_text()
    assert not (killed / "resume").exists()
    rows = [read_table(folder / "tuned.parquet", REPLIES) for folder in (straight, killed)]
    assert rows[0].equals(rows[1])
