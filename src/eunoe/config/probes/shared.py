"""`probes:` settings of the probes of all kinds of worlds."""

from typing import Self

from pydantic import Field, model_validator

from eunoe.config.model import Name, Settings, repeated, wrong
from eunoe.transforms import AnyTransform


class PromptCounts(Settings):
    """How many evaluation prompts are drawn from each source."""

    validation: int = Field(ge=2)
    """Prompts for choices, such as that of gamma."""
    test: int = Field(ge=2)
    """Prompts for the results. Intervals narrow with the square root of their number."""


class Conjugating(Settings):
    """Settings of what is asked through transforms."""

    transforms: list[AnyTransform] = Field(min_length=1)
    """Transforms: identity, and any number of others, each once."""

    @model_validator(mode="after")
    def _identity_and_no_repeats(self) -> Self:
        labels = [transform.label for transform in self.transforms]
        if "identity" not in labels:
            raise wrong("transforms", labels, "identity is not among them", "identity and others")
        if found := repeated(labels):
            raise wrong("transforms", labels, f"{found[0]} is given twice", "each once")
        return self


class Conjugated(Conjugating):
    """Settings of the probes of all kinds of worlds."""

    world: Name
    """Key of `worlds`, of the probe's own kind."""
