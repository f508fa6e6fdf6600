"""The batches of a stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from torch import Tensor

from eunoe.evaluation.tokens import Pair, demonstrated
from eunoe.recipes.mixtures import Mixture
from eunoe.streams import stream
from eunoe.worlds.text.collate import PADDED, Encoded, Encoder, Layout, collate, end_to_end


@dataclass
class Counts:
    """Counts of the items and tokens of one source."""

    drawn: int = 0
    tokens: int = 0
    response_tokens: int = 0


class Batches:
    """Turns the items of a mixture into tensors, update by update."""

    def __init__(
        self,
        mixture: Mixture,
        train: pd.DataFrame,
        encoder: Encoder,
        prefix_of: Callable[[str], Sequence[int]],
        seed: int,
        name: str,
        demonstrations: int = 0,
        replies: Mapping[int, str] | None = None,
        layout: Layout = PADDED,
    ) -> None:
        """Take what `mixtures.mix` took and gave.

        `prefix_of` gives the ids of the soft prompt in front of a source's items; `replies`
        replaces the items' replies, by row.
        """
        self.mixture = mixture
        self.encoder = encoder
        self.seed = seed
        self.name = name
        self.demonstrations = demonstrations
        self.layout = layout
        self.prefixes = [list(prefix_of(source)) for source in mixture.sources]
        self.names = train["item"].to_numpy()
        self.pairs = dict(enumerate(zip(train["prompt"], train["reply"], strict=True)))
        for row, reply in (replies or {}).items():
            self.pairs[row] = (self.pairs[row][0], reply)
        self.known: dict[int, Encoded] = {}

    def batch(self, step: int, bare: bool) -> dict[str, Tensor]:
        """Return the batch of an update; `bare` adds the batch without its soft prompts, if it has
        any.

        The added tensors are called `bare.tokens` and so on, with the items in the same order.
        """
        plain = self.encoded(step)
        rows = self.prepended(plain, step)
        if self.layout.name == "filled":
            return end_to_end(rows, self.layout)
        packing = self.layout.packing(rows)
        batch = collate(rows, packing)
        if bare and any(self.prefixes):
            batch |= {f"bare.{name}": each for name, each in collate(plain, packing).items()}
        return batch

    def prepended(self, plain: Sequence[Encoded], step: int) -> list[Encoded]:
        """Return the items of an update, each with the soft prompt of its source in front."""
        sources = self.mixture.of_source[step]
        return [row.prepend(self.prefixes[of]) for row, of in zip(plain, sources, strict=True)]

    def encoded(self, step: int) -> list[Encoded]:
        """Return the items of an update in tokens."""
        chosen = self.mixture.rows[step].tolist()
        names = [f"{self.names[row]}" for row in chosen]
        if self.demonstrations:
            return self.encoder.encode(self.demonstrated(step), names)
        if not self.known:
            every = np.unique(self.mixture.rows).tolist()
            pairs = [self.pairs[row] for row in every]
            rows = self.encoder.encode(pairs, [str(self.names[row]) for row in every])
            self.known = dict(zip(every, rows, strict=True))
        return [self.known[row] for row in chosen]

    def demonstrated(self, step: int) -> list[Pair]:
        """Return the items of an update, each after demonstrations of its source."""
        numbers = stream(self.seed, f"{self.name}/demonstrations", step)
        pairs = []
        for row, of in zip(self.mixture.rows[step], self.mixture.of_source[step], strict=True):
            others = self.mixture.pools[of][self.mixture.pools[of] != row]
            count = min(self.demonstrations, len(others))
            shown = numbers.choice(others, count, replace=False).tolist()
            prompt, response = self.pairs[int(row)]
            pairs.append((demonstrated(prompt, [self.pairs[one] for one in shown]), response))
        return pairs

    def counts(self) -> dict[str, Counts]:
        """Return the counts of the whole stage by source; soft prompts do not count as tokens."""
        found = [Counts() for _ in self.mixture.sources]
        for step, sources in enumerate(self.mixture.of_source):
            for row, of in zip(self.encoded(step), sources, strict=True):
                found[of].drawn += 1
                found[of].tokens += len(row.ids)
                found[of].response_tokens += len(row.ids) - row.start
        return dict(zip(self.mixture.sources, found, strict=True))

    def distinct(self) -> Counter[str]:
        """Return the number of different items that the stage may draw, by source."""
        mixture = self.mixture
        return Counter(
            {name: len(pool) for name, pool in zip(mixture.sources, mixture.pools, strict=True)}
        )
