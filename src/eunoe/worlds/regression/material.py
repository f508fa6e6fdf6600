"""The table of a regression world: its banks."""

import pandas as pd

from eunoe.config.worlds.regression import RegressionWorld as SETTINGS
from eunoe.tables.bank import BANK as WORLD
from eunoe.worlds.regression.tasks import BANKS, draw_bank

__all__ = ["SETTINGS", "WORLD", "world_rows"]


def world_rows(world: SETTINGS, seed: int) -> pd.DataFrame:
    """Return the banks, a row a weight vector (schema `BANK`)."""
    return pd.DataFrame(
        {"bank": name, "task": task, "weights": list(weights)}
        for name in BANKS
        for task, weights in enumerate(draw_bank(world, seed, name))
    )
