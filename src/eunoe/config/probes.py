"""`probes:` what is measured, and through which transforms."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from eunoe.config.model import Name, Settings, repeated, wrong
from eunoe.transforms import AnyTransform

Exemplars = Annotated[int, Field(ge=1)]


class PromptCounts(Settings):
    """How many evaluation prompts are drawn from each source."""

    validation: int = Field(ge=2)
    """Prompts on which choices are made, such as which gamma to report."""
    test: int = Field(ge=2)
    """Prompts on which results are reported. Intervals narrow with the square root."""


class TaskWeights(Settings):
    """The inferred task weight: several queries about one context, answered by the network and by
    the two algorithms that it may be using."""

    contexts: int = Field(ge=2)
    """Test prompts per source whose first exemplars are the contexts."""
    queries: int = Field(ge=2)
    """Queries per context; the fit has one unknown."""
    exemplars: list[Exemplars] = Field(min_length=1)
    """Context lengths; each below the world's number of points."""

    @model_validator(mode="after")
    def _no_repeats(self) -> Self:
        if found := repeated(self.exemplars):
            raise wrong("exemplars", self.exemplars, f"{found[0]} is given twice", "each once")
        return self


class Probe(Settings):
    """A measurement, made on every base and run of its world."""

    world: Name
    """Key of `worlds`."""
    prompts: PromptCounts
    """Evaluation prompts, drawn from each source, for each seed."""
    transforms: list[AnyTransform] = Field(min_length=1)
    """Conjugations: identity, and as many others as you like, each once."""
    mixture_alphas: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default=[])
    """Ideal mixture predictors to evaluate beside ridge (alpha 0), discrete (alpha 1) and the
    mixtures of the bases' own alphas."""
    task_weights: TaskWeights
    """How the task weight is inferred."""

    @model_validator(mode="after")
    def _identity_and_no_repeats(self) -> Self:
        labels = [transform.label for transform in self.transforms]
        if "identity" not in labels:
            raise wrong("transforms", labels, "identity is not among them", "identity and others")
        for key, entries in (("transforms", labels), ("mixture_alphas", self.mixture_alphas)):
            if found := repeated(entries):
                raise wrong(key, entries, f"{found[0]} is given twice", "each once")
        return self
