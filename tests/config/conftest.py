"""The committed configuration, as Snakemake reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture
def values() -> dict[str, Any]:
    """config.yaml, to be changed at will."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text())
    return read
