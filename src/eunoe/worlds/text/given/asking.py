"""Restores the texts of items of which tables keep hashes only, from a user's files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from eunoe.config.probes.given import GivenTexts
from eunoe.config.worlds.text import WORDINGS
from eunoe.errors import EunoeError
from eunoe.transforms import Transform
from eunoe.worlds.text.given.prompt_files import OWN, own_items, without_texts
from eunoe.worlds.text.groups import Group


class GivenItems:
    """Items of given texts, and the files that some of them come from."""

    def __init__(self, asked: pd.DataFrame, texts: GivenTexts) -> None:
        """Take items as they were synthesized; EunoeError if a file is not what it was then."""
        own = own_items(texts)
        for source, items in zip(texts.prompts, own, strict=True):
            kept = items if source.keep_texts else without_texts(items)
            same = asked["task"].isin(items["task"]) & (asked["split"] == OWN)
            check_unchanged(kept, asked[same], source.file)
        self.sources = texts.prompts
        self.numbers = {task: number for number, each in enumerate(own) for task in each["task"]}
        self.items = pd.concat([asked[asked["split"] != OWN], *own], ignore_index=True)

    def groups(
        self, items: pd.DataFrame, transforms: Sequence[Transform], keep_texts: bool
    ) -> Iterator[Group]:
        """Yield shipped items, then those of each file; `keep_texts` is about shipped ones.

        Rewordings are asked as they are only: they are controls, and no transform of a control is
        read.
        """
        identity = [transform for transform in transforms if transform.label == "identity"]
        number = items["task"].astype(str).map(self.numbers)
        parts = [("shipped", items[number.isna()], keep_texts)]
        for place, source in enumerate(self.sources):
            parts.append((f"own{place}", items[number == place], source.keep_texts))
        for name, part, kept in parts:
            plain = part["wording"] == WORDINGS[0]
            if plain.any():
                yield Group(f"{name}.plain", part[plain], transforms, kept)
            if not plain.all():
                yield Group(f"{name}.other", part[~plain], identity, kept)


def check_unchanged(own: pd.DataFrame, synthesized: pd.DataFrame, where: str) -> None:
    """Raise an EunoeError unless a user's items are those that were synthesized."""
    keys = ["task", "language", "wording", "item", "prompt"]
    if list(own[keys].itertuples(index=False)) != list(synthesized[keys].itertuples(index=False)):
        raise EunoeError(
            f"{where}: not what it was when the items were made; allowed: the same file, or items"
            " made anew"
        )
