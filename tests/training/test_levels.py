"""Checkpoints that the last phase keeps: where a measure first reaches a level, and the weights."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from eunoe.config.trainings import Training
from eunoe.training import loop
from eunoe.training.loop import Change, Job, Levels, Phase
from eunoe.worlds.interface import Batch

SCORE = "score"


class Walk:
    """One weight, from 0 on, which each update moves by one; it is what is measured."""

    def __init__(self, path: Mapping[str, int]) -> None:
        self.path = path
        """By phase: which way its updates go."""
        self.stop: tuple[str, int] | None = None

    def batch(
        self, data: Mapping[str, float], size: int, seed: int, phase: str, step: int
    ) -> Batch:
        if self.stop == (phase, step):
            raise KeyboardInterrupt
        return {"way": torch.tensor(float(self.path[phase]))}

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        return -batch["way"] * value(network)

    def monitor(self, network: nn.Module, size: int, seed: int) -> dict[str, float]:
        return {SCORE: float(value(network).detach())}


def value(network: nn.Module) -> Tensor:
    [weight] = network.parameters()
    return weight.sum()


@pytest.fixture(autouse=True)
def _unit_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    def plain(network: nn.Module, *_: object) -> list[torch.optim.Optimizer]:
        return [torch.optim.SGD(network.parameters(), lr=1.0)]

    monkeypatch.setattr(loop, "build_optimizers", plain)


def training(**values: Any) -> Training:
    usual = {"batch": 1, "warmup": 0, "decay": 0, "clip": None, "learning_rate": 1}
    more = {"monitor_every": 2, "monitor_prompts": 1}
    return Training(**{**usual, **more, "optimizer": "adamw", "steps": 8, **values})


def job(world: Any, resume: Path, *phases: Phase | Change) -> Job:
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    return Job(world, network, phases, 0, resume, "digest")


def kept(done: Job) -> dict[str, tuple[int, float, float]]:
    """Step, measurement and weight of each checkpoint that a job has kept."""
    return {
        level: (one.step, one.value, float(one.weights["weight"].sum()))
        for level, one in done.kept.items()
    }


def phase(
    name: str, *levels: float, pick: str | None = None, every: int = 1, **values: Any
) -> Phase:
    kept_at = Levels(SCORE, levels) if levels else None
    return Phase(name, {}, training(**values), None, pick, kept_at, every)


def test_the_first_checkpoint_at_each_level_is_kept(tmp_path: Path) -> None:
    done = job(Walk({"up": 1}), tmp_path / "r", phase("up", 1, 2, 4.5, 9, steps=7))
    done.run()
    # measured after 2, 4, 6 and, at the end, 7 updates
    assert kept(done) == {"1": (2, 2, 2), "2": (2, 2, 2), "4.5": (6, 6, 6)}
    assert value(done.network) == 7
    assert done.kept["1"].weights is done.kept["2"].weights


def test_an_earlier_phase_and_step_0_do_not_count(tmp_path: Path) -> None:
    phases = [phase("up", steps=4), phase("down", 1.5, 2.5, 3.5, steps=4)]
    done = job(Walk({"up": 1, "down": -1}), tmp_path / "r", *phases)
    rows = done.run()
    scores = [row["value"] for row in rows if row["measure"] == SCORE]
    assert scores == [0, 2, 4, 4, 2, 0]  # the last phase begins at 4, before any update
    assert kept(done) == {"1.5": (2, 2, 2)}


def test_a_change_has_one_checkpoint(tmp_path: Path) -> None:
    def run(change: float) -> Job:
        def jump() -> None:
            nn.init.constant_(done.network.weight, change)  # type: ignore[arg-type]

        done = job(Walk({}), tmp_path / "r", Change("c", jump, levels=Levels(SCORE, [0, 2, 4])))
        done.run()
        return done

    assert kept(run(3)) == {"0": (1, 3, 3), "2": (1, 3, 3)}
    assert kept(run(-1)) == {}  # it was at 0 before


@pytest.mark.parametrize("stop", [("up", 1), ("up", 3), ("on", 0), ("on", 1), ("on", 3), ("on", 7)])
def test_a_stopped_job_keeps_the_same(tmp_path: Path, stop: tuple[str, int]) -> None:
    phases = [phase("up", pick=SCORE, steps=4), phase("on", 6, 8.5, 99, pick=SCORE)]
    straight = job(Walk({"up": 1, "on": 1}), tmp_path / "straight", *phases)
    curve = straight.run()
    assert kept(straight) == {"6": (2, 6, 6), "8.5": (6, 10, 10)}
    world = Walk({"up": 1, "on": 1})
    world.stop = stop
    with pytest.raises(KeyboardInterrupt):
        job(world, tmp_path / "stopped", *phases).run()
    world.stop = None
    last = job(world, tmp_path / "stopped", *phases)
    assert last.run() == curve
    assert kept(last) == kept(straight)
    assert value(last.network) == value(straight.network)


class Plateau(Walk):
    """What is measured is the share of prompts that a model of true score .78 gets right."""

    draws = np.random.default_rng(0)

    def monitor(self, network: nn.Module, size: int, seed: int) -> dict[str, float]:
        return {SCORE: self.draws.binomial(size, 0.78) / size}


@pytest.mark.parametrize(("prompts", "low", "high"), [(24, 0.5, 0.8), (400, 0.0, 0.01)])
def test_few_prompts_choose_lucky_checkpoints(
    tmp_path: Path, prompts: int, low: float, high: float
) -> None:
    values: dict[str, Any] = {
        "steps": 5,
        "monitor_every": 1,
        "monitor_prompts": prompts,
    }
    passed = []
    for _ in range(300):
        done = job(Plateau({"up": 1}), tmp_path / "r", phase("up", 0.87, every=9, **values))
        done.run()
        passed.append("0.87" in done.kept)
    fails = range(ceil(0.87 * prompts))
    below = sum(comb(prompts, right) * 0.78**right * 0.22 ** (prompts - right) for right in fails)
    expected = 1 - below**5
    print(f"{prompts} prompts: best of five passes .87 in {np.mean(passed):.3f}, by {expected:.5f}")
    assert low <= np.mean(passed) <= high
    assert abs(np.mean(passed) - expected) < 4 * np.sqrt(expected * (1 - expected) / 300) + 1e-9
