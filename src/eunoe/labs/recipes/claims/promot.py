"""Wang et al. (ICLR 2024, arXiv 2211.00635): ProMoT, a soft prompt first, then all weights.

Claims keep the numbers of `P1` to `P16`; those that the paper does not number are missing there
too. Points are hundredths. Where the paper gives updates of its 1,000, the same share of the run's
is meant. A predicate of several conditions must hold in each. Thresholds were written before any
result.

The claims are asked at a rate at which plain fine-tuning specialises (C30); elsewhere they would
test nothing of the mechanism.
"""

import numpy as np
from numpy.typing import NDArray

from eunoe.labs.recipes.evidence import Evidence
from eunoe.report.ledger import Ledger
from eunoe.results.models import Model, NotRun
from eunoe.results.text.cells import queries_of, query_of
from eunoe.results.text.trajectories import Trajectory
from eunoe.statistics.quantities import PremiseNotMet, Ratio
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import Largest, Least, least

PROMOT = "Wang et al. 2024"
ABLATION = "Wang et al. 2024, ablations"
GRADIENTS = "Wang et al. 2024, where specialisation starts"

SPECIALISES = ["C1", "C2", "C30"]
"""Premises of every claim about plain fine-tuning's specialisation."""
PROMPTED = [*SPECIALISES, "C3"]
"""Premises of claims about ProMoT: its first stage must learn something."""

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
def plain_specialises(evidence: Evidence) -> Least:
    """T5 XXL tuned on RTE, after 300 and 500 of 1,000 updates."""
    run = evidence.run("plain")
    trajectory, sources = specialisation(evidence, run)
    prompts = evidence.monitored.get(run.name)
    asked = prompts * sources if prompts else None
    early, half = (evidence.curves.redraws(at(trajectory, part), asked) for part in (0.3, 0.5))
    base = evidence.kept(evidence.base_of(run), "specialised")
    return least({"early": early - 0.9, "half way": half - 0.99, "base": 0.05 - base})


@ledger.claim(
    "P2",
    PROMOT,
    "Plain fine-tuning leaves little of the held-out tasks.",
    "mean score on held-out tasks, plain over base,",
    below=0.2,
    primary=True,
    premises=SPECIALISES,
)
def plain_keeps_little(evidence: Evidence) -> Ratio:
    """.03 / 7.34 on RTE, 1.09 / 7.34 on En-Fr; .55 of PaLM 8B, which contradicts it."""
    return evidence.kept_share("plain")


@ledger.claim(
    "P3",
    PROMOT,
    "ProMoT without its prompt keeps the held-out tasks.",
    "mean score on held-out tasks, ProMoT over base,",
    above=0.9,
    primary=True,
    premises=PROMPTED,
)
def promot_keeps_most(evidence: Evidence) -> Ratio:
    """.98 on RTE, 1.36 on En-Fr; .85 of PaLM 8B, which contradicts it."""
    return evidence.kept_share("promot")


# The target


@ledger.claim(
    "P5",
    PROMOT,
    "With its prompt, ProMoT is at most one point below plain fine-tuning on the target.",
    "target score of ProMoT minus plain",
    at_least=0.0,
    margin=0.01,
    primary=True,
    premises=PROMPTED,
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
    margin=0.02,
    premises=PROMPTED,
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
    primary=True,
    premises=PROMPTED,
)
def promot_beats_plain_everywhere(evidence: Evidence) -> Least:
    """6 of 6, both targets."""
    promot, plain = evidence.run("promot"), evidence.run("plain")
    results = evidence.retention
    return least(
        {
            source: results.mean(promot, query_of(source)) - results.mean(plain, query_of(source))
            for source in evidence.kept_sources
        }
    )


# What it needs


@ledger.claim(
    "P9",
    ABLATION,
    "What leaves out a part of ProMoT keeps nothing: prompt and weights in one stage, a fixed "
    "random prompt, plain fine-tuning with a demonstration.",
    "largest mean score on held-out tasks of the three, over base,",
    below=0.05,
    premises=SPECIALISES,
)
def ablations_keep_nothing(evidence: Evidence) -> Largest:
    """.23, .19 and .01 against 7.34: at most .03 of it."""
    parts = ("joint", "random_prompt", "demonstrated")
    return Largest({part: evidence.kept_share(part) for part in parts})


@ledger.claim(
    "P10",
    ABLATION,
    "LoRA in place of the soft prompt in stage one is worse on the target and on held-out tasks.",
    "lesser of the two scores of ProMoT minus LoRA first",
    above=0.0,
    premises=PROMPTED,
)
def lora_first_is_worse(evidence: Evidence) -> Least:
    """39.1 and 40.0 against 41.3; 2.1 and 2.5 against 9.95."""
    promot, other = evidence.run("promot"), evidence.run("lora_first")
    scores = {"target": evidence.on_target, "held-out tasks": evidence.kept}
    return least({name: score(promot) - score(other) for name, score in scores.items()})


@ledger.claim(
    "P11",
    "Wang et al. 2024, several tasks",
    "Tuned on several targets with a prompt for each, ProMoT keeps at least three points more of "
    "other tasks than plain fine-tuning, at target scores at most one point lower.",
    "lesser of the margins of held-out score and of target score",
    above=0.0,
    premises=["C1"],
)
def promot_keeps_more_of_several(evidence: Evidence) -> Least:
    """+5.8 on the mean of 8 tasks."""
    promot, plain = evidence.run("promot_several"), evidence.run("plain_several")
    results = evidence.retention
    scope = results.adapter_scopes.get(promot.name)
    targets = [name for name in results.sources if scope and name in scope.sources]
    others = [name for name in evidence.kept_sources if name not in targets]

    def gain(sources: list[str]) -> Array:
        queries = queries_of(sources)
        return results.mean_over(promot, queries) - results.mean_over(plain, queries)

    return least({"held-out tasks": gain(others) - 0.03, "targets": gain(targets) + 0.01})


# Where it comes from


@ledger.claim(
    "P13",
    GRADIENTS,
    "Plain fine-tuning learns the format first: its gradient is along that of shuffled labels "
    "(cosine at least .9) at the first update, and no longer (at most .3) once 95% of replies on "
    "held-out tasks are in the target's format.",
    "lesser margin of the two cosines",
    above=0.0,
    premises=SPECIALISES,
)
def format_is_learnt_first(evidence: Evidence) -> Least:
    """Figure only. There is nothing to test in a seed that never specialises."""
    run = evidence.run("plain")
    trajectory, _ = specialisation(evidence, run)
    cosines = evidence.curves.trajectory(run, "cosine.all")
    pairs = zip(trajectory.values, cosines.values, strict=True)
    then = [at_turning(trajectory.updates, reached, cosines.updates, row) for reached, row in pairs]
    first = evidence.curves.redraws(cosines.values[:, 0])
    return least({"first": first - 0.9, "then": 0.3 - evidence.curves.redraws(np.array(then))})


@ledger.claim(
    "P15",
    "Wang et al. 2024, counter-claim",
    "On a task of the target's own format, plain fine-tuning is better than ProMoT.",
    "score of plain minus ProMoT",
    above=0.0,
    margin=0.02,
    premises=PROMPTED,
)
def plain_helps_its_own_format(evidence: Evidence) -> Array:
    """CB after RTE: 73.2 against 66.1."""
    if not evidence.same_format:
        raise NotRun(f"probes.{evidence.settings.retention}.same_format is empty")
    results, queries = evidence.retention, queries_of(evidence.same_format)
    plain, promot = evidence.run("plain"), evidence.run("promot")
    return results.mean_over(plain, queries) - results.mean_over(promot, queries)


@ledger.claim(
    "P16",
    PROMOT,
    "At equal target score ProMoT keeps at least as much as plain, at every level that both reach.",
    "retention of ProMoT minus plain",
    at_least=0.0,
    margin=0.02,
    primary=True,
    premises=PROMPTED,
)
def promot_keeps_more_at_equal_target(evidence: Evidence) -> Least:
    """Figure only. Levels that one of them misses, or passes by, are left out."""
    if not evidence.levels:
        raise NotRun("no level of the target is in the world's settings")
    found, missed = {}, []
    for level in evidence.levels:
        try:
            found[f"{level:.0%}"] = evidence.keeps_more("promot", "plain", level)
        except PremiseNotMet as reason:
            missed.append(str(reason))
    if not found:
        raise PremiseNotMet("; ".join(missed))
    return Least(found)


def specialisation(evidence: Evidence, run: Model) -> tuple[Trajectory, int]:
    """Return the share of held-out replies in the target's format while a run is trained, and over
    how many sources.

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
    mean = np.mean([trajectory.values for trajectory in found], axis=0)
    return Trajectory(first.stages, first.steps, first.updates, mean), len(found)


def at(trajectory: Trajectory, part: float) -> Array:
    """Return the values (seeds,) after part of the updates, between checkpoints on a line."""
    update = part * trajectory.updates[-1]
    return np.array([np.interp(update, trajectory.updates, values) for values in trajectory.values])


def at_turning(updates: Updates, specialised: Array, when: Updates, cosines: Array) -> float:
    """Return the cosine of one seed at the first checkpoint at which 95% of held-out replies are in
    the target's format; PremiseNotMet if there is none."""
    reached = np.flatnonzero(specialised >= 0.95)
    if not reached.size:
        most = specialised.max()
        raise PremiseNotMet(f"a seed never specialises: at most {most:.1%} of the replies, not 95%")
    return float(np.interp(updates[reached[0]], when, cosines))
