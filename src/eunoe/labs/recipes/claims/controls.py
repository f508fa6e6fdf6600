"""Controls of the recipes lab: learning of the target, its format, and recovery.

The best transform is chosen for each seed on validation items of the other seeds.
"""

from eunoe.labs.recipes.evidence import BEYOND, CONTROL, Evidence
from eunoe.report.ledger import Ledger
from eunoe.results.models import Model, NotRun
from eunoe.results.text.cells import Attached, queries_of, query_of
from eunoe.results.text.results import Results
from eunoe.statistics.quantities import Ratio
from eunoe.statistics.redraws import Array
from eunoe.statistics.selection import at_chosen, best_by_others

ledger: Ledger[Evidence] = Ledger()


@ledger.claim(
    "C1",
    CONTROL,
    "Before fine-tuning, the base does the held-out tasks.",
    "mean score of the base on held-out tasks",
    above=0.5,
)
def base_can(evidence: Evidence) -> Array:
    """A capability that the base lacks cannot be kept."""
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
    with_it, without = (query_of(target, attached=attached) for attached in ("yes", "no"))
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
    return specialised(evidence, "promot", attached="no")


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
    return specialised(evidence, "promot", attached="yes")


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
    return specialised(evidence, "prompt_tuning", attached="yes")


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


def gained(evidence: Evidence, part: str) -> Array:
    """Return what a run gains over its base on the target."""
    run = evidence.run(part)
    return evidence.on_target(run) - evidence.on_target(evidence.base_of(run))


def specialised(evidence: Evidence, part: str, *, attached: Attached) -> Array:
    """Return the share of a run's held-out replies in the target's format."""
    queries = queries_of(evidence.kept_sources, attached=attached, measure="specialised")
    return evidence.retention.mean_over(evidence.run(part), queries)


def transformed(evidence: Evidence) -> tuple[list[str], list[str]]:
    """Return the held-out sources that are asked through transforms, and for each seed the
    transform that serves the plain run best on validation items of the others; NotRun if there
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
    return results.mean_over(model, queries_of(sources, transform=transform))


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
