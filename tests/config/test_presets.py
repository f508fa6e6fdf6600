"""The overlays of workflow/presets and the profiles of workflow/profiles fit the workflow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.utils import update_config

from eunoe.config.root import Config
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.workflow.configuration import load

PATTERN = r"^(?:use rule \w+ as|rule) (\w+)(?: with)?:"
ROOT = Path(__file__).parents[2]
PRESETS = sorted((ROOT / "workflow" / "presets").glob("*.yaml"))
PROFILES = sorted((ROOT / "workflow" / "profiles").glob("*/profile.yaml"))


def read(path: Path) -> dict[str, Any]:
    """Return what a YAML file holds."""
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def rules() -> set[str]:
    """Return the names of the workflow's rules."""
    files = (ROOT / "workflow" / "rules").glob("*.smk")
    return {name for file in files for name in re.findall(PATTERN, file.read_text(), re.M)}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_preset_over_config_is_valid(values: dict[str, Any], preset: Path) -> None:
    update_config(values, read(preset))
    load(values)


def test_smoke_keeps_every_name_and_two_seeds(values: dict[str, Any]) -> None:
    full = load(values)
    update_config(values, read(ROOT / "workflow" / "presets" / "smoke.yaml"))
    smoke = load(values)
    assert smoke.seeds == full.seeds[:2]
    for section in ("worlds", "networks", "trainings", "bases", "recipes", "runs", "probes"):
        assert list(getattr(smoke, section)) == list(getattr(full, section))


def test_paper_is_at_the_papers_scale(values: dict[str, Any]) -> None:
    update_config(values, read(ROOT / "workflow" / "presets" / "paper.yaml"))
    config = load(values)
    world = config.worlds["linear"]
    assert isinstance(world, RegressionWorld)
    assert (world.dimension, world.tasks, world.points) == (20, 64, 41)
    bases = [config.bases[name] for name in config.bases_of("regression")]
    assert {base.alpha for base in bases} == {0, 0.2, 0.5, 0.8, 1}
    for base in bases:
        assert base.network is not None
        network = config.networks[base.network]
        assert (network.layers, network.heads, network.width) == (12, 8, 256)
    tuning = config.trainings[config.recipes["to_bank"].stages[0].training or ""]
    assert (tuning.optimizer, tuning.steps) == ("adam", 400)


def test_papers_language_model_has_50_to_100_million_parameters(values: dict[str, Any]) -> None:
    update_config(values, read(ROOT / "workflow" / "presets" / "paper.yaml"))
    config = load(values)
    shape = config.networks[config.bases["tongues"].network or ""]
    assert shape.architecture == "llama"
    # attention's four matrices, and three of the gated perceptron, four times as wide
    assert 50e6 < shape.layers * (4 + 3 * 4) * shape.width**2 < 100e6


def test_ablations_change_one_thing_each(values: dict[str, Any]) -> None:
    update_config(values, read(ROOT / "workflow" / "presets" / "ablations.yaml"))
    config = load(values)
    linear = config.worlds["linear"].model_dump()
    for name in config.worlds_of("regression"):
        world = config.worlds[name]
        changed = {key for key, value in world.model_dump().items() if value != linear[key]}
        assert changed == ({name.split("_")[0]} if name != "linear" else set())
        assert any(probe.world == name for probe in config.probes.values())
    for name in config.bases_of("regression"):
        base = config.bases[name]
        assert any(run.base == name for run in config.runs.values()) or base.alpha != 0.5


def updates(config: Config, run: str) -> list[int]:
    """Return the updates of each stage of a run."""
    return [config.trainings[stage.training or ""].steps for stage in config.recipe_of(run).stages]


def test_strategies_make_the_same_number_of_updates(values: dict[str, Any]) -> None:
    update_config(values, read(ROOT / "workflow" / "presets" / "scaling.yaml"))
    config = load(values)
    lab = config.labs.recipes
    for base in lab.sizes:
        runs = lab.strategies(base).runs
        assert {config.runs[run].base for run in runs.values()} == {base}
        assert {sum(updates(config, run)) for run in runs.values()} == set(
            updates(config, "multi_task")
        )
        # multi-task, two sequences, DMT, three abilities, their mixture, and its two sides
        assert len(runs) == 3 + 5 + 3 * 5 + 5 + 2 * 5


def test_unmatched_strategies_go_over_their_data_three_times(values: dict[str, Any]) -> None:
    update_config(values, read(ROOT / "workflow" / "presets" / "unmatched.yaml"))
    config = load(values)
    rate = config.trainings["composing"].learning_rate
    for run in ("only_maths", "multi_task", "sequential", "mixed_sequential", "dmt_16", "dmt_256"):
        for stage, steps in zip(config.recipe_of(run).stages, updates(config, run), strict=True):
            passes = steps * 32 / (2000 * sum(stage.shares.values()))
            assert passes == pytest.approx(3, abs=0.03)
            assert config.trainings[stage.training or ""].learning_rate == rate


def test_rates_differ_from_adapting_in_the_rate_alone_on_a_seed_of_their_own(
    values: dict[str, Any],
) -> None:
    plain = load(values)
    update_config(values, read(ROOT / "workflow" / "presets" / "rates.yaml"))
    config = load(values)
    assert not {*config.seeds} & {*plain.seeds}
    followed = {"learning_rate", "monitor_every", "monitor_prompts"}
    adapting = config.trainings["adapting"].model_dump(exclude=followed)
    rates = set()
    for run in config.runs_measured("specialised"):
        training = config.trainings[config.recipe_of(run).stages[-1].training or ""]
        assert training.model_dump(exclude=followed) == adapting
        rates.add(training.learning_rate)
    assert len(rates) == 5
    assert min(rates) < config.trainings["adapting"].learning_rate < max(rates)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.parent.name)
def test_profile_names_existing_rules(profile: Path) -> None:
    settings = read(profile)
    assert set(settings.get("set-resources", {})) <= rules()


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.parent.name)
def test_profile_repeats_the_default_ones_keys(profile: Path) -> None:
    default = read(ROOT / "workflow" / "profiles" / "default" / "profile.yaml")
    settings = read(profile)
    assert {key: settings.get(key) for key in default} == default


def test_ablations_can_be_smoked(values: dict[str, Any]) -> None:
    for preset in ("ablations", "smoke"):
        update_config(values, read(ROOT / "workflow" / "presets" / f"{preset}.yaml"))
    load(values)
