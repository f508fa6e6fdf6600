"""Rule synthesize_items: what a probe asks, never seen in training."""

from importlib import import_module
from pathlib import Path
from typing import Any

from eunoe.config.model import Settings
from eunoe.provenance import provenance
from eunoe.stages.command import run
from eunoe.tables.files import write_table


class ItemSettings(Settings):
    """The one param of the rule."""

    probe: str
    """Name of the probe."""
    seed: int
    """One of the config's seeds."""
    world: dict[str, Any]
    """The probe's world, with its kind."""
    asked: dict[str, Any]
    """What is asked, and how many of each; or given texts, whatever the world has."""
    code: str
    """Digest of the code."""


def synthesize_items(settings: ItemSettings, world: list[Path], items: Path) -> None:
    """Write what a probe asks: prompts of a regression world, or items of text.

    `world` is the table of the world's material, no file where texts are given.
    """
    given = ".given" if settings.asked.get("texts") else ""
    module = import_module(f"eunoe.worlds.{settings.world['kind']}{given}.items")
    described = module.SETTINGS.model_validate(settings.world)
    asked = module.ASKED.model_validate(settings.asked)
    rows = module.item_rows(described, world[0] if world else None, asked, settings.seed)
    write_table(items, rows, module.ITEMS, provenance(settings.model_dump(mode="json")))


if __name__ == "__main__":
    run(synthesize_items)
