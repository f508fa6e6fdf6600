"""Prompts: pure functions of (seed, phase, step), drawn as the paper says, never seen twice."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from eunoe.config.networks import Network
from eunoe.config.probes.shared import PromptCounts
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.streams import stream
from eunoe.worlds.regression import tasks
from eunoe.worlds.regression.items import draw_rows
from eunoe.worlds.regression.material import world_rows
from eunoe.worlds.regression.measures import stack
from eunoe.worlds.regression.tasks import BANKS, Prompts, banks_from, draw_bank, draw_prompts
from eunoe.worlds.regression.world import Regression

Banks = Mapping[str, np.ndarray]
MIX = {"bank": 0.5, "continuous": 0.5}


def changed(world: RegressionWorld, **values: float) -> RegressionWorld:
    return world.model_copy(update=values)


def fields(prompts: Prompts) -> tuple[Tensor, ...]:
    return prompts.xs, prompts.ys, prompts.targets, prompts.tasks


def same(one: Prompts, other: Prompts) -> bool:
    pairs = zip(fields(one), fields(other), strict=True)
    return all(torch.equal(a, b) for a, b in pairs) and one.sources == other.sources


def rows_of(xs: Tensor) -> set[bytes]:
    """Every x vector, as bytes."""
    return {row.numpy().tobytes() for row in xs.flatten(0, -2)}


# Purity


@settings(max_examples=15)
@given(st.permutations(range(5)), st.integers(0, 2**31 - 1))
def test_a_batch_does_not_depend_on_what_was_drawn_before(
    world: RegressionWorld, banks: Banks, order: list[int], seed: int
) -> None:
    in_order = {s: draw_prompts(world, banks, MIX, 6, seed, "pretrain", s) for s in range(5)}
    for step in order:
        assert same(draw_prompts(world, banks, MIX, 6, seed, "pretrain", step), in_order[step])


def test_the_order_of_shares_in_the_config_does_not_matter(
    world: RegressionWorld, banks: Banks
) -> None:
    shares = {"bank": 0.2, "continuous": 0.3, "fresh_bank": 0.5}
    drawn = [
        draw_prompts(world, banks, dict(order), 50, 0, "pretrain", 0)
        for order in permutations(shares.items())
    ]
    assert all(same(drawn[0], other) for other in drawn[1:])


def test_the_world_gives_the_same_batch(world: RegressionWorld, banks: Banks) -> None:
    batch = Regression(world, banks).batch(MIX, 6, 1, "pretrain", 7)
    drawn = draw_prompts(world, banks, MIX, 6, 1, "pretrain", 7)
    assert torch.equal(batch["xs"], drawn.xs)
    assert torch.equal(batch["ys"], drawn.ys)


# Separate streams


def test_each_part_of_a_batch_has_a_stream_of_its_own(
    world: RegressionWorld, banks: Banks, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[tuple[object, ...]] = []

    def spy(seed: int, purpose: str, *counters: int) -> np.random.Generator:
        used.append((seed, purpose, *counters))
        return stream(seed, purpose, *counters)

    monkeypatch.setattr(tasks, "stream", spy)
    draw_prompts(world, banks, MIX, 4, 2, "pretrain", 7)
    assert len(set(used)) == len(used) == 5  # source, task, entry, inputs, noise
    assert all((seed, step) == (2, 7) for seed, _, step in used)


@pytest.mark.parametrize(
    "other", [(1, "pretrain", 0), (0, "finetune.0", 0), (0, "pretrain", 1)], ids=str
)
def test_another_seed_phase_or_step_changes_everything(
    world: RegressionWorld, banks: Banks, other: tuple[int, str, int]
) -> None:
    data = {"continuous": 1.0}
    one = draw_prompts(world, banks, data, 64, 0, "pretrain", 0)
    two = draw_prompts(world, banks, data, 64, *other)
    for a, b in zip(fields(one), fields(two), strict=True):
        assert not (a == b).any()
    sources = [draw_prompts(world, banks, MIX, 64, 0, "pretrain", 0).sources]
    sources.append(draw_prompts(world, banks, MIX, 64, *other).sources)
    assert sources[0] != sources[1]


def test_the_noise_level_changes_only_the_labels(world: RegressionWorld, banks: Banks) -> None:
    one = draw_prompts(world, banks, MIX, 20, 0, "pretrain", 3)
    two = draw_prompts(changed(world, sigma=2.0), banks, MIX, 20, 0, "pretrain", 3)
    for name in ("xs", "targets", "tasks", "sources"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    ratio = (two.ys - two.targets) / (one.ys - one.targets)
    torch.testing.assert_close(ratio, torch.full_like(ratio, 4.0), rtol=1e-3, atol=0)


def test_other_shares_change_only_which_task_is_asked(world: RegressionWorld, banks: Banks) -> None:
    one = draw_prompts(world, banks, {"continuous": 1.0}, 64, 0, "pretrain", 3)
    two = draw_prompts(world, banks, MIX, 64, 0, "pretrain", 3)
    assert torch.equal(one.xs, two.xs)
    torch.testing.assert_close(one.ys - one.targets, two.ys - two.targets, rtol=0, atol=1e-5)
    kept = torch.tensor([source == "continuous" for source in two.sources])
    assert 0 < kept.sum() < 64
    assert torch.equal(one.tasks[kept], two.tasks[kept])


def test_other_banks_change_no_inputs_and_no_continuous_tasks(
    world: RegressionWorld, banks: Banks
) -> None:
    one = draw_prompts(world, banks, MIX, 64, 0, "pretrain", 3)
    two = draw_prompts(world, {n: b + 1 for n, b in banks.items()}, MIX, 64, 0, "pretrain", 3)
    from_bank = torch.tensor([source == "bank" for source in one.sources])
    assert torch.equal(one.xs, two.xs)
    assert torch.equal(one.tasks[~from_bank], two.tasks[~from_bank])
    torch.testing.assert_close(one.tasks[from_bank] + 1, two.tasks[from_bank])


def test_banks_depend_on_seed_and_name_and_scale_with_tau(world: RegressionWorld) -> None:
    drawn = [draw_bank(world, seed, name) for seed in (0, 1) for name in BANKS]
    assert len({row.tobytes() for bank in drawn for row in bank}) == 4 * world.tasks
    np.testing.assert_array_equal(draw_bank(changed(world, sigma=9.0), 0, "bank"), drawn[0])
    np.testing.assert_allclose(draw_bank(changed(world, tau=3.0), 0, "bank"), 2 * drawn[0])


def test_the_initial_weights_depend_on_the_network_seed_alone(
    world: RegressionWorld, banks: Banks
) -> None:
    shape = Network(layers=1, heads=2, width=8)
    built = Regression(world, banks)
    torch.manual_seed(5)
    one = built.build_network(shape, 0).state_dict()
    torch.manual_seed(6)
    other_data = Regression(changed(world, sigma=2.0), {n: b + 1 for n, b in banks.items()})
    two = other_data.build_network(shape, 0).state_dict()
    three = built.build_network(shape, 1).state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["read_in.weight"], three["read_in.weight"])


# Evaluation prompts are new


def test_no_evaluation_prompt_occurs_in_training(world: RegressionWorld, banks: Banks) -> None:
    counts = PromptCounts(validation=50, test=100)
    material = world_rows(world, 0)
    items = draw_rows(world, material, counts, 0)
    evaluated = rows_of(stack(items["xs"]))
    assert len(evaluated) == 3 * 150 * world.points  # nor do they repeat each other
    trained: set[bytes] = set()
    for phase in ("pretrain", "finetune.0", "finetune.1"):
        for step in range(150):
            trained |= rows_of(draw_prompts(world, banks, MIX, 64, 0, phase, step).xs)
    trained |= rows_of(draw_prompts(world, banks, {"bank": 1.0}, 256, 0, "monitor", 0).xs)
    assert len(trained) == (3 * 150 * 64 + 256) * world.points
    assert not evaluated & trained


def test_evaluation_draws_each_split_and_source_by_its_counts(world: RegressionWorld) -> None:
    material = world_rows(world, 3)
    items = draw_rows(world, material, PromptCounts(validation=2, test=5), 3)
    sizes = items.groupby(["split", "source"]).size().to_dict()
    assert sizes == {
        (split, source): count
        for split, count in (("validation", 2), ("test", 5))
        for source in world.sources
    }
    assert items["prompt"].tolist() == list(range(len(items)))
    for name, bank in banks_from(material).items():
        tasks = stack(items.loc[items["source"] == name, "task"]).numpy()
        allowed = {row.tobytes() for row in bank.astype(np.float32)}
        assert {row.tobytes() for row in tasks} <= allowed


def test_more_evaluation_prompts_begin_with_the_fewer(world: RegressionWorld) -> None:
    few, many = (
        draw_rows(world, world_rows(world, 0), PromptCounts(validation=2, test=count), 0)
        for count in (3, 6)
    )
    for source in world.sources:
        one, two = (
            items.loc[(items["split"] == "test") & (items["source"] == source), "xs"].tolist()
            for items in (few, many)
        )
        assert one == two[:3]


# Distributions


@pytest.fixture(scope="module")
def many(world: RegressionWorld, banks: Banks) -> Prompts:
    return draw_prompts(world, banks, {"continuous": 1.0}, 20_000, 0, "pretrain", 0)


def assert_moments(values: Tensor, deviation: float) -> None:
    """Mean 0, the given deviation and a normal's kurtosis, within six standard errors."""
    count = values.numel()
    scaled = values.double() / deviation
    assert abs(scaled.mean()) < 6 / count**0.5
    assert abs(scaled.square().mean() - 1) < 6 * (2 / count) ** 0.5
    assert abs(scaled.pow(4).mean() - 3) < 6 * (96 / count) ** 0.5


def test_inputs_tasks_and_noise_are_normal(world: RegressionWorld, many: Prompts) -> None:
    assert_moments(many.xs, 1.0)
    assert_moments(many.tasks, world.tau)
    assert_moments(many.ys - many.targets, world.sigma)


def test_labels_are_the_inner_product_and_independent_noise(many: Prompts) -> None:
    expected = (many.xs.double() * many.tasks.double()[:, None]).sum(-1)
    torch.testing.assert_close(many.targets.double(), expected, rtol=0, atol=1e-5)
    noise = many.ys - many.targets
    correlations = torch.corrcoef(torch.stack([many.targets.flatten(), noise.flatten()]))
    assert abs(correlations[0, 1]) < 6 / noise.numel() ** 0.5
    between = torch.corrcoef(noise.T) - torch.eye(noise.shape[1])
    assert between.abs().max() < 6 / len(noise) ** 0.5


def test_coordinates_of_tasks_are_independent(many: Prompts) -> None:
    between = torch.corrcoef(many.tasks.T) - torch.eye(many.tasks.shape[1])
    assert between.abs().max() < 6 / len(many.tasks) ** 0.5


@pytest.mark.parametrize(
    "shares",
    [
        {"bank": 0.5, "continuous": 0.5},
        {"bank": 0.1, "continuous": 0.2, "fresh_bank": 0.7},
        {"bank": 1.0, "continuous": 0.0},
        {"bank": 0.0, "continuous": 1.0},
        {"fresh_bank": 1.0},
        # what a config may say for thirds
        {"bank": 0.3333333, "continuous": 0.3333333, "fresh_bank": 0.3333333},
    ],
    ids=str,
)
def test_shares_are_respected(
    world: RegressionWorld, banks: Banks, shares: dict[str, float]
) -> None:
    size = 20_000
    drawn = draw_prompts(world, banks, shares, size, 0, "pretrain", 1)
    for name, share in shares.items():
        error = 5 * (share * (1 - share) / size) ** 0.5
        assert drawn.sources.count(name) / size == pytest.approx(share, abs=error + 1e-6)


@pytest.mark.parametrize("name", BANKS)
def test_bank_tasks_are_the_banks_rows_each_equally_often(
    world: RegressionWorld, banks: Banks, name: str
) -> None:
    tasks = draw_prompts(world, banks, {name: 1.0}, 8000, 0, "pretrain", 1).tasks.numpy()
    rows = [row.tobytes() for row in banks[name].astype(np.float32)]
    counts = [sum(task.tobytes() == row for task in tasks) for row in rows]
    assert sum(counts) == len(tasks)  # no task comes from elsewhere
    expected = len(tasks) / len(rows)
    assert max(abs(count - expected) for count in counts) < 5 * expected**0.5
