"""Claims about what networks learn, and what they forget of D_cont by tuning on the bank."""

import numpy as np

from eunoe.labs.regression.claims.origins import CONTROL, PAPER
from eunoe.labs.regression.evidence import RIDGE, Evidence
from eunoe.report.ledger import Ledger
from eunoe.results.models import Model
from eunoe.results.regression.arrays import Items
from eunoe.results.regression.summary import quantile_bins, ranges, scale_of
from eunoe.statistics.quantities import Mean, Quantity, Ratio, ratio_difference
from eunoe.statistics.redraws import Array

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
    part = ranges(evidence.world.points, evidence.few)["few"]

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
