"""What a world of examples writes down: items in three splits."""

from eunoe.config.worlds.text import ExamplesWorld as SETTINGS
from eunoe.tables.items import ITEMS as WORLD
from eunoe.worlds.text.synthesis import split_rows as world_rows

__all__ = ["SETTINGS", "WORLD", "world_rows"]
