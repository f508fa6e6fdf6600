"""Kotha, Springer and Raghunathan (ICLR 2024), the regression lab, and the controls it lacks.

Errors are mean squared, against <w, x> without noise, in units of d tau^2 (1: predicting zero).
"few" exemplars are 1 to `labs.regression.few`; D_cont and D_disc are the sources "continuous"
and "bank". On the source that it is optimal for, a predictor's error over the optimum is the mean
squared distance of its answers from the optimal ones, so R1 and R2 compare answers too.

gamma is the scaling with the least error of the tuned model on D_cont's validation prompts at few
exemplars, chosen for each seed by the others, so that its luck is not judged with it; what is
reported is measured on test prompts.

A share of what was forgotten is judged only where something surely was. Recovery counts where it
passes its controls R10, R12, R13, R14 and R20; the task weight where R17 says that it means
something.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eunoe.config.worlds import RegressionWorld
from eunoe.labs.regression.settings import Lab
from eunoe.report.ledger import Ledger
from eunoe.results.regression.arrays import Items, Model, NotRun, Results
from eunoe.results.regression.summary import quantile_bins, ranges, scale_of
from eunoe.statistics.quantities import Mean, Quantity, Ratio, ratio_difference
from eunoe.statistics.redraws import Array
from eunoe.statistics.selection import at_chosen, best_by_others

PAPER = "Kotha et al. 2024"
CONTROL = "control, not in the paper"
Label = str | Sequence[str]
"""A transform's label, or that of each seed."""
ZERO, RIDGE = Model("ideal", "zero"), Model("ideal", "ridge")


@dataclass(frozen=True)
class Evidence:
    """A probe's results, with the parts that the models play."""

    results: Results
    world: RegressionWorld
    chapter: Lab
    tuned_base: str | None
    """The base of `chapter.tuned`."""
    tuned_alpha: float | None
    """That base's alpha."""

    def part(self, name: str) -> Model:
        """Return the model that plays a part; NotRun if none does."""
        if name == "base":
            found = Model("base", self.tuned_base) if self.tuned_base else None
        else:
            chosen = getattr(self.chapter, name)
            kind = "run" if name in ("tuned", "fresh") else "base"
            found = Model(kind, chosen) if chosen else None
        if found is None:
            raise NotRun(f"labs.regression.{name if name != 'base' else 'tuned'} is null")
        return found

    def error(
        self,
        model: Model,
        source: str = "continuous",
        transform: Label = "identity",
        counts: str = "few",
    ) -> Array:
        """Return the mean error over a range of exemplar counts, in d tau^2: (1 + R, seeds)."""

        def at(label: str) -> Array:
            return self.mean(self.results.error(model, source, label), counts)

        return through(transform, at)

    def mean(self, items: NDArray[np.floating], counts: str) -> Array:
        """Return each seed's mean over prompts and a range of exemplar counts: (1 + R, seeds)."""
        part = ranges(self.world.points, self.chapter.few).get(counts)
        if part is None:
            raise NotRun(f"no exemplar counts above labs.regression.few, {self.chapter.few}")
        return self.results.mean(items[..., part]).mean(-1) / scale_of(self.world)

    def labels(self, transform: str) -> list[str]:
        """Return the labels of all transforms of a name, such as scale; NotRun if none."""
        seen = {key[3] for key in self.results.errors}
        found = sorted(label for label in seen if label.split("(")[0] == transform)
        if not found:
            raise NotRun(f"no transform {transform}")
        return found

    def chosen(self, model: Model, transform: str = "scale") -> list[str]:
        """Return for each seed the transform with the least error on D_cont's validation prompts of
        the other seeds, at few exemplars.

        Shrinking competes with leaving the answers as they are, which is to divide them by 1.
        """
        labels = self.labels(transform) + (["identity"] if transform == "shrink" else [])
        errors = [
            self.mean(self.results.error(model, "continuous", label, split="validation"), "few")[0]
            for label in labels
        ]
        return best_by_others(labels, [-error for error in errors])

    def recovered(self, model: Model, before: Model, label: Label, counts: str = "few") -> Ratio:
        """Return the share of the distance from `model` to `before` that a transform covers;
        PremiseNotMet where `model` is not surely worse than `before`."""
        plain = self.error(model, counts=counts)
        return Ratio(
            plain - self.error(model, transform=label, counts=counts),
            plain - self.error(before, counts=counts),
            f"on D_cont at {counts} exemplars, the error of {model.name} minus {before.name}'s",
        )

    def weight(self, model: Model, label: Label = "identity") -> Array:
        """Return each seed's pooled task weight on D_cont at few exemplars: 1 discrete, 0 ridge."""

        def at(label: str) -> Array:
            return self.results.pooled_fit(model, "continuous", label, self.few_contexts())[0]

        return through(label, at)

    def bank_share(self, model: Model, label: Label = "identity") -> Array:
        """Return each seed's share of the bank in a fit with two free factors."""

        def at(label: str) -> Array:
            return self.results.pooled_share(model, "continuous", label, self.few_contexts())

        return through(label, at)

    def explained(self, model: Model) -> Array:
        """Return each seed's share of the answers that the two algorithms explain."""
        return self.results.pooled_fit(model, "continuous", "identity", self.few_contexts())[1]

    def few_contexts(self) -> list[int]:
        """Return the exemplar counts that count as few."""
        return list(range(1, self.chapter.few + 1))

    def ideal_mixture(self) -> Model:
        """Return the ideal predictor for the alpha of the tuned run's base."""
        self.part("base")
        return Model("ideal", f"mixture({self.tuned_alpha:g})")


def through(label: Label, quantity: Callable[[str], Array]) -> Array:
    """Return a quantity (1 + R, seeds) through a transform, or through the one of each seed."""
    return quantity(label) if isinstance(label, str) else at_chosen(label, quantity)


ledger: Ledger[Evidence] = Ledger()


@ledger.claim(
    "R1",
    f"{PAPER}, section 3.2",
    "A network pretrained on D_cont alone predicts like ridge regression.",
    "its error minus ridge's, on D_cont, all exemplar counts",
    below=0.05,
)
def continuous_matches_ridge(evidence: Evidence) -> Array:
    """Figure 1 of the regression part."""
    network = evidence.error(evidence.part("continuous"), counts="all")
    return network - evidence.error(RIDGE, counts="all")


@ledger.claim(
    "R2",
    f"{PAPER}, section 3.2",
    "A network pretrained on D_disc alone predicts like the posterior mean over the bank.",
    "its error minus the posterior mean's, on D_disc, all exemplar counts",
    below=0.05,
)
def discrete_matches_posterior(evidence: Evidence) -> Array:
    """Figure 1 of the regression part."""
    network = evidence.error(evidence.part("discrete"), "bank", counts="all")
    return network - evidence.error(Model("ideal", "discrete"), "bank", counts="all")


@ledger.claim(
    "R3",
    f"{PAPER}, section 3.2",
    "A network pretrained on the mixture is worse on D_disc than the ideal mixture predictor.",
    "its error minus the ideal's, on D_disc, all exemplar counts",
    above=0.0,
    margin=0.01,
    primary=True,
)
def mixture_is_suboptimal(evidence: Evidence) -> Array:
    """Figure 2 of the regression part."""
    base = evidence.error(evidence.part("base"), "bank", counts="all")
    return base - evidence.error(evidence.ideal_mixture(), "bank", counts="all")


@ledger.claim(
    "R4",
    f"{PAPER}, section 3.3",
    "Fine-tuning the mixture network on D_disc lowers its error on D_disc.",
    "error after minus error before, on D_disc, all exemplar counts",
    below=0.0,
    margin=0.01,
    primary=True,
)
def tuning_helps_the_bank(evidence: Evidence) -> Array:
    """Figure 3 of the regression part."""
    after = evidence.error(evidence.part("tuned"), "bank", counts="all")
    return after - evidence.error(evidence.part("base"), "bank", counts="all")


@ledger.claim(
    "R5",
    f"{PAPER}, section 3.3",
    "The same fine-tuning raises its error on D_cont, by a quarter at least.",
    "error after over error before, on D_cont, all exemplar counts",
    above=1.25,
    primary=True,
)
def tuning_forgets_ridge(evidence: Evidence) -> Ratio:
    """Figure 3 of the regression part."""
    after = evidence.error(evidence.part("tuned"), counts="all")
    before = evidence.error(evidence.part("base"), counts="all")
    return Ratio(after, before, "the error of the base on D_cont")


@ledger.claim(
    "R6",
    f"{PAPER}, section 3.3",
    "Among D_cont prompts, those most likely under D_disc are forgotten most.",
    "forgetting in the most likely third minus in the least likely third, few exemplars",
    above=0.0,
    margin=0.01,
    primary=True,
    premises=["R5"],
)
def likely_prompts_are_forgotten_most(evidence: Evidence) -> Quantity:
    """Figure 4 of the regression part."""
    forgetting = evidence.results.error(evidence.part("tuned"), "continuous")
    forgetting = forgetting - evidence.results.error(evidence.part("base"), "continuous")
    return third_contrast(evidence, forgetting)


@ledger.claim(
    "R7",
    CONTROL,
    "Relative to what there is to forget (the ideal discrete predictor's error over ridge's), the "
    "prompts most likely under D_disc are forgotten most.",
    "share forgotten in the most likely third minus in the least likely third, few exemplars",
    above=0.0,
    margin=0.05,
)
def likely_prompts_lose_the_largest_share(evidence: Evidence) -> Quantity:
    """A prompt far from every task of the bank has more to lose; this divides by it."""
    forgetting = evidence.results.error(evidence.part("tuned"), "continuous")
    forgetting = forgetting - evidence.results.error(evidence.part("base"), "continuous")
    potential = evidence.results.error(Model("ideal", "discrete"), "continuous")
    potential = potential - evidence.results.error(RIDGE, "continuous")
    return third_contrast(evidence, forgetting, potential)


def third_contrast(evidence: Evidence, values: Items, per: Items | None = None) -> Quantity:
    """Return the mean of values (or its ratio to the mean of `per`) in the third of test prompts
    most likely under the bank, minus that in the least likely third. Thirds are of each seed, at
    each exemplar count."""
    third = quantile_bins(evidence.results.likelihoods["continuous", "bank"], 3)
    part = ranges(evidence.world.points, evidence.chapter.few)["few"]

    def in_third(items: Items, index: int) -> Array:
        inside = (third == index)[..., part]
        total = evidence.results.mean(items[..., part] * inside).sum(-1)
        share = evidence.results.mean(inside.astype(np.float64)).sum(-1)
        return total / share / scale_of(evidence.world)

    if per is None:
        return Mean(in_third(values, 2) - in_third(values, 0))
    most, least = (
        Ratio(in_third(values, index), in_third(per, index), "what there is to forget")
        for index in (2, 0)
    )
    return ratio_difference(most, least)


@ledger.claim(
    "R8",
    f"{PAPER}, section 3.4",
    "Conjugate prompting, scaling the labels, wins back part of what was forgotten on D_cont.",
    "share of the forgetting recovered, few exemplars",
    above=0.0,
    margin=0.1,
    primary=True,
    guards=["R10", "R12", "R13", "R14", "R20"],
)
def scaling_recovers(evidence: Evidence) -> Ratio:
    """Figure 5 of the regression part."""
    tuned = evidence.part("tuned")
    return evidence.recovered(tuned, evidence.part("base"), evidence.chosen(tuned))


@ledger.claim(
    "R9",
    f"{PAPER}, section 3.4",
    "It wins back a larger share at low exemplar counts than at high ones.",
    "share recovered at few exemplars minus at more",
    above=0.0,
    margin=0.1,
    primary=True,
    premises=["R8"],
)
def recovery_is_largest_at_few_exemplars(evidence: Evidence) -> Mean:
    """Figure 5 of the regression part."""
    tuned, base = evidence.part("tuned"), evidence.part("base")
    label = evidence.chosen(tuned)
    few = evidence.recovered(tuned, base, label)
    return ratio_difference(few, evidence.recovered(tuned, base, label, counts="many"))


@ledger.claim(
    "R10",
    CONTROL,
    "Scaling gains more than only shrinking the same model's answers by the best divisor tried.",
    "error of the best shrinking minus error of the chosen scaling, few exemplars",
    above=0.0,
)
def recovery_beats_shrinking(evidence: Evidence) -> Array:
    """Shrinking leaves the prompt alone, so its gain is no recovery; chosen on validation prompts
    too, from the divisors of the probe and 1."""
    tuned = evidence.part("tuned")
    shrunk = evidence.error(tuned, transform=evidence.chosen(tuned, "shrink"))
    return shrunk - evidence.error(tuned, transform=evidence.chosen(tuned))


@ledger.claim(
    "R11",
    CONTROL,
    "Scaling closes more of the gap to ridge than it does for the ideal discrete predictor, which "
    "has no ridge to recover.",
    "share of the gap to ridge closed, tuned minus ideal discrete, each at its best gamma, few "
    "exemplars",
    above=0.0,
)
def recovery_beats_ideal_discrete(evidence: Evidence) -> Mean:
    """The null model of the notes: scaling helps it by shrinking its answers."""
    return gap_advantage(evidence, Model("ideal", "discrete"))


@ledger.claim(
    "R12",
    CONTROL,
    "Scaling closes more of the gap to ridge than it does for a network pretrained on D_disc only.",
    "share of the gap to ridge closed, tuned minus D_disc network, each at its best gamma, few "
    "exemplars",
    above=0.0,
)
def recovery_beats_discrete_network(evidence: Evidence) -> Mean:
    """A network that never saw ridge, with whatever scaling does to a network."""
    return gap_advantage(evidence, evidence.part("discrete"))


def gap_advantage(evidence: Evidence, null: Model) -> Mean:
    """Return the share of the gap to ridge that scaling closes for tuned, minus for `null`; each
    has the gamma that is best for it on validation prompts."""
    tuned, null_label = evidence.part("tuned"), evidence.chosen(null)
    closed = evidence.recovered(tuned, RIDGE, evidence.chosen(tuned))
    return ratio_difference(closed, evidence.recovered(null, RIDGE, null_label))


@ledger.claim(
    "R13",
    CONTROL,
    "The recovered model is better on D_cont than predicting zero.",
    "error of zero minus error of the tuned model under the chosen gamma, few exemplars",
    above=0.0,
)
def recovery_beats_zero(evidence: Evidence) -> Array:
    """A large gamma can drive any error towards that of predicting zero."""
    tuned = evidence.part("tuned")
    return evidence.error(ZERO) - evidence.error(tuned, transform=evidence.chosen(tuned))


@ledger.claim(
    "R14",
    CONTROL,
    "The same scaling helps the tuned model more than it helps its base.",
    "gain of the tuned model minus gain of the base, same gamma, few exemplars",
    above=0.0,
)
def scaling_helps_the_base_less(evidence: Evidence) -> Array:
    """Even an ideal mixture gains from scaling, as it takes some D_cont prompts for the bank's; a
    network moreover is not scale-equivariant, as ridge is."""
    label = evidence.chosen(evidence.part("tuned"))

    def gain(part: str) -> Array:
        model = evidence.part(part)
        return evidence.error(model) - evidence.error(model, transform=label)

    return gain("tuned") - gain("base")


@ledger.claim(
    "R15",
    f"{PAPER}, section 3.3 (hypothesis)",
    "Fine-tuning raises the inferred weight of the discrete task on D_cont prompts.",
    "task weight after minus before, few exemplars",
    above=0.0,
    margin=0.05,
    primary=True,
    premises=["R17"],
)
def tuning_raises_the_task_weight(evidence: Evidence) -> Array:
    """Measured by fitting the answers as g discrete + (1 - g) ridge."""
    return evidence.weight(evidence.part("tuned")) - evidence.weight(evidence.part("base"))


@ledger.claim(
    "R16",
    f"{PAPER}, section 3.4 (hypothesis)",
    "Scaling the labels lowers the tuned model's inferred weight of the discrete task.",
    "task weight at gamma 1 minus under the chosen gamma, few exemplars",
    above=0.0,
    margin=0.05,
    primary=True,
    premises=["R17"],
)
def scaling_lowers_the_task_weight(evidence: Evidence) -> Array:
    """Both algorithms see the scaled prompt, so that shrinking alone does not move the weight."""
    tuned = evidence.part("tuned")
    return evidence.weight(tuned) - evidence.weight(tuned, evidence.chosen(tuned))


@ledger.claim(
    "R17",
    f"{PAPER}, section 3.3 (hypothesis)",
    "The tuned model's answers are a mixture of the two algorithms' answers.",
    "share of the answers' mean square that mixtures, one per context, explain, D_cont, few "
    "exemplars",
    above=0.8,
)
def two_algorithms_explain_the_answers(evidence: Evidence) -> Array:
    """If they are not, the task weight means little."""
    return evidence.explained(evidence.part("tuned"))


@ledger.claim(
    "R18",
    CONTROL,
    "Scaling also wins back what is forgotten by tuning on a bank that pretraining never saw.",
    "share of the forgetting recovered, run on a fresh bank, few exemplars",
    above=0.0,
    margin=0.1,
)
def scaling_recovers_after_a_fresh_bank(evidence: Evidence) -> Ratio:
    """Asked for by the reviewers."""
    fresh = evidence.part("fresh")
    return evidence.recovered(fresh, evidence.part("base"), evidence.chosen(fresh))


@ledger.claim(
    "R19",
    CONTROL,
    "For an ideal learner the trade-off is nearly free: knowing the bank costs little on D_cont.",
    "error of the ideal mixture over ridge's, on D_cont, all exemplar counts",
    below=1.15,
)
def ideal_tradeoff_is_nearly_free(evidence: Evidence) -> Ratio:
    """Arithmetic about ideal predictors, for the alpha of the base that is tuned: no network."""
    ideal = evidence.error(evidence.ideal_mixture(), counts="all")
    return Ratio(ideal, evidence.error(RIDGE, counts="all"), "the error of ridge on D_cont")


@ledger.claim(
    "R20",
    CONTROL,
    "What scaling gains the tuned model beyond the best shrinking is more than what it gains the "
    "ideal discrete predictor beyond its best shrinking.",
    "that gain of the tuned model minus the ideal discrete predictor's, same gamma, few exemplars",
    above=0.0,
)
def recovery_beyond_shrinking_beats_ideal_discrete(evidence: Evidence) -> Array:
    """R11 favours a predictor that is far off; here each is compared to its own shrinking."""
    label = evidence.chosen(evidence.part("tuned"))

    def gain(model: Model) -> Array:
        shrunk = evidence.error(model, transform=evidence.chosen(model, "shrink"))
        return shrunk - evidence.error(model, transform=label)

    return gain(evidence.part("tuned")) - gain(Model("ideal", "discrete"))


@ledger.claim(
    "R21",
    f"{PAPER}, section 3.4 (hypothesis)",
    "Scaling lowers the bank's share in the tuned model's answers also when answers may be too "
    "small or too large (two free factors instead of the task weight's one).",
    "the bank's share at gamma 1 minus under the chosen gamma, few exemplars",
    above=0.0,
    margin=0.05,
    premises=["R17"],
)
def scaling_lowers_the_bank_share(evidence: Evidence) -> Array:
    """The task weight of R16 takes answers that saturate at large labels for the discrete task."""
    tuned = evidence.part("tuned")
    return evidence.bank_share(tuned) - evidence.bank_share(tuned, evidence.chosen(tuned))
