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

import pandas as pd
import pytest

from eunoe.errors import EunoeError
from eunoe.tables.files import read_table
from eunoe.tables.replies import REPLIES
from eunoe.transforms import TextTransform
from tests.labs.audit import pairs
from tests.labs.audit.folder import Folder

PATIENCE = 120  # seconds until something that should have happened counts as not happening


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


def audited(path: Path, model: Path | str, **more: Any) -> Folder:
    """An audit with its items, to be asked in batches of one so that there are many moments."""
    values = {
        "base": str(model),
        "tuned": str(model),
        "languages": ["en"],
        "tasks": ["nli"],
        "items": 12,
        "transforms": ["identity", "leetspeak"],
        "new_tokens": 2,
        "batch_size": 1,
        "dtype": "float32",
    }
    return Folder(path, values | more)


def left(folder: Path) -> set[str]:
    """Names of what is in a folder, the folder with resume files apart."""
    return {path.name for path in folder.iterdir()} - {"resume"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"new_tokens": pairs.CONTEXT}, "are to follow; allowed: 1024 together"),
        ({"chat_template": "chatml"}, "audits.mine.chat_template = chatml: no chat template"),
        ({"chat_template": "base"}, "audits.mine.chat_template = base: that model has no chat"),
        ({"tuned": "./nowhere"}, "audits.mine.tuned = ./nowhere: no such folder"),
    ],
    ids=["context", "template", "no template", "folder"],
)
def test_one_line_and_nothing_half_written(
    model: Path, tmp_path: Path, more: dict[str, Any], words: str
) -> None:
    made = audited(tmp_path, model, **more)
    made.synthesize()
    with pytest.raises(EunoeError) as caught:
        made.evaluate("tuned")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert left(tmp_path) == {"items.parquet"}


def test_a_transform_that_raises_names_the_item(model: Path, tmp_path: Path) -> None:
    made = audited(tmp_path, model)
    made.synthesize()
    with pytest.raises(EunoeError, match=r"^transform clumsy, item nli\.0001"):
        made.evaluate("tuned", transforms=["identity", Clumsy()])
    assert left(tmp_path) == {"items.parquet"}


def test_nan_weights_stop_the_audit(tmp_path: Path) -> None:
    sick = pairs.model("llama")
    sick.lm_head.weight.data[:] = float("nan")
    sick.save_pretrained(tmp_path / "sick")
    pairs.tokenizer().save_pretrained(tmp_path / "sick")
    made = audited(tmp_path, tmp_path / "sick")
    made.synthesize()
    with pytest.raises(EunoeError, match="logits are not numbers"):
        made.evaluate("tuned")
    assert left(tmp_path) == {"items.parquet", "sick"}


def test_an_empty_file_of_prompts_leaves_no_items(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text("")
    with pytest.raises(EunoeError, match=r"mine\.jsonl: holds no item"):
        audited(tmp_path, "a/b", prompts=[str(tmp_path / "mine.jsonl")]).synthesize()
    assert left(tmp_path) == {"mine.jsonl"}


def start(made: Folder, model: Path, environment: dict[str, str]) -> Any:
    """Start the rule's command in a folder."""
    files = [str(model / name) for name in ("config.json", "model.safetensors", "tokenizer.json")]
    command = [sys.executable, "-m", "eunoe.stages.evaluate_text"]
    command += ["--settings", json.dumps(made.settings("tuned")), "--items", "items.parquet"]
    command += ["--model", *files, "--adapters", "--levels", "--resume", "resume", "--gpus", "0"]
    command += ["--replies", "tuned.parquet", "--log", "log"]
    return subprocess.Popen(
        command,
        cwd=made.path,
        env=environment,
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_killed_audit_ends_in_the_same_rows(
    model: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    straight, killed = (tmp_path / name for name in ("straight", "killed"))
    for folder in (straight, killed):
        folder.mkdir()
        audited(folder, model).synthesize()
    undisturbed = audited(straight, model).evaluate("tuned")
    made = audited(killed, model)
    process = start(made, model, environment)
    journal = killed / "resume" / "0.shipped.plain.jsonl"
    end = time.monotonic() + PATIENCE
    while not (journal.exists() and journal.read_text().count("\n") > 3):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (killed / "tuned.parquet").exists()
    _, errors = start(made, model, environment).communicate(timeout=PATIENCE)
    assert errors == ""
    assert "going on after" in (killed / "log").read_text()
    assert not (killed / "resume").exists()
    rows = read_table(made.replies("tuned"), REPLIES).to_pandas()
    pd.testing.assert_frame_equal(rows, undisturbed)
