"""The stages of the language lab from a world to outcomes, with an untrained model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from eunoe.config.networks import Network
from eunoe.errors import EunoeError
from eunoe.stages.evaluate_language import LanguageEvaluation, evaluate_language
from eunoe.stages.synthesize_prompts import PromptSettings, synthesize_prompts
from eunoe.stages.synthesize_world import WorldSettings, synthesize_world
from eunoe.tables.files import read_provenance, read_table
from eunoe.tables.items import ITEMS
from eunoe.tables.outcomes import OUTCOMES
from eunoe.worlds.interface import open_world

WORLD = {"kind": "language", "languages": ["en", "fr"], "documents": 4, "context": 96}
ASKED = {
    "kind": "language",
    "tasks": ["repeat_math", "free_topics"],
    "languages": ["en", "fr"],
    "items": {"validation": 2, "test": 2},
}
SHAPE = Network(layers=1, heads=2, width=16, architecture="llama")
ASKED_ITEMS = 2 * (2 + 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world, items and a model."""
    path = tmp_path_factory.mktemp("tongues")
    shared: dict[str, Any] = {"seed": 0, "world": WORLD, "code": "c"}
    settings = WorldSettings.model_validate(shared)
    material = path / "world.parquet"
    synthesize_world(settings, material)
    asked = PromptSettings.model_validate({**shared, "probe": "p", "asked": ASKED})
    synthesize_prompts(asked, material, path / "prompts.parquet")
    world = open_world(settings.world, material)
    world.save(world.build_network(SHAPE, seed=0), path / "model.safetensors", {})
    return path


def evaluate(folder: Path, where: Path, **changes: Any) -> pd.DataFrame:
    settings: dict[str, Any] = {
        "probe": "p",
        "kind": "run",
        "model": "m",
        "seed": 3,
        "home": "en",
        "transforms": ["identity", "upper_case"],
        "new_tokens": 4,
        "likelihood": True,
        "code": "c",
    }
    evaluate_language(
        LanguageEvaluation.model_validate(settings | changes),
        folder / "prompts.parquet",
        folder / "model.safetensors",
        where / "resume.jsonl",
        gpus=0,
        outcomes=where / "outcomes.parquet",
    )
    return read_table(where / "outcomes.parquet", OUTCOMES).to_pandas()


def test_items_at_home_go_through_every_transform_and_others_through_none(
    folder: Path, tmp_path: Path
) -> None:
    rows = evaluate(folder, tmp_path)
    counts = rows.groupby(["language", "transform"], observed=True).size().to_dict()
    assert counts == {
        ("en", "identity"): ASKED_ITEMS,
        ("en", "upper_case"): ASKED_ITEMS,
        ("fr", "identity"): ASKED_ITEMS,
    }
    assert list(rows.groupby(["probe", "kind", "model", "seed"], observed=True).groups) == [
        ("p", "run", "m", 3)
    ]
    asked = read_table(folder / "prompts.parquet", ITEMS).to_pandas()
    plain = rows[rows["transform"] == "identity"].merge(asked, on=["item", "language"])
    assert (plain["prompt_x"] == plain["prompt_y"]).all()
    made = read_provenance(tmp_path / "outcomes.parquet")
    assert made["seed"] == 3
    assert made["device"].startswith("cpu")


def test_replies_are_those_of_the_saved_model(folder: Path, tmp_path: Path) -> None:
    rows = evaluate(folder, tmp_path)
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for prompt, reply in zip(rows["prompt"], rows["reply"], strict=True):
        tokens = tokenizer(prompt, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            made = model.generate(tokens, max_new_tokens=4, do_sample=False)
        text = str(tokenizer.decode(made[0, tokens.shape[1] :], skip_special_tokens=True))
        assert reply == text.split("\n")[0]


def test_a_finished_job_leaves_no_resume_file_and_one_that_failed_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = evaluate(folder, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["outcomes.parquet"]

    def full(*_: object) -> None:
        raise EunoeError("full disk")

    with monkeypatch.context() as patch:
        patch.setattr("eunoe.stages.evaluate_language.write_table", full)
        with pytest.raises(EunoeError, match="full disk"):
            evaluate(folder, tmp_path)
    assert (tmp_path / "resume.jsonl").exists()

    def ask(*_: object, **__: object) -> None:
        raise AssertionError("nothing is left to be asked")

    with monkeypatch.context() as patch:
        patch.setattr("eunoe.evaluation.engine.Engine.generate", ask)
        pd.testing.assert_frame_equal(evaluate(folder, tmp_path), undisturbed)
    assert not (tmp_path / "resume.jsonl").exists()


def test_likelihoods_can_be_left_out(folder: Path, tmp_path: Path) -> None:
    rows = evaluate(folder, tmp_path, likelihood=False)
    assert rows["choice"].isna().all()
    assert rows["prompt_log_likelihood"].notna().all()
