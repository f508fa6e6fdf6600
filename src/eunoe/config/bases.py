"""`bases:` what is pretrained."""

import math
from typing import Annotated

from pydantic import Field

from eunoe.config.audits import AnyCheckpoint
from eunoe.config.model import Name, Settings, Source
from eunoe.config.worlds.text import Family, Language

Weight = Annotated[float, Field(gt=0)]


class Corpus(Settings):
    """The mixture of documents that a language model is pretrained on."""

    languages: dict[Language, Weight] = Field(min_length=1)
    """How often each language is drawn, in any unit; the world has them all."""
    families: dict[Family, Weight] = Field(min_length=1)
    """How often each kind of document is drawn, in any unit. The more often demonstrations are
    followed by an answered question, the more ambiguous they are."""

    @property
    def data(self) -> dict[str, float]:
        """Share of each source in a batch."""
        total = math.fsum(self.languages.values()) * math.fsum(self.families.values())
        return {
            f"{family}.{language}": often * spoken / total
            for family, often in self.families.items()
            for language, spoken in self.languages.items()
        }


class Base(Settings):
    """A network pretrained in a world; or, in a world of examples, a model that is there."""

    world: Name
    """Key of `worlds`."""
    network: Name | None = None
    """Key of `networks`; null if the base is a model that is there."""
    training: Name | None = None
    """Key of `trainings`; null if the base is a model that is there."""
    alpha: float | None = Field(default=None, ge=0, le=1)
    """In regression: share of prompts from the bank, D_mix = alpha D_disc + (1 - alpha) D_cont; 0
    and 1 are the controls that know only one of the two."""
    corpus: Corpus | None = None
    """In a language world: the mixture of documents."""
    mixture: dict[Source, Weight] | None = Field(default=None, min_length=1)
    """In a world of examples: how often each source is drawn, in any unit."""
    model: AnyCheckpoint | None = None
    """In a world of examples, in place of network, training and mixture: a folder with a causal
    language model, a hub id, or a mapping with model and revision."""

    @property
    def data(self) -> dict[str, float]:
        """Share of each source in a batch."""
        if self.corpus is not None:
            return self.corpus.data
        if self.mixture is not None:
            total = math.fsum(self.mixture.values())
            return {source: often / total for source, often in self.mixture.items()}
        assert self.alpha is not None, "a pretrained base has one of the three"
        return {"bank": self.alpha, "continuous": 1 - self.alpha}
