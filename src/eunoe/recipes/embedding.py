"""Soft prompts as words that only the input layer knows."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class PromptedEmbedding(nn.Module):
    """An input embedding that also knows ids beyond the vocabulary: vectors of soft prompts.

    A prompt is a list of such ids in front of a row, so that padding, positions, caches and packed
    rows need no change. PEFT puts the same vectors in front of the same embeddings.
    """

    def __init__(self, words: nn.Module, vectors: Tensor) -> None:
        """Take the model's own embedding, and vectors (prompt words, width)."""
        super().__init__()
        self.words = words
        self.vectors = nn.Parameter(vectors)

    @property
    def weight(self) -> Tensor:
        """The embeddings of the vocabulary (words, width)."""
        weight: Tensor = self.words.weight  # type: ignore[assignment]
        return weight

    @property
    def first(self) -> int:
        """The id of the first vector."""
        return len(self.weight)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the embeddings (..., width) of ids (...)."""
        embedded: Tensor = self.words(ids.clamp(max=self.first - 1))
        vectors = functional.embedding((ids - self.first).clamp(min=0), self.vectors)
        return torch.where((ids >= self.first)[..., None], vectors.to(embedded.dtype), embedded)


def wrap(model: Any, vectors: Tensor) -> PromptedEmbedding:
    """Give a model of transformers vectors of soft prompts (prompt words, width)."""
    wrapped = PromptedEmbedding(model.get_input_embeddings(), vectors)
    model.set_input_embeddings(wrapped)
    return wrapped


def unwrap(model: Any) -> None:
    """Undo `wrap`; a model without soft prompts stays as it is."""
    embedding = model.get_input_embeddings()
    if isinstance(embedding, PromptedEmbedding):
        model.set_input_embeddings(embedding.words)
