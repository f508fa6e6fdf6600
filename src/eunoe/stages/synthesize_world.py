"""Rule synthesize_world: the table of a world, banks of tasks or items of text."""

from importlib import import_module
from pathlib import Path
from typing import Any

from eunoe.config.model import Settings
from eunoe.provenance import provenance
from eunoe.stages.command import run
from eunoe.tables.files import write_table


class WorldSettings(Settings):
    """The one param of the rule."""

    seed: int
    """One of the config's seeds."""
    world: dict[str, Any]
    """The world, with its kind."""
    code: str
    """Digest of the code."""


def synthesize_world(settings: WorldSettings, world: Path) -> None:
    """Write the table of a world."""
    module = import_module(f"eunoe.worlds.{settings.world['kind']}.material")
    described = module.SETTINGS.model_validate(settings.world)
    rows = module.world_rows(described, settings.seed)
    write_table(world, rows, module.WORLD, provenance(settings.model_dump(mode="json")))


if __name__ == "__main__":
    run(synthesize_world)
