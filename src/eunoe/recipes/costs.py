"""The training mixture of a recipe, and its costs."""

from __future__ import annotations

from typing import Any

import pandas as pd
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from eunoe.recipes.batches import Counts
from eunoe.recipes.tuning import Tuning


def mixture_rows(tuning: Tuning) -> pd.DataFrame:
    """Return rows of `MIXTURE` without the columns that name the run."""
    rows: list[dict[str, Any]] = []
    for stage, counts in stage_counts(tuning).items():
        distinct = tuning.entered[stage].batches.distinct()
        drawn = sum(each.drawn for each in counts.values())
        tokens = sum(each.tokens for each in counts.values())
        rows += [
            {
                "stage": stage,
                "source": source,
                "examples": distinct[source],
                "drawn": own.drawn,
                "example_share": own.drawn / drawn,
                "token_share": own.tokens / tokens,
                "tokens": own.tokens,
            }
            for source, own in counts.items()
        ]
    columns = ["stage", "source", "examples", "drawn", "example_share", "token_share", "tokens"]
    return pd.DataFrame(rows, columns=columns)


def cost_rows(tuning: Tuning, network: nn.Module, seconds: list[float]) -> pd.DataFrame:
    """Return rows of `COSTS` without the columns that name the run; `seconds` has a time per
    stage."""
    counted = stage_counts(tuning)
    rows = []
    for stage, taken in enumerate(seconds):
        counts = list(counted.get(stage, {}).values())
        tokens = sum(each.tokens for each in counts)
        rows.append(
            {
                "stage": stage,
                "updates": len(tuning.entered[stage].batches.mixture.rows) if counts else 0,
                "examples": sum(each.drawn for each in counts),
                "tokens": tokens,
                "response_tokens": sum(each.response_tokens for each in counts),
                "flops": flops_per_token(tuning, network, stage) * tokens if counts else 0.0,
                "seconds": taken,
            }
        )
    return pd.DataFrame(rows)


def stage_counts(tuning: Tuning) -> dict[int, dict[str, Counts]]:
    """Return the counts of each stage that trains, by source."""
    found = {}
    for stage, mixture in enumerate(tuning.mixtures):
        if mixture is not None:
            tuning.enter(stage)
            found[stage] = tuning.entered[stage].batches.counts()
    return found


def flops_per_token(tuning: Tuning, network: nn.Module, stage: int) -> float:
    """Return the floating-point operations of a stage's first update, per token of its items.

    Forward and backward, with what penalties and padding add, as torch counts them: products of
    matrices and attention. Preparing a stage (the base's replies, the Fisher information) is not
    in it, and neither is monitoring.
    """
    tuning.enter(stage)
    device = next(network.parameters()).device
    batch = {name: each.to(device) for name, each in tuning.batch({}, 0, 0, "", 0).items()}
    with FlopCounterMode(display=False) as counter:
        torch.autograd.backward(tuning.loss(network, batch))
    network.zero_grad()
    tokens = sum(len(row.ids) for row in tuning.entered[stage].batches.encoded(0))
    return counter.get_total_flops() / tokens
