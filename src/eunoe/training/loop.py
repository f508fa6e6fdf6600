"""The one training loop: pretraining and every stage of every recipe."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import nn
from tqdm import tqdm

from eunoe.config.trainings import Training
from eunoe.errors import EunoeError
from eunoe.training.checkpoints import (
    Kept,
    Progress,
    kept_in,
    load_progress,
    restore,
    save_progress,
    trained_weights,
)
from eunoe.training.micro_batches import micro_batches, recompute
from eunoe.training.optimizers import build_optimizers
from eunoe.training.schedule import rate_factor
from eunoe.worlds.interface import Lessons

logger = logging.getLogger(__name__)

CHECK_EVERY = 20
"""Updates between two looks at the losses: each look waits for the GPU."""


BEST = "best"
"""What the checkpoint is kept for that a stage leaves in place of its last weights."""


@dataclass(frozen=True)
class Levels:
    """The weights are kept at the first monitored checkpoint that measures at least a level."""

    measure: str
    values: Sequence[float]


@dataclass
class Phase:
    """One stage of training: its data, its updates, and the name of its random streams."""

    name: str
    data: Mapping[str, float]
    training: Training
    begin: Callable[[], None] | None = None
    """Readies network and lessons for the stage, such as by saying which weights are trained."""
    pick: str | None = None
    """The measure whose highest value says which monitored checkpoint the stage leaves; None leaves
    the last weights."""
    levels: Levels | None = None
    """Where the weights are kept on the way."""
    checkpoint_every: int = 200
    """Updates between two checkpoints, from which a killed job goes on."""


@dataclass
class Change:
    """A stage that changes the weights without training."""

    name: str
    change: Callable[[], None]
    monitor_prompts: int = 256
    levels: Levels | None = None
    """Where the changed weights are kept."""


@dataclass
class Job:
    """A sequence of phases over one network, resumable from `resume`."""

    world: Lessons
    network: nn.Module
    phases: Sequence[Phase | Change]
    seed: int
    resume: Path
    digest: str
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    rows: list[dict[str, Any]] = field(default_factory=list)
    """The curve: stage, step, measure, value."""
    seconds: list[float] = field(default_factory=list, init=False)
    """What the updates of each stage have taken."""
    losses: list[torch.Tensor] = field(default_factory=list, init=False)
    """Of the updates since the curve's last row, on the device."""
    saved: str = field(default="none", init=False)
    """The last good checkpoint, in words."""
    kept: dict[str, Kept] = field(default_factory=dict, init=False)
    """Checkpoints by what they are kept for: a level, as text, or to be the one that is left."""

    def run(self) -> list[dict[str, Any]]:
        """Train through all phases and return the curve; the weights are in `network`.

        EunoeError if a loss is not finite. On the CPU a job that was killed and started again
        ends in the same weights, bit by bit.
        """
        self.network.to(self.device)
        progress, state = self._find_progress()
        for stage, phase in enumerate(self.phases):
            if stage < progress.stage:
                continue
            self.seconds += [0.0] * (stage + 1 - len(self.seconds))
            if isinstance(phase, Change):
                self._change(stage, phase)
            elif stage == progress.stage:
                self._train(stage, phase, progress.step, state)
            else:
                self._train(stage, phase, 0, None)
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
        self.saved = self._describe(progress)
        self.rows = list(progress.rows)
        self.seconds = list(progress.seconds)
        self.losses = [torch.tensor(loss, device=self.device) for loss in progress.losses]
        self.kept = kept_in(progress, tensors)
        return progress, (tensors, numbers)

    def _train(self, stage: int, phase: Phase, start: int, state: Any) -> None:
        training = phase.training
        self.network.zero_grad()  # of what this stage does not train, so that clipping is right
        if phase.begin is not None:
            phase.begin()
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
        if training.recompute:
            recompute(self.network)
        if start == 0:
            self._monitor(stage, 0, training.monitor_prompts)
        with self._bar(phase, start) as bar:  # so that an error begins on a line of its own
            for step in bar:
                began = perf_counter()
                self.losses.append(self._update(optimizers, peaks, phase, step))
                done = step + 1
                last = done == training.steps
                monitored = last or done % training.monitor_every == 0
                saving = not last and done % phase.checkpoint_every == 0
                if monitored or done % CHECK_EVERY == 0:
                    self._record_losses(stage, done)
                    bar.set_postfix(loss=f"{self.rows[-1]['value']:.3f}")
                self.seconds[stage] += perf_counter() - began
                if monitored:
                    measured = self._monitor(stage, done, training.monitor_prompts)
                    self._keep(phase.pick, phase.levels, done, measured)
                if saving:
                    self._save(stage, done, optimizers)
        if best := self.kept.pop(BEST, None):
            best.restore(self.network)

    def _keep(
        self, pick: str | None, levels: Levels | None, step: int, measured: Mapping[str, float]
    ) -> None:
        """Keep the weights if no checkpoint has been as good, and for each level first reached."""
        wanted = {}
        if pick is not None and (BEST not in self.kept or measured[pick] > self.kept[BEST].value):
            wanted[BEST] = measured[pick]
        if levels is not None:
            value = measured[levels.measure]
            reached = [str(level) for level in levels.values if value >= level]
            wanted |= {level: value for level in reached if level not in self.kept}
        if wanted:
            weights = trained_weights(self.network)  # one copy, whatever it is kept for
            self.kept |= {name: Kept(step, value, weights) for name, value in wanted.items()}

    def _change(self, stage: int, phase: Change) -> None:
        """Change the weights without training; step 0 is before it and step 1 after it."""
        began = perf_counter()
        self._monitor(stage, 0, phase.monitor_prompts)
        phase.change()
        self._keep(None, phase.levels, 1, self._monitor(stage, 1, phase.monitor_prompts))
        self.seconds[stage] += perf_counter() - began

    def _bar(self, phase: Phase, start: int) -> Any:
        """Return an iterator over the updates that are left, with a progress bar."""
        return tqdm(
            range(start, phase.training.steps),
            desc=f"{phase.name} seed {self.seed}",
            initial=start,
            total=phase.training.steps,
            unit="step",
            disable=None,  # quiet unless standard error is a terminal
            mininterval=1,
        )

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
        total = torch.zeros((), device=self.device)
        for share, part in micro_batches(batch, training.accumulate):
            with torch.autocast(
                self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"
            ):
                loss = share * self.world.loss(self.network, part)
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        if training.clip is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), training.clip)
        for optimizer in optimizers:
            optimizer.step()
        return total

    def _save(self, stage: int, done: int, optimizers: list[torch.optim.Optimizer]) -> None:
        """Write the resume file; EunoeError if an update has spoilt losses or weights."""
        losses = self._finite_losses(stage, done)
        if not all(weights.isfinite().all() for weights in self.network.parameters()):
            raise self._diverged("a weight is not finite", stage, done - 1)
        progress = Progress(self.digest, stage, done, self.rows, self.seconds, losses)
        save_progress(self.resume, progress, self.network, optimizers, self.kept)
        self.saved = self._describe(progress)

    def _describe(self, progress: Progress) -> str:
        return f"step {progress.step} of stage {progress.stage} in {self.resume}"

    def _diverged(self, what: str, stage: int, step: int) -> EunoeError:
        return EunoeError(
            f"{what} at step {step} of stage {stage}; last good checkpoint: {self.saved};"
            " try a lower learning_rate or matrix_learning_rate, or a longer warmup"
        )

    def _record_losses(self, stage: int, done: int) -> None:
        """Add the mean loss since the last row to the curve; EunoeError if one is not finite."""
        values = self._finite_losses(stage, done)
        self._record(stage, done, "loss", sum(values) / len(values))
        self.losses.clear()

    def _finite_losses(self, stage: int, done: int) -> list[float]:
        """Return the losses since the curve's last row; EunoeError if one is not finite."""
        values: list[float] = torch.stack(self.losses).tolist() if self.losses else []
        for offset, value in enumerate(values):
            if not math.isfinite(value):
                step = done - len(values) + offset
                raise self._diverged(f"the loss is {value}", stage, step)
        return values

    def _monitor(self, stage: int, step: int, size: int) -> dict[str, float]:
        """Add measurements on validation prompts to the curve, and return them."""
        self.network.eval()
        measured = self.world.monitor(self.network, size, self.seed)
        self.network.train()
        for measure, value in measured.items():
            if not math.isfinite(value):
                raise self._diverged(f"the error on {measure} is {value}", stage, step)
            self._record(stage, step, measure, value)
        logger.info("stage %d step %d %s", stage, step, measured)
        return measured

    def _record(self, stage: int, step: int, measure: str, value: float) -> None:
        self.rows.append({"stage": stage, "step": step, "measure": measure, "value": value})
