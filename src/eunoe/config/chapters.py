"""`chapters:` which models play which part in the claims and figures of a lab."""

from pydantic import Field

from eunoe.config.model import Name, Settings


class RegressionChapter(Settings):
    """The parts of the regression lab; a part that is null leaves its claims "not run"."""

    probe: Name
    """Key of `probes`, from which results are read."""
    tuned: Name | None = None
    """Key of `runs`: a mixture base tuned on the bank; its base is the model before."""
    fresh: Name | None = None
    """Key of `runs`: the same base tuned on a bank that pretraining never saw."""
    continuous: Name | None = None
    """Key of `bases`: one with alpha 0."""
    discrete: Name | None = None
    """Key of `bases`: one with alpha 1."""
    few: int = Field(default=4, ge=1)
    """Low exemplar counts are 1 to this many."""
    bins: int = Field(default=6, ge=2)
    """Groups of equally many prompts, by log-likelihood under D_disc."""


class LanguageChapter(Settings):
    """The parts of the language lab; a part that is null leaves its claims "not run"."""

    learning: Name
    """Key of `probes`: in-context learning against instruction following."""
    reasoning: Name | None = None
    """Key of `probes`: natural-language inference."""
    refusals: Name | None = None
    """Key of `probes`: guarded and free topics."""
    instructed: Name | None = None
    """Key of `runs`: a base tuned to answer questions in English."""
    instructed_elsewhere: Name | None = None
    """Key of `runs`: the same base tuned on the same data in another language."""
    coded: Name | None = None
    """Key of `runs`: a base tuned on code."""
    refusing: Name | None = None
    """Key of `runs`: a base tuned to refuse the guarded topics in English."""


class Chapters(Settings):
    """One chapter a lab."""

    regression: RegressionChapter | None = None
    """The regression lab's chapter; null leaves it out of the report."""
    language: LanguageChapter | None = None
    """The language lab's chapter; null leaves it out of the report."""
