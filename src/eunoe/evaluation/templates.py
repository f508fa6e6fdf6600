"""Chat templates: prompts as the turn of a user, which a model answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from eunoe.errors import EunoeError
from eunoe.evaluation.engine import Engine

ALLOWED = "allowed: null, a model that has one, or the path of a file with a Jinja template"


def template_of_model(tokenizer: Any, name: str, where: str) -> str:
    """Return the chat template that a tokenizer brings along; EunoeError if it has none."""
    template = tokenizer.chat_template
    if not isinstance(template, str):
        raise EunoeError(f"{where} = {name}: that model has no chat template; {ALLOWED}")
    return template


def template_in(file: str, where: str) -> str:
    """Return the chat template in a file; EunoeError if there is no such file."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise EunoeError(f"{where} = {file}: no chat template has that name; {ALLOWED}") from None


class ChatEngine(Engine):
    """An engine that shows every prompt as a user's turn and asks for the reply to it."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        batch_size: int = 32,
        device: torch.device | None = None,
        prefix: Sequence[int] = (),
        *,
        template: str,
    ) -> None:
        super().__init__(model, tokenizer, batch_size, device, prefix)
        self.template = template

    def wrapped(self, prompts: Mapping[str, str]) -> dict[str, str]:
        """Return prompts inside the template; EunoeError with the id if it refuses one."""
        return {name: self.turn(name, prompt) for name, prompt in prompts.items()}

    def turn(self, name: str, prompt: str) -> str:
        """Return one prompt inside the template."""
        try:
            text: str = self.tokens.tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}],
                chat_template=self.template,
                tokenize=False,
                add_generation_prompt=True,
            )
        except Exception as error:  # of Jinja, or raised by the template itself
            reason = " ".join(str(error).split()) or type(error).__name__
            raise EunoeError(f"item {name}: the chat template fails ({reason})") from error
        return text

    def batches(self, prompts: Mapping[str, str], new_tokens: int) -> list[list[str]]:
        """Return the ids of prompts as `generate` would batch them."""
        return super().batches(self.wrapped(prompts), new_tokens)

    def generate(
        self, prompts: Mapping[str, str], new_tokens: int, stop: Sequence[str] = ("\n",)
    ) -> dict[str, str]:
        """Return the greedy reply to each prompt."""
        return super().generate(self.wrapped(prompts), new_tokens, stop)

    def log_likelihoods(
        self, prompts: Mapping[str, str], options: Mapping[str, Sequence[str]]
    ) -> dict[str, list[float]]:
        """Return the total log-probability of each option as the reply to its prompt."""
        return super().log_likelihoods(self.wrapped(prompts), options)

    def prompt_log_likelihoods(self, prompts: Mapping[str, str]) -> dict[str, float]:
        """Return how likely each prompt is, its template included, in nats per character."""
        return super().prompt_log_likelihoods(self.wrapped(prompts))
