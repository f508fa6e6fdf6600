"""Random numbers depend on the seed, the purpose and the counters, and on nothing else."""

from __future__ import annotations

from typing import get_args
from zlib import crc32

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from eunoe.config.worlds.text import TASKS, WORDINGS, Language
from eunoe.streams import stream

SEEDS = st.integers(0, 2**31 - 1)
PURPOSES = st.text(min_size=1, max_size=20)
LANGUAGES = get_args(Language)
MIXED = [f"finetune.{stage}{use}" for stage in range(10) for use in ("", "/kl", "/ewc")]
SPLITS = ("train", "validation", "test")
MADE = [f"{task}.{language}" for task in TASKS for language in LANGUAGES]
SOURCES = [*MADE, *(f"{source}.{wording}" for source in MADE for wording in WORDINGS)]
STEPS = st.integers(0, 2**31 - 1)

PHASES = ["pretrain", "monitor", *(f"finetune.{stage}" for stage in range(20))]
PHASES += [
    f"evaluation/{split}/{source}"
    for split in ("validation", "test")
    for source in ("continuous", "bank", "fresh_bank")
]
PARTS = ("source", "task", "entry", "inputs", "noise")


def draw(seed: int, purpose: str, *counters: int) -> list[float]:
    return [float(x) for x in stream(seed, purpose, *counters).random(4)]


@given(SEEDS, PURPOSES, STEPS)
def test_the_same_arguments_give_the_same_numbers_whatever_was_drawn_before(
    seed: int, purpose: str, step: int
) -> None:
    first = draw(seed, purpose, step)
    np.random.seed(1)
    draw(seed, purpose, step + 1)
    draw(seed + 1, purpose, step)
    assert draw(seed, purpose, step) == first


@given(st.tuples(SEEDS, PURPOSES, STEPS), st.tuples(SEEDS, PURPOSES, STEPS))
def test_other_arguments_give_other_numbers(
    one: tuple[int, str, int], other: tuple[int, str, int]
) -> None:
    assume(one != other)
    assume(crc32(one[1].encode()) != crc32(other[1].encode()) or one[::2] != other[::2])
    assert not set(draw(*one)) & set(draw(*other))


def test_a_seed_is_not_a_purpose_and_a_step_is_not_a_seed() -> None:
    assert draw(1, "noise", 2) != draw(2, "noise", 1)


def test_no_two_purposes_in_use_share_their_key() -> None:
    # crc32 has 32 bits; this is every purpose that the package draws for, but bootstrap/unsettled,
    # which has a name for each cell of a table
    purposes = [f"{phase}/{part}" for phase in PHASES for part in PARTS]
    purposes += ["bank/bank", "bank/fresh_bank", "probe/queries"]
    purposes += [f"examples/{task}/{split}" for task in TASKS for split in SPLITS]
    purposes += [f"examples/{task}/train/{language}" for task in TASKS for language in LANGUAGES]
    purposes += [f"items/{task}/{split}" for task in TASKS for split in ("validation", "test")]
    purposes += ["pretrain/examples", "evaluate/demonstrations", "lora", "soft_prompt/"]
    purposes += [f"selection/{source}" for source in SOURCES]
    purposes += [f"soft_prompt/{source}" for source in MADE]
    purposes += [f"shuffled/{source}" for source in SOURCES]
    purposes += [f"{phase}/demonstrations" for phase in MIXED]
    purposes += [f"{phase}/order" for phase in MIXED]
    purposes += [f"{phase}/{source}/pass" for phase in MIXED for source in SOURCES]
    purposes += ["bootstrap/items", "bootstrap/monitored", "permutation/orders"]
    purposes += ["audit/math", "audit/blank", "audit/demonstrations"]
    assert len(set(purposes)) == len(purposes)
    assert len({crc32(purpose.encode()) for purpose in purposes}) == len(purposes)


def test_streams_of_one_seed_are_uncorrelated() -> None:
    purposes = [f"{phase}/{part}" for phase in PHASES[:4] for part in PARTS]
    numbers = np.stack([stream(0, purpose, 0).standard_normal(10_000) for purpose in purposes])
    correlations = np.corrcoef(numbers) - np.eye(len(purposes))
    assert np.abs(correlations).max() < 0.05  # five standard deviations of a correlation of 0


def test_successive_steps_are_uncorrelated() -> None:
    draws = [stream(0, "pretrain/noise", step).standard_normal(50) for step in range(2000)]
    numbers = np.stack(draws)
    assert abs(np.mean(numbers[1:] * numbers[:-1])) < 5 / np.sqrt(numbers.size)


def test_numbers_stay_what_they_are() -> None:
    # Everything that was trained depends on them. Change them only on purpose, in a major version.
    assert draw(0, "pretrain/noise", 0)[0] == np.random.default_rng([0, 2140054425, 0]).random()
