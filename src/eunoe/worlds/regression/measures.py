"""Measures of the regression lab: errors per exemplar count, and the inferred task weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from pydantic import Field
from torch import Tensor, nn

from eunoe.config.model import Settings
from eunoe.config.networks import Network
from eunoe.config.probes.regression import TaskWeights
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.streams import stream
from eunoe.transforms import AnyTransform, Labels, Transform
from eunoe.worlds.regression import bayes
from eunoe.worlds.regression.predictors import Predictor, ideal_predictors, network_predictor
from eunoe.worlds.regression.tasks import banks_from


class Evaluation(Settings):
    """Settings of the evaluation of a probe."""

    probe: str
    """Name of the probe."""
    seed: int
    """One of the config's seeds."""
    world: RegressionWorld
    """The probe's world."""
    transforms: list[AnyTransform] = Field(min_length=1)
    """The transforms."""
    task_weights: TaskWeights
    """How the task weight is inferred."""
    code: str
    """Digest of the code."""


class NetworkEvaluation(Evaluation):
    """The one param of the rule evaluate_network."""

    kind: str
    """base or run."""
    model: str
    """Name of the base or the run."""
    network: Network
    """The network's shape."""
    bank: str
    """The bank that the model was tuned to, for the inferred task weight."""


class IdealEvaluation(Evaluation):
    """The one param of the rule evaluate_ideals."""

    mixture_alphas: list[float]
    """Ideal mixture predictors beside ridge and discrete."""


TINY = 1e-12
"""Below any mean square that occurs, so that predicting zero has a share of 0, not 0/0."""


def stack(column: pd.Series) -> Tensor:
    """Return a column of vectors or of lists of vectors as a tensor."""
    return torch.from_numpy(np.stack([np.stack(value) for value in column]).astype(np.float32))


def conjugated(
    predictor: Predictor, transforms: Sequence[Transform], xs: Tensor, ys: Tensor
) -> Iterator[tuple[Transform, Tensor]]:
    """Yield each transform with decode(predictor(encode(prompt))), (B, N): conjugate prompting."""
    plain = predictor(xs, ys)
    for transform in transforms:
        shown = transform.encode(Labels(xs, ys))
        unchanged = shown[0] is xs and shown[1] is ys
        yield transform, transform.decode(plain if unchanged else predictor(*shown))


def gamma_of(transform: Transform) -> float:
    """Return the factor of a scaling or shrinking, 1 for anything else."""
    return float(getattr(transform, "gamma", 1.0))


def answer_rows(
    predictor: Predictor, items: pd.DataFrame, transforms: Sequence[Transform]
) -> pd.DataFrame:
    """Return a row for each prompt, transform and exemplar count (part of `ANSWERS`)."""
    xs, ys, targets = (stack(items[name]) for name in ("xs", "ys", "targets"))
    count, points = targets.shape
    parts = []
    for transform, answers in conjugated(predictor, transforms, xs, ys):
        parts.append(
            pd.DataFrame(
                {
                    "split": np.repeat(items["split"].to_numpy(), points),
                    "source": np.repeat(items["source"].to_numpy(), points),
                    "prompt": np.repeat(items["prompt"].to_numpy(), points),
                    "transform": transform.label,
                    "gamma": gamma_of(transform),
                    "exemplars": np.tile(np.arange(points), count),
                    "answer": answers.reshape(-1).numpy(),
                    "target": targets.reshape(-1).numpy(),
                    "squared_error": (answers - targets).square().reshape(-1).numpy(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def fit_task_weight(answers: Tensor, discrete: Tensor, ridge: Tensor) -> dict[str, Tensor]:
    """Fit answers = g discrete + (1 - g) ridge over the queries (last axis) by least squares.

    Returns, each (...,): task_weight, g; distance, the mean square of discrete - ridge, by which
    g's of several contexts are to be weighted; explained, the share of the answers' mean square
    that the fit explains; and power, that mean square. g is free: outside of [0, 1] the network
    does something else, and the share says how much else. Then the products' means, from which
    a fit with two free factors can be pooled over contexts (`Results.pooled_share`).
    """
    difference = discrete - ridge
    distance = difference.square().mean(-1)
    weight = ((answers - ridge) * difference).mean(-1) / distance.clamp_min(TINY)
    residual = answers - ridge - weight[..., None] * difference
    power = answers.square().mean(-1)
    explained = 1 - residual.square().mean(-1) / power.clamp_min(TINY)
    explained = explained.where(power > TINY, torch.zeros_like(explained))
    return {
        "task_weight": weight,
        "distance": distance,
        "explained": explained,
        "power": power,
        "discrete_power": discrete.square().mean(-1),
        "ridge_power": ridge.square().mean(-1),
        "overlap": (discrete * ridge).mean(-1),
        "answer_discrete": (answers * discrete).mean(-1),
        "answer_ridge": (answers * ridge).mean(-1),
    }


def task_weight_rows(
    predictor: Predictor,
    items: pd.DataFrame,
    bank: Tensor,
    world: RegressionWorld,
    transforms: Sequence[Transform],
    wanted: TaskWeights,
    seed: int,
) -> pd.DataFrame:
    """Return the inferred task weight of each context (part of `TASK_WEIGHTS`).

    A context is the first k points of a test prompt. Each of several queries is answered after it,
    by the network and by the two algorithms, all through the same transform, so that the weight
    says which algorithm the network runs on the prompt that it is shown.
    """
    tests = items[items["split"] == "test"]
    contexts = tests.groupby("source", sort=False, observed=True).head(wanted.contexts)
    xs, ys = stack(contexts["xs"]), stack(contexts["ys"])
    shape = (len(contexts), wanted.queries, world.dimension)
    queries = torch.from_numpy(stream(seed, "probe/queries").standard_normal(shape)).float()
    parts = []
    for k in wanted.exemplars:
        # (contexts x queries, k + 1, d): the same k points, then one query each
        asked_xs = torch.cat(
            [xs[:, None, :k].expand(-1, wanted.queries, -1, -1), queries[:, :, None]], dim=2
        ).flatten(0, 1)
        asked_ys = torch.nn.functional.pad(ys[:, :k], (0, 1)).repeat_interleave(wanted.queries, 0)
        # the algorithms' weights at the position after the k points of each context, once
        context = Labels(xs[:, : k + 1], torch.nn.functional.pad(ys[:, :k], (0, 1)))
        for transform, answers in conjugated(predictor, transforms, asked_xs, asked_ys):
            shown: Labels = transform.encode(context)
            algorithms = (
                bayes.discrete_weights(*shown, bank, world.sigma)[:, k],
                bayes.ridge_weights(*shown, world.sigma, world.tau)[:, k],
            )
            discrete, ridge = (
                transform.decode(torch.einsum("cqd,cd->cq", queries.double(), weights))
                for weights in algorithms
            )
            fit = fit_task_weight(answers[:, k].double().view(discrete.shape), discrete, ridge)
            parts.append(
                pd.DataFrame(
                    {
                        "source": contexts["source"].to_numpy(),
                        "prompt": contexts["prompt"].to_numpy(),
                        "transform": transform.label,
                        "gamma": gamma_of(transform),
                        "exemplars": k,
                        **{name: values.numpy() for name, values in fit.items()},
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def likelihood_rows(
    items: pd.DataFrame, banks: Mapping[str, np.ndarray], world: RegressionWorld
) -> pd.DataFrame:
    """Return the log-likelihood of each prompt's exemplars under D_disc, for each bank
    (part of `LIKELIHOODS`)."""
    xs, ys = stack(items["xs"]), stack(items["ys"])
    count, points = ys.shape
    parts = []
    for name, bank in banks.items():
        values = bayes.discrete_log_likelihood(xs, ys, torch.from_numpy(bank), world.sigma)
        parts.append(
            pd.DataFrame(
                {
                    "split": np.repeat(items["split"].to_numpy(), points),
                    "source": np.repeat(items["source"].to_numpy(), points),
                    "prompt": np.repeat(items["prompt"].to_numpy(), points),
                    "bank": name,
                    "exemplars": np.tile(np.arange(points), count),
                    "log_likelihood": values.reshape(-1).numpy(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def evaluate_network(
    settings: NetworkEvaluation, network: nn.Module, material: pd.DataFrame, items: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of `ANSWERS` and `TASK_WEIGHTS` for one network."""
    predictor = network_predictor(network)
    bank = torch.from_numpy(banks_from(material)[settings.bank])
    answers = answer_rows(predictor, items, settings.transforms)
    weights = task_weight_rows(
        predictor,
        items,
        bank,
        settings.world,
        settings.transforms,
        settings.task_weights,
        settings.seed,
    )
    who: dict[str, Any] = {
        "probe": settings.probe,
        "kind": settings.kind,
        "model": settings.model,
        "seed": settings.seed,
    }
    return answers.assign(**who), weights.assign(**who)


def evaluate_ideals(
    settings: IdealEvaluation, material: pd.DataFrame, items: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the rows of `ANSWERS`, `TASK_WEIGHTS` and `LIKELIHOODS` for the
    predictors that know the world exactly. Their task weight refers to the pretraining bank."""
    banks = banks_from(material)
    bank = torch.from_numpy(banks["bank"])
    answers, weights = [], []
    predictors = ideal_predictors(settings.world, banks, settings.mixture_alphas)
    for name, predictor in predictors.items():
        answers.append(answer_rows(predictor, items, settings.transforms).assign(model=name))
        weights.append(
            task_weight_rows(
                predictor,
                items,
                bank,
                settings.world,
                settings.transforms,
                settings.task_weights,
                settings.seed,
            ).assign(model=name)
        )
    who: dict[str, Any] = {"probe": settings.probe, "seed": settings.seed}
    return (
        pd.concat(answers, ignore_index=True).assign(**who, kind="ideal"),
        pd.concat(weights, ignore_index=True).assign(**who, kind="ideal"),
        likelihood_rows(items, banks, settings.world).assign(**who),
    )
