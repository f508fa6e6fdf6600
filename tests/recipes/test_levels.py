"""Runs at the levels of their world: which checkpoint is kept, and that it opens as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from eunoe.errors import EunoeError
from eunoe.recipes.levels import LevelNote, read_checkpoints, read_level_notes
from eunoe.recipes.monitor import Monitor
from eunoe.recipes.tuning import Tuning
from eunoe.training.checkpoints import write_tensors
from eunoe.worlds.text.adapters import open_tuned
from eunoe.worlds.text.models import save_model
from tests.recipes.tiny import HELD_OUT, make_base, settings, tune

LEVELS = {"levels": [0.7, 0.8, 0.9]}
PLAIN = "{target: bird, stages: [{data: {bird: 1}}]}"
PROMOT = """
target: bird
soft_prompt: {vectors: 3}
stages:
- {train: [soft_prompt], data: {bird: 1}}
- {frozen: [soft_prompt], data: {bird: 1}}
"""
EVERYTHING = """
target: bird
soft_prompt: {vectors: 2, per: source}
lora: {rank: 2}
stages:
- {train: [soft_prompt, lora], data: {bird: 0.5, copy: 0.5}}
- {train: [all, soft_prompt, lora], data: {bird: 0.5, copy: 0.5}}
"""
LORA = "{target: bird, stages: [{train: [lora], data: {bird: 1}}]}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("levels")
    make_base(found)
    return found


def plant(patch: pytest.MonkeyPatch, mode: str, scores: Iterator[float]) -> None:
    """Let the target score of every measurement be the next of these."""
    original = Tuning.monitor

    def planted(self: Tuning, *arguments: Any) -> dict[str, float]:
        return {**original(self, *arguments), f"{mode}.right.bird": next(scores)}

    patch.setattr(Tuning, "monitor", planted)


def planted_run(folder: Path, text: str, name: str, mode: str, *scores: float) -> Path:
    """A run of 6 updates a stage that is measured after 0, 3 and 6."""
    with pytest.MonkeyPatch.context() as patch:
        plant(patch, mode, iter(scores))
        return tune(folder, settings(text, name, world=LEVELS, decay=0))


def test_only_the_last_stage_counts_and_not_before_its_first_update(folder: Path) -> None:
    scores = (0.2, 0.95, 0.95, 0.95, 0.1, 0.75)
    run = planted_run(folder, PROMOT, "promot", "attached", *scores)
    found = read_level_notes(run / "levels.safetensors")
    never = [LevelNote(level, None, None) for level in (0.8, 0.9)]
    assert found.levels == [LevelNote(0.7, 6, 0.75), *never]
    assert [one.reached for one in found.levels] == [True, False, False]
    assert found.best == 0.75
    [(levels, changed)] = read_checkpoints(run / "levels.safetensors")
    assert levels == [0.7]
    assert changed == {}  # it is the final model


def test_what_is_never_reached_has_the_best_score(folder: Path) -> None:
    run = planted_run(folder, PLAIN, "never", "plain", 0.99, 0.6, 0.3)
    found = read_level_notes(run / "levels.safetensors")
    assert not any(one.reached for one in found.levels)
    assert found.best == 0.6
    assert read_checkpoints(run / "levels.safetensors") == []


def test_levels_that_are_reached_together_share_a_checkpoint(folder: Path) -> None:
    run = planted_run(folder, PLAIN, "together", "plain", 0.1, 0.8, 0.95)
    [(low, changed), (high, final)] = read_checkpoints(run / "levels.safetensors")
    assert (low, high) == ([0.7, 0.8], [0.9])
    assert changed
    assert final == {}


def test_without_a_target_nothing_is_kept(folder: Path) -> None:
    text = "{stages: [{data: {bird: 1}}]}"
    run = planted_run(folder, text, "aimless", "plain", 0.1, 0.95, 0.95)
    found = read_level_notes(run / "levels.safetensors")
    assert (found.levels, found.best) == ([], None)
    assert read_checkpoints(run / "levels.safetensors") == []


def test_a_merge_is_a_last_stage_with_one_checkpoint(folder: Path) -> None:
    tune(folder, settings(PLAIN, "bird"))
    with pytest.MonkeyPatch.context() as patch:
        plant(patch, "plain", iter([0.95, 0.85]))
        text = "{target: bird, stages: [{merge: {bird: 0.5}}]}"
        run = tune(folder, settings(text, "merged", world=LEVELS), "bird")
    found = read_level_notes(run / "levels.safetensors")
    assert [one.step for one in found.levels] == [1, 1, None]
    assert read_checkpoints(run / "levels.safetensors") == [([0.7, 0.8], {})]


# The weights


def stopped_at(folder: Path, text: str, name: str, stage: int, step: int) -> Path:
    """A run that ends before an update, by itself: what it is then is saved as a run is."""
    run = folder / "runs" / name
    original = Tuning.batch

    class Stop(Exception):
        pass

    def watched(self: Tuning, *arguments: Any) -> Any:
        if arguments[-2:] == (f"finetune.{stage}", step):
            self.adapted.save(run / "adapters")
            save_model(self.adapted.model, self.tokenizer, run / "model.safetensors")
            raise Stop
        return original(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tuning, "batch", watched)
        with pytest.raises(Stop):
            tune(folder, settings(text, name, decay=0))
    return run


@pytest.mark.parametrize(
    ("text", "mode", "stages"),
    [
        (PLAIN, "plain", 1),
        (PROMOT, "attached", 2),
        (LORA, "attached", 1),
        (EVERYTHING, "attached", 2),
    ],
    ids=["plain", "promot", "lora", "everything"],
)
def test_a_checkpoint_opens_as_a_run_that_was_stopped_there(
    folder: Path, text: str, mode: str, stages: int
) -> None:
    earlier = [0.0] * 3 * (stages - 1)
    run = planted_run(folder, text, "long", mode, *earlier, 0.1, 0.75, 0.1)
    stopped = stopped_at(folder, text, "stopped", stages - 1, 3)
    [(_, changed)] = read_checkpoints(run / "levels.safetensors")
    for attached in (False, True):
        for source in ("bird", "copy", "count"):
            (expected, _, _), (model, _, prefix), (final, _, _) = (
                open_tuned(stopped, attached, source),
                open_tuned(run, attached, source, changed),
                open_tuned(run, attached, source),
            )
            texts = torch.tensor([[*prefix, 5, 7, 9, 11]])
            with torch.inference_mode():
                logits = [each(texts).logits for each in (model, expected, final)]
            torch.testing.assert_close(logits[0], logits[1], rtol=0, atol=0)
            if attached or text != LORA:  # which leaves the weights as they are
                assert not torch.equal(logits[0], logits[2])


def test_keeping_checkpoints_changes_nothing_else(folder: Path) -> None:
    with_levels = planted_run(folder, EVERYTHING, "with", "attached", *[0.95] * 6)
    without = tune(folder, settings(EVERYTHING, "without", decay=0))
    names = [path.relative_to(without) for path in without.rglob("*.safetensors")]
    assert len(names) == 5  # weights, LoRA, two soft prompts, levels
    for name in names:
        alike = (without / name).read_bytes() == (with_levels / name).read_bytes()
        assert alike == (name.name != "levels.safetensors")


def moved(self: Tuning, *_: Any) -> dict[str, float]:
    """A measure that grows as the weights leave where they were: 0 before any update."""
    start = vars(self).setdefault("started", [p.detach().clone() for p in self.base.parameters()])  # type: ignore[union-attr]
    pairs = zip(self.adapted.weights.values(), start, strict=True)
    far = torch.stack([(one - other).detach().abs().mean() for one, other in pairs]).mean()
    return {f"{mode}.right.bird": float(20 * far) for mode in ("plain", "attached")}


KEPT_NEAR = EVERYTHING.rstrip()[:-1] + ", penalties: {l2_sp: {weight: 0.1}}}"


@pytest.mark.parametrize("stop", [(0, 5), (1, 1), (1, 3), (1, 5)])
def test_a_stopped_job_writes_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: tuple[int, int]
) -> None:
    monkeypatch.setattr(Tuning, "monitor", moved)
    make_base(tmp_path)
    given = settings(KEPT_NEAR, "mine", world={"levels": [0.2, 0.3, 0.99]}, monitor_every=1)
    straight = tune(tmp_path, given).rename(tmp_path / "straight") / "levels.safetensors"
    steps = [one.step for one in read_level_notes(straight).levels]
    assert steps[2] is None
    assert steps[0] in range(1, 6)  # so that it is not the final model
    original = Tuning.batch

    def switched_off(self: Tuning, *arguments: Any) -> Any:
        if arguments[-2:] == (f"finetune.{stop[0]}", stop[1]):
            raise KeyboardInterrupt
        return original(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Tuning, "batch", switched_off)
        with pytest.raises(KeyboardInterrupt):
            tune(tmp_path, given, every=1)
    again = tune(tmp_path, given) / "levels.safetensors"
    assert again.read_bytes() == straight.read_bytes()
    assert len(read_checkpoints(again)) > 0


# On how many examples


def asked(folder: Path, text: str, name: str, **world: Any) -> list[tuple[str, int]]:
    """How each measurement asks the target, and how many of its examples."""
    counts: list[tuple[str, int]] = []
    original = Monitor.ask

    def watched(self: Monitor, model: Any, size: int, prefix_of: Any, on_target: Any) -> Any:
        mode = "attached" if prefix_of("bird") else "plain"
        rows = {source: each[: on_target or size] for source, each in self.rows.items()}
        counts.append((mode, len(rows["bird"])))
        return original(self, model, size, prefix_of, on_target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Monitor, "ask", watched)
        tune(folder, settings(text, name, world=world, monitor_prompts=2))
    return counts


def test_the_last_stage_asks_the_target_more(folder: Path) -> None:
    few, many = ("attached", 2), ("attached", 5)
    # the weights are as they were in stage one, so that they are asked once without the prompt
    first, last = [("plain", 2), few, few, few], [("plain", 2), many] * 3
    assert asked(folder, PROMOT, "sizes", selected_on=5) == first + last
    assert asked(folder, PLAIN, "sizes_plain", selected_on=5) == [("plain", 5)] * 3


def test_a_stage_that_picks_its_best_asks_the_target_more(folder: Path) -> None:
    text = PROMOT.replace("data: {bird: 1}}\n- ", "data: {bird: 1}, pick: best}\n- ")
    assert asked(folder, text, "picks", selected_on=5)[:4] == [("plain", 2)] + [("attached", 5)] * 3


def test_all_examples_are_asked_where_there_are_fewer(folder: Path) -> None:
    assert asked(folder, PLAIN, "capped") == [("plain", HELD_OUT)] * 3


def test_only_the_target_is_asked_more(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: dict[str, int] = {}

    def note(_: Any, __: Any, prompts: Mapping[str, str], *___: Any) -> dict[str, str]:
        counts[next(iter(prompts)).split(".")[0]] = len(prompts)
        return dict.fromkeys(prompts, "")

    monkeypatch.setattr("eunoe.recipes.monitor.answer", note)
    given = settings(PLAIN, "others", world={"selected_on": 5}, monitor_prompts=2)
    tune(folder, given)
    assert counts == {"bird": 5, "copy": 2}


# Damage


def test_another_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    write_tensors(path, {}, {"step": 4})
    with pytest.raises(EunoeError, match=r"other\.safetensors: no file of levels"):
        read_level_notes(path)
