"""The claims about recipes on the numbers that the papers print: what they report, holds or fails.

Three seeds and many examples, all of whose scores are the printed number, so that intervals have
hardly a width. The papers do not print what controls need: claims are judged by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eunoe.config.figures import Bootstrap
from eunoe.labs.recipes.claims import ledger
from eunoe.labs.recipes.evidence import Evidence
from eunoe.labs.recipes.settings import ByAbility
from eunoe.labs.recipes.settings import Lab as RecipesLab
from eunoe.recipes.adapter_scope import AdapterScope
from eunoe.report.ledger import Ledger
from eunoe.results.models import Model
from eunoe.results.text.cells import Cell
from eunoe.results.text.results import Results
from eunoe.results.text.trajectories import Curves
from tests.results.text.simulated_recipes import cell_of

BOOTSTRAP = Bootstrap(replicates=50)
ABILITIES = ("mathematics", "code", "general")
SCALES = (100, 100, 10)
SHAPE = (3, 4000)
"""Seeds and examples."""

STRATEGIES: dict[str, dict[str, tuple[float, float, float]]] = {
    "7B": {
        "multi_task": (47.53, 14.63, 5.76),
        "sequential": (31.39, 15.85, 5.72),
        "mixed_sequential": (32.60, 15.24, 6.02),
        "1/256": (41.92, 17.68, 6.08),
        "1/64": (42.53, 15.85, 6.01),
        "1/16": (43.3, 15.24, 5.78),
        "1/4": (48.37, 13.41, 5.69),
        "1": (45.79, 14.02, 5.63),
    },
    "13B": {
        "multi_task": (50.94, 19.50, 5.73),
        "sequential": (39.12, 20.12, 5.93),
        "mixed_sequential": (40.48, 18.30, 5.93),
        "1/256": (46.47, 19.50, 6.03),
    },
    "33B": {
        "multi_task": (56.69, 18.9, 6.07),
        "sequential": (47.27, 24.80, 6.73),
        "mixed_sequential": (44.24, 24.4, 6.43),
        "1/256": (56.36, 25.00, 6.69),
    },
}
ALONE = {"1": 49.10, "1/4": 43.37, "1/16": 35.90, "1/64": 22.71, "1/256": 12.70}
"""Mathematics at 7B."""
REHEARSED = 0.0059
LOST_AND_WON = {"7B": (16.1, 9.3, 0.62), "13B": (11.8, 6.0, 0.57), "33B": (9.4, 12.1, 0.97)}
"""Multi-task minus sequential, DMT minus mixed sequential, share won back."""


def alone(share: str) -> str:
    """The run on a share of mathematics."""
    return f"alone_{share.replace('/', '_')}"


def constants(values: Mapping[Cell, float], adapter_scopes: Mapping[str, AdapterScope]) -> Results:
    """Results in which every example has the number itself."""
    names = ("right", "formatted", "specialised", "credit")
    found = {cell: dict.fromkeys(names, np.full(SHAPE, value)) for cell, value in values.items()}
    return Results(BOOTSTRAP, found, adapter_scopes)


def evidence(lab_settings: RecipesLab, results: Results, mixtures: pd.DataFrame) -> Evidence:
    probe = lab_settings.abilities or lab_settings.retention
    return Evidence(
        results={(probe, "test"): results},
        curves=Curves(BOOTSTRAP),
        costs=pd.DataFrame(columns=["kind", "model", "seed", "updates"]),
        mixtures=mixtures,
        settings=lab_settings,
        target="target.en",
        same_format=[],
        rehearsed=[],
        bases={model.name: "base" for model in results.models},
    )


def judged(found: Evidence) -> pd.DataFrame:
    alone: Ledger[Evidence] = Ledger()
    alone.claims = [replace(claim, premises=(), guards=()) for claim in ledger.claims]
    return alone.judge(found, 0.95, "recipes").set_index("claim")


def lost(size: str) -> float:
    """Mathematics that mixed sequential training lost against multi-task."""
    return (STRATEGIES[size]["multi_task"][0] - STRATEGIES[size]["mixed_sequential"][0]) / 100


def won_back(size: str) -> float:
    """What DMT has of it beyond half."""
    won = (STRATEGIES[size]["1/256"][0] - STRATEGIES[size]["mixed_sequential"][0]) / 100
    return won - 0.5 * lost(size)


def composed(size: str) -> pd.DataFrame:
    """The ledger on the strategies of one of the paper's sizes."""
    scores = STRATEGIES[size]
    values = {
        cell_of(Model("run", run), ability, "identity", False): score / scale
        for run, row in scores.items()
        for ability, score, scale in zip(ABILITIES, row, SCALES, strict=True)
    }
    values |= {
        cell_of(Model("run", alone(share)), "mathematics", "identity", False): score / 100
        for share, score in ALONE.items()
    }
    lab_settings = RecipesLab(
        retention="retention",
        abilities="abilities",
        mathematics="mathematics",
        code="code",
        general="general",
        multi_task="multi_task",
        sequential="sequential",
        mixed_sequential="mixed_sequential",
        single=ByAbility(mathematics={share: alone(share) for share in ALONE}),
        mixed={},
    )
    rehearsing = {share: share for share in scores if share[0] == "1"}
    runs = [*scores, *map(alone, ALONE)]
    shares = {"general": 1 - REHEARSED, "code": REHEARSED, "mathematics": 0.0}
    mixtures = pd.DataFrame(
        {"kind": "run", "model": run, "seed": seed, "stage": 1, "source": source, "examples": 100}
        | {"example_share": share, "token_share": share}
        for run in runs
        for seed in range(3)
        for source, share in shares.items()
    )
    lab_settings = lab_settings.model_copy(update={"dmt": rehearsing})
    return judged(evidence(lab_settings, constants(values, {}), mixtures))


@pytest.mark.parametrize("size", STRATEGIES)
def test_strategies_hold_and_fail_as_printed(size: str) -> None:
    found = composed(size)
    forgotten, kept, won = LOST_AND_WON[size]
    assert won_back(size) / lost(size) + 0.5 == pytest.approx(won, abs=6e-3)
    assert found.loc["D8", "estimate"] == pytest.approx(forgotten / 100, abs=6e-4)
    assert found.loc["D9", "estimate"] == pytest.approx(kept / 100, abs=6e-4)
    assert found.loc["D16", "estimate"] == pytest.approx(min(won_back(size), 0.01 - REHEARSED))
    for claim in ("D8", "D9", "D10", "D12", "D16"):
        assert found.loc[claim, "verdict"] == "supported", claim
    near = "supported" if size == "33B" else "contradicted"  # .3 points below multi-task there
    assert found.loc["D13", "verdict"] == near


def test_the_sweep_holds_and_fails_as_printed() -> None:
    found = composed("7B")["verdict"]
    assert found["D1"] == found["D14"] == "supported"
    assert found["D15"] == "contradicted"


HELD_OUT = {"RTE": (7.34, 0.03, 7.2), "En-Fr": (7.34, 1.09, 9.95), "PaLM": (26.09, 14.35, 22.2)}
"""Mean on other tasks of base, plain and ProMoT, in the units of the ratios that are printed."""


def tuned(setting: str) -> pd.DataFrame:
    """The ledger on ProMoT's numbers."""
    target, other, same = "target.en", "other.en", "same.en"
    base, plain, promot = HELD_OUT[setting]
    soft = {"promot": 0.413, "prompt_tuning": 0.39, "lora_first": 0.400}
    soft["promot_several"] = 0.418
    models = {
        Model("base", "base"): base,
        Model("run", "plain"): plain,
        Model("run", "promot"): promot,
        Model("run", "lora_first"): 2.5,
        Model("run", "joint"): 0.23,
        Model("run", "random_prompt"): 0.19,
        Model("run", "demonstrated"): 0.01,
        Model("run", "prompt_tuning"): base,
        Model("run", "plain_several"): 20.06,
        Model("run", "promot_several"): 25.88,
    }
    values: dict[Cell, float] = {}
    for model, score in models.items():
        for attached in (False, True):
            values[cell_of(model, other, "identity", attached)] = score / 100
            values[cell_of(model, target, "identity", attached)] = soft.get(model.name, 0.418)
            values[cell_of(model, same, "identity", attached)] = 0.5
    values[cell_of(Model("run", "plain"), same, "identity", False)] = 0.732
    values[cell_of(Model("run", "promot"), same, "identity", False)] = 0.661
    parts = {model.name: model.name for model in models if model.kind == "run"}
    lab_settings = RecipesLab(retention="retention").model_copy(update=parts)
    adapter_scopes = {run: AdapterScope(sources=[target]) for run in parts if run in soft}
    found = evidence(lab_settings, constants(values, adapter_scopes), pd.DataFrame())
    found = replace(found, same_format=[same], bases=dict.fromkeys(parts, "base"))
    return judged(found)


@pytest.mark.parametrize("setting", HELD_OUT)
def test_promot_holds_and_fails_as_printed(setting: str) -> None:
    found = tuned(setting)["verdict"]
    expected = "contradicted" if setting == "PaLM" else "supported"
    assert found["P2"] == found["P3"] == expected
    for claim in ("P5", "P6", "P8", "P10", "P15"):
        assert found[claim] == "supported", claim
    assert found["P9"] == "supported"


def test_several_targets_hold_as_printed() -> None:
    """+5.8 points at equal target scores: the margins are 2.8 points and the tolerance of one."""
    estimate = tuned("RTE").loc["P11", "estimate"]
    assert estimate == pytest.approx(min(0.2588 - 0.2006 - 0.03, 0.01))
