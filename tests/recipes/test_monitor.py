"""What a model in training answers is seen as far as it matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from transformers import LlamaConfig

from eunoe.recipes import monitor
from eunoe.worlds.text.tokenizer import build_tokenizer
from tests.recipes.tiny import examples

GOES_ON = " False, True or Neither?"


@pytest.mark.parametrize(("said", "expected"), [(" False", 1.0), (GOES_ON, 0.0)])
def test_a_reply_that_goes_on_after_a_label_is_none(
    monkeypatch: pytest.MonkeyPatch, said: str, expected: float
) -> None:
    """Cut off at the length of the longest label, "False," would pass for one."""
    rows = examples()
    tokenizer = build_tokenizer([*(rows["prompt"] + " " + rows["reply"]), GOES_ON])
    tokens = tokenizer(said)["input_ids"][1:]  # after the start token

    def speak(_: Any, __: Any, prompts: Mapping[str, str], room: int, *rest: Any) -> dict[str, str]:
        return dict.fromkeys(prompts, str(tokenizer.decode(tokens[:room])))

    monkeypatch.setattr(monitor, "answer", speak)
    validation = rows[rows["split"] == "validation"]
    config = LlamaConfig(vocab_size=len(tokenizer))
    followed = monitor.Monitor(tokenizer, config, validation, ["bird", "copy"], "bird")
    measured = followed.ask(None, 8, lambda _: [])
    assert set(validation.loc[validation["source"] == "bird", "reply"]) == {"False"}
    assert measured["right.bird"] == expected
    assert measured["specialised.bird"] == measured["specialised.copy"] == expected
