"""`chapters:` which models play which part in the claims and figures of a lab."""

from typing import Self

from pydantic import Field, model_validator

from eunoe.config.model import Fraction, Name, Settings, Source, repeated, wrong


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


ByFraction = dict[Fraction, Name]
"""Keys of `runs` by the fraction that distinguishes them."""


class ByAbility(Settings):
    """Runs on one ability alone, by the fraction of its training examples."""

    mathematics: ByFraction = Field(default={})
    """Of the source mathematics."""
    code: ByFraction = Field(default={})
    """Of the source code."""
    general: ByFraction = Field(default={})
    """Of the source general."""


class Ratio(Settings):
    """Runs on all of one side of the mixture and a fraction of the other, by that fraction."""

    specialised: ByFraction = Field(default={})
    """All of general, and a fraction of mathematics and code."""
    general: ByFraction = Field(default={})
    """All of mathematics and code, and a fraction of general."""


class Strategies(Settings):
    """Ways to compose mathematics, code and general instructions (Dong et al. 2024), as runs of one
    base; what is null or empty leaves its claims "not run"."""

    multi_task: Name | None = None
    """Key of `runs`: all three at once."""
    sequential: Name | None = None
    """Key of `runs`: code, then mathematics, then general."""
    mixed_sequential: Name | None = None
    """Key of `runs`: code and mathematics, then general; DMT with a fraction of 0."""
    dmt: ByFraction = Field(default={})
    """Code and mathematics, then general with that fraction of code and mathematics."""
    single: ByAbility = ByAbility()
    """One ability alone."""
    mixed: ByFraction = Field(default={})
    """That fraction of all three at once; 1 is multi_task."""
    ratio: Ratio = Ratio()
    """One side of the mixture held, the other varied."""

    @property
    def runs(self) -> dict[str, str]:
        """Every run by its key from here, as in `single.mathematics.1/16`."""
        found = {
            name: run
            for name in ("multi_task", "sequential", "mixed_sequential")
            if (run := getattr(self, name))
        }
        groups = {"dmt": self.dmt, "mixed": self.mixed}
        for name, part in (("single", self.single), ("ratio", self.ratio)):
            groups |= {f"{name}.{side}": runs for side, runs in part}
        for name, runs in groups.items():
            found |= {f"{name}.{fraction}": run for fraction, run in runs.items()}
        return found


RECIPE_PARTS = (
    "plain",
    "plain_cool",
    "prompt_tuning",
    "promot",
    "promot_cool",
    "joint",
    "random_prompt",
    "demonstrated",
    "lora_first",
    "unfrozen",
    "promot_demonstrated",
    "plain_several",
    "promot_several",
    "lora",
    "replay",
    "self_replay",
    "l2_sp",
    "ewc",
    "kl",
    "dft",
    "lower_frozen",
    "wise",
)
"""Parts of the recipes chapter that are runs measured by its probe `retention`."""


class RecipesChapter(Strategies):
    """The parts of the recipes lab; a part that is null leaves its claims "not run"."""

    retention: Name
    """Key of `probes`: one with a target, which asks for what a recipe may cost."""
    abilities: Name | None = None
    """Key of `probes`: mathematics, code and general instructions."""
    plain: Name | None = None
    """Key of `runs`: all weights tuned on the target, at a rate at which they specialise."""
    plain_cool: Name | None = None
    """Key of `runs`: the same at the lower rate of the neighbours."""
    prompt_tuning: Name | None = None
    """Key of `runs`: a soft prompt alone."""
    promot: Name | None = None
    """Key of `runs`: ProMoT (Wang et al. 2024), a soft prompt first, then all weights with the
    prompt frozen, at the rate of `plain`."""
    promot_cool: Name | None = None
    """Key of `runs`: the same at the lower rate of the neighbours."""
    joint: Name | None = None
    """Key of `runs`: prompt and weights in one stage."""
    random_prompt: Name | None = None
    """Key of `runs`: all weights, with a prompt that is drawn at random and never trained."""
    demonstrated: Name | None = None
    """Key of `runs`: all weights, with a demonstration in front of each prompt."""
    lora_first: Name | None = None
    """Key of `runs`: ProMoT with LoRA in place of the soft prompt."""
    unfrozen: Name | None = None
    """Key of `runs`: ProMoT whose second stage trains the prompt on."""
    promot_demonstrated: Name | None = None
    """Key of `runs`: ProMoT with a demonstration in front of each prompt."""
    plain_several: Name | None = None
    """Key of `runs`: all weights tuned on several targets at once."""
    promot_several: Name | None = None
    """Key of `runs`: ProMoT on the same targets, with a prompt for each."""
    lora: Name | None = None
    """Key of `runs`: LoRA alone."""
    replay: Name | None = None
    """Key of `runs`: all weights, with some of the base's own data."""
    self_replay: Name | None = None
    """Key of `runs`: all weights, with the base's own replies."""
    l2_sp: Name | None = None
    """Key of `runs`: all weights, kept near the base's."""
    ewc: Name | None = None
    """Key of `runs`: all weights, kept near the base's where they matter to it."""
    kl: Name | None = None
    """Key of `runs`: all weights, with the next-token distribution kept near the base's."""
    dft: Name | None = None
    """Key of `runs`: all weights, by the loss dft."""
    lower_frozen: Name | None = None
    """Key of `runs`: the upper blocks alone."""
    wise: Name | None = None
    """Key of `runs`: between the base and plain (WiSE-FT)."""
    same_format: Source | None = None
    """A source of `retention` whose responses have the target's format."""
    rehearsed: list[Source] = Field(default=[])
    """Sources of `retention` that recipes may train on, to keep them; what recipes keep is told
    apart on them and on the other held-out sources."""
    level: float | None = None
    """The target score at which neighbours are compared: one of the world's `levels`."""
    mathematics: Source | None = None
    """A source of `abilities`."""
    code: Source | None = None
    """A source of `abilities`."""
    general: Source | None = None
    """A source of `abilities`."""
    sizes: list[Name] = Field(default=[])
    """Keys of `bases`, smallest first, for claims about size."""
    scaling: dict[Name, Strategies] = Field(default={})
    """The strategies on other bases than the chapter's own, by base; with it, all of `sizes`."""

    @model_validator(mode="after")
    def _sizes_once(self) -> Self:
        if found := repeated(self.sizes):
            raise wrong("sizes", self.sizes, f"{found[0]} is given twice", "each once")
        return self

    @property
    def recipe_runs(self) -> dict[str, str]:
        """The run of each part that is one measured by `retention`."""
        return {part: run for part in RECIPE_PARTS if (run := getattr(self, part))}

    def strategies(self, base: str) -> Strategies:
        """Return the strategies on one of the bases in `sizes`."""
        return self.scaling.get(base, self)


class Chapters(Settings):
    """One chapter a lab."""

    regression: RegressionChapter | None = None
    """The regression lab's chapter; null leaves it out of the report."""
    language: LanguageChapter | None = None
    """The language lab's chapter; null leaves it out of the report."""
    recipes: RecipesChapter | None = None
    """The recipes lab's chapter; null leaves it out of `snakemake recipes`."""
