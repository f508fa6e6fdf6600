"""The ideal predictors with the network's call signature: (xs, ys) -> answers, (B, N)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from eunoe.config.worlds.regression import RegressionWorld
from eunoe.worlds.regression import bayes

Predictor = Callable[[Tensor, Tensor], Tensor]
"""xs (B, N, d), ys (B, N) -> (B, N); position k has seen k exemplars."""


def ideal_predictors(
    world: RegressionWorld, banks: Mapping[str, np.ndarray], alphas: Sequence[float]
) -> dict[str, Predictor]:
    """Return every baseline by name: zero, ridge, discrete on each bank, mixtures on `bank`."""
    sigma, tau = world.sigma, world.tau
    bank, fresh = (torch.from_numpy(banks[name]) for name in ("bank", "fresh_bank"))
    found: dict[str, Predictor] = {
        "zero": bayes.zero_predict,
        "ridge": partial(bayes.ridge_predict, sigma=sigma, tau=tau),
        "discrete": partial(bayes.discrete_predict, bank=bank, sigma=sigma),
        "discrete_fresh": partial(bayes.discrete_predict, bank=fresh, sigma=sigma),
    }
    for alpha in alphas:
        found[f"mixture({alpha:g})"] = partial(
            bayes.mixture_predict, bank=bank, alpha=alpha, sigma=sigma, tau=tau
        )
    return found


def network_predictor(network: torch.nn.Module, size: int = 512) -> Predictor:
    """Return a predictor that answers `size` prompts at a time, in float32, without gradients."""
    device = next(network.parameters()).device

    @torch.inference_mode()
    def predict(xs: Tensor, ys: Tensor) -> Tensor:
        parts = [
            network(x.to(device), y.to(device)).float().cpu()
            for x, y in zip(torch.split(xs, size), torch.split(ys, size), strict=True)
        ]
        return torch.cat(parts)

    return predict
