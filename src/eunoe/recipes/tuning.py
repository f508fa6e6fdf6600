"""A recipe applied to a base: the stages for the training loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from eunoe.config.recipes import Amount, Recipe, Stage
from eunoe.config.trainings import Training
from eunoe.config.worlds.text import TextWorld, plain_source
from eunoe.recipes.adapted import AdaptedModel, first_vectors
from eunoe.recipes.adapter_scope import adapter_scope_of, has_adapters, has_prompt
from eunoe.recipes.batches import Batches
from eunoe.recipes.gradients import format_cosines, shuffled_replies
from eunoe.recipes.losses import LOSSES, response_logits, targets_of, weights_of
from eunoe.recipes.mixtures import Mixture, mix
from eunoe.recipes.monitor import Monitor, answer, longest_response, records
from eunoe.recipes.penalties import distance, divergence, fisher
from eunoe.streams import stream
from eunoe.training.checkpoints import under
from eunoe.training.loop import Change, Levels, Phase
from eunoe.worlds.interface import Batch
from eunoe.worlds.text.collate import Encoder, Layout

SHUFFLES = 4
"""Number of shuffles of the replies of a batch for the format-only gradient."""


@dataclass
class Opened:
    """The current stage, with what its loss needs."""

    stage: Stage
    batches: Batches
    kl_batches: Batches | None
    """The batches of the KL penalty, if they are not those of the stage."""
    importance: dict[str, Tensor] | None
    """The importance of each weight, for elastic weight consolidation."""


class Tuning:
    """The lessons (`worlds.Lessons`) of a recipe's stages."""

    def __init__(
        self,
        recipe: Recipe,
        trainings: Mapping[str, Training],
        world: TextWorld,
        examples: pd.DataFrame,
        model: Any,
        tokenizer: Any,
        seed: int,
        where: str,
    ) -> None:
        """Take rows of `ITEMS`, and a base; `where` begins what errors say.

        EunoeError for a source that the examples do not have and for more than they have.
        """
        self.recipe, self.trainings, self.world = recipe, trainings, world
        self.seed, self.where = seed, where
        self.tokenizer = tokenizer
        train = examples[examples["split"] == "train"].reset_index(drop=True)
        self.train = train
        self.encoder = Encoder(tokenizer, model.config, world.context)
        self.lengths = self.measure_lengths()
        self.mixtures = [self.mixture_of(index) for index in range(len(recipe.stages))]
        validation = examples[examples["split"] == "validation"]
        self.monitor_of = Monitor(
            tokenizer, model.config, validation, world.monitored, recipe.target
        )
        self.base = deepcopy(model) if self.needs_base else None
        self.adapted = AdaptedModel(model)
        self.adapter_scope = adapter_scope_of(recipe)
        self.attach()
        self.opened: Opened | None = None
        self.entered: dict[int, Opened] = {}
        self.untouched: dict[str, float] = {}
        """Measurements without adapters, in stages that leave the base's weights as they are."""

    # Before the first stage

    @property
    def needs_base(self) -> bool:
        """Tell whether a stage compares the network with its base."""
        return any(
            stage.penalties.kl
            or stage.penalties.l2_sp
            or stage.penalties.ewc
            or any(amount.replies == "base" for amount in stage.data.values())
            for stage in self.recipe.stages
        )

    def measure_lengths(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the number of tokens of every training item, if a stage has amounts in tokens."""
        stages = self.recipe.stages
        if not any(a.measure == "tokens" for stage in stages for a in stage.data.values()):
            return np.zeros(len(self.train), dtype=np.int64)
        pairs = list(zip(self.train["prompt"], self.train["reply"], strict=True))
        rows = self.encoder.encode(pairs, self.train["item"].astype(str).tolist())
        return np.array([len(row.ids) for row in rows])

    def training_of(self, stage: Stage) -> Training:
        """Return the training settings of a stage."""
        assert stage.training is not None, "a stage that does not merge has one"
        return self.trainings[stage.training]

    def mixture_of(self, index: int) -> Mixture | None:
        """Return the mixture of a stage, None if it merges."""
        stage = self.recipe.stages[index]
        return None if stage.merge else self.mix(index, stage.data, "")

    def mix(self, index: int, data: Mapping[str, Amount], purpose: str) -> Mixture:
        """Return the items of every update of a stage."""
        training = self.training_of(self.recipe.stages[index])
        size = (training.steps, training.batch)
        where = f"{self.where}, stage {index}"
        name = f"finetune.{index}{purpose}"
        return mix(data, self.train, self.lengths, size, self.seed, name, where)

    def attach(self) -> None:
        """Add the LoRA and soft prompts that any stage uses."""
        stages = self.recipe.stages
        if any("lora" in {*stage.train, *stage.frozen} for stage in stages):
            self.adapted.add_lora(self.recipe.lora, self.seed)
        prompted = [index for index, stage in enumerate(stages) if has_prompt(stage)]
        if not prompted:
            return
        if self.recipe.soft_prompt.per == "recipe":  # the same whatever later stages read
            used = {"": np.concatenate(list(self.pools(prompted[0]).values()))}
        else:
            later = [self.pools(index) for index in reversed(prompted)]
            used = {source: rows for pools in later for source, rows in pools.items()}
        self.adapted.add_prompts({name: self.vectors(name, rows) for name, rows in used.items()})

    def pools(self, index: int) -> dict[str, Any]:
        """Return the rows that a stage may draw, by source."""
        mixture = self.mixtures[index]
        assert mixture is not None, "a stage with a soft prompt does not merge"
        names = map(plain_source, mixture.sources)
        return dict(zip(names, mixture.pools, strict=True))

    def vectors(self, name: str, rows: Any) -> Tensor:
        """Return the initial vectors of a soft prompt (vectors, width) for these rows."""
        numbers = stream(self.seed, f"soft_prompt/{name}")
        texts = self.train["prompt"].to_numpy()[rows]
        weight = self.adapted.model.get_input_embeddings().weight
        return first_vectors(self.recipe.soft_prompt, texts, weight, self.encoder.tokens, numbers)

    def phases(
        self, merged: Sequence[Mapping[str, Tensor]], checkpoint_every: Sequence[int]
    ) -> list[Phase | Change]:
        """Return the stages for the training loop.

        `merged` are the weights of the runs to be merged, in the order of their recipes' names;
        `checkpoint_every` has a number for each stage that trains.
        """
        stages = range(len(self.recipe.stages))
        training = [index for index in stages if not self.recipe.stages[index].merge]
        every = dict(zip(training, checkpoint_every, strict=True))
        return [self.phase(index, merged, every.get(index, 1)) for index in stages]

    def phase(
        self, index: int, merged: Sequence[Mapping[str, Tensor]], checkpoint_every: int
    ) -> Phase | Change:
        """Return one stage for the training loop."""
        stage, name = self.recipe.stages[index], f"finetune.{index}"
        levels = self.levels if stage is self.recipe.stages[-1] else None
        if stage.merge:
            scales = [stage.merge[other] for other in sorted(stage.merge)]
            changed = list(zip(scales, merged, strict=True))
            return Change(name, lambda: self.adapted.merge(changed), levels=levels)
        pick = self.measure_in(stage) if stage.pick == "best" else None
        training, enter = self.training_of(stage), lambda: self.enter(index)
        return Phase(name, {}, training, enter, pick, levels, checkpoint_every)

    @property
    def levels(self) -> Levels | None:
        """The levels at which the last stage keeps its weights, None without a target."""
        if self.recipe.target is None or not self.world.levels:
            return None
        return Levels(self.measure_in(self.recipe.stages[-1]), self.world.levels)

    def best_of(self, rows: Sequence[Mapping[str, Any]]) -> float | None:
        """Return the highest target score of the last stage in a curve, None without a target."""
        if self.recipe.target is None:
            return None
        last = len(self.recipe.stages) - 1
        measure = self.measure_in(self.recipe.stages[last])
        after = [row for row in rows if row["stage"] == last and row["step"] > 0]
        return max(float(row["value"]) for row in after if row["measure"] == measure)

    def measure_in(self, stage: Stage) -> str:
        """Return the measure that selects a stage's checkpoints, with the adapters of the stage."""
        return f"{'attached' if has_adapters(stage) else 'plain'}.right.{self.recipe.target}"

    # In a stage

    def enter(self, index: int) -> None:
        """Prepare the network and the data for a stage."""
        self.adapted.train(self.recipe.stages[index])
        self.untouched = {}
        if index not in self.entered:
            self.entered[index] = self.open(index)
        self.opened = self.entered[index]

    def open(self, index: int) -> Opened:
        """Return what the loss of a stage needs."""
        stage, mixture = self.recipe.stages[index], self.mixtures[index]
        assert mixture is not None, "a stage that merges is not entered"
        kl, ewc = stage.penalties.kl, stage.penalties.ewc
        beside = self.mix(index, shares(kl.data), "/kl") if kl and kl.data else None
        return Opened(
            stage,
            self.batches(index, mixture, "", self.base_replies(stage, mixture)),
            self.batches(index, beside, "/kl", {}) if beside else None,
            self.importance(index) if ewc else None,
        )

    def batches(
        self, index: int, mixture: Mixture, purpose: str, replies: Mapping[int, str]
    ) -> Batches:
        """Return the batches of a mixture in a stage."""
        stage = self.recipe.stages[index]
        return Batches(
            mixture,
            self.train,
            self.encoder,
            lambda source: self.prefix_in(stage, source),
            self.seed,
            f"finetune.{index}{purpose}",
            stage.demonstrations,
            replies,
            Layout(stage.layout, self.world.context, self.world.reply_weight),
        )

    def prefix_in(self, stage: Stage, source: str) -> list[int]:
        """Return the soft prompt of a source's items in a stage."""
        source = plain_source(source)
        if not has_prompt(stage) or self.adapter_scope is None:
            return []
        return self.adapted.prompt_of(source) if self.adapter_scope.covers(source) else []

    def base_replies(self, stage: Stage, mixture: Mixture) -> dict[int, str]:
        """Return the base's own replies, by row, for the sources with `replies: base`."""
        replies: dict[int, str] = {}
        for index, source in enumerate(mixture.sources):
            if stage.data[source].replies == "base":
                chosen = np.unique(mixture.rows[mixture.of_source == index])
                rows = records(self.train.iloc[chosen])
                prompts = {str(row): self.train["prompt"].iloc[row] for row in chosen}
                room = longest_response(self.encoder.tokens, rows)
                said = answer(self.base, self.tokenizer, prompts, room)
                replies |= {int(row): reply.strip() for row, reply in said.items()}
        return replies

    def importance(self, index: int) -> dict[str, Tensor]:
        """Return the Fisher information of the base's weights, for a stage."""
        ewc = self.recipe.stages[index].penalties.ewc
        assert ewc is not None, "asked for with this penalty alone"
        where, name = f"{self.where}, stage {index}, penalties.ewc", f"finetune.{index}/ewc"
        size = (1, ewc.examples)
        data = mix(shares(ewc.data), self.train, self.lengths, size, self.seed, name, where)
        return fisher(self.base, self.batches(index, data, "/ewc", {}).encoded(0))

    @property
    def current(self) -> Opened:
        """The current stage."""
        assert self.opened is not None, "no stage is under way"
        return self.opened

    def batch(
        self, data: Mapping[str, float], size: int, seed: int, phase: str, step: int
    ) -> Batch:
        """Return the batch of one update."""
        del data, size, seed, phase  # the stage that is under way knows them
        kl, beside = self.current.stage.penalties.kl, self.current.kl_batches
        batch = self.current.batches.batch(step, bare=kl is not None and beside is None)
        if beside is not None:
            found = beside.batch(step, bare=True)
            batch |= {f"kl.{name}": tensor for name, tensor in found.items()}
        return batch

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the stage's loss on replies, with its penalties."""
        stage = self.current.stage
        logits = response_logits(network, batch)
        weighted = weights_of(batch) if stage.layout == "filled" else None
        loss = LOSSES[stage.loss](logits, targets_of(batch), weighted)
        penalties, weights = stage.penalties, self.trained_weights
        if penalties.kl:
            beside = under("kl.", batch)
            ours = response_logits(network, beside) if beside else logits
            loss = loss + penalties.kl.weight * divergence(self.base_logits(beside or batch), ours)
        if penalties.l2_sp:
            loss = loss + penalties.l2_sp.weight * distance(weights, self.start)
        if penalties.ewc:
            moved = distance(weights, self.start, self.current.importance)
            loss = loss + penalties.ewc.weight * moved
        return loss

    @torch.no_grad()
    def base_logits(self, batch: Batch) -> Tensor:
        """Return the base's logits (tokens of replies, words), without soft prompts."""
        return response_logits(self.base, under("bare.", batch) or batch)

    @property
    def trained_weights(self) -> dict[str, nn.Parameter]:
        """The base's weights that the stage trains, by name."""
        return {name: each for name, each in self.adapted.weights.items() if each.requires_grad}

    @property
    def start(self) -> dict[str, Tensor]:
        """The base's weights before tuning, by name."""
        assert self.base is not None, "kept for penalties"
        return {name: each.detach() for name, each in self.base.named_parameters()}

    # Measurements

    def monitor(self, network: nn.Module, size: int, seed: int) -> dict[str, float]:
        """Return the measurements on validation items, with and without adapters."""
        del seed
        stage = self.opened.stage if self.opened else self.recipe.stages[0]
        with self.adapted.lora_switched(False):
            plain = self.untouched or self.ask(network, size, "plain", lambda _: [])
        if stage.merge:
            return plain
        if "all" not in stage.train:
            self.untouched = plain
        measured = dict(plain)
        if has_adapters(stage):
            prompted = has_prompt(stage)
            measured |= self.ask(
                network,
                size,
                "attached",
                lambda source: self.adapted.prompt_of(source) if prompted else [],
            )
        return measured | self.cosines(network, stage)

    def ask(self, network: nn.Module, size: int, mode: str, prefix_of: Any) -> dict[str, float]:
        """Return the monitor's measurements, named by whether adapters are on.

        The measure that selects checkpoints is taken on more items.
        """
        stage = self.opened.stage if self.opened else self.recipe.stages[0]
        choosing = stage is self.recipe.stages[-1] or stage.pick == "best"
        chosen = choosing and self.measure_in(stage).startswith(f"{mode}.")
        on_target = self.world.selected_on if chosen else None
        measured = self.monitor_of.ask(network, size, prefix_of, on_target)
        return {f"{mode}.{name}": value for name, value in measured.items()}

    def cosines(self, network: nn.Module, stage: Stage) -> dict[str, float]:
        """Return cosines with the format-only gradient, if all weights are trained on labels."""
        target = self.recipe.target
        if target is None or "all" not in stage.train:
            return {}
        every = self.monitor_of.rows[target]
        if every[0]["format"] != "label":
            return {}
        some = every[: self.training_of(stage).batch]
        names = [str(row["item"]) for row in some]
        pairs = [(row["prompt"], row["reply"]) for row in some]
        others = shuffled_replies(pairs, SHUFFLES, stream(self.seed, f"shuffled/{target}"))
        prefix, encode = self.prefix_in(stage, target), self.encoder.encode
        rows = [row.prepend(prefix) for row in encode(pairs, names)]
        shuffled = [row.prepend(prefix) for row in encode(others, names * SHUFFLES)]
        found = format_cosines(network, self.adapted.weights, rows, shuffled)
        return {f"cosine.{part}": value for part, value in found.items()}


def shares(data: Mapping[str, float]) -> dict[str, Amount]:
    """Return plain shares as amounts."""
    return {source: Amount(share=share) for source, share in data.items()}
