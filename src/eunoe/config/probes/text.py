"""`probes:` of text."""

from typing import Literal, Self

from pydantic import Field, model_validator

from eunoe.config.model import Name, Settings, Source, repeated, wrong
from eunoe.config.probes.shared import Conjugated, PromptCounts
from eunoe.config.worlds.text import Language

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
