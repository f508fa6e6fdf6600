"""A base with the soft prompts and the LoRA of a recipe, and the weights that a stage trains."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from eunoe.config.recipes import Lora, SoftPrompt, Stage
from eunoe.errors import EunoeError
from eunoe.evaluation.tokens import Tokens
from eunoe.streams import stream
from eunoe.worlds.text.adapters import (
    LORA,
    SOFT_PROMPT,
    VECTORS,
    WEIGHTS,
    PromptedEmbedding,
    lora_tensors,
    unwrap,
    wrap,
    write_adapter,
)


class AdaptedModel:
    """A model of transformers with a LoRA and soft prompts added to it.

    All of them are added at the beginning and switched on and off, so that a network has the same
    parameters in every stage. A LoRA that is not trained yet changes nothing.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.weights: dict[str, nn.Parameter] = dict(model.named_parameters())
        """The base's own parameters, by the names that it is saved with."""
        self.blocks = blocks_of(model)
        self.embeddings = [
            parameter
            for module in model.modules()
            if isinstance(module, nn.Embedding)
            for parameter in module.parameters()
        ]
        self.lora: Any = None
        self.embedding: PromptedEmbedding | None = None
        self.prompts: dict[str, list[int]] = {}
        """The ids of soft prompts by source; that of all sources is called ""."""

    def add_lora(self, settings: Lora, seed: int) -> None:
        """Put a LoRA on every matrix of the blocks (Schulman et al. 2025: on all of them)."""
        from peft import LoraConfig, get_peft_model  # takes seconds, and most runs need none

        config = LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,  # type: ignore[arg-type]
            target_modules="all-linear",
            fan_in_fan_out=any(type(m).__name__ == "Conv1D" for m in self.model.modules()),
            task_type="CAUSAL_LM",
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(stream(seed, "lora").integers(2**31)))
            with warnings.catch_warnings():  # about names in transformers that PEFT still uses
                warnings.simplefilter("ignore", FutureWarning)
                self.lora = get_peft_model(self.model, config)
        self.switch_lora(False)

    def add_prompts(self, vectors: Mapping[str, Tensor]) -> None:
        """Add soft prompts (vectors, width) by source; "" is that of all sources."""
        device = self.model.get_input_embeddings().weight.device
        self.embedding = wrap(self.model, torch.cat(list(vectors.values())).to(device))
        first = self.embedding.first
        for source, own in vectors.items():
            self.prompts[source] = list(range(first, first + len(own)))
            first += len(own)

    def train(self, stage: Stage) -> None:
        """Set which parameters a stage trains, and switch the LoRA on if the stage uses one."""
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        self.switch_lora("lora" in {*stage.train, *stage.frozen})
        if "all" in stage.train:
            for parameter in self.weights.values():
                parameter.requires_grad_(True)
            for parameter in self.lowest(stage.frozen_layers):
                parameter.requires_grad_(False)
        if "soft_prompt" in stage.train and self.embedding is not None:
            self.embedding.vectors.requires_grad_(True)
        if "lora" in stage.train:
            for parameter in self.lora_parameters():
                parameter.requires_grad_(True)

    def lowest(self, layers: int) -> list[nn.Parameter]:
        """Return the parameters of the lowest blocks and of the embeddings, none for 0 blocks."""
        if layers > len(self.blocks):
            raise EunoeError(
                f"recipes: frozen_layers = {layers}: the network has {len(self.blocks)};"
                f" allowed: an integer from 0 to {len(self.blocks)}"
            )
        if layers == 0:
            return []
        own = [p for block in self.blocks[:layers] for p in block.parameters()]
        return [*self.embeddings, *own]

    def lora_parameters(self) -> list[nn.Parameter]:
        """Return the matrices of the LoRA."""
        return [p for name, p in self.model.named_parameters() if ".lora_" in name]

    def switch_lora(self, on: bool) -> None:
        """Switch the LoRA on or off, without changing which parameters are trained."""
        trained = [(p, p.requires_grad) for p in self.lora_parameters()]
        for layer in self.lora_layers():
            layer.enable_adapters(on)
        for parameter, flag in trained:
            parameter.requires_grad_(flag)

    @contextmanager
    def lora_switched(self, on: bool) -> Iterator[None]:
        """Switch the LoRA on or off within a context."""
        before = self.lora_acts
        self.switch_lora(on)
        try:
            yield
        finally:
            self.switch_lora(before)

    @property
    def lora_acts(self) -> bool:
        """Tell whether there is a LoRA that is switched on."""
        return any(not layer.disable_adapters for layer in self.lora_layers())

    def lora_layers(self) -> list[Any]:
        """Return the modules that have a LoRA."""
        if self.lora is None:
            return []
        from peft.tuners.tuners_utils import BaseTunerLayer

        return [module for module in self.model.modules() if isinstance(module, BaseTunerLayer)]

    def prompt_of(self, source: str) -> list[int]:
        """Return the ids of a source's soft prompt; a source without its own has the first one."""
        if not self.prompts:
            return []
        return self.prompts.get(source) or min(self.prompts.items())[1]

    @torch.no_grad()
    def merge(self, changed: Sequence[tuple[float, Mapping[str, Tensor]]]) -> None:
        """Add weighted differences of other models' weights (by name) to the base's."""
        start = {name: weights.clone() for name, weights in self.weights.items()}
        for share, others in changed:
            for name, weights in self.weights.items():
                weights.add_(others[name].to(weights.device) - start[name], alpha=share)

    def tensors(self) -> dict[str, Tensor]:
        """Return all tensors as `{part}/{name}`, with the names that they are saved with.

        A part is `weights`, or a folder that `save` makes.
        """
        found: dict[str, Tensor] = {f"{WEIGHTS}/{name}": p for name, p in self.weights.items()}
        if self.lora is not None:
            found |= {f"{LORA}/{name}": p for name, p in lora_tensors(self.lora).items()}
        return found | {f"{name}/{VECTORS}": each for name, each in self.vectors().items()}

    def vectors(self) -> dict[str, Tensor]:
        """Return the vectors of each soft prompt by the name of its folder."""
        if self.embedding is None:
            return {}
        first = self.embedding.first
        return {
            f"{SOFT_PROMPT}.{source}" if source else SOFT_PROMPT: self.embedding.vectors[
                [one - first for one in ids]
            ]
            for source, ids in self.prompts.items()
        }

    def save(self, folder: Path) -> None:
        """Write LoRA and soft prompts into `folder`, each as PEFT does; then remove them."""
        rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        if self.lora is not None:
            self.lora.peft_config["default"].base_model_name_or_path = None
            write_adapter(folder / LORA, self.lora.peft_config["default"], lora_tensors(self.lora))
        if self.embedding is not None:
            from peft import PromptTuningConfig

            for name, vectors in self.vectors().items():
                config = PromptTuningConfig(
                    task_type="CAUSAL_LM",
                    num_virtual_tokens=len(vectors),
                    token_dim=vectors.shape[1],
                    num_transformer_submodules=1,
                    num_layers=self.model.config.num_hidden_layers,
                    num_attention_heads=self.model.config.num_attention_heads,
                    inference_mode=True,
                )
                write_adapter(folder / name, config, {VECTORS: vectors})
        unwrap(self.model)
        if self.lora is not None:
            self.model = self.lora.unload()


def blocks_of(model: Any) -> list[nn.Module]:
    """Return a model's blocks, from the lowest on."""
    layers = model.config.get_text_config(decoder=True).num_hidden_layers
    lists = (m for m in model.modules() if isinstance(m, nn.ModuleList) and len(m) == layers)
    return list(next(lists, []))


def first_vectors(
    settings: SoftPrompt,
    texts: Sequence[str],
    embeddings: Tensor,
    tokens: Tokens,
    numbers: np.random.Generator,
) -> Tensor:
    """Return the initial vectors (vectors, width) of a soft prompt.

    `embeddings` are those of the words (words, width). With `vocabulary` the vectors are embeddings
    of tokens that occur in some of the texts: a token that pretraining has never seen has no useful
    embedding.
    """
    weight = embeddings.detach().float().cpu()
    if settings.init == "random":
        drawn = numbers.normal(size=(settings.vectors, weight.shape[1]))
        return torch.from_numpy(drawn).float() * weight.std()
    some = [texts[place] for place in numbers.permutation(len(texts))[:256]]
    words = sorted({token for row in tokens.encode(some) for token in row[1:]})
    chosen = numbers.choice(words, settings.vectors, replace=len(words) < settings.vectors)
    return weight[torch.from_numpy(chosen)].clone()
