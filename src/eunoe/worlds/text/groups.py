"""Groups of items with the same transforms and the same setting of `keep_texts`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from eunoe.transforms import Transform


class Group(NamedTuple):
    """Items with the same transforms and the same setting of `keep_texts`."""

    name: str
    items: pd.DataFrame
    """Rows of `ITEMS`, with texts."""
    transforms: Sequence[Transform]
    keep_texts: bool
    """Whether results keep prompts and replies."""


def groups_of(
    items: pd.DataFrame, transforms: Sequence[Transform], keep_texts: bool
) -> Iterator[Group]:
    """Yield the items of a world with the transforms that they go through.

    Prompts that ask for a translation do not go through translations.
    """
    asking = items["format"] == "translation"
    others = [transform for transform in transforms if not translates(transform)]
    for name, of_group, chosen in (("all", ~asking, transforms), ("some", asking, others)):
        if of_group.any() and chosen:
            yield Group(name, items[of_group], chosen, keep_texts)


def translates(transform: Transform) -> bool:
    """Tell whether a transform is a translation by the lexicon, or has one as a link."""
    links = getattr(transform, "transforms", [])
    return transform.name == "translate" or any(map(translates, links))
