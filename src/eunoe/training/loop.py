"""The one training loop: pretraining and every stage of every recipe."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from tqdm import tqdm

from eunoe.config.trainings import Training
from eunoe.errors import EunoeError
from eunoe.training.checkpoints import Progress, load_progress, restore, save_progress
from eunoe.training.optimizers import build_optimizers
from eunoe.training.schedule import rate_factor
from eunoe.worlds import World

logger = logging.getLogger(__name__)

CHECK_EVERY = 20
"""Updates between two looks at the losses: each look waits for the GPU."""


@dataclass
class Phase:
    """One stage of training: its data, its updates, and the name of its random streams."""

    name: str
    data: Mapping[str, float]
    training: Training


@dataclass
class Job:
    """A sequence of phases over one network, resumable from `resume`."""

    world: World
    network: nn.Module
    phases: list[Phase]
    seed: int
    resume: Path
    digest: str
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    rows: list[dict[str, Any]] = field(default_factory=list)
    """The curve: stage, step, measure, value."""

    def run(self) -> list[dict[str, Any]]:
        """Train through all phases and return the curve; the weights are in `network`.

        EunoeError if a loss is not finite. On the CPU a job that was killed and started again
        ends in the same weights, bit by bit.
        """
        self.network.to(self.device)
        progress, state = self._find_progress()
        for stage, phase in enumerate(self.phases):
            if stage >= progress.stage:
                start = progress.step if stage == progress.stage else 0
                self._train(stage, phase, start, state if stage == progress.stage else None)
        return self.rows

    def _find_progress(self) -> tuple[Progress, Any]:
        """Return where to start from: the resume file if there is a usable one, else nothing."""
        nothing = Progress(self.digest, 0, 0, [])
        if not self.resume.exists():
            return nothing, None
        try:
            progress, tensors, numbers = load_progress(self.resume, self.digest)
        except EunoeError as error:
            logger.warning("resume file not used, starting anew: %s", error)
            return nothing, None
        logger.info("going on from stage %d, step %d", progress.stage, progress.step)
        self.rows = list(progress.rows)
        return progress, (tensors, numbers)

    def _train(self, stage: int, phase: Phase, start: int, state: Any) -> None:
        training = phase.training
        optimizers = build_optimizers(
            self.network,
            training.optimizer,
            training.learning_rate,
            training.matrix_learning_rate,
            training.weight_decay,
        )
        peaks = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
        if state is not None:
            restore(self.network, optimizers, *state)
        if start == 0:
            self._monitor(stage, 0, training)
        bar = tqdm(
            range(start, training.steps),
            desc=f"{phase.name} seed {self.seed}",
            initial=start,
            total=training.steps,
            unit="step",
            disable=None,  # quiet unless standard error is a terminal
            mininterval=1,
        )
        losses: list[torch.Tensor] = []
        saved = start
        for step in bar:
            losses.append(self._update(optimizers, peaks, phase, step))
            done = step + 1
            last = done == training.steps
            monitored = last or done % training.monitor_every == 0
            saving = not last and done % training.checkpoint_every == 0
            if monitored or saving or done % CHECK_EVERY == 0:
                self._record_losses(stage, done, losses, saved)
                bar.set_postfix(loss=f"{self.rows[-1]['value']:.3f}")
                losses.clear()
            if monitored:
                self._monitor(stage, done, training)
            if saving:
                saved = done
                progress = Progress(self.digest, stage, done, self.rows)
                save_progress(self.resume, progress, self.network, optimizers)

    def _update(
        self,
        optimizers: list[torch.optim.Optimizer],
        peaks: list[list[float]],
        phase: Phase,
        step: int,
    ) -> torch.Tensor:
        """Make one update and return the loss, still on the device."""
        training = phase.training
        factor = rate_factor(step, training)
        for optimizer, rates in zip(optimizers, peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = peak * factor
            optimizer.zero_grad()
        batch = self.world.batch(phase.data, training.batch, self.seed, phase.name, step)
        batch = {name: tensor.to(self.device, non_blocking=True) for name, tensor in batch.items()}
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            loss = self.world.loss(self.network, batch)
        loss.backward()
        if training.clip is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), training.clip)
        for optimizer in optimizers:
            optimizer.step()
        return loss.detach()

    def _record_losses(
        self, stage: int, done: int, losses: list[torch.Tensor], saved: int
    ) -> None:
        """Add the mean loss to the curve; EunoeError if one is not finite."""
        values = torch.stack(losses).tolist()
        for offset, value in enumerate(values):
            if not math.isfinite(value):
                step = done - len(values) + offset
                kept = f"step {saved} in {self.resume}" if self.resume.exists() else "none"
                raise EunoeError(
                    f"the loss is {value} at step {step} of stage {stage}; last good checkpoint:"
                    f" {kept}; try a lower learning_rate or matrix_learning_rate, or a longer warmup"
                )
        self._record(stage, done, "loss", sum(values) / len(values))

    def _monitor(self, stage: int, step: int, training: Training) -> None:
        """Add measurements on validation prompts to the curve."""
        self.network.eval()
        measured = self.world.monitor(self.network, training.monitor_prompts, self.seed)
        self.network.train()
        for measure, value in measured.items():
            self._record(stage, step, measure, value)
        logger.info("stage %d step %d %s", stage, step, measured)

    def _record(self, stage: int, step: int, measure: str, value: float) -> None:
        self.rows.append({"stage": stage, "step": step, "measure": measure, "value": value})
