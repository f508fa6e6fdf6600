"""Checkpoints at levels are asked beside the final model."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from transformers import AutoModelForCausalLM

from eunoe.errors import EunoeError
from eunoe.evaluation.engine import Engine
from eunoe.training.checkpoints import write_tensors
from tests.stages.village import evaluate, make_village, with_prompts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world and a model."""
    path = tmp_path_factory.mktemp("village")
    make_village(path)
    return path


TARGETED = {"sources": ["weather"], "everywhere": False}


def with_levels(tuned: Path) -> Path:
    """Give a run two checkpoints: one with other weights, of two levels, and its final model.

    Return a run whose final model has those weights.
    """
    model: Any = AutoModelForCausalLM.from_pretrained(tuned)
    numbers = torch.Generator().manual_seed(7)
    changed = {
        f"40/weights/{name}": each.detach() + 0.3 * torch.randn(each.shape, generator=numbers)
        for name, each in model.named_parameters()
    }
    levels: list[dict[str, Any]] = [
        {"level": 0.7, "step": 40, "value": 0.85},
        {"level": 0.8, "step": 40, "value": 0.85},
        {"level": 0.9, "step": 60, "value": 0.9},
        {"level": 0.95},
    ]
    write_tensors(tuned / "levels.safetensors", changed, {"levels": levels, "best": 0.9})
    other = tuned.with_name("other")
    shutil.copytree(tuned, other)
    (other / "levels.safetensors").unlink()
    with torch.no_grad():
        for name, each in model.named_parameters():
            each.copy_(changed[f"40/weights/{name}"])
    model.save_pretrained(other)
    return other


@pytest.mark.parametrize("prompts", [["soft_prompt"], ["soft_prompt.weather", "soft_prompt.echo"]])
@pytest.mark.parametrize(
    "adapter_scope", [TARGETED, TARGETED | {"everywhere": True}, None], ids=str
)
def test_checkpoints_are_asked_the_test_items_as_the_run_is_used(
    folder: Path, tmp_path: Path, prompts: list[str], adapter_scope: dict[str, Any] | None
) -> None:
    tuned = with_prompts(folder, tmp_path, *prompts)
    other = with_levels(tuned)
    rows = evaluate(folder, tuned, tmp_path, adapter_scope=adapter_scope)
    expected = {
        0.7: evaluate(folder, other, tmp_path, adapter_scope=adapter_scope),
        0.8: evaluate(folder, other, tmp_path, adapter_scope=adapter_scope),
        0.9: rows[rows["level"].isna()],
    }
    assert set(rows["level"].dropna()) == set(expected)  # .95 was never reached
    for level, whole in expected.items():
        attached = {"weather": bool(adapter_scope), "echo": False, "voix": False}
        if adapter_scope and adapter_scope["everywhere"]:
            attached = dict.fromkeys(attached, True)
        used = whole["attached"] == whole["source"].astype(str).map(attached)
        wanted = whole[(whole["split"] == "test") & (whole["transform"] == "identity") & used]
        found = rows[rows["level"] == level]
        assert len(found) == 12
        names = ["item", "attached", "reply", "right", "formatted", "specialised"]
        pd.testing.assert_frame_equal(by_item(found)[names], by_item(wanted)[names])
    assert len(set(expected[0.7]["reply"])) > 6
    assert not expected[0.7]["reply"].equals(expected[0.9]["reply"])


def by_item(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("item").reset_index(drop=True)


def test_levels_leave_the_final_models_rows_as_they_are(folder: Path, tmp_path: Path) -> None:
    tuned = with_prompts(folder, tmp_path, "soft_prompt")
    before = evaluate(folder, tuned, tmp_path)
    assert before["level"].isna().all()
    with_levels(tuned)
    after = evaluate(folder, tuned, tmp_path)
    final = after[after["level"].isna()]
    pd.testing.assert_frame_equal(final, before, check_categorical=False)


def test_an_evaluation_that_failed_goes_on_with_the_checkpoints(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned = with_prompts(folder, tmp_path, "soft_prompt")
    with_levels(tuned)
    undisturbed = evaluate(folder, tuned, tmp_path, adapter_scope=TARGETED)
    original, asked = Engine.generate, list[int]()

    def broken(self: Engine, prompts: Any, *rest: Any) -> Any:
        asked.append(len(prompts))
        if len(asked) == 2:
            raise EunoeError("full disk")
        return original(self, prompts, *rest)

    # each attempt gets one sitting further: the final model has two, each checkpoint two
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "generate", broken)
        for _ in range(5):
            asked.clear()
            with pytest.raises(EunoeError, match="full disk"):
                evaluate(folder, tuned, tmp_path, adapter_scope=TARGETED)
    again = evaluate(folder, tuned, tmp_path, adapter_scope=TARGETED)
    pd.testing.assert_frame_equal(again, undisturbed)
    assert not list(tmp_path.glob("resume*"))
