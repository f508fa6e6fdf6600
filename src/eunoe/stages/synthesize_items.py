"""Rule synthesize_items: the prompts or items of a probe, never seen in training."""

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
    """The sources and numbers of items; or given texts, which do not depend on the world."""
    code: str
    """Digest of the code."""


def synthesize_items(settings: ItemSettings, world: list[Path], items: Path) -> None:
    """Write the prompts of a regression probe, or the items of a text probe.

    `world` is the world's table; no file for given texts.
    """
    given = ".given" if settings.asked.get("texts") else ""
    module = import_module(f"eunoe.worlds.{settings.world['kind']}{given}.items")
    described = module.SETTINGS.model_validate(settings.world)
    asked = module.ASKED.model_validate(settings.asked)
    rows = module.item_rows(described, world[0] if world else None, asked, settings.seed)
    write_table(items, rows, module.ITEMS, provenance(settings.model_dump(mode="json")))


if __name__ == "__main__":
    run(synthesize_items)
