"""Stopping criteria and checks for transformers' `generate`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessor, StoppingCriteria

from eunoe.evaluation.tokens import Tokens


class NanWatch(LogitsProcessor):
    """Remembers the rows whose logits have been NaN or infinite, and changes nothing."""

    def __init__(self) -> None:
        self.rows = torch.zeros(1, dtype=torch.bool)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return the scores (rows, words) as they are."""
        bad = (scores.isnan() | scores.isposinf()).any(-1)
        self.rows = bad | self.rows.to(bad.device)
        return scores


class TextStop(StoppingCriteria):
    """Ends a row when its reply contains a stop string, whatever its tokens are."""

    def __init__(self, tokens: Tokens, prompt_tokens: int, stop: Sequence[str]) -> None:
        self.tokens = tokens
        self.prompt_tokens = prompt_tokens
        self.stop = stop

    def __call__(self, input_ids: Tensor, scores: Tensor, **_: Any) -> Tensor:
        """Return which rows are done (rows)."""
        texts = self.tokens.decode(input_ids[:, self.prompt_tokens :].tolist())
        done = [any(part in text for part in self.stop) for text in texts]
        return torch.tensor(done, device=input_ids.device)


def ends_of(model: Any, tokenizer: Any) -> list[int]:
    """Return every token that ends a sequence, by the model or its tokenizer."""
    of_model = getattr(model.generation_config, "eos_token_id", None)
    listed = of_model if isinstance(of_model, list) else [of_model]
    return sorted({end for end in [*listed, tokenizer.eos_token_id] if end is not None})


def cut_at(row: list[int], ends: Sequence[int]) -> list[int]:
    """Return a row's tokens before the first that ends the sequence."""
    return row[: next((index for index, token in enumerate(row) if token in ends), len(row))]
