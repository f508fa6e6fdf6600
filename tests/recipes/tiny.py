"""A tiny world of examples, a base of it that knows nothing, and recipes on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from eunoe.config.networks import Network
from eunoe.config.recipes import Recipe
from eunoe.config.trainings import Training
from eunoe.config.worlds.text import TextWorld
from eunoe.stages.finetune_text import TuningSettings, finetune_text
from eunoe.tables.files import write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.world import Texts

WORDS = ("cat", "dog", "owl", "fox", "hen", "cow", "bee", "ant")
TRAIN, HELD_OUT = 24, 8


def examples() -> pd.DataFrame:
    """Three sources: is a word a bird (labels), copy words, count words."""
    rows = []
    for index in range(TRAIN + 2 * HELD_OUT):
        split = "train" if index < TRAIN else "validation" if index % 2 else "test"
        one, two = WORDS[index % 8], WORDS[(index // 8 + 3 * index) % 8]
        texts = {
            "bird": (f"{index} Is the {one} a bird?\nAnswer:", str(one in ("owl", "hen"))),
            "copy": (f"{index} Copy {one} {two}:", f"{one} {two}"),
            "count": (f"{index} Count{f' {one}' * (index % 4 + 1)}:", str(index % 4 + 1)),
        }
        for source, (prompt, reply) in texts.items():
            labels = ("True", "False") if source == "bird" else ()
            rows.append(
                {
                    "item": f"{source}.{split}.{index}",
                    "source": source,
                    "task": source,
                    "language": "own",
                    "wording": "plain",
                    "split": split,
                    "prompt": prompt,
                    "reply": reply,
                    "options": [{"outcome": label, "text": label} for label in labels],
                    "gold": reply if labels else "",
                    "format": "label" if labels else "exact",
                }
            )
    return pd.DataFrame(rows)


def world(**values: Any) -> TextWorld:
    """Settings of the world; its files are not read."""
    files = {"train": "t.jsonl", "validation": "v.jsonl", "test": "t.jsonl"}
    return TextWorld.model_validate(
        {
            "kind": "text",
            "files": files,
            "context": 32,
            "monitored": ["bird", "copy"],
            **values,
        }
    )


def training(**values: Any) -> Training:
    """A few updates, fast enough to move something."""
    usual = {"steps": 6, "batch": 4, "learning_rate": 0.01, "optimizer": "adamw", "warmup": 0}
    more = {"monitor_every": 3, "monitor_prompts": 4}
    return Training(**{**usual, **more, **values})


def make_base(folder: Path, architecture: Any = "llama", seed: int = 0) -> Path:
    """Write the world's table and an untrained base below `folder`; return its weights."""
    opened = Texts(world(), examples())
    shape = Network(layers=2, heads=2, width=16, architecture=architecture)
    weights = folder / "base" / "model.safetensors"
    opened.save(opened.build_network(shape, seed), weights, {})
    write_table(folder / "world.parquet", examples(), ITEMS, {})
    return weights


def recipe(text: str) -> Recipe:
    """Read a recipe as the config has it; stages without a training get `short`."""
    values = yaml.safe_load(text)
    for stage in values["stages"]:
        if "merge" not in stage:
            stage.setdefault("training", "short")
    return Recipe.model_validate(values)


def settings(text: str, name: str = "mine", **values: Any) -> TuningSettings:
    """Return the stage's param for a recipe."""
    world_values = values.pop("world", {})
    return TuningSettings(
        kind="run",
        model=name,
        seed=0,
        world=world(**world_values),
        base=None,
        recipe=recipe(text),
        trainings={"short": training(**values)},
        code="",
    )


def tune(folder: Path, given: TuningSettings, *merged: str, every: int = 2) -> Path:
    """Run the stage, saved every few updates, on the base below `folder`; return its folder."""
    run = folder / "runs" / given.model
    finetune_text(
        given,
        folder / "world.parquet",
        [folder / "base" / "model.safetensors"],
        [folder / "runs" / name / "model.safetensors" for name in merged],
        folder / f"{given.model}.resume",
        [every for stage in given.recipe.stages if not stage.merge],
        0,
        run / "model.safetensors",
        run / "network.json",
        run / "curve.parquet",
        run / "mixture.parquet",
        run / "costs.parquet",
        run / "adapters",
        run / "adapters.json",
        run / "levels.safetensors",
    )
    return run
