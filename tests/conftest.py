"""What several tests share: a world that is small enough to train in within milliseconds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from eunoe.config.worlds.regression import RegressionWorld
from eunoe.worlds.regression.tasks import BANKS, draw_bank
from tests.lab import Lab, write_lab

settings.register_profile("patient", deadline=None)  # the machine may be busy
settings.load_profile("patient")

SOURCE = Path(__file__).parent.parent / "src"


@pytest.fixture(scope="session")
def world() -> RegressionWorld:
    return RegressionWorld(kind="regression", dimension=3, tasks=4, points=6, sigma=0.5, tau=1.5)


@pytest.fixture(scope="session")
def banks(world: RegressionWorld) -> Mapping[str, np.ndarray]:
    return {name: draw_bank(world, 0, name) for name in BANKS}


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The environment of a subprocess that is to run this checkout, on one thread."""
    return {**os.environ, "PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The files of a run of planted models, two seeds; not to be changed."""
    return write_lab(tmp_path_factory.mktemp("lab"), seeds=[0, 1])
