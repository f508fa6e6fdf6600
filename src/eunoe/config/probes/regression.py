"""`probes:` of regression worlds."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from eunoe.config.model import Settings, repeated, wrong
from eunoe.config.probes.shared import Conjugated, PromptCounts

Exemplars = Annotated[int, Field(ge=1)]


class TaskWeights(Settings):
    """The inferred task weight: the answers to several queries after one context, compared to those
    of the two algorithms that the network may be using."""

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


class RegressionItems(Settings):
    """The prompts of a probe of a regression world."""

    kind: Literal["regression"]
    """Which lab the probe belongs to."""
    prompts: PromptCounts
    """Evaluation prompts, drawn from each source, for each seed."""


class RegressionProbe(Conjugated, RegressionItems):
    """A measurement, made on every base and run of a regression world."""

    mixture_alphas: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default=[])
    """Ideal mixture predictors to evaluate beside ridge (alpha 0), discrete (alpha 1) and the
    mixtures of the bases' own alphas."""
    task_weights: TaskWeights
    """How the task weight is inferred."""
    few: int = Field(default=4, ge=1)
    """Counts of exemplars from 1 to this are `few`; results are also averaged over these counts."""
    bins: int = Field(default=6, ge=2)
    """Groups of equally many prompts, by log-likelihood under D_disc."""

    @model_validator(mode="after")
    def _each_alpha_once(self) -> Self:
        if found := repeated(self.mixture_alphas):
            raise wrong(
                "mixture_alphas", self.mixture_alphas, f"{found[0]} is given twice", "each once"
            )
        return self
