"""Time to reach 1.25 times the optimal mixture loss: the default recipe against the reference.

The reference is what Garg et al. 2022 used: transformers' GPT2Model as it comes, with Adam at
1e-4. Both train on the same batches of the default problem, in this process, turn about, so that
the ratio holds when the machine's speed drifts. Time is training time; measurements are not
counted.
"""

import argparse
import os
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import GPT2Config, GPT2Model

from eunoe.config.trainings import Training
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.provenance import processor
from eunoe.training.optimizers import build_optimizers
from eunoe.training.schedule import rate_factor
from eunoe.workflow.configuration import load, read_config
from eunoe.worlds.regression.bayes import mixture_predict
from eunoe.worlds.regression.material import world_rows
from eunoe.worlds.regression.network import interleave
from eunoe.worlds.regression.tasks import banks_from, draw_prompts
from eunoe.worlds.regression.world import Regression

CONFIG = load(read_config(Path(__file__).parent.parent))
REFERENCE = Training(
    optimizer="adam", learning_rate=1e-4, batch=64, steps=1, warmup=0, decay=0, clip=None
)
"""As Garg et al. 2022 train; without decay, the number of steps does not matter."""


class Reference(nn.Module):
    """transformers' GPT2Model as it comes, read-in and read-out around it."""

    def __init__(self, dimension: int, points: int, layers: int, heads: int, width: int) -> None:
        super().__init__()
        settings = GPT2Config(
            n_layer=layers,
            n_head=heads,
            n_embd=width,
            n_positions=2 * points,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            use_cache=False,
        )
        self.trunk = GPT2Model(settings)
        self.read_in, self.read_out = nn.Linear(dimension, width), nn.Linear(width, 1)

    def forward(self, xs: Tensor, ys: Tensor) -> Tensor:
        """xs (B, N, d), ys (B, N) to (B, N)."""
        hidden = self.trunk(inputs_embeds=self.read_in(interleave(xs, ys))).last_hidden_state
        answers: Tensor = self.read_out(hidden[:, ::2]).squeeze(-1)
        return answers


class Contestant:
    """One recipe in training, and the seconds that it has spent."""

    def __init__(self, name: str, network: nn.Module, training: Training) -> None:
        self.name, self.network, self.training = name, network, training
        self.optimizers = build_optimizers(
            network,
            training.optimizer,
            training.learning_rate,
            training.matrix_learning_rate,
            training.weight_decay,
        )
        self.peaks = [[g["lr"] for g in o.param_groups] for o in self.optimizers]
        self.seconds, self.step = 0.0, 0
        self.reached: float | None = None

    def train(self, world: Regression, data: dict[str, float], seed: int, steps: int) -> None:
        """Make so many updates."""
        training = self.training
        begin = time.perf_counter()
        for _ in range(steps):
            batch = world.batch(data, training.batch, seed, "pretrain", self.step)
            factor = rate_factor(min(self.step, training.steps - 1), training)
            for optimizer, peaks in zip(self.optimizers, self.peaks, strict=True):
                for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                    group["lr"] = peak * factor
                optimizer.zero_grad()
            torch.autograd.backward(world.loss(self.network, batch))
            if training.clip is not None:
                nn.utils.clip_grad_norm_(self.network.parameters(), training.clip)
            for optimizer in self.optimizers:
                optimizer.step()
            self.step += 1
        self.seconds += time.perf_counter() - begin


def main() -> None:
    """Print a table: steps, seconds, ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--factor", type=float, default=1.25, help="of the optimal loss")
    parser.add_argument("--steps", type=int, default=60000, help="give up after so many")
    parser.add_argument("--patience", type=float, default=3600, help="give up after s seconds")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    settings, seed = CONFIG.worlds["linear"], arguments.seed
    base = CONFIG.bases["mix50"]
    assert isinstance(settings, RegressionWorld)
    assert base.alpha is not None
    assert base.network is not None
    assert base.training is not None
    shape = CONFIG.networks[base.network].model_dump(include={"layers", "heads", "width"})
    banks = banks_from(world_rows(settings, seed))
    world = Regression(settings, banks)
    prompts = draw_prompts(settings, banks, base.data, 2000, seed, "benchmark", 0)
    bank = torch.from_numpy(banks["bank"])
    ideal = mixture_predict(prompts.xs, prompts.ys, bank, base.alpha, settings.sigma, settings.tau)
    optimum = (ideal - prompts.ys).square().mean().item()
    torch.manual_seed(seed)
    size = (settings.dimension, settings.points)
    network = world.build_network(CONFIG.networks[base.network], seed)
    contestants = [
        Contestant("default", network, CONFIG.trainings[base.training]),
        Contestant("reference (GPT2Model, Adam 1e-4)", Reference(*size, **shape), REFERENCE),
    ]
    racing = list(contestants)
    while racing:
        for contestant in list(racing):
            contestant.train(world, base.data, seed, 100)
            with torch.inference_mode():
                answers = contestant.network(prompts.xs, prompts.ys)
            loss = (answers - prompts.ys).square().mean().item()
            done = loss <= arguments.factor * optimum
            if done:
                contestant.reached = contestant.seconds
            late = contestant.step >= arguments.steps or contestant.seconds > arguments.patience
            print(
                f"{contestant.name}: step {contestant.step}, {contestant.seconds:.0f} s, "
                f"{loss / optimum:.3f} of the optimum",
                flush=True,
            )
            if done or late:
                racing.remove(contestant)
    print(
        f"\ntorch {torch.__version__}, 1 thread, {processor()}, "
        f"{os.cpu_count()} cores, seed {seed}; optimal mixture loss {optimum:.3f}\n"
    )
    print("| recipe | steps | seconds | ratio |\n|---|---|---|---|")
    for c in contestants:
        ratio = c.seconds / contestants[0].seconds
        sign = "" if c.reached else "> "
        print(f"| {c.name} | {sign}{c.step} | {sign}{c.seconds:.0f} | {sign}{ratio:.1f} |")


if __name__ == "__main__":
    main()
