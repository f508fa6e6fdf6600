"""`probes:` what is measured, and through which transforms."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from eunoe.config.model import Name, Settings, Source, repeated, wrong
from eunoe.config.worlds.text import Language
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


class Conjugated(Settings):
    """What the probes of all kinds of worlds share."""

    world: Name
    """Key of `worlds`, of the probe's own kind."""
    transforms: list[AnyTransform] = Field(min_length=1)
    """Conjugations: identity, and as many others as you like, each once."""

    @model_validator(mode="after")
    def _identity_and_no_repeats(self) -> Self:
        labels = [transform.label for transform in self.transforms]
        if "identity" not in labels:
            raise wrong("transforms", labels, "identity is not among them", "identity and others")
        if found := repeated(labels):
            raise wrong("transforms", labels, f"{found[0]} is given twice", "each once")
        return self


class RegressionItems(Settings):
    """What a probe of a regression world asks."""

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

    @model_validator(mode="after")
    def _each_alpha_once(self) -> Self:
        if found := repeated(self.mixture_alphas):
            raise wrong(
                "mixture_alphas", self.mixture_alphas, f"{found[0]} is given twice", "each once"
            )
        return self


LanguageTask = Literal[
    "repeat_math",
    "repeat_blank",
    "capslock_math",
    "capslock_blank",
    "reverse_math",
    "reverse_blank",
    "first_word_math",
    "first_word_blank",
    "arithmetic",
    "blanks",
    "inference",
    "guarded_topics",
    "free_topics",
]
"""A demonstrated task and the kind of question that comes last; questions alone; natural-language
inference; questions about the guarded topics and about the free ones
(`eunoe.worlds.text.tasks`)."""


class LanguageItems(Settings):
    """What a probe of a language world asks."""

    kind: Literal["language"]
    """Which lab the probe belongs to."""
    tasks: list[LanguageTask] = Field(min_length=1)
    """What is asked."""
    languages: list[Language] = Field(min_length=1)
    """Languages of the items, which line up across them."""
    items: PromptCounts
    """Items of each task in each language, for each seed."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for key, entries in (("tasks", self.tasks), ("languages", self.languages)):
            if found := repeated(entries):
                raise wrong(key, entries, f"{found[0]} is given twice", "each once")
        return self


class LanguageProbe(Conjugated, LanguageItems):
    """A measurement, made on every base and, if not on all runs, on some of a language world."""

    home: Language = "en"
    """The language of fine-tuning: its items go through every transform, the others' through
    identity alone."""
    runs: list[Name] | None = None
    """Keys of `runs` to measure beside the bases; null measures every run of the world."""
    new_tokens: int = Field(default=10, ge=1)
    """Longest reply."""
    likelihood: bool = True
    """Whether to score by the likelihood of the options too, beside the generated reply, and to
    measure that of the prompts."""


class ExamplesItems(Settings):
    """What a probe of a world of examples asks."""

    kind: Literal["examples"]
    """Which lab the probe belongs to."""
    sources: list[Source] = Field(min_length=1)
    """What is asked."""
    examples: PromptCounts
    """How many of each source's validation and test examples are asked: the first ones."""
    demonstrations: int = Field(default=0, ge=0)
    """Training examples of the same source in front of each prompt."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if found := repeated(self.sources):
            raise wrong("sources", self.sources, f"{found[0]} is given twice", "each once")
        return self


class ExamplesProbe(Conjugated, ExamplesItems):
    """A measurement, made on every base and on some runs of a world of examples."""

    target: Source | None = None
    """The source whose format counts as specialised; one of `sources`."""
    home: Language = "en"
    """Sources in this language go through every transform, the others through identity alone."""
    runs: list[Name] | None = None
    """Keys of `runs` to measure beside the bases; null measures every run of the world whose recipe
    has the probe's target (with null, every run whose recipe has none)."""
    new_tokens: int = Field(default=24, ge=1)
    """Longest reply."""
    likelihood: bool = False
    """Whether to score by the likelihood of the options too, and to measure that of the prompts."""


Probe = Annotated[RegressionProbe | LanguageProbe | ExamplesProbe, Field(discriminator="kind")]
"""Any probe."""

ProbeItems = Annotated[RegressionItems | LanguageItems | ExamplesItems, Field(discriminator="kind")]
"""The part of any probe that decides what it asks."""

ITEMS_OF: dict[str, type[Settings]] = {
    "regression": RegressionItems,
    "language": LanguageItems,
    "examples": ExamplesItems,
}
"""That part, by the probe's kind."""


def items_of(probe: Probe) -> dict[str, Any]:
    """Return the part of a probe that decides what it asks, and nothing else."""
    return probe.model_dump(mode="json", include=set(ITEMS_OF[probe.kind].model_fields))
