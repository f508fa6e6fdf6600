"""`trainings:` how weights are updated, for pretraining and for the stages of a recipe."""

from typing import Literal

from pydantic import Field

from eunoe.config.model import Settings


class Training(Settings):
    """One run of the training loop: all that the weights depend on."""

    optimizer: Literal["muon", "adamw", "adam"] = "muon"
    """muon: Muon on the blocks' matrices, AdamW elsewhere; adamw: AdamW everywhere;
    adam: plain Adam, the reference of Garg et al. 2022."""
    steps: int = Field(ge=1)
    """Updates."""
    batch: int = Field(default=64, ge=1)
    """Prompts per update."""
    learning_rate: float = Field(default=3e-3, gt=0)
    """Peak rate of AdamW or Adam."""
    matrix_learning_rate: float = Field(default=0.02, gt=0)
    """Peak rate of Muon; above .05 training diverges. Ignored by the other optimizers."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Decoupled weight decay of AdamW and Muon."""
    warmup: int = Field(default=50, ge=0)
    """Updates over which the rate rises linearly from 0."""
    decay: float = Field(default=0.4, ge=0, le=1)
    """Share of the updates, at the end, over which the rate falls linearly to 0."""
    clip: float | None = Field(default=1.0, gt=0)
    """Largest norm of the gradient; null does not clip."""
    monitor_every: int = Field(default=100, ge=1)
    """Updates between two measurements on validation prompts."""
    monitor_prompts: int = Field(default=256, ge=1)
    """Validation prompts per source in each measurement."""
    accumulate: int = Field(default=1, ge=1)
    """Micro-batches per update (gradient accumulation); more where memory is short."""
    recompute: bool = False
    """Whether activations are computed again in the backward pass (gradient checkpointing), which
    saves memory."""


class ResumableTraining(Training):
    """A training, and the interval of its checkpoints."""

    # Left out wherever settings are recorded or digested: no result depends on it.
    checkpoint_every: int = Field(default=200, ge=1, exclude=True)
    """Updates between two checkpoints, from which a killed job continues."""
