"""Rule synthesize_world: the material that prompts are drawn from (regression: the banks)."""

from importlib import import_module
from pathlib import Path

from eunoe import tables
from eunoe.config.model import Settings
from eunoe.config.worlds import RegressionWorld
from eunoe.provenance import provenance
from eunoe.stages.command import run


class WorldSettings(Settings):
    """The one param of the rule."""

    seed: int
    """One of the config's seeds."""
    world: RegressionWorld
    """The world."""
    code: str
    """Digest of the code."""


def synthesize_world(settings: WorldSettings, world: Path) -> None:
    """Write a world's material."""
    synthesis = import_module(f"eunoe.{settings.world.kind}.synthesis")
    rows = synthesis.world_rows(settings.world, settings.seed)
    tables.write(world, rows, tables.BANK, provenance(settings.model_dump(mode="json")))


if __name__ == "__main__":
    run(synthesize_world)
