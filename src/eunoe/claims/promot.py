"""Wang et al. (ICLR 2024, arXiv 2211.00635): ProMoT, a soft prompt first, then all weights.

Claims keep the numbers of `P1` to `P16`; those that the paper does not number are missing there
too. Points are hundredths. Where the paper gives updates of its 1,000, the same share of the run's
is meant. A predicate of several conditions is a margin: by how much the worst of them holds. A
least difference over sources errs to the low side. Thresholds were written before any result.
"""

import numpy as np
from numpy.typing import NDArray

from eunoe.claims.ledger import Ledger
from eunoe.claims.recipes_evidence import Evidence
from eunoe.recipes.equal_target import Passage, t_replicates
from eunoe.recipes.results import Asked, Course
from eunoe.results import Model, NotRun
from eunoe.statistics import Array, largest, least

PROMOT = "Wang et al. 2024"
ABLATION = "Wang et al. 2024, ablations"
GRADIENTS = "Wang et al. 2024, where specialisation starts"

Updates = NDArray[np.int64]

ledger: Ledger[Evidence] = Ledger()


# Plain fine-tuning specialises in the format


@ledger.claim(
    "P1",
    PROMOT,
    "Plain fine-tuning answers every task in the target's format: at least 90% of replies on "
    "held-out tasks after 30% of its updates, 99% after half; its base, at most 5%.",
    "least margin of the three conditions",
    above=0.0,
)
def plain_specialises(evidence: Evidence) -> Array:
    """T5 XXL tuned on RTE, after 300 and 500 of 1,000 updates."""
    run = evidence.run("plain")
    course = specialisation(evidence, run)
    early, half = (evidence.curves.replicates(at(course, part)) for part in (0.3, 0.5))
    base = evidence.kept(evidence.base_of(run), "specialised")
    return least([early - 0.9, half - 0.99, 0.05 - base])


@ledger.claim(
    "P2",
    PROMOT,
    "Plain fine-tuning leaves little of the held-out tasks.",
    "mean score on held-out tasks, plain over base,",
    below=0.2,
)
def plain_keeps_little(evidence: Evidence) -> Array:
    """.03 / 7.34 on RTE, 1.09 / 7.34 on En-Fr; .55 of PaLM 8B, which contradicts it."""
    return evidence.kept_share("plain")


@ledger.claim(
    "P3",
    PROMOT,
    "ProMoT without its prompt keeps the held-out tasks.",
    "mean score on held-out tasks, ProMoT over base,",
    above=0.9,
)
def promot_keeps_most(evidence: Evidence) -> Array:
    """.98 on RTE, 1.36 on En-Fr; .85 of PaLM 8B, which contradicts it."""
    return evidence.kept_share("promot")


# The target


@ledger.claim(
    "P5",
    PROMOT,
    "With its prompt, ProMoT is at most one point below plain fine-tuning on the target.",
    "target score of ProMoT minus plain",
    above=-0.01,
)
def promot_learns_the_target(evidence: Evidence) -> Array:
    """4 of 4 targets of mT5."""
    return evidence.on_target(evidence.run("promot")) - evidence.on_target(evidence.run("plain"))


@ledger.claim(
    "P6",
    PROMOT,
    "On the target, ProMoT beats prompt tuning alone.",
    "target score of ProMoT minus prompt tuning",
    above=0.0,
)
def promot_beats_its_prompt(evidence: Evidence) -> Array:
    """4 of 4."""
    prompt = evidence.run("prompt_tuning")
    return evidence.on_target(evidence.run("promot")) - evidence.on_target(prompt)


@ledger.claim(
    "P8",
    PROMOT,
    "ProMoT beats plain fine-tuning on every held-out task.",
    "least score of ProMoT minus plain over held-out tasks",
    above=0.0,
)
def promot_beats_plain_everywhere(evidence: Evidence) -> Array:
    """6 of 6, both targets."""
    promot, plain = evidence.run("promot"), evidence.run("plain")
    results = evidence.retention
    return least(
        results.used(promot, Asked(source)) - results.used(plain, Asked(source))
        for source in evidence.kept_sources
    )


# What it needs


@ledger.claim(
    "P9",
    ABLATION,
    "What leaves out a part of ProMoT keeps nothing: prompt and weights in one stage, a fixed "
    "random prompt, plain fine-tuning with a demonstration.",
    "largest mean score on held-out tasks of the three, over base,",
    below=0.05,
)
def ablations_keep_nothing(evidence: Evidence) -> Array:
    """.23, .19 and .01 against 7.34: at most .03 of it."""
    return largest(evidence.kept_share(part) for part in ("joint", "random_prompt", "demonstrated"))


@ledger.claim(
    "P10",
    ABLATION,
    "LoRA in place of the soft prompt in stage one is worse on the target and on held-out tasks.",
    "lesser of the two scores of ProMoT minus LoRA first",
    above=0.0,
)
def lora_first_is_worse(evidence: Evidence) -> Array:
    """39.1 and 40.0 against 41.3; 2.1 and 2.5 against 9.95."""
    promot, other = evidence.run("promot"), evidence.run("lora_first")
    return least(score(promot) - score(other) for score in (evidence.on_target, evidence.kept))


@ledger.claim(
    "P11",
    "Wang et al. 2024, several tasks",
    "Tuned on several targets with a prompt for each, ProMoT keeps at least three points more of "
    "other tasks than plain fine-tuning, at target scores within one point.",
    "lesser of the margins of held-out score and of target score",
    above=0.0,
)
def promot_keeps_more_of_several(evidence: Evidence) -> Array:
    """+5.8 on the mean of 8 tasks."""
    promot, plain = evidence.run("promot_several"), evidence.run("plain_several")
    results, asked = evidence.retention, Asked(evidence.asked_target)
    deployment = results.deployments.get(promot.name)
    targets = [name for name in results.sources if deployment and name in deployment.sources]
    others = [name for name in evidence.kept_sources if name not in targets]

    def gain(sources: list[str]) -> Array:
        return results.used_over(promot, sources, asked) - results.used_over(plain, sources, asked)

    return least([gain(others) - 0.03, gain(targets) + 0.01])


# Where it comes from


@ledger.claim(
    "P13",
    GRADIENTS,
    "Plain fine-tuning learns the format first: its gradient is along that of shuffled labels "
    "(cosine at least .9) at the first update, and no longer (at most .3) once 95% of replies on "
    "held-out tasks are in the target's format.",
    "lesser margin of the two cosines",
    above=0.0,
)
def format_is_learnt_first(evidence: Evidence) -> Array:
    """Figure only. No meaning in a seed that never specialises."""
    run = evidence.run("plain")
    course = specialisation(evidence, run)
    cosines = evidence.curves.course(run, "cosine.all")
    margins = [
        turning(course.updates, reached, cosines.updates, values)
        for reached, values in zip(course.values, cosines.values, strict=True)
    ]
    return evidence.curves.replicates(np.array(margins))


@ledger.claim(
    "P15",
    "Wang et al. 2024, counter-claim",
    "On a task of the target's own format, plain fine-tuning is better than ProMoT.",
    "score of plain minus ProMoT",
    above=0.0,
)
def plain_helps_its_own_format(evidence: Evidence) -> Array:
    """CB after RTE: 73.2 against 66.1."""
    source = evidence.chapter.same_format
    if source is None:
        raise NotRun("chapters.recipes.same_format is null")
    results, asked = evidence.retention, Asked(source)
    return results.used(evidence.run("plain"), asked) - results.used(evidence.run("promot"), asked)


@ledger.claim(
    "P16",
    PROMOT,
    "At equal target score, over all checkpoints, ProMoT keeps at least as much as plain.",
    "retention of ProMoT minus plain, mean over target scores from half way to what both reach,",
    above=0.0,
)
def promot_keeps_more_at_equal_target(evidence: Evidence) -> Array:
    """Figure only. Validation examples, Student's t over seeds."""
    promot, plain = evidence.passage("promot"), evidence.passage("plain")
    levels = levels_of(promot, plain)
    margins = [promot.retention_at(level) - plain.retention_at(level) for level in levels]
    return t_replicates(np.mean(margins, axis=0), evidence.curves.bootstrap)


def specialisation(evidence: Evidence, run: Model) -> Course:
    """Return the share of held-out replies in the target's format while a run is trained.

    Over the held-out sources that are monitored; NotRun if none is.
    """
    known = set(evidence.curves.measures(run))
    found = [
        evidence.curves.used(run, source, "specialised")
        for source in evidence.kept_sources
        if f"plain.specialised.{source}" in known
    ]
    if not found:
        raise NotRun(f"no held-out source is monitored in run {run.name}")
    first = found[0]
    mean = np.mean([course.values for course in found], axis=0)
    return Course(first.stages, first.steps, first.updates, mean)


def levels_of(one: Passage, other: Passage) -> Array:
    """Return target scores, (6, seeds), from half way between the untuned base and the score that
    both reach; NotRun if one learns nothing."""
    start, end = one.untuned, np.minimum(one.best, other.best)
    if (end <= start).any():
        raise NotRun("plain or ProMoT learns nothing of the target in some seed")
    return np.linspace(start + (end - start) / 2, end, 6)


def at(course: Course, part: float) -> Array:
    """Return the values (seeds,) after part of the updates, between checkpoints on a line."""
    update = part * course.updates[-1]
    return np.array([np.interp(update, course.updates, values) for values in course.values])


def turning(updates: Updates, specialised: Array, when: Updates, cosines: Array) -> float:
    """Return the margin of P13 in one seed; NaN if 95% is never reached."""
    reached = np.flatnonzero(specialised >= 0.95)
    if not reached.size:
        return float("nan")
    then = np.interp(updates[reached[0]], when, cosines)
    return float(min(cosines[0] - 0.9, 0.3 - then))
