"""Rule open_base: a base that is there already, put where pretraining leaves the others."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from transformers import GenerationConfig

from eunoe.config.audits import Checkpoint
from eunoe.config.model import Settings
from eunoe.config.worlds.text import ExamplesWorld
from eunoe.devices import device_name, find_device
from eunoe.files import atomic
from eunoe.provenance import provenance
from eunoe.recipes.monitor import Monitor
from eunoe.stages.command import run
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.training import CURVE
from eunoe.worlds.text.models import open_model, save_model

PROMPTS = 256
"""Validation prompts of each source that the curve's one measurement takes."""


class OpeningSettings(Settings):
    """The one param of the rule."""

    model: str
    """Name of the base."""
    seed: int
    """One of the config's seeds."""
    checkpoint: Checkpoint
    """Where the model is."""
    world: ExamplesWorld
    """The world whose examples it is asked."""
    code: str
    """Digest of the code."""


def open_base(
    settings: OpeningSettings, world: Path, gpus: int, weights: Path, config: Path, curve: Path
) -> None:
    """Write a model and its tokenizer anew, and how many validation responses it gives."""
    device = find_device(gpus, long_prompts=True)
    where = f"bases.{settings.model}.model"
    model, tokenizer = open_model(settings.checkpoint, where, "auto", device)
    # of the model's own settings for generation only these are used, and others may be at odds
    ends = ("bos_token_id", "eos_token_id", "pad_token_id")
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        **{name: getattr(model.generation_config, name) for name in ends}
    )
    examples = read_table(world, ITEMS).to_pandas()
    validation = examples[examples["split"] == "validation"]
    monitor = Monitor(tokenizer, model.config, validation, settings.world.monitored, None)
    measured = monitor.ask(model, PROMPTS, lambda _: [])
    made = provenance(settings.model_dump(mode="json"), device_name(device))
    rows = [
        {"stage": 0, "step": 0, "measure": name.removeprefix("right."), "value": value}
        for name, value in measured.items()
        if name.startswith("right.")
    ]
    frame = pd.DataFrame(rows, columns=["stage", "step", "measure", "value"])
    who: dict[str, Any] = {"kind": "base", "model": settings.model, "seed": settings.seed}
    write_table(curve, frame.assign(**who), CURVE, made)
    with atomic(config) as temporary:
        temporary.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n")
    save_model(model, tokenizer, weights)


if __name__ == "__main__":
    run(open_base)
