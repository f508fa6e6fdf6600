"""The evaluation prompts of a regression probe."""

from pathlib import Path

import pandas as pd

from eunoe.config.probes.regression import RegressionItems
from eunoe.config.probes.regression import RegressionItems as ASKED
from eunoe.config.probes.shared import PromptCounts
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.config.worlds.regression import RegressionWorld as SETTINGS
from eunoe.tables.bank import BANK
from eunoe.tables.files import read_table
from eunoe.tables.prompts import PROMPTS as ITEMS
from eunoe.worlds.regression.tasks import banks_from, draw_prompts

__all__ = ["ASKED", "ITEMS", "SETTINGS", "item_rows"]


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
