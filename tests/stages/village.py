"""A world of examples and an untrained model whose replies depend on their prompts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from peft import PromptTuningConfig, TaskType, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from eunoe.config.networks import Network
from eunoe.config.worlds.text import TextWorld
from eunoe.stages.evaluate_text import TextEvaluation, evaluate_text
from eunoe.stages.synthesize_items import ItemSettings, synthesize_items
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.replies import REPLIES
from eunoe.worlds.text.adapters import list_adapters
from eunoe.worlds.text.world import open_world

NEW = 4
VECTORS = 5
SHAPE = Network(layers=1, heads=2, width=16, architecture="llama")
WORLD = TextWorld.model_validate(
    {
        "kind": "text",
        "files": {"train": "a.jsonl", "validation": "b.jsonl", "test": "c.jsonl"},
        "context": 96,
    }
)
WORDS = ["sun", "moon", "star", "cloud", "rain", "snow", "wind", "fog"]


def rows_of(source: str, language: str, labels: list[str]) -> pd.DataFrame:
    """Examples of a source that repeat words, or give one of its labels."""
    counts = {"train": 12, "validation": 3, "test": 5}
    names = [(split, number) for split, count in counts.items() for number in range(count)]
    texts = [
        f"{WORDS[number % 8]} {WORDS[(3 * number + len(split)) % 8]} {split} {number}"
        for split, number in names
    ]
    replies = [
        labels[number % len(labels)] if labels else texts[place]
        for place, (_, number) in enumerate(names)
    ]
    return pd.DataFrame(
        {
            "item": [f"{source}.{split}.{number:05}" for split, number in names],
            "source": source,
            "task": source,
            "language": language,
            "wording": "plain",
            "split": [split for split, _ in names],
            "prompt": [f"{source} {text}:" for text in texts],
            "reply": replies,
            "options": [[{"outcome": label, "text": label} for label in labels] for _ in names],
            "gold": replies if labels else "",
            "format": "label" if labels else "exact",
        }
    )


def make_village(path: Path) -> None:
    """Write a world and a model whose replies depend on their prompts."""
    parts = [
        rows_of("weather", "en", ["yes", "no"]),
        rows_of("echo", "en", []),
        rows_of("voix", "fr", []),
    ]
    material = path / "world.parquet"
    write_table(material, pd.concat(parts), ITEMS, {})
    world = open_world(WORLD, material)
    torch.manual_seed(0)
    network: Any = world.build_network(SHAPE, seed=0)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.mul_(12)
    (path / "model").mkdir()
    world.save(network, path / "model/model.safetensors", {})


def with_prompts(folder: Path, where: Path, *names: str) -> Path:
    """A copy of the model with soft prompts, saved by PEFT; its folder."""
    model = AutoModelForCausalLM.from_pretrained(folder / "model")
    tuned = where / "tuned"
    model.save_pretrained(tuned)
    AutoTokenizer.from_pretrained(folder / "model").save_pretrained(tuned)
    for number, name in enumerate(names):
        plain = AutoModelForCausalLM.from_pretrained(folder / "model")
        config = PromptTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=VECTORS)
        prompted: Any = get_peft_model(plain, config)
        torch.manual_seed(number)
        with torch.no_grad():
            prompted.prompt_encoder["default"].embedding.weight.normal_(std=3.0)
        prompted.save_pretrained(tuned / "adapters" / name)
    (tuned / "adapters").mkdir(exist_ok=True)
    list_adapters(tuned / "adapters", tuned / "adapters.json")
    return tuned


def evaluate(folder: Path, model: Path, where: Path, **changes: Any) -> pd.DataFrame:
    """Ask a model what a probe takes from the world of a folder."""
    asked: dict[str, Any] = {
        "sources": ["weather", "echo", "voix"],
        "items": {"validation": 2, "test": 4},
        "demonstrations": 0,
    }
    asked |= {key: changes.pop(key) for key in set(changes) & set(asked)}
    parts = {
        "probe": "p",
        "seed": 3,
        "world": WORLD.model_dump(mode="json"),
        "asked": {"kind": "text", **asked},
        "code": "c",
    }
    settings = ItemSettings.model_validate(parts)
    synthesize_items(settings, [folder / "world.parquet"], where / "items.parquet")
    return ask(where / "items.parquet", model, where, **changes)


def ask(items: Path, model: Path, where: Path, **changes: Any) -> pd.DataFrame:
    """Return what a model replies to items."""
    settings: dict[str, Any] = {
        "probe": "p",
        "kind": "run",
        "model": "m",
        "seed": 3,
        "target": "weather",
        "home": "en",
        "transforms": ["identity", "upper_case"],
        "new_tokens": NEW,
        "likelihood": False,
        "texts": None,
        "batch_size": 64,
        "chat_template": None,
        "keep_texts": True,
        "adapter_scope": None,
        "checkpoint": None,
        "key": "",
        "code": "c",
    }
    listed = model / "adapters.json"
    settings |= changes
    if settings["checkpoint"]:
        settings["key"] = f"{settings['kind']}s.m.model"
    evaluate_text(
        TextEvaluation.model_validate(settings),
        items=items,
        model=[model / "model.safetensors"],
        adapters=[listed] if listed.exists() else [],
        levels=[model / "levels.safetensors"] if (model / "levels.safetensors").exists() else [],
        resume=where / "resume",
        gpus=0,
        replies=where / "replies.parquet",
    )
    found: pd.DataFrame = read_table(where / "replies.parquet", REPLIES).to_pandas()
    return found
