"""What a world of language writes down: the documents of its corpus, and the items of a probe."""

from eunoe.config.probes.text import LanguageItems as ASKED
from eunoe.config.worlds.text import LanguageWorld as SETTINGS
from eunoe.tables.items import ITEMS
from eunoe.tables.items import ITEMS as WORLD
from eunoe.worlds.text.synthesis import corpus_rows as world_rows
from eunoe.worlds.text.synthesis import probe_rows as item_rows

__all__ = ["ASKED", "ITEMS", "SETTINGS", "WORLD", "item_rows", "world_rows"]
