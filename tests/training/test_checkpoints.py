"""Weight and resume files: whole, or noticed, named and not used."""

from __future__ import annotations

import logging
import math
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from eunoe.config.trainings import Training
from eunoe.errors import EunoeError
from eunoe.training.checkpoints import (
    Progress,
    load_progress,
    read_tensors,
    restore,
    save_progress,
    write_tensors,
)
from eunoe.training.loop import Job, Phase
from eunoe.training.optimizers import build_optimizers
from eunoe.worlds.interface import Batch
from eunoe.worlds.regression.network import build_network

TENSORS = {
    "weight": torch.arange(6.0).reshape(2, 3),
    "half": torch.tensor([1.5, -2], dtype=torch.bfloat16),
    "count": torch.tensor(7),
    "empty": torch.zeros(0, 3),
}
NOTE = {"step": 12, "rows": [{"value": 0.1 + 0.2}]}
ROWS = [{"stage": 0, "step": 3, "measure": "loss", "value": 0.1 + 0.2}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "resume.safetensors"


def equal(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(
        torch.equal(one[name], other[name]) and one[name].dtype == other[name].dtype for name in one
    )


def test_tensors_and_note_come_back(path: Path) -> None:
    write_tensors(path, TENSORS, NOTE)
    tensors, note = read_tensors(path)
    assert equal(tensors, TENSORS)
    assert note == NOTE
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_views_and_gradients_can_be_written(path: Path) -> None:
    weight = torch.arange(6.0).reshape(2, 3).requires_grad_()
    write_tensors(path, {"transposed": weight.T, "row": weight[1]}, {})
    tensors, _ = read_tensors(path)
    assert equal(tensors, {"transposed": weight.detach().T, "row": weight.detach()[1]})


def test_the_same_tensors_give_the_same_bytes(tmp_path: Path) -> None:
    write_tensors(tmp_path / "one", TENSORS, {"b": 1, "a": 2})
    for _ in range(10):
        write_tensors(tmp_path / "two", dict(reversed(TENSORS.items())), {"a": 2, "b": 1})
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


# The state of training


def trained(optimizer: str, steps: int) -> tuple[nn.Module, list[torch.optim.Optimizer]]:
    """A network after some updates, and its optimizers."""
    network = build_network(dimension=2, points=4, layers=1, heads=2, width=8, seed=0)
    optimizers = build_optimizers(network, optimizer, 0.01, 0.02, weight_decay=0.1)
    for step in range(steps):
        update(network, optimizers, step)
    return network, optimizers


def update(network: nn.Module, optimizers: list[torch.optim.Optimizer], step: int) -> None:
    generator = torch.Generator().manual_seed(step)
    xs = torch.randn(3, 4, 2, generator=generator)
    ys = torch.randn(3, 4, generator=generator)
    for each in optimizers:
        each.zero_grad()
    torch.autograd.backward((network(xs, ys) - ys).square().mean())
    for each in optimizers:
        each.step()


@pytest.mark.parametrize("optimizer", ["muon", "adamw", "adam"])
def test_training_goes_on_from_what_was_saved(path: Path, optimizer: str) -> None:
    network, optimizers = trained(optimizer, steps=3)
    save_progress(path, Progress("d", 1, 3, ROWS), network, optimizers)
    progress, tensors, numbers = load_progress(path, "d")
    assert progress == Progress("d", 1, 3, ROWS)
    fresh, fresh_optimizers = trained(optimizer, steps=0)
    restore(fresh, fresh_optimizers, tensors, numbers)
    for one, other in zip(optimizers, fresh_optimizers, strict=True):
        saved, restored = (each.state_dict()["state"] for each in (one, other))
        assert saved.keys() == restored.keys()
        assert all(equal(saved[row], restored[row]) for row in saved)
        assert len(saved) == sum(len(group["params"]) for group in one.param_groups)
    for step in (3, 4):
        update(network, optimizers, step)
        update(fresh, fresh_optimizers, step)
    assert equal(network.state_dict(), fresh.state_dict())


def test_numbers_in_an_optimizers_state_come_back(path: Path) -> None:
    network = nn.Linear(2, 1)
    optimizer = torch.optim.NAdam(network.parameters())
    torch.autograd.backward(network(torch.ones(2)).sum())
    optimizer.step()
    for state in optimizer.state.values():
        state["a_number"] = math.pi
    save_progress(path, Progress("d", 0, 1, []), network, [optimizer])
    _, tensors, numbers = load_progress(path, "d")
    fresh = torch.optim.NAdam(network.parameters())
    restore(network, [fresh], tensors, numbers)
    assert [state["a_number"] for state in fresh.state.values()] == [math.pi] * 2


# Damage


def test_every_changed_byte_is_noticed(path: Path) -> None:
    write_tensors(path, {"weight": TENSORS["weight"]}, NOTE)
    whole = path.read_bytes()
    for position in range(len(whole)):
        altered = bytearray(whole)
        altered[position] ^= 1 << position % 8
        path.write_bytes(altered)
        try:
            tensors, note = read_tensors(path)
        except EunoeError as error:
            assert str(error).startswith(f"{path}: ")  # noqa: PT017
        else:
            assert (note, *tensors) == (NOTE, "weight"), position
            assert equal(tensors, {"weight": TENSORS["weight"]}), position


class Slope:
    """A world in which a line through the origin is fitted."""

    def build_network(self, network: object, seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return nn.Linear(1, 1, bias=False)

    def batch(
        self, data: Mapping[str, float], size: int, seed: int, phase: str, step: int
    ) -> Batch:
        generator = torch.Generator().manual_seed(step)
        return {"xs": torch.randn(size, 1, generator=generator)}

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        loss: Tensor = (network(batch["xs"]) - 3 * batch["xs"]).square().mean()
        return loss

    def monitor(self, network: nn.Module, size: int, seed: int) -> dict[str, float]:
        return {}

    def save(self, network: nn.Module, weights: Path, note: dict[str, str]) -> None:
        raise NotImplementedError

    def load(self, network: nn.Module, weights: Path) -> None:
        raise NotImplementedError


def run(resume: Path, digest: str = "digest") -> tuple[Mapping[str, Tensor], list[dict[str, Any]]]:
    """Train for 6 steps, with a checkpoint after 4, and return weights and curve."""
    world = Slope()
    network = world.build_network(None, seed=0)
    training = Training(steps=6, batch=4, optimizer="adam", warmup=0)
    phase = Phase("pretrain", {}, training, checkpoint_every=4)
    job = Job(world, network, [phase], 0, resume, digest)
    rows = job.run()
    return network.state_dict(), rows


def flip(content: bytes) -> bytes:
    altered = bytearray(content)
    altered[-3] ^= 0x10
    return bytes(altered)


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(share * len(content))]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut(0), "not a whole safetensors file"),
        (cut(0.01), "not a whole safetensors file"),
        (cut(0.5), "not a whole safetensors file"),
        (cut(0.99), "not a whole safetensors file"),
        (flip, "the contents do not match the checksum in the header"),
        (lambda content: content + b"\0", "not a whole safetensors file"),
        (lambda _: pickle.dumps({"step": 4}), "not a whole safetensors file"),
    ],
    ids=["empty", "head", "half", "tail", "flipped", "longer", "pickle"],
)
def test_a_damaged_resume_file_is_named_and_not_used(
    path: Path,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[bytes], bytes],
    reason: str,
) -> None:
    undisturbed = run(path)
    path.write_bytes(damage(path.read_bytes()))
    assert_starts_anew(path, caplog, reason, undisturbed)


def assert_starts_anew(
    path: Path, caplog: pytest.LogCaptureFixture, reason: str, undisturbed: Any
) -> None:
    caplog.clear()
    weights, rows = run(path)
    assert equal(weights, undisturbed[0])
    assert rows == undisturbed[1]
    [warning] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert warning.getMessage().startswith(f"resume file not used, starting anew: {path}: {reason}")


def test_a_whole_resume_file_is_used(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    undisturbed = run(path)
    with caplog.at_level(logging.INFO):
        assert equal(run(path)[0], undisturbed[0])
    assert "going on from stage 0, step 4" in caplog.text


def test_foreign_files_are_named_and_not_used(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    undisturbed = run(path)
    run(path, digest="another")
    reason = "belongs to other settings (digest another, wanted digest)"
    assert_starts_anew(path, caplog, reason, undisturbed)
    write_tensors(path, TENSORS, {"digest": "digest"})
    assert_starts_anew(path, caplog, "not a resume file", undisturbed)
    save_file(TENSORS, path)
    assert_starts_anew(path, caplog, "not written by eunoe", undisturbed)
    torch.save({"digest": "digest", "step": 4}, path)
    assert_starts_anew(path, caplog, "not a whole safetensors file", undisturbed)


def test_nothing_is_ever_unpickled(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("unpickled")

    for module, name in ((pickle, "load"), (pickle, "loads"), (pickle, "Unpickler")):
        monkeypatch.setattr(module, name, refuse)
    monkeypatch.setattr(torch, "load", refuse)
    undisturbed = run(path)
    assert equal(run(path)[0], undisturbed[0])
    torch.save({"digest": "digest"}, path)
    assert equal(run(path)[0], undisturbed[0])
    path.write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(EunoeError, match="not a whole safetensors file"):
        read_tensors(path)


def test_no_file_and_a_folder_are_named(path: Path) -> None:
    with pytest.raises(EunoeError, match="no such file"):
        read_tensors(path)
    path.mkdir()
    with pytest.raises(EunoeError, match=path.name):
        read_tensors(path)


def test_a_full_disk_keeps_the_last_checkpoint(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tensors(path, TENSORS, NOTE)
    before = path.read_bytes()

    def fill(_: object, where: Path, metadata: object) -> None:
        where.write_bytes(before[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("eunoe.training.checkpoints.save_file", fill)
    with pytest.raises(EunoeError, match=r"cannot be written .*No space left on device") as error:
        write_tensors(path, TENSORS, {})
    assert str(error.value).startswith(f"{path}: ")
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]
