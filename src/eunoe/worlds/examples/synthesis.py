"""What a world of examples writes down: items in three splits, and those that a probe asks."""

from eunoe.config.probes.text import ExamplesItems as ASKED
from eunoe.config.worlds.text import ExamplesWorld as SETTINGS
from eunoe.tables.items import ITEMS
from eunoe.tables.items import ITEMS as WORLD
from eunoe.worlds.text.held_out import held_out_rows as item_rows
from eunoe.worlds.text.synthesis import split_rows as world_rows

__all__ = ["ASKED", "ITEMS", "SETTINGS", "WORLD", "item_rows", "world_rows"]
