"""The stages from a world to answers, one after the other, on a world of a few numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from eunoe.config.networks import Network
from eunoe.config.trainings import Training
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.devices import find_device
from eunoe.errors import EunoeError
from eunoe.stages.evaluate_ideals import evaluate_ideals
from eunoe.stages.evaluate_network import evaluate_network
from eunoe.stages.finetune import finetune
from eunoe.stages.pretrain import pretrain
from eunoe.stages.synthesize_items import ItemSettings, synthesize_items
from eunoe.stages.synthesize_world import WorldSettings, synthesize_world
from eunoe.tables.answers import ANSWERS, LIKELIHOODS, TASK_WEIGHTS
from eunoe.tables.files import read_provenance, read_table
from eunoe.tables.training import CURVE
from eunoe.training.checkpoints import read_tensors
from eunoe.training.job import TrainingSettings
from eunoe.worlds.regression.measures import IdealEvaluation, NetworkEvaluation
from eunoe.worlds.regression.world import load_network

SHAPE = Network(layers=1, heads=2, width=8)


@dataclass
class Folder:
    """A folder with a world, to which stages add."""

    path: Path
    world: RegressionWorld

    def parts(self, **more: Any) -> dict[str, Any]:
        return {"seed": 0, "world": self.world.model_dump(), "code": "c", **more}

    def outputs(self, model: str) -> dict[str, Path]:
        where = self.path / model
        weights, config = where / "weights.safetensors", where / "network.json"
        return {"weights": weights, "config": config, "curve": where / "curve.parquet"}

    def train(self, model: str, base: str | None = None, **values: Any) -> dict[str, Path]:
        training = Training(steps=4, batch=4, monitor_prompts=4, **values)
        phase = {"name": "a phase", "data": {"bank": 1.0}, "training": training.model_dump()}
        kind = "run" if base else "base"
        parts = self.parts(kind=kind, model=model, network=SHAPE.model_dump(), phases=[phase])
        settings = TrainingSettings.model_validate(parts)
        table, outputs = self.path / "world.parquet", self.outputs(model)
        common: dict[str, Any] = {"resume": self.path / f"{model}.resume", **outputs}
        common |= {"gpus": 0, "checkpoint_every": [2]}
        if base:
            finetune(settings, table, self.outputs(base)["weights"], **common)
        else:
            pretrain(settings, table, **common)
        return outputs


@pytest.fixture
def folder(tmp_path: Path, world: RegressionWorld) -> Folder:
    made = Folder(tmp_path, world)
    settings = WorldSettings.model_validate(made.parts())
    synthesize_world(settings, tmp_path / "world.parquet")
    return made


def test_training_leaves_weights_their_config_and_a_curve(folder: Folder) -> None:
    made = folder.train("first")
    assert not (folder.path / "first.resume").exists()
    curve = read_table(made["curve"], CURVE).to_pandas()
    assert set(zip(curve["kind"], curve["model"], curve["seed"], strict=True)) == {
        ("base", "first", 0)
    }
    provenance = read_provenance(made["curve"])
    assert provenance == json.loads(made["config"].read_text())
    assert provenance["settings"]["phases"][0]["training"]["steps"] == 4
    assert provenance["seed"] == 0
    assert read_tensors(made["weights"])[1]["digest"] == provenance["digest"]
    network = load_network(folder.world, folder.path / "world.parquet", SHAPE, made["weights"])
    assert not network.training
    assert network(torch.zeros(2, 6, 3), torch.zeros(2, 6)).shape == (2, 6)


def test_tuning_starts_from_the_weights_of_the_base(folder: Folder) -> None:
    base, _ = read_tensors(folder.train("first")["weights"])
    slow: dict[str, Any] = {"learning_rate": 1e-12, "matrix_learning_rate": 1e-12}
    tuned, _ = read_tensors(folder.train("tuned", base="first", **slow)["weights"])
    fresh, _ = read_tensors(folder.train("fresh", **slow)["weights"])
    assert all(torch.allclose(tuned[name], base[name]) for name in base)
    assert not torch.allclose(tuned["read_out.weight"], fresh["read_out.weight"])


def test_a_checkpoint_of_another_base_is_not_used(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder.train("first")

    def full(*_: object) -> None:
        raise EunoeError("full disk")

    with monkeypatch.context() as patch:
        patch.setattr("eunoe.training.job.write_table", full)
        with pytest.raises(EunoeError, match="full disk"):
            folder.train("tuned", base="first")
    assert (folder.path / "tuned.resume").exists()
    folder.train("first", clip=0.001)
    caplog.clear()
    folder.train("tuned", base="first")
    assert "resume file not used, starting anew" in caplog.text
    assert "belongs to other settings" in caplog.text


def test_weights_of_another_shape_or_torn_are_named(folder: Folder) -> None:
    weights = folder.train("first")["weights"]
    table = folder.path / "world.parquet"
    wide = Network(layers=1, heads=2, width=16)
    with pytest.raises(EunoeError, match=r"weights\.safetensors: does not fit the network"):
        load_network(folder.world, table, wide, weights)
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(EunoeError, match=r"weights\.safetensors: not a whole safetensors file"):
        load_network(folder.world, table, SHAPE, weights)


def test_a_gpu_that_is_not_there_is_an_error_and_none_is_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert find_device(0).type == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        EunoeError, match=r"gpu = 1, .* finds no CUDA device; allowed here: gpu = 0"
    ):
        find_device(1)


def test_products_on_the_processor_are_exact_to_float32() -> None:
    """torch is allowed to round them to bfloat16, whose errors are larger by a factor of 10,000."""
    find_device(0)
    numbers = torch.Generator().manual_seed(0)
    for rows, inner, columns in ((2560, 96, 384), (128, 96, 4400), (5, 64, 3), (96, 2560, 96)):
        one = torch.randn(rows, inner, generator=numbers)
        other = torch.randn(inner, columns, generator=numbers)
        exact = one.double() @ other.double()
        for found in (one @ other, (one[None] @ other[None])[0]):
            assert (found - exact).norm() < 1e-6 * exact.norm()


def test_evaluation_fills_its_tables(folder: Folder) -> None:
    prompts, world = folder.path / "items.parquet", folder.path / "world.parquet"
    asked_for = {"kind": "regression", "prompts": {"validation": 2, "test": 3}}
    synthesize_items(
        ItemSettings.model_validate(folder.parts(probe="p", asked=asked_for)), [world], prompts
    )
    weights = folder.train("first")["weights"]
    asked: dict[str, Any] = {
        "probe": "p",
        "transforms": ["identity", {"name": "scale", "gamma": 2}],
        "task_weights": {"contexts": 2, "queries": 3, "exemplars": [1, 2]},
    }
    who = {"kind": "base", "model": "first", "network": SHAPE.model_dump(), "bank": "bank"}
    answers, fits, likely = (folder.path / f"{name}.parquet" for name in "abc")
    settings = NetworkEvaluation.model_validate(folder.parts(**asked, **who))
    evaluate_network(settings, world, prompts, weights, 0, answers, fits)
    answered = read_table(answers, ANSWERS).to_pandas()
    assert len(answered) == 3 * (2 + 3) * folder.world.points * 2
    assert len(read_table(fits, TASK_WEIGHTS)) == 3 * 2 * 2 * 2
    ideal = IdealEvaluation.model_validate(folder.parts(**asked, mixture_alphas=[0.5]))
    evaluate_ideals(ideal, world, prompts, answers, fits, likely)
    answered = read_table(answers, ANSWERS).to_pandas()
    names = {"zero", "ridge", "discrete", "discrete_fresh", "mixture(0.5)"}
    assert set(answered["model"]) == names
    assert read_table(likely, LIKELIHOODS).num_rows == 3 * 5 * folder.world.points * 2
    # at the noise of this world, ridge beats zero on its own tasks by far
    errors = answered.query("source == 'continuous'").groupby("model", observed=True)
    means = errors["squared_error"].mean()
    assert means["ridge"] < 0.7 * means["zero"]
