"""`labs.recipes:` the probes and models of the lab's claims and figures, by role."""

from typing import Self

from pydantic import Field, model_validator

from eunoe.config.figures import Figure
from eunoe.config.model import Fraction, Name, Settings, Source, repeated, wrong
from eunoe.config.probes.text import TextProbe
from eunoe.config.recipe_references import sources_of
from eunoe.config.refer import refer, refer_to_measured, refer_to_probe
from eunoe.config.study import Study
from eunoe.config.worlds.text import TextWorld, plain_source
from eunoe.report.lab import LabSettings

ByFraction = dict[Fraction, Name]
"""Keys of `runs` by the fraction that distinguishes them."""


class ByAbility(Settings):
    """Runs on one ability alone, by the fraction of its training items."""

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
    """One side of the mixture fixed, the other varied."""

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
"""Roles of the recipes lab for runs that its probe `retention` measures."""


class Figures(Settings):
    """One entry a figure, in the order of the page."""

    specialisation: Figure = Figure()
    """Replies in the target's format on other tasks, against step."""
    retention: Figure = Figure(height=3.4)
    """Target and retention of every recipe, on every task."""
    equal_target: Figure = Figure(height=3.6)
    """Retention against target score, of all recipes and checkpoints."""
    ablations: Figure = Figure()
    """ProMoT beside its ablations."""
    strategies: Figure = Figure()
    """Mathematics, code and general instructions by strategy."""
    rehearsal: Figure = Figure()
    """The strategies against the fraction that is rehearsed."""
    recovered: Figure = Figure(height=3.2)
    """What conjugate prompts recover of what a recipe loses."""
    gradients: Figure = Figure(height=2.6)
    """Cosine of the gradient with the format-only gradient, against step."""
    costs: Figure = Figure(height=3.4)
    """Updates, tokens, operations and seconds of every recipe."""
    scaling: Figure = Figure()
    """Scores against the fraction of the data, by ability and size."""


class Lab(LabSettings, Strategies):
    """The roles of the recipes lab; the claims about a role that is null are "not run"."""

    retention: Name
    """Key of `probes`: one with a target, and with sources that a recipe may lose."""
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
    """Key of `runs`: ProMoT whose second stage trains the soft prompt too."""
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
    """Key of `runs`: all weights, with the penalty L2-SP."""
    ewc: Name | None = None
    """Key of `runs`: all weights, with the penalty EWC."""
    kl: Name | None = None
    """Key of `runs`: all weights, with the KL divergence from the base as penalty."""
    dft: Name | None = None
    """Key of `runs`: all weights, with the loss dft."""
    lower_frozen: Name | None = None
    """Key of `runs`: only the upper blocks are trained."""
    wise: Name | None = None
    """Key of `runs`: weights between those of the base and of a tuned run (WiSE-FT)."""
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
    """The strategies on other bases than the lab's own, by base; with it, all of `sizes`."""
    figures: Figures = Figures()
    """Each figure's own settings."""

    @property
    def own_probes(self) -> list[str | None]:
        """The probes that claims and figures are about."""
        return [self.retention, self.abilities]

    @model_validator(mode="after")
    def _sizes_once(self) -> Self:
        if found := repeated(self.sizes):
            raise wrong("sizes", self.sizes, f"{found[0]} is given twice", "each once")
        return self

    @property
    def recipe_runs(self) -> dict[str, str]:
        """The run of each role that `retention` measures."""
        return {part: run for part in RECIPE_PARTS if (run := getattr(self, part))}

    def strategies(self, base: str) -> Strategies:
        """Return the strategies on one of the bases in `sizes`."""
        return self.scaling.get(base, self)


def check(study: Study, lab: Lab, where: str) -> None:
    """The runs of the recipes lab are measured by its probes."""
    refer_to_probe(study, f"{where}.retention", lab.retention, "text")
    retention = study.probes[lab.retention]
    assert isinstance(retention, TextProbe), "checked before"
    if retention.target is None:
        probes = [
            name for name in study.probes_of("text") if getattr(study.probes[name], "target", None)
        ]
        allowed = ", ".join(probes) or "none"
        raise wrong(f"{where}.retention", lab.retention, "has no target", allowed)
    for part, run in lab.recipe_runs.items():
        refer_to_measured(study, f"{where}.{part}", run, lab.retention)
    check_rehearsed(study, where, lab, retention)
    if lab.abilities:
        check_abilities(study, where, lab, lab.abilities)


def check_rehearsed(study: Study, where: str, lab: Lab, retention: TextProbe) -> None:
    """Recipes train on no held-out source but those that may be rehearsed; the level is kept."""
    others = {*retention.asked} - {retention.target, *retention.same_format, *retention.rehearsed}
    measured = study.runs_measured(lab.retention)
    merged = [other for run in measured for other in study.runs_merged(run)]
    for run in dict.fromkeys([*measured, *merged]):
        for index, stage in enumerate(study.recipe_of(run).stages):
            for place, source in sources_of(stage):
                if plain_source(source) in others:
                    raise wrong(
                        f"recipes.{study.runs[run].recipe}.stages.{index}.{place}",
                        source,
                        f"held out by probes.{lab.retention}",
                        f"any other, or add it to probes.{lab.retention}.rehearsed",
                    )
    world = study.worlds[retention.world]
    if lab.level is not None and isinstance(world, TextWorld):
        kept = [str(level) for level in world.levels]
        reason = f"no level of worlds.{retention.world}"
        refer(f"{where}.level", str(lab.level), kept, reason)


def check_abilities(study: Study, where: str, lab: Lab, probe: str) -> None:
    """The abilities and the strategies are those that their probe measures."""
    refer_to_probe(study, f"{where}.abilities", probe, "text")
    abilities = study.probes[probe]
    assert isinstance(abilities, TextProbe), "checked before"
    for part in ("mathematics", "code", "general"):
        if source := getattr(lab, part):
            reason = f"no source of probes.{probe}"
            refer(f"{where}.{part}", source, abilities.asked, reason)
    for base in (*lab.sizes, *lab.scaling):
        key = "sizes" if base in lab.sizes else "scaling"
        refer(f"{where}.{key}", base, study.bases_in(abilities.world), "no base of that world")
    for base, strategies in (("", lab), *lab.scaling.items()):
        within = f"{where}.scaling.{base}" if base else where
        for part, run in strategies.runs.items():
            refer_to_measured(study, f"{within}.{part}", run, probe)
            if base and (found := study.runs[run].base) != base:
                raise wrong(f"{within}.{part}", run, f"a run of {found}", f"runs of {base}")
