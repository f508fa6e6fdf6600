"""A job can be stopped anywhere, and goes on to the same weights and curve."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from eunoe.config.worlds.regression import RegressionWorld
from eunoe.worlds.interface import Batch
from eunoe.worlds.regression.world import Regression
from tests.training.jobs import Stopped, job, training

Banks = Mapping[str, np.ndarray]


@pytest.mark.parametrize("optimizer", ["muon", "adamw", "adam"])
@pytest.mark.parametrize(
    ("steps", "stops"),
    [
        ([12], [("phase.0", 5)]),
        ([12], [("phase.0", 4)]),
        ([12], [("phase.0", 2), ("phase.0", 9), ("phase.0", 11)]),
        ([6, 7], [("phase.1", 6)]),
        ([6, 7], [("phase.1", 2)]),  # the last checkpoint is in the phase before
        ([6, 7], [("phase.0", 5), ("phase.1", 5)]),
    ],
    ids=str,
)
def test_a_stopped_job_ends_in_the_same_weights_and_curve(
    world: RegressionWorld,
    banks: Banks,
    tmp_path: Path,
    optimizer: str,
    steps: list[int],
    stops: list[tuple[str, int]],
) -> None:
    phases = [training(optimizer=optimizer, steps=count) for count in steps]
    straight = job(Regression(world, banks), tmp_path / "straight", *phases)
    curve = straight.run()
    stopping = Stopped(world, banks)
    for stopping.stop in stops:
        with pytest.raises(KeyboardInterrupt):
            job(stopping, tmp_path / "stopped", *phases).run()
    stopping.stop = None
    last = job(stopping, tmp_path / "stopped", *phases)
    assert last.run() == curve
    expected = straight.network.state_dict()
    assert all(torch.equal(t, expected[name]) for name, t in last.network.state_dict().items())


def test_a_stopped_job_goes_on_where_it_was(
    world: RegressionWorld, banks: Banks, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stopping = Stopped(world, banks)
    stopping.stop = ("phase.1", 6)
    with pytest.raises(KeyboardInterrupt):
        job(stopping, tmp_path / "resume", training(), training()).run()
    seen: list[tuple[str, int]] = []

    class Watched(Regression):
        def batch(
            self, data: Mapping[str, float], size: int, seed: int, phase: str, step: int
        ) -> Batch:
            seen.append((phase, step))
            return super().batch(data, size, seed, phase, step)

    with caplog.at_level("INFO"):
        job(Watched(world, banks), tmp_path / "resume", training(), training()).run()
    assert seen == [("phase.1", step) for step in range(4, 12)]
    assert "going on from stage 1, step 4" in caplog.text


def test_the_checkpoints_change_neither_weights_nor_curve(
    world: RegressionWorld, banks: Banks, tmp_path: Path
) -> None:
    weights, curves = [], []
    for every in (1, 5, 100):
        done = job(
            Regression(world, banks), tmp_path / str(every), training(checkpoint_every=every)
        )
        curves.append(done.run())
        weights.append(done.network.state_dict())
    assert all(torch.equal(t, other[n]) for other in weights for n, t in weights[0].items())
    assert curves[0] == curves[1] == curves[2]


@pytest.mark.parametrize("others", [(7, 2), (1, 100), (100, 1)])
def test_a_job_goes_on_with_other_intervals_between_checkpoints(
    world: RegressionWorld,
    banks: Banks,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    others: tuple[int, int],
) -> None:
    straight = job(Regression(world, banks), tmp_path / "straight", training(), training())
    curve = straight.run()
    stopped = Stopped(world, banks)
    stopped.stop = ("phase.1", 9)
    with pytest.raises(KeyboardInterrupt):
        job(stopped, tmp_path / "stopped", training(), training(checkpoint_every=8)).run()
    assert (tmp_path / "stopped").exists()
    again = job(
        Regression(world, banks),
        tmp_path / "stopped",
        *(training(checkpoint_every=every) for every in others),
    )
    with caplog.at_level("INFO"):
        assert again.run() == curve
    assert "going on from stage 1, step 8" in caplog.text
    found = again.network.state_dict()
    assert all(torch.equal(t, found[name]) for name, t in straight.network.state_dict().items())
