"""Recipes through the stage: what is trained, what is kept, and going on after a stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from eunoe.errors import EunoeError
from eunoe.recipes.tuning import Tuning
from eunoe.tables.files import read_table
from eunoe.tables.training import CURVE
from eunoe.tables.tuning import COSTS
from eunoe.worlds.text.models import checkpoint_in, open_model
from tests.recipes.tiny import make_base, settings, tune

PLAIN = "{target: bird, stages: [{data: {bird: 1}}]}"
PROMPTED = "{{target: bird, soft_prompt: {{vectors: 3}}, stages: [{{{}, data: {{bird: 1}}}}]}}"
PROMPT = PROMPTED.format("train: [soft_prompt]")
PROMOT = """
target: bird
soft_prompt: {vectors: 3}
stages:
- {train: [soft_prompt], data: {bird: 1}, pick: best}
- {frozen: [soft_prompt], data: {bird: 0.75, copy: 0.25}, pick: best}
"""
RANDOM = PROMPTED.format("frozen: [random_prompt]")
JOINT = PROMPTED.format("train: [all, soft_prompt]")
EVERYTHING = """
target: bird
soft_prompt: {vectors: 2, per: source}
lora: {rank: 2}
stages:
- {train: [soft_prompt, lora], data: {bird: {tokens: 0.5}, copy: {tokens: 0.5}}}
- train: [all]
  frozen: [soft_prompt, lora]
  frozen_layers: 1
  data: {bird: {fraction: 1/2}, copy: {count: 3, replies: base}}
  demonstrations: 1
  loss: dft
  pick: best
  penalties:
    kl: {weight: 1, data: {count: 1}}
    l2_sp: {weight: 0.1}
    ewc: {weight: 10, data: {copy: 1}, examples: 4}
"""
FILLED = """
target: bird
stages:
- {layout: filled, data: {bird: 0.5, copy: 0.5}, penalties: {l2_sp: {weight: 0.1}}}
- {layout: filled, frozen_layers: 1, data: {bird: 0.5, copy: 0.5}, loss: dft, pick: best}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("recipes")
    make_base(found)
    return found


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model.safetensors")


def vectors(run: Path) -> torch.Tensor:
    return load_file(run / "adapters" / "soft_prompt" / "adapter_model.safetensors")[
        "prompt_embeddings"
    ]


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(each, other[name]) for name, each in one.items())


def curve(run: Path) -> pd.DataFrame:
    return read_table(run / "curve.parquet", CURVE).to_pandas()


def at(run: Path, stage: int, step: int) -> dict[str, float]:
    rows = curve(run)
    found = rows[(rows["stage"] == stage) & (rows["step"] == step)]
    return dict(zip(found["measure"].astype(str), found["value"], strict=True))


# What is trained


def test_plain_tuning_changes_weights_and_attaches_nothing(folder: Path) -> None:
    run = tune(folder, settings(PLAIN, "plain"))
    assert not same(weights(run), weights(folder / "base"))
    assert list((run / "adapters").iterdir()) == []
    assert {"plain.right.bird", "plain.specialised.copy", "cosine.attention"} <= {*at(run, 0, 6)}
    losses = curve(run).query("measure == 'loss'")["value"]
    assert losses.iloc[-1] < losses.iloc[0]


def test_prompt_tuning_leaves_the_weights(folder: Path) -> None:
    run = tune(folder, settings(PROMPT, "prompt"))
    assert same(weights(run), weights(folder / "base"))
    measured = at(run, 0, 0)
    assert {"attached.right.bird", "plain.right.bird"} <= {*measured}
    assert not any(name.startswith("cosine") for name in measured)


def test_stage_two_freezes_the_prompt_of_stage_one(folder: Path) -> None:
    picked_last = PROMOT.replace("pick: best", "pick: last")
    first = tune(folder, settings(PROMPT, "first"))
    both = tune(folder, settings(picked_last, "both"))
    torch.testing.assert_close(vectors(both), vectors(first), rtol=0, atol=0)
    assert not same(weights(both), weights(first))


def test_a_random_prompt_is_attached_and_not_trained(folder: Path) -> None:
    random, joint = (
        tune(folder, settings(text, name)) for text, name in ((RANDOM, "random"), (JOINT, "joint"))
    )
    short = tune(folder, settings(RANDOM, "short", steps=1))
    assert vectors(random).equal(vectors(short))
    assert not vectors(joint).equal(vectors(random))
    alone = tune(folder, settings(PLAIN, "alone"))
    assert not same(weights(random), weights(alone))  # the prompt was there


def test_lora_leaves_the_weights_and_a_merge_refuses_it(folder: Path) -> None:
    run = tune(folder, settings("{stages: [{train: [lora], data: {bird: 1}}]}", "lora"))
    assert same(weights(run), weights(folder / "base"))
    matrices = load_file(run / "adapters" / "lora" / "adapter_model.safetensors")
    assert all(each.abs().sum() > 0 for name, each in matrices.items())
    with pytest.raises(EunoeError, match="the run's changes are in a LoRA"):
        tune(folder, settings("{stages: [{merge: {lora: 0.5}}]}", "none"), "lora")


def test_a_merge_goes_part_of_the_way(folder: Path) -> None:
    one, two = (tune(folder, settings(PLAIN.replace("bird", s), s)) for s in ("bird", "copy"))
    run = tune(
        folder, settings("{stages: [{merge: {copy: 0.5, bird: -0.25}}]}", "m"), "bird", "copy"
    )
    base, first, second = weights(folder / "base"), weights(one), weights(two)
    for name, merged in weights(run).items():
        expected = (
            base[name] + 0.5 * (second[name] - base[name]) - 0.25 * (first[name] - base[name])
        )
        torch.testing.assert_close(merged, expected)
    assert {*curve(run)["step"]} == {0, 1}
    costs = read_table(run / "costs.parquet", COSTS).to_pandas()
    assert costs[["updates", "tokens", "flops"]].to_numpy().tolist() == [[0, 0, 0]]


def test_lower_layers_and_embeddings_are_kept(folder: Path) -> None:
    run = tune(folder, settings("{stages: [{frozen_layers: 1, data: {bird: 1}}]}", "upper"))
    before = weights(folder / "base")
    changed = {name for name, each in weights(run).items() if not each.equal(before[name])}
    assert changed
    assert not any(".layers.0." in name or "embed" in name for name in changed)
    with pytest.raises(EunoeError, match=r"frozen_layers = 3: the network has 2"):
        tune(folder, settings("{stages: [{frozen_layers: 3, data: {bird: 1}}]}", "deep"))


@pytest.mark.parametrize(
    "penalty",
    [
        "l2_sp: {weight: 300}",
        "ewc: {weight: 100000, data: {bird: 1}, examples: 8}",
        "kl: {weight: 100}",
        "kl: {weight: 100, data: {bird: 1}}",
    ],
)
def test_a_strong_penalty_keeps_the_network_near_its_base(folder: Path, penalty: str) -> None:
    text = "{{stages: [{{data: {{bird: 1}}, penalties: {{{}}}}}]}}"
    free = tune(folder, settings(text.format(""), "free", steps=20))
    kept = tune(folder, settings(text.format(penalty), "kept", steps=20))
    base = weights(folder / "base")
    if penalty.startswith("kl"):
        assert moved(kept, folder) < 0.5 * moved(free, folder)
    else:
        far, near = (
            sum((each - base[name]).square().sum().item() for name, each in weights(run).items())
            for run in (free, kept)
        )
        assert near < 0.5 * far


def moved(run: Path, folder: Path) -> float:
    """How far a run's next-token distribution is from the base's, on one prompt."""
    model, tokenizer = open_model(checkpoint_in(run))
    base, _ = open_model(checkpoint_in(folder / "base"))
    ids = torch.tensor([tokenizer("3 Is the owl a bird?\nAnswer: True")["input_ids"]])
    with torch.inference_mode():
        ours, theirs = (each(ids).logits[0, -3:].log_softmax(-1) for each in (model, base))
    return float((theirs.exp() * (theirs - ours)).sum(-1).mean())


# What is kept


def test_the_best_checkpoint_is_the_one_that_is_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.9, 0.2, 0.8, 0.8, 0.1])  # before the first update, then after 2, 4, 6 and 8
    original = Tuning.monitor

    def planted(self: Tuning, *arguments: Any) -> dict[str, float]:
        return {**original(self, *arguments), "plain.right.bird": next(scores)}

    monkeypatch.setattr(Tuning, "monitor", planted)
    picked = tune(
        folder,
        settings(PLAIN.replace("}]", ", pick: best}]"), "best", steps=8, monitor_every=2, decay=0),
    )
    monkeypatch.undo()
    stopped = stop_after(folder, settings(PLAIN, "best", steps=8, monitor_every=2, decay=0), 4)
    assert same(weights(picked), stopped)


def stop_after(folder: Path, given: Any, updates: int) -> dict[str, torch.Tensor]:
    """The weights of a run after so many updates."""
    kept: dict[str, torch.Tensor] = {}
    original = Tuning.batch

    class Stop(Exception):
        pass

    def watched(self: Tuning, *arguments: Any) -> Any:
        if arguments[-1] == updates:
            kept.update(
                {name: each.detach().clone() for name, each in self.adapted.weights.items()}
            )
            raise Stop
        return original(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tuning, "batch", watched)
        with pytest.raises(Stop):
            tune(folder, given)
    return kept


@pytest.mark.parametrize("text", [PROMOT, EVERYTHING, FILLED])
@pytest.mark.parametrize(("stop", "every"), [((0, 3), 2), ((1, 1), 4), ((1, 5), 1)])
def test_a_stopped_recipe_ends_in_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, stop: tuple[int, int], every: int
) -> None:
    # it is saved every 2 updates, and when it goes on, as often as `every` says
    make_base(tmp_path)
    straight = tune(tmp_path, settings(text, "straight"))
    original = Tuning.batch

    def switched_off(self: Tuning, *arguments: Any) -> Any:
        if (int(arguments[-2][-1]), arguments[-1]) == stop:
            raise KeyboardInterrupt
        return original(self, *arguments)

    monkeypatch.setattr(Tuning, "batch", switched_off)
    given = settings(text, "straight")
    (tmp_path / "runs").rename(tmp_path / "first")
    with pytest.raises(KeyboardInterrupt):
        tune(tmp_path, given)
    monkeypatch.undo()
    assert (tmp_path / "straight.resume").exists()
    again = tune(tmp_path, given, every=every)
    first = tmp_path / "first" / "straight"
    names = [str(path.relative_to(first)) for path in first.rglob("*.safetensors")]
    assert names
    for name in names:
        assert (first / name).read_bytes() == (again / name).read_bytes(), name
    assert straight == again
    pd.testing.assert_frame_equal(curve(first), curve(again))
    assert not (tmp_path / "straight.resume").exists()


# Micro-batches, packing, recomputing: the same updates


@pytest.mark.parametrize(
    ("values", "layout"),
    [({"accumulate": 3}, "padded"), ({"recompute": True}, "padded"), ({}, "packed")],
    ids=["accumulate", "recompute", "packed"],
)
def test_other_ways_to_compute_a_batch_make_the_same_updates(
    folder: Path, values: dict[str, Any], layout: str
) -> None:
    text = JOINT.replace("bird: 1", "bird: 0.5, copy: 0.5")
    usual = tune(folder, settings(text, "usual", steps=2))
    laid_out = text.replace("data:", f"layout: {layout}, data:")
    other = tune(folder, settings(laid_out, "other", steps=2, **values))
    # Adam divides by the size of gradients, so that rounding is large where they are small
    for name, each in weights(usual).items():
        assert (weights(other)[name] - each).abs().mean() < 1e-4 * 0.01 + 1e-5
    torch.testing.assert_close(vectors(other), vectors(usual), rtol=1e-2, atol=1e-3)


def test_micro_batches_of_filled_rows_make_the_same_updates(folder: Path) -> None:
    """Each row has its share of the loss, the last one less, as it is not full."""
    values: dict[str, Any] = {"steps": 2, "world": {"context": 24, "reply_weight": 3.0}}
    usual = tune(folder, settings(FILLED, "whole", **values))
    other = tune(folder, settings(FILLED, "parts", accumulate=2, **values))
    for name, each in weights(usual).items():
        assert (weights(other)[name] - each).abs().mean() < 1e-4 * 0.01 + 1e-5


def test_filled_rows_teach_prompts_too(folder: Path) -> None:
    """In rows of their own, examples teach replies alone."""
    of_copy = "{{target: copy, stages: [{{layout: {}, data: {{copy: 1}}}}]}}"
    steps: dict[str, Any] = {"steps": 30, "world": {"reply_weight": 1.0}}
    on_prompts = []
    for layout in ("padded", "filled"):
        run = tune(folder, settings(of_copy.format(layout), layout, **steps))
        model, tokenizer = open_model(checkpoint_in(run))
        ids = torch.tensor([tokenizer("3 Copy dog hen:")["input_ids"]])
        with torch.inference_mode():
            on_prompts.append(float(model(ids, labels=ids).loss))
    padded, filled = on_prompts
    assert filled < 0.8 * padded


# Errors


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (
            "{data: {bird: {count: 25}}}",
            r"data.bird.count = 25: more than the source has; .* at most 24",
        ),
        (
            "{data: {fish: 1}}",
            r"run mine, stage 0: data: source fish: no such source .* bird, copy, count",
        ),
        (
            "{data: {bird: 1}, penalties: {kl: {weight: 1, data: {fish: 1}}}}",
            "source fish: no such",
        ),
    ],
)
def test_what_the_files_do_not_have_is_one_clear_line(
    folder: Path, stage: str, message: str
) -> None:
    with pytest.raises(EunoeError, match=message) as error:
        tune(folder, settings(f"{{stages: [{stage}]}}"))
    assert "\n" not in str(error.value)


def test_an_example_that_is_too_long_is_named(folder: Path) -> None:
    given = settings(PLAIN)
    short = given.model_copy(update={"world": given.world.model_copy(update={"context": 8})})
    with pytest.raises(EunoeError, match=r"example bird\.\w+\.\d+: \d+ tokens .* at most 8"):
        tune(folder, short)
