"""Rule synthesize_world: what data are drawn from, banks of tasks or a corpus."""

from importlib import import_module
from pathlib import Path

from eunoe.config.model import Settings
from eunoe.config.worlds import World
from eunoe.provenance import provenance
from eunoe.stages.command import run
from eunoe.tables.files import write_table


class WorldSettings(Settings):
    """The one param of the rule."""

    seed: int
    """One of the config's seeds."""
    world: World
    """The world."""
    code: str
    """Digest of the code."""


def synthesize_world(settings: WorldSettings, world: Path) -> None:
    """Write a world's material."""
    synthesis = import_module(f"eunoe.worlds.{settings.world.kind}.synthesis")
    rows = synthesis.world_rows(settings.world, settings.seed)
    write_table(world, rows, synthesis.WORLD, provenance(settings.model_dump(mode="json")))


if __name__ == "__main__":
    run(synthesize_world)
