"""Controls of the recipes lab, and what a practitioner would try before ProMoT or DMT.

Recipes are compared where they have learnt the target equally well: at the checkpoint of their last
stage that first reaches `labs.recipes.level` on validation examples. What it keeps, the mean
score on held-out sources over the base's, is of test examples, like everything else here, and of
sources that no recipe trains on. The transform that serves best is chosen for each seed on
validation examples of the others.
"""

import numpy as np

from eunoe.labs.recipes.composition import (
    ABILITIES,
    FEW,
    alone,
    by_fraction,
    least_rehearsing,
    rehearsed_share,
)
from eunoe.labs.recipes.evidence import BEYOND, CONTROL, Evidence
from eunoe.report.ledger import Ledger
from eunoe.results.models import Model, NotRun
from eunoe.results.recipes.arrays import Asked, Results
from eunoe.statistics.quantities import Known, Ratio
from eunoe.statistics.redraws import Array
from eunoe.statistics.selection import at_chosen, best_by_others
from eunoe.statistics.several import Least, least

NEIGHBOUR = "neighbours at equal target score"

ledger: Ledger[Evidence] = Ledger()


# What there is to lose, and what is learnt


@ledger.claim(
    "C1",
    CONTROL,
    "Before fine-tuning, the base does the held-out tasks.",
    "mean score of the base on held-out tasks",
    above=0.5,
)
def base_can(evidence: Evidence) -> Array:
    """What was never there cannot be kept."""
    return evidence.kept(evidence.base_of(evidence.run("plain")))


@ledger.claim(
    "C2",
    CONTROL,
    "Plain fine-tuning learns the target.",
    "target score of plain minus base",
    above=0.1,
)
def plain_learns(evidence: Evidence) -> Array:
    """A recipe that learns nothing keeps everything."""
    return gained(evidence, "plain")


@ledger.claim(
    "C3",
    CONTROL,
    "Stage one learns: the prompt alone lifts the target score.",
    "target score of prompt tuning minus base",
    above=0.1,
)
def prompt_learns(evidence: Evidence) -> Array:
    """A soft prompt that learns nothing makes ProMoT meaningless."""
    return gained(evidence, "prompt_tuning")


@ledger.claim(
    "C4",
    CONTROL,
    "The prompt alone beats a coin.",
    "target score of prompt tuning",
    above=0.5,
)
def prompt_beats_chance(evidence: Evidence) -> Array:
    """The chance of a target with two labels; more labels have less."""
    return evidence.on_target(evidence.run("prompt_tuning"))


@ledger.claim(
    "C5",
    CONTROL,
    "What ProMoT has learnt needs its prompt.",
    "target score with the prompt minus without",
    above=0.0,
    margin=0.02,
    premises=["C3"],
)
def promot_needs_its_prompt(evidence: Evidence) -> Array:
    """Otherwise stage two has learnt it all."""
    run, results = evidence.run("promot"), evidence.retention
    target = evidence.asked_target
    with_it, without = (Asked(target, attached=attached) for attached in (True, False))
    return results.mean(run, with_it) - results.mean(run, without)


@ledger.claim(
    "C30",
    CONTROL,
    "Plain fine-tuning specialises: in the end most of its replies on held-out tasks are in the "
    "target's format.",
    "share of such replies",
    above=0.5,
)
def plain_ends_specialised(evidence: Evidence) -> Array:
    """Where it does not, ProMoT has nothing to prevent."""
    return evidence.kept(evidence.run("plain"), "specialised")


# Where the format sits


@ledger.claim(
    "C6",
    CONTROL,
    "Without its prompt, ProMoT hardly answers held-out tasks in the target's format.",
    "share of such replies",
    below=0.05,
    premises=["C3", "C30"],
)
def promot_is_not_specialised(evidence: Evidence) -> Array:
    """Not measured in the paper."""
    return specialised(evidence, "promot", attached=False)


@ledger.claim(
    "C7",
    CONTROL,
    "With its prompt, ProMoT answers most of the held-out tasks in the target's format.",
    "share of such replies",
    above=0.5,
    premises=["C3", "C30"],
)
def promot_is_specialised_with_its_prompt(evidence: Evidence) -> Array:
    """So that the format is in the prompt."""
    return specialised(evidence, "promot", attached=True)


@ledger.claim(
    "C8",
    CONTROL,
    "The prompt alone makes the base answer most held-out tasks in the target's format.",
    "share of such replies",
    above=0.5,
    premises=["C3", "C30"],
)
def prompt_specialises(evidence: Evidence) -> Array:
    """After stage one."""
    return specialised(evidence, "prompt_tuning", attached=True)


@ledger.claim(
    "C9",
    BEYOND,
    "Most of what plain fine-tuning loses on held-out tasks is lost to another format.",
    "rise of replies in a wrong format over the drop in score",
    above=0.5,
    premises=["C1"],
)
def loss_is_of_format(evidence: Evidence) -> Ratio:
    """The rest are wrong replies in the right format."""
    run = evidence.run("plain")
    base = evidence.base_of(run)
    formatted, right = (
        evidence.kept(base, measure) - evidence.kept(run, measure)
        for measure in ("formatted", "right")
    )
    return Ratio(formatted, right, "what plain fine-tuning loses elsewhere")


# Lost, or suppressed?


@ledger.claim(
    "C10",
    BEYOND,
    "Conjugate prompting wins back part of what plain fine-tuning loses.",
    "share of the drop recovered by the transform that serves best",
    above=0.0,
    margin=0.1,
    premises=["C1"],
    guards=["C11"],
)
def loss_comes_back(evidence: Evidence) -> Ratio:
    """What comes back was suppressed, not lost."""
    run = evidence.run("plain")
    lost = through(evidence, evidence.base_of(run)) - through(evidence, run)
    return Ratio(gain_of(evidence, run), lost, "what plain fine-tuning loses elsewhere")


@ledger.claim(
    "C11",
    CONTROL,
    "That transform gains the tuned model more than it gains its base.",
    "gain of plain minus gain of the base",
    above=0.0,
    margin=0.02,
)
def gain_beats_the_bases(evidence: Evidence) -> Array:
    """A transform that helps every model recovers nothing."""
    run = evidence.run("plain")
    return gain_of(evidence, run) - gain_of(evidence, evidence.base_of(run))


@ledger.claim(
    "C12",
    BEYOND,
    "That transform gains plain fine-tuning more than it gains ProMoT.",
    "gain of plain minus gain of ProMoT",
    above=0.0,
    margin=0.02,
    premises=["C30"],
)
def promot_has_less_to_recover(evidence: Evidence) -> Array:
    """What ProMoT keeps is not suppressed."""
    return gain_of(evidence, evidence.run("plain")) - gain_of(evidence, evidence.run("promot"))


# Neighbours

NEIGHBOURS = {
    "plain_cool": "plain fine-tuning at the same rate",
    "lora": "LoRA",
    "replay": "replay of pretraining data",
    "self_replay": "self-generated replay",
    "kl": "a KL penalty towards the base",
    "l2_sp": "L2-SP",
    "ewc": "EWC",
    "dft": "the loss DFT",
    "lower_frozen": "freezing the lower layers",
    "wise": "interpolation with the base (WiSE-FT)",
}
"""Parts of the chapter, and what they are."""


def register_neighbour(number: int, part: str, what: str) -> None:
    """Register the claim that ProMoT keeps more than a neighbour."""

    @ledger.claim(
        f"C{number}",
        NEIGHBOUR,
        f"At equal target score, ProMoT keeps more than {what}.",
        "retention of ProMoT minus the neighbour's",
        above=0.0,
        margin=0.02,
        primary=part == "replay",
        premises=["C1", "C3"],
    )
    def keeps_more(evidence: Evidence) -> Ratio:
        return evidence.keeps_more("promot_cool", part)


for number, (part, what) in enumerate(NEIGHBOURS.items(), start=13):
    register_neighbour(number, part, what)


@ledger.claim(
    "C23",
    BEYOND,
    "ProMoT keeps more than if its prompt is trained on in stage two.",
    "mean score on held-out tasks, prompt frozen minus not",
    above=0.0,
    margin=0.02,
    premises=["C3", "C30"],
)
def freezing_matters(evidence: Evidence) -> Array:
    """An ablation that the paper does not have."""
    return evidence.kept(evidence.run("promot")) - evidence.kept(evidence.run("unfrozen"))


@ledger.claim(
    "C24",
    BEYOND,
    "A demonstration in front of every training prompt makes ProMoT keep more.",
    "mean score on held-out tasks, with demonstrations minus without",
    above=0.0,
    margin=0.02,
    premises=["C3"],
)
def demonstrations_help(evidence: Evidence) -> Array:
    """The paper's +1-shot."""
    shown = evidence.run("promot_demonstrated")
    return evidence.kept(shown) - evidence.kept(evidence.run("promot"))


# Data composition


@ledger.claim(
    "C25",
    CONTROL,
    "Each ability is learnt from all of its data alone.",
    "least gain of an ability over the base",
    above=0.05,
)
def abilities_are_learnt(evidence: Evidence) -> Least:
    """Otherwise there is nothing to conflict."""
    gains = {}
    for ability in ABILITIES:
        after = alone(evidence, "", evidence.chapter, ability, "1")
        run = by_fraction(getattr(evidence.chapter.single, ability), f"single.{ability}", "1")
        base = Model("base", evidence.bases[run])
        gains[ability] = after - evidence.ability(base, ability)
    return least(gains)


@ledger.claim(
    "C26",
    CONTROL,
    "Strategies are compared after equally many updates.",
    "most updates over fewest, of multi-task, sequential, mixed sequential and DMT,",
    below=1.01,
)
def updates_are_matched(evidence: Evidence) -> Known:
    """The paper's differ."""
    parts = ("multi_task", "sequential", "mixed_sequential")
    runs = [evidence.run(part).name for part in parts]
    runs.append(by_fraction(evidence.chapter.dmt, "dmt", FEW))
    updates = [updates_of(evidence, run) for run in runs]
    return Known(max(updates) / min(updates), seeds_of(evidence))


@ledger.claim(
    "C27",
    CONTROL,
    "Rehearsing 1/256 is at most 1% of the last stage's tokens too.",
    "share of tokens",
    below=0.01,
)
def rehearsal_is_cheap_in_tokens(evidence: Evidence) -> Known:
    """Specialised examples may be longer than general ones."""
    return Known(rehearsed_share(evidence, "token_share"), seeds_of(evidence))


@ledger.claim(
    "C28",
    "control, after arXiv 2412.13337",
    "Phased training (mixed sequential) is no worse than stacked (multi-task) over all abilities.",
    "mean score of mixed sequential minus multi-task over the abilities",
    at_least=0.0,
    margin=0.02,
    premises=["C25"],
)
def phases_do_not_matter(evidence: Evidence) -> Array:
    """A later study finds no difference; two points of tolerance."""
    phased, stacked = evidence.run("mixed_sequential"), evidence.run("multi_task")
    differences = [
        evidence.ability(phased, ability) - evidence.ability(stacked, ability)
        for ability in ABILITIES
    ]
    return np.mean(differences, axis=0)


@ledger.claim(
    "C29",
    BEYOND,
    "Rehearsing the smallest fraction with enough examples keeps at least four points of "
    "mathematics.",
    "mathematics, DMT with that fraction minus mixed sequential",
    above=0.04,
    premises=["C25", "D8"],
)
def a_larger_pinch_keeps_mathematics(evidence: Evidence) -> Array:
    """D9 where 1/256 are too few examples to learn from."""
    run = least_rehearsing(evidence)
    sequential = evidence.run("mixed_sequential")
    return evidence.ability(run, "mathematics") - evidence.ability(sequential, "mathematics")


# What they share


def seeds_of(evidence: Evidence) -> int:
    """Return how many seeds were run."""
    return int(evidence.costs["seed"].nunique())


def gained(evidence: Evidence, part: str) -> Array:
    """Return what a run gains over its base on the target."""
    run = evidence.run(part)
    return evidence.on_target(run) - evidence.on_target(evidence.base_of(run))


def specialised(evidence: Evidence, part: str, *, attached: bool) -> Array:
    """Return the share of a run's held-out replies in the target's format."""
    asked = Asked(evidence.asked_target, attached=attached, measure="specialised")
    return evidence.retention.mean_over(evidence.run(part), evidence.kept_sources, asked)


def transformed(evidence: Evidence) -> tuple[list[str], list[str]]:
    """Return the held-out sources that are asked through transforms, and for each seed the
    transform that serves the plain run best on validation examples of the others; NotRun if there
    is none."""
    results = evidence.probe("retention", "validation")
    names = [name for name in results.transforms if name != "identity"]
    wanted = [
        source
        for source in evidence.kept_sources
        if names and set(names) <= set(results.transforms_of(source))
    ]
    if not wanted:
        raise NotRun("no held-out source is asked through transforms")
    run = evidence.run("plain")

    return wanted, best_by_others(names, [scored(results, run, wanted, name)[0] for name in names])


def scored(results: Results, model: Model, sources: list[str], transform: str) -> Array:
    """Return the mean score on sources through a transform."""
    return results.used_over(model, sources, Asked(sources[0], transform))


def through(evidence: Evidence, model: Model, *, conjugate: bool = False) -> Array:
    """Return the mean score on the sources that are asked through transforms, as they are or
    through the best transform."""
    sources, best = transformed(evidence)

    def at(transform: str) -> Array:
        return scored(evidence.retention, model, sources, transform)

    return at_chosen(best, at) if conjugate else at("identity")


def gain_of(evidence: Evidence, model: Model) -> Array:
    """Return what the best transform gains a model."""
    return through(evidence, model, conjugate=True) - through(evidence, model)


def updates_of(evidence: Evidence, run: str) -> float:
    """Return the updates of a run, mean over seeds; NotRun if its costs are not known."""
    rows = evidence.costs
    rows = rows[(rows["kind"] == "run") & (rows["model"] == run)]
    if rows.empty:
        raise NotRun(f"no costs of run {run}")
    return float(rows["updates"].sum() / rows["seed"].nunique())
