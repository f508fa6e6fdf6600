"""The stages' command line: one line for the user, the rest in the log."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eunoe.config.model import Settings
from eunoe.errors import EunoeError
from eunoe.stages.command import run


class Inner(Settings):
    rate: float


class Measurement(Settings):
    seed: int
    inner: Inner


VALID = json.dumps({"seed": 1, "inner": {"rate": 0.5}})


def call(monkeypatch: pytest.MonkeyPatch, stage: Callable[..., None], *options: object) -> None:
    """Run a stage with fresh logging, as a process of its own would."""
    root = logging.getLogger()
    monkeypatch.setattr(sys, "argv", ["stage", *(str(option) for option in options)])
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", logging.WARNING)
    try:
        run(stage)
    finally:
        for handler in root.handlers:
            handler.close()


def test_options_become_typed_arguments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    got: list[object] = []

    def measure(
        settings: Measurement,
        gpus: int,
        tables: list[Path],
        task_weights: Path,
        every: list[int],
        none: list[int],
    ) -> None:
        got.extend([settings, gpus, tables, task_weights, every, none])

    options = ["--settings", VALID, "--gpus", 0, "--tables", "a", "b c", "--task-weights", "w"]
    options += ["--none", "--every", "200,100"]
    call(monkeypatch, measure, *options)
    expected = Measurement(seed=1, inner=Inner(rate=0.5))
    assert got == [expected, 0, [Path("a"), Path("b c")], Path("w"), [200, 100], []]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (EunoeError("bank.parquet: no such file"), "measure: bank.parquet: no such file"),
        (PermissionError(13, "Permission denied", "w"), "[Errno 13] Permission denied: 'w'"),
    ],
)
def test_an_expected_error_is_one_line_and_its_details_are_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    line: str,
) -> None:
    def measure(settings: Measurement) -> None:
        raise error from ValueError("the cause")

    log = tmp_path / "logs" / "measure.log"
    with pytest.raises(SystemExit) as stopped:
        call(monkeypatch, measure, "--settings", VALID, "--log", log)
    assert str(stopped.value.code).endswith(line)
    assert str(stopped.value.code).startswith("measure: ")
    assert capsys.readouterr() == ("", "")
    details = log.read_text()
    assert "Traceback (most recent call last)" in details
    assert "the cause" in details
    assert line.removeprefix("measure: ") in details


def test_an_unexpected_error_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def measure(settings: Measurement) -> None:
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        call(monkeypatch, measure, "--settings", VALID, "--log", tmp_path / "log")
    assert "ZeroDivisionError: a bug" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ('{"seed": 1', "measure: settings: not JSON (Expecting ',' delimiter"),
        ("[]", "measure: settings: Input should be a valid dictionary"),
        ('{"seed": 1}', "measure: settings.inner: Field required"),
        (
            '{"seed": "x", "inner": {"rate": 1}}',
            "measure: settings.seed: Input should be a valid integer",
        ),
        (
            '{"seed": 1, "inner": {"rate": 1, "more": 2}}',
            "measure: settings.inner.more: Extra inputs are not permitted",
        ),
    ],
)
def test_wrong_settings_are_one_line_with_the_key(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: str,
    line: str,
) -> None:
    def measure(settings: Measurement) -> None:
        raise AssertionError("not reached")

    with pytest.raises(SystemExit) as stopped:
        call(monkeypatch, measure, "--settings", settings)
    assert str(stopped.value.code).startswith(line)
    assert len(str(stopped.value.code).splitlines()) == 1
    assert capsys.readouterr() == ("", "")


def test_warnings_are_shown_and_the_rest_is_logged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure() -> None:
        logging.getLogger("eunoe.test").warning("look here")
        logging.getLogger("eunoe.test").info("step 5")

    call(monkeypatch, measure, "--log", tmp_path / "log")
    shown = capsys.readouterr().err
    assert "look here" in shown
    assert "step 5" not in shown
    assert "look here" in (tmp_path / "log").read_text()
    assert "step 5" in (tmp_path / "log").read_text()


def test_a_log_that_cannot_be_written_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def measure() -> None:
        raise AssertionError("not reached")

    with pytest.raises(SystemExit, match=f"measure: .*{tmp_path}"):
        call(monkeypatch, measure, "--log", tmp_path)


def test_a_real_stage_ends_with_exit_code_1_and_one_line(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    world = {"kind": "regression", "dimension": 2, "tasks": 2, "points": 3, "sigma": 1, "tau": 1}
    settings = {"probe": "p", "seed": 0, "world": world, "code": ""}
    settings["asked"] = {"kind": "regression", "prompts": {"validation": 2, "test": 2}}
    options = {"settings": json.dumps(settings), "world": "no.parquet", "items": "p.parquet"}
    command = [sys.executable, "-m", "eunoe.stages.synthesize_items", "--log", "log"]
    for name, value in options.items():
        command += [f"--{name}", value]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "synthesize_items: no.parquet: no such file\n"
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
