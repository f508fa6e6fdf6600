"""A killed evaluation goes on, and its rows are those of an undisturbed one, bit by bit."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import torch

from eunoe.evaluation.engine import Engine
from eunoe.evaluation.replies import evaluate_items
from eunoe.transforms import parse_transform
from eunoe.worlds.text.formats.registry import check
from tests.evaluation.models import make_model, make_prompts, make_tokenizer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 120  # seconds until something that should have happened counts as not happening
ITEMS = 120


def work(folder: Path) -> None:
    """Evaluate in small batches and leave the rows in the folder."""
    options = [{"outcome": "right", "text": "two"}, {"outcome": "wrong", "text": "three cats"}]
    fixed = {
        "task": "t", "source": "t.en", "split": "test", "language": "en", "wording": "w",
        "gold": "right", "options": options, "reply": "two", "format": "option",
    }  # fmt: skip
    prompts = make_prompts(ITEMS)
    items = pd.DataFrame([fixed | {"item": k, "prompt": p} for k, p in prompts.items()])
    rows = evaluate_items(
        Engine(make_model("llama"), make_tokenizer(), batch_size=3),
        items,
        [parse_transform("identity")],
        check,
        new_tokens=8,
        likelihood=True,
        prompt_likelihood=True,
        keep_texts=True,
        resume=folder / "resume.jsonl",
        digest="digest",
    )
    rows.to_parquet(folder / "rows.parquet")


def start(folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    code = f"from tests.evaluation.test_kill import *; work(Path({str(folder)!r}))"
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}  # they decide how sums are rounded
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment | threads)


def results(folder: Path) -> int:
    path = folder / "resume.jsonl"
    return path.read_bytes().count(b"\n") - 1 if path.exists() else 0


def kill_after(count: int, folder: Path, environment: dict[str, str]) -> None:
    process = start(folder, environment)
    end = time.monotonic() + PATIENCE
    while results(folder) < count:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_killed_evaluation_ends_in_the_same_rows(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    killed, straight = tmp_path / "killed", tmp_path / "straight"
    killed.mkdir()
    straight.mkdir()
    kill_after(10, killed, environment)
    assert 10 <= results(killed) < ITEMS
    assert not (killed / "rows.parquet").exists()
    content = (killed / "resume.jsonl").read_bytes()
    work(killed)
    assert (killed / "resume.jsonl").read_bytes().startswith(content[: content.rfind(b"\n") + 1])
    assert results(killed) < ITEMS + 3  # nothing but a torn batch is asked again
    work(straight)
    one, other = (pd.read_parquet(folder / "rows.parquet") for folder in (killed, straight))
    pd.testing.assert_frame_equal(one, other, check_exact=True)
