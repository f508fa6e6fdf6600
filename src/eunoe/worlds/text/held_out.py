"""Items that a probe takes from a world: the first ones of the splits that are never trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from eunoe.config.probes.text import ExamplesItems
from eunoe.config.worlds.text import ExamplesWorld
from eunoe.evaluation.tokens import demonstrated
from eunoe.streams import stream
from eunoe.tables.files import read_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.sources import rows_from


def held_out_rows(
    world: ExamplesWorld, material: Path, probe: ExamplesItems, seed: int
) -> pd.DataFrame:
    """Return the first validation and test items of each source (`ITEMS`).

    `source` is the name that was asked for. Before each prompt stand training items of the same
    source, the same for all models. EunoeError if the world has no such source.
    """
    del world
    items = read_table(material, ITEMS).to_pandas()
    parts = []
    for source in probe.sources:
        rows = rows_from(items, source, "probe")
        shown = list(rows.loc[rows["split"] == "train", ["prompt", "reply"]].itertuples(False))
        for split in ("validation", "test"):
            part = rows[rows["split"] == split].head(getattr(probe.examples, split))
            prompts = [
                with_demonstrations(prompt, shown, probe.demonstrations, seed, number)
                for number, prompt in enumerate(part["prompt"])
            ]
            parts.append(part.assign(source=source, prompt=prompts))
    return pd.concat(parts, ignore_index=True)


def with_demonstrations(
    prompt: str, shown: Sequence[tuple[str, str]], count: int, seed: int, number: int
) -> str:
    """Return a prompt after some of the items that can be shown, each once."""
    if count == 0:
        return prompt
    draws = stream(seed, "evaluate/demonstrations", number)
    chosen = draws.choice(len(shown), size=min(count, len(shown)), replace=False)
    return demonstrated(prompt, [tuple(shown[place]) for place in chosen])
