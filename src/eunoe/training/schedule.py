"""The learning rate's course."""

from eunoe.config.trainings import Training


def rate_factor(step: int, training: Training) -> float:
    """Return the share of the peak rate at update `step`, counted from 0.

    Linear warm-up, a plateau, linear decay over the last `decay` share of the updates.
    """
    warm = min(1.0, (step + 1) / training.warmup) if training.warmup else 1.0
    falling = training.decay * training.steps
    left = training.steps - step
    return warm * (min(1.0, left / falling) if falling else 1.0)
