"""A cache of keys and values for the prefix that the rows of a batch share."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer


def is_plain(cache: Any) -> bool:
    """Tell whether a cache keeps every token of every layer, and nothing but keys and values.

    Sliding windows and recurrent states are not cut and spread as below; such models compute all
    of their prompts.
    """
    return isinstance(cache, DynamicCache) and all(
        type(layer) is DynamicLayer for layer in cache.layers
    )


def spread(cache: Any, padding: Tensor) -> None:
    """Copy the beginning of one prefix to each row of a left-padded batch, in place.

    The cache holds a prefix of P tokens in one row. Row i of the result has `padding[i]` columns of
    no meaning, to be masked, and then the prefix's first P - padding[i] tokens: so the row stays
    without a gap, distances between its tokens are right for any kind of positions, and all rows
    have P columns.
    """
    tokens = torch.arange(cache.get_seq_length(), device=padding.device)
    source = (tokens - padding[:, None]).clamp(min=0)
    for layer in cache.layers:
        layer.keys = layer.keys[0][:, source].transpose(0, 1).contiguous()
        layer.values = layer.values[0][:, source].transpose(0, 1).contiguous()
