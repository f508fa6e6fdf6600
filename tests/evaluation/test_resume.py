"""A journal gives back what was whole, whatever happened to its end."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from eunoe.errors import EunoeError
from eunoe.evaluation.resume import Journal

RESULTS: dict[str, dict[str, Any]] = {
    "one": {"reply": "é\n\u2028", "share": 0.1 + 0.2},
    "two": {"reply": None, "correct": True},
    "three": {"reply": "", "share": 1e-300},
}


def written(path: Path, digest: str = "digest") -> bytes:
    journal = Journal(path, digest)
    for name, result in RESULTS.items():
        journal.append({name: result})
    return path.read_bytes()


def test_results_come_back(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "resume.jsonl"
    written(path)
    assert Journal(path, "digest").done == RESULTS


def test_a_file_cut_anywhere_gives_what_was_whole_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "resume.jsonl"
    content = written(path)
    for length in range(len(content)):
        path.write_bytes(content[:length])
        journal = Journal(path, "digest")
        whole = max(0, content[:length].count(b"\n") - 1)
        assert journal.done == dict(list(RESULTS.items())[:whole])
        journal.append({"new": {"reply": "x"}})
        expected = {**dict(list(RESULTS.items())[:whole]), "new": {"reply": "x"}}
        assert Journal(path, "digest").done == expected


@pytest.mark.parametrize("torn", [b"\0\0\0\n", b"{}\n", b'{"name": "x"}\n', b"[1]\n", b"\xff\n"])
def test_a_damaged_line_ends_what_counts(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "resume.jsonl"
    lines = written(path).splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], torn, *lines[2:]]))
    assert Journal(path, "digest").done == {"one": RESULTS["one"]}
    assert path.read_bytes() == b"".join(lines[:2])


def test_other_settings_start_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "resume.jsonl"
    written(path)
    assert Journal(path, "another").done == {}
    assert f"resume file not used, starting anew: {path}: other settings" in caplog.text
    assert path.read_text() == json.dumps({"digest": "another"}) + "\n"
    path.write_text("no journal\n")
    assert Journal(path, "digest").done == {}


def test_going_on_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "resume.jsonl"
    written(path)
    with caplog.at_level(logging.INFO):
        Journal(path, "digest")
    assert "going on after 3 results" in caplog.text


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(EunoeError, match=rf"^{tmp_path}: cannot be read or written"):
        Journal(tmp_path, "digest")
    path = tmp_path / "resume.jsonl"
    journal = Journal(path, "digest")
    path.unlink()
    path.mkdir()
    with pytest.raises(EunoeError, match=rf"^{path}: cannot be written"):
        journal.append(RESULTS)
