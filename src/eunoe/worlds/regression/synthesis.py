"""The tables that regression's other stages start from: banks and evaluation prompts."""

from pathlib import Path

import pandas as pd

from eunoe.config.probes.regression import RegressionItems
from eunoe.config.probes.shared import PromptCounts
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.tables.bank import BANK
from eunoe.tables.files import read_table
from eunoe.tables.prompts import PROMPTS
from eunoe.worlds.regression.tasks import BANKS, banks_from, draw_bank, draw_prompts

SETTINGS = RegressionWorld
ASKED = RegressionItems
WORLD = BANK
"""Schema of a world's material."""
ITEMS = PROMPTS
"""Schema of what a probe asks."""


def world_rows(world: RegressionWorld, seed: int) -> pd.DataFrame:
    """Return the banks, a row a weight vector (schema `BANK`)."""
    return pd.DataFrame(
        {"bank": name, "task": task, "weights": list(weights)}
        for name in BANKS
        for task, weights in enumerate(draw_bank(world, seed, name))
    )


def item_rows(
    world: RegressionWorld, material: Path, probe: RegressionItems, seed: int
) -> pd.DataFrame:
    """Return a probe's evaluation prompts (schema `PROMPTS`); `material` holds the banks."""
    banks = read_table(material, BANK).to_pandas()
    return draw_rows(world, banks, probe.prompts, seed)


def draw_rows(
    world: RegressionWorld, banks: pd.DataFrame, counts: PromptCounts, seed: int
) -> pd.DataFrame:
    """Return evaluation prompts of every source and split."""
    rows: list[dict[str, object]] = []
    for split in ("validation", "test"):
        for source in world.sources:
            drawn = draw_prompts(
                world,
                banks_from(banks),
                {source: 1.0},
                getattr(counts, split),
                seed,
                f"evaluation/{split}/{source}",
                0,
            )
            columns = (drawn.tasks, drawn.xs, drawn.ys, drawn.targets)
            for task, xs, ys, targets in zip(*(c.tolist() for c in columns), strict=True):
                item = {"prompt": len(rows), "split": split, "source": source}
                rows.append({**item, "task": task, "xs": xs, "ys": ys, "targets": targets})
    return pd.DataFrame(rows)
