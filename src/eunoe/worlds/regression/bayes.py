"""Bayes-optimal predictors for in-context linear regression.

A prompt is a list of exemplars y_i = <w, x_i> + eps_i with eps_i ~ N(0, sigma^2). The weights w are
drawn from N(0, tau^2 I), or uniformly from a fixed bank, or from the bank with probability alpha.
These are the reference learners of Kotha, Springer and Raghunathan (2024), "Understanding
Catastrophic Forgetting in Language Models via Implicit Inference", section 3 and appendix.

Shapes are the same throughout: xs (B, N, d), ys (B, N), bank (n, d). Entry k of a result uses the
first k exemplars only and answers xs[:, k]; entry 0 is the prior. Results are float64, on the
device of xs, and carry no gradient. A bad argument raises ValueError naming it and what is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

# Within these bounds no square or product below can overflow or vanish in float64.
_SMALLEST, _LARGEST = 1e-30, 1e30
_CHUNK_NUMBERS = 2**20
_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


def zero_predict(xs: Tensor, ys: Tensor) -> Tensor:
    """Predict zero everywhere, (B, N): the control that knows nothing. Errors as for the module."""
    xs, ys = _check_prompts(xs, ys)
    return torch.zeros_like(ys)


def ridge_weights(xs: Tensor, ys: Tensor, sigma: float, tau: float) -> Tensor:
    """Posterior-mean weights under w ~ N(0, tau^2 I), (B, N, d).

    Entry k is (X'X + (sigma^2/tau^2) I)^-1 X'y over the first k exemplars (Kotha et al. 2024,
    section 3). Raises ValueError on wrong shapes, non-finite values, or sigma or tau not positive.
    """
    xs, ys = _check_prompts(xs, ys)
    return _ridge_sweep(xs, ys, _check_scale("sigma", sigma), _check_scale("tau", tau))[0]


def ridge_predict(xs: Tensor, ys: Tensor, sigma: float, tau: float) -> Tensor:
    """Optimal predictions when every w ~ N(0, tau^2 I), (B, N). Errors as for ridge_weights."""
    return _answer(ridge_weights(xs, ys, sigma, tau), xs)


def discrete_weights(xs: Tensor, ys: Tensor, bank: Tensor, sigma: float) -> Tensor:
    """Posterior-mean weights under w uniform on the bank, (B, N, d).

    Entry k averages the bank with weights proportional to exp(-|y - Xw|^2 / (2 sigma^2)) over the
    first k exemplars (Kotha et al. 2024, section 3). Raises ValueError on wrong shapes, non-finite
    values, or sigma not positive.
    """
    xs, ys = _check_prompts(xs, ys)
    return _discrete_sweep(xs, ys, _check_bank(bank, xs), _check_scale("sigma", sigma))[0]


def discrete_predict(xs: Tensor, ys: Tensor, bank: Tensor, sigma: float) -> Tensor:
    """Optimal predictions when w is uniform on the bank, (B, N). Errors as for discrete_weights."""
    return _answer(discrete_weights(xs, ys, bank, sigma), xs)


def discrete_log_likelihood(xs: Tensor, ys: Tensor, bank: Tensor, sigma: float) -> Tensor:
    """log mean_w N(y; Xw, sigma^2 I) over the bank, (B, N); entry 0 is 0.

    How much the first k exemplars look like the bank's tasks (Kotha et al. 2024, section 3).
    Errors as for discrete_weights.
    """
    xs, ys = _check_prompts(xs, ys)
    return _discrete_sweep(xs, ys, _check_bank(bank, xs), _check_scale("sigma", sigma))[1]


def discrete_posterior(
    xs: Tensor, ys: Tensor, bank: Tensor, alpha: float, sigma: float, tau: float
) -> Tensor:
    """Probability that the prompt's w came from the bank, (B, N); entry 0 is alpha.

    g = alpha p_disc / (alpha p_disc + (1 - alpha) p_cont), p_disc = mean_w N(y; Xw, sigma^2 I) and
    p_cont = N(y; 0, sigma^2 I + tau^2 XX') (Kotha et al. 2024, appendix). Raises ValueError on
    wrong shapes, non-finite values, sigma or tau not positive, or alpha outside [0, 1].
    """
    return _mixture_parts(xs, ys, bank, alpha, sigma, tau)[0]


def mixture_predict(
    xs: Tensor, ys: Tensor, bank: Tensor, alpha: float, sigma: float, tau: float
) -> Tensor:
    """Optimal predictions for alpha D_disc + (1 - alpha) D_cont, (B, N).

    <g w_disc + (1 - g) w_cont, x> with g from discrete_posterior, and errors as there. alpha = 0
    gives ridge_predict and alpha = 1 gives discrete_predict, exactly.
    """
    g, disc, cont = _mixture_parts(xs, ys, bank, alpha, sigma, tau)
    return g * _answer(disc, xs) + (1.0 - g) * _answer(cont, xs)


def _mixture_parts(
    xs: Tensor, ys: Tensor, bank: Tensor, alpha: float, sigma: float, tau: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Bank probability (B, N), then discrete and ridge weights (B, N, d)."""
    xs, ys = _check_prompts(xs, ys)
    bank = _check_bank(bank, xs)
    sigma, tau = _check_scale("sigma", sigma), _check_scale("tau", tau)
    if not 0.0 <= alpha <= 1.0:
        raise ValueError(f"alpha is {alpha}; it must be a probability from 0 to 1")
    disc, log_disc = _discrete_sweep(xs, ys, bank, sigma)
    cont, log_cont = _ridge_sweep(xs, ys, sigma, tau)
    if alpha in (0.0, 1.0):
        return torch.full_like(ys, alpha), disc, cont
    prior = math.log(alpha) - math.log1p(-alpha)
    return torch.sigmoid(prior + log_disc - log_cont), disc, cont


def _ridge_sweep(xs: Tensor, ys: Tensor, sigma: float, tau: float) -> tuple[Tensor, Tensor]:
    """Ridge weights (B, N, d) and log N(y; 0, sigma^2 I + tau^2 XX') (B, N) of each prefix.

    Potter's square-root form of the rank-one update: the posterior covariance is sigma^2 S S'.
    Updating S instead of S S' keeps digits that sigma << tau would cost, and the evidence is the
    product of the one-step predictive densities.
    """
    batch, _, width = xs.shape
    weights, scores = torch.zeros_like(xs), torch.zeros_like(ys)
    for rows in _chunks(batch, width * width):
        x, y = xs[rows], ys[rows]
        root = torch.eye(width, dtype=x.dtype, device=x.device).mul(tau / sigma)
        root = root.repeat(x.shape[0], 1, 1)
        for k in range(x.shape[1] - 1):
            seen = (x[:, k, None, :] @ root).squeeze(1)
            spread = 1.0 + seen.square().sum(-1, keepdim=True)
            error = y[:, k, None] - (weights[rows, k] * x[:, k]).sum(-1, keepdim=True)
            scores[rows, k] = _log_normal(error / sigma, spread, sigma).squeeze(-1)
            gain = (root @ seen.unsqueeze(-1)).squeeze(-1) / spread
            weights[rows, k + 1] = weights[rows, k] + gain * error
            shrink = 1.0 / (1.0 + spread.rsqrt())
            root.baddbmm_((gain * shrink).unsqueeze(-1), seen.unsqueeze(1), alpha=-1.0)
    return weights, _before(scores)


def _discrete_sweep(xs: Tensor, ys: Tensor, bank: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """Bank posterior-mean weights (B, N, d) and log mean likelihood (B, N) of each prefix."""
    weights, evidence = torch.empty_like(xs), torch.empty_like(ys)
    one = torch.ones((), dtype=xs.dtype, device=xs.device)
    for rows in _chunks(xs.shape[0], xs.shape[1] * bank.shape[0]):
        errors = (ys[rows].unsqueeze(-1) - xs[rows] @ bank.T) / sigma
        logs = _before(_log_normal(errors, one, sigma))
        weights[rows] = torch.softmax(logs, dim=-1) @ bank
        evidence[rows] = torch.logsumexp(logs, dim=-1) - math.log(bank.shape[0])
    return weights, evidence


def _log_normal(scaled: Tensor, spread: Tensor, sigma: float) -> Tensor:
    """Log density of a centred normal of variance sigma^2 spread at the value sigma scaled."""
    return -0.5 * (scaled.square() / spread + spread.log()) - math.log(sigma) - _LOG_SQRT_2PI


def _before(terms: Tensor) -> Tensor:
    """Sums over earlier positions (dimension 1)."""
    # Not cumsum minus the term: that would let a large y_k round into position k.
    return torch.cat([torch.zeros_like(terms[:, :1]), terms[:, :-1].cumsum(1)], dim=1)


def _answer(weights: Tensor, xs: Tensor) -> Tensor:
    return (weights * xs.detach().to(weights)).sum(-1)


def _chunks(rows: int, numbers_per_row: int) -> Iterator[slice]:
    """Slices over the batch that keep each temporary within _CHUNK_NUMBERS numbers."""
    step = max(1, _CHUNK_NUMBERS // numbers_per_row)
    return (slice(start, start + step) for start in range(0, rows, step))


def _check_prompts(xs: Tensor, ys: Tensor) -> tuple[Tensor, Tensor]:
    xs = _check_values("xs", xs)
    if xs.ndim != 3 or xs.numel() == 0:
        raise ValueError(f"xs has shape {tuple(xs.shape)}; it must be (B, N, d), none of them 0")
    ys = _check_values("ys", ys)
    if ys.shape != xs.shape[:2]:
        want = tuple(xs.shape[:2])
        raise ValueError(f"ys has shape {tuple(ys.shape)}; it must be {want}, as xs is (B, N, d)")
    return xs, ys.to(xs.device)


def _check_bank(bank: Tensor, xs: Tensor) -> Tensor:
    bank = _check_values("bank", bank)
    if bank.ndim != 2 or bank.shape[0] == 0 or bank.shape[1] != xs.shape[2]:
        width = xs.shape[2]
        raise ValueError(f"bank has shape {tuple(bank.shape)}; it must be (n, {width}), n above 0")
    return bank.to(xs.device)


def _check_values(name: str, values: Tensor) -> Tensor:
    if not values.is_floating_point():
        raise ValueError(f"{name} has dtype {values.dtype}; it must be a floating-point tensor")
    values = values.detach().to(torch.float64)
    # The comparison is false for NaN too.
    if not bool((values.abs() <= _LARGEST).all()):
        raise ValueError(f"{name} has NaN, infinite or huge values; each must be within {_LARGEST}")
    return values


def _check_scale(name: str, value: float) -> float:
    if not _SMALLEST <= value <= _LARGEST:
        raise ValueError(
            f"{name} is {value}; it must be positive and from {_SMALLEST} to {_LARGEST}"
        )
    return float(value)
