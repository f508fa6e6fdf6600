"""The committed configuration, as Snakemake reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eunoe.workflow.configuration import read_config

ROOT = Path(__file__).parents[2]


@pytest.fixture
def values() -> dict[str, Any]:
    """config.yaml over the files of the labs, to be changed at will."""
    return read_config(ROOT)
