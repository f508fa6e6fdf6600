"""The tables that regression's other stages start from: banks and evaluation prompts."""

import pandas as pd

from eunoe.config.probes import PromptCounts
from eunoe.config.worlds import SOURCES, RegressionWorld
from eunoe.regression.tasks import BANKS, banks_from, draw_bank, draw_prompts


def world_rows(world: RegressionWorld, seed: int) -> pd.DataFrame:
    """Return the banks, a row a weight vector (schema `tables.BANK`)."""
    return pd.DataFrame(
        {"bank": name, "task": task, "weights": list(weights)}
        for name in BANKS
        for task, weights in enumerate(draw_bank(world, seed, name))
    )


def prompt_rows(
    world: RegressionWorld, banks: pd.DataFrame, counts: PromptCounts, seed: int
) -> pd.DataFrame:
    """Return evaluation prompts of every source and split (schema `tables.PROMPTS`)."""
    rows: list[dict[str, object]] = []
    for split in ("validation", "test"):
        for source in SOURCES["regression"]:
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
