"""A job that is killed at any moment and started again ends in the same weights, bit by bit."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from eunoe.config.networks import Network
from eunoe.config.trainings import Training
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.recipes.levels import read_checkpoints
from eunoe.tables.bank import BANK
from eunoe.tables.files import read_table, write_table
from eunoe.tables.training import CURVE
from eunoe.worlds.regression.material import world_rows
from tests.recipes.tiny import make_base, settings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 300  # seconds until something that should have happened counts as not happening


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def identity(path: Path) -> tuple[int, int] | None:
    """What changes whenever a file is replaced, or None if there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.002)


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process and all that it has started; nothing gets a chance to clean up."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass
class Stage:
    """The command of a rule in a folder of its own."""

    folder: Path
    environment: dict[str, str]
    words: list[str]
    """The stage and its options, but for the resume file and the log."""
    checkpoint_every: int
    """Updates between two writes of the resume file."""

    @property
    def resume(self) -> Path:
        return self.folder / "resume.safetensors"

    @property
    def weights(self) -> Path:
        return self.folder / self.words[self.words.index("--weights") + 1]

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", *self.words]
        command += ["--world", "../world.parquet", "--resume", self.resume.name, "--gpus", "0"]
        command += ["--checkpoint-every", f"{self.checkpoint_every}"]
        command += ["--config", "network.json", "--curve", "curve.parquet", "--log", "log"]
        self.folder.mkdir(exist_ok=True)
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            start_new_session=True,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> None:
        process = self.start()
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors


WORLD = RegressionWorld(kind="regression", dimension=2, tasks=2, points=4, sigma=1, tau=1)


def pretraining() -> list[str]:
    """The stage pretrain with its options."""
    training = Training(steps=400, batch=4, monitor_prompts=4)
    parts: dict[str, Any] = {"kind": "base", "model": "tiny", "seed": 0, "code": ""}
    parts["world"] = WORLD.model_dump()
    parts["network"] = Network(layers=1, heads=2, width=16).model_dump()
    data = {"bank": 0.5, "continuous": 0.5}
    parts["phases"] = [{"name": "pretrain", "data": data, "training": training.model_dump()}]
    words = ["eunoe.stages.pretrain", "--settings", json.dumps(parts)]
    return [*words, "--weights", "weights.safetensors"]


def run_and_kill(
    tmp_path: Path, environment: dict[str, str], words: list[str], every: int
) -> tuple[Stage, Stage]:
    """Run a stage once without a disturbance, and once killed at several moments."""
    straight = Stage(tmp_path / "straight", environment, words, every)
    straight.finish()
    killed = Stage(tmp_path / "killed", environment, words, every)
    moments = {
        "training begins": lambda _: (killed.folder / "log").exists(),
        "a checkpoint is written": lambda old: identity(killed.resume) != old,
        "a checkpoint is half written": lambda _: any(killed.folder.glob(".resume*")),
    }
    for reached in moments.values():
        old = identity(killed.resume)
        process = killed.start()
        wait_until(lambda reached=reached, old=old: reached(old), process)  # type: ignore[misc]
        kill(process)
        assert not killed.weights.exists()
    return straight, killed


def test_a_killed_stage_ends_in_the_same_weights(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    write_table(tmp_path / "world.parquet", world_rows(WORLD, 0), BANK, {})
    straight, killed = run_and_kill(tmp_path, environment, pretraining(), 5)
    killed.checkpoint_every = 7  # which changes nothing but where a job goes on from
    killed.finish()
    assert "going on from stage 0, step " in (killed.folder / "log").read_text()
    assert digest(killed.weights) == digest(straight.weights)
    left = sorted(path.name for path in killed.folder.iterdir())
    assert left == ["curve.parquet", "log", "network.json", "weights.safetensors"]
    curves = [read_table(stage.folder / "curve.parquet", CURVE) for stage in (killed, straight)]
    assert curves[0].equals(curves[1])


RECIPE = "{target: bird, stages: [{data: {bird: 1}}]}"


def test_a_killed_stage_ends_in_the_same_checkpoints_at_levels(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    make_base(tmp_path)
    world = {"levels": [0.5, 0.9]}
    given = settings(RECIPE, world=world, steps=200, monitor_every=10)
    words = ["eunoe.stages.finetune_text", "--settings", given.model_dump_json()]
    words += ["--base", "../base/model.safetensors", "--merged", "--adapters", "adapters"]
    words += ["--adapter-list", "adapters.json"]
    for option in ("mixture", "costs"):
        words += [f"--{option}", f"{option}.parquet"]
    words += ["--weights", "model.safetensors", "--levels", "levels.safetensors"]
    straight, killed = run_and_kill(tmp_path, environment, words, 1)
    process = killed.start()
    wait_until(lambda: b'"kept.' in killed.resume.read_bytes()[:100_000], process)
    kill(process)
    assert not killed.weights.exists()
    killed.finish()
    for name in ("model.safetensors", "levels.safetensors"):
        assert digest(killed.folder / name) == digest(straight.folder / name)
    assert read_checkpoints(killed.folder / "levels.safetensors")[0][1]


# Through Snakemake

OVERLAY = {
    "seeds": [0],
    "worlds": {"linear": {"dimension": 2, "points": 4}},
    "networks": {"small": {"layers": 1, "heads": 2, "width": 16}},
    "trainings": {
        "thorough": {"steps": 400, "batch": 4, "monitor_prompts": 4, "checkpoint_every": 5}
    },
    "probes": {"labels": {"task_weights": {"exemplars": [1, 2]}, "few": 2}},
}
WEIGHTS = "data/bases/mix50/0/weights.safetensors"


@dataclass
class Workflow:
    """The workflow of this checkout, at work in a folder of its own."""

    folder: Path
    environment: dict[str, str]

    @property
    def resume(self) -> Path:
        return self.folder / "data/resume/bases/mix50.0.safetensors"

    @property
    def weights(self) -> Path:
        return self.folder / WEIGHTS

    def start(self, *options: str) -> subprocess.Popen[str]:
        shutil.copy(ROOT / "config.yaml", self.folder)
        (self.folder / "tiny.json").write_text(json.dumps(OVERLAY))
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        command += ["--directory", str(self.folder), "--cores", "1"]
        command += ["--configfile", str(self.folder / "tiny.json"), *options]
        with (self.folder / "output").open("w") as output:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                start_new_session=True,
                stdout=output,
                stderr=output,
                text=True,
            )

    def finish(self, *options: str) -> tuple[int, str]:
        code = self.start(*options).wait(PATIENCE)
        return code, (self.folder / "output").read_text()

    def start_to_a_checkpoint(self) -> subprocess.Popen[str]:
        old = identity(self.resume)
        process = self.start("--", WEIGHTS)
        wait_until(lambda: identity(self.resume) != old, process)
        return process

    def job(self) -> int:
        """The process in which the rule pretrain runs."""
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (process / "cmdline").read_bytes().split(b"\0")
                here = (process / "cwd").resolve() == self.folder.resolve()
                if here and b"-m" in words and b"eunoe.stages.pretrain" in words:
                    return int(process.name)
        raise AssertionError("the job does not run")


def test_a_killed_workflow_ends_in_the_same_weights(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    workflow = Workflow(tmp_path, environment)

    # the job alone, as when memory is short: the same command goes on
    process = workflow.start_to_a_checkpoint()
    os.kill(workflow.job(), signal.SIGKILL)
    assert process.wait(PATIENCE) == 1
    assert not workflow.weights.exists()

    # everything, as when the power fails: Snakemake asks to be unlocked, then goes on, even if the
    # job had begun to write its outputs
    kill(workflow.start_to_a_checkpoint())
    workflow.weights.with_name("curve.parquet").write_bytes(b"PAR1")
    code, output = workflow.finish("--", WEIGHTS)
    assert code == 1
    assert "--unlock" in output
    assert workflow.finish("--unlock")[0] == 0
    code, output = workflow.finish("--", WEIGHTS)
    assert code == 0, output
    log = tmp_path / "data/logs/bases/mix50.0.log"
    assert "going on from stage 0, step " in log.read_text()
    assert not workflow.resume.exists()
    resumed = digest(workflow.weights)

    code, output = workflow.finish("--forcerun", "pretrain", "--", WEIGHTS)
    assert code == 0, output
    assert "going on from" not in log.read_text()
    assert digest(workflow.weights) == resumed
