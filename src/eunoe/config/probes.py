"""`probes:` what is measured, and through which transforms."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from eunoe.config.model import Name, Settings
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


class Probe(Settings):
    """A measurement, made on every base and run of its world."""

    world: Name
    """Key of `worlds`."""
    prompts: PromptCounts
    transforms: list[AnyTransform] = Field(min_length=1)
    """Conjugations: identity first, then as many as you like."""
    mixture_alphas: list[Annotated[float, Field(gt=0, lt=1)]] = []
    """Ideal mixture predictors to evaluate beside ridge (alpha 0) and discrete (alpha 1)."""
    task_weights: TaskWeights

    @model_validator(mode="after")
    def _identity_and_no_repeats(self) -> Self:
        labels = [transform.label for transform in self.transforms]
        if "identity" not in labels:
            raise ValueError(f"transforms = {labels} lacks identity, to which all are compared")
        if len(set(labels)) < len(labels):
            raise ValueError(f"transforms = {labels} names one twice; allowed: each once")
        if len(set(self.mixture_alphas)) < len(self.mixture_alphas):
            raise ValueError(
                f"mixture_alphas = {self.mixture_alphas} names one twice; allowed: each once"
            )
        return self
