"""The claims about recipes on labs in which the truth is planted.

Every claim is judged both ways: as in the papers' picture, and where it is false.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from eunoe import tables
from eunoe.claims.neighbours import NEIGHBOURS
from eunoe.claims.recipes import LEDGERS
from eunoe.config.chapters import RECIPE_PARTS, ByAbility, Ratio
from eunoe.recipes.results import Curves
from eunoe.results import NotRun
from eunoe.stages.render_recipes_claims import RecipesClaimSettings, render_recipes_claims
from tests.claims.recipes_planted import (
    CHAPTER,
    PARTS,
    SIZE,
    Picture,
    abilities,
    behaviours,
    evidence,
    judged,
    verdict,
    verdicts,
)
from tests.recipes.simulated import (
    BASE,
    BOOTSTRAP,
    HELD_OUT,
    TARGET,
    Behaviour,
    Size,
    deployments_of,
    write_costs,
    write_curves,
    write_scores,
)

CLAIMS = [claim.id for ledger in LEDGERS for claim in ledger.claims]
PAPERS = [
    *("P1", "P2", "P3", "P5", "P6", "P8", "P9", "P10", "P11", "P13", "P15", "P16"),
    *("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11", "D12", "D13", "D14"),
    *("D15", "D16"),
]
"""Every claim of the two papers."""
FAILS = {"D13", "D15", "C28"}
"""What the papers' own numbers contradict."""


SMALL = Size(examples=20)


def tuned(**changed: Behaviour) -> dict[str, Any]:
    return {"behaviours": behaviours(**changed)}


def able(**changed: tuple[float, float, float]) -> dict[str, Any]:
    return {"abilities": abilities(**changed)}


def promot(target: float = 0.97, kept: float = 0.97, specialised: float = 0.02) -> Behaviour:
    return Behaviour(target, kept, specialised, prompt=True, stages=2)


FORGETFUL = promot(kept=0.5)
BETTER = Behaviour(0.93, 1.05, 0.01)
HELPED = {"held_out": 0.5, "cost": 1.6, "recovered": 0.0}
"""Transforms help the base and ProMoT, and recover nothing."""
OTHERWISE: dict[str, dict[str, Any]] = {
    "P1": {"hasty": 0.5},
    "P2": tuned(plain=Behaviour(0.92, 0.6, 0.98)),
    "P3": tuned(promot=FORGETFUL),
    "P5": tuned(promot=promot(0.8)),
    "P6": tuned(promot=promot(0.6)),
    "P8": tuned(plain=Behaviour(0.92, 1.0, 0.1), promot=FORGETFUL),
    "P9": tuned(joint=Behaviour(0.95, 0.3, 0.8, prompt=True)),
    "P10": tuned(lora_first=promot(0.85, 1.08)),
    "P11": tuned(promot_several=promot(kept=0.38)),
    "P13": {"cosine": (0.97, 0.9)},
    "P15": tuned(plain=Behaviour(0.92, 0.05, 0.98, same_format=0.4)),
    "P16": tuned(plain=Behaviour(0.92, 1.1, 0.1), promot=promot(kept=0.3)),
    "D1": able(mathematics_village_1=(0.4, 0.1, 0.3)),
    "D2": able(general_village_1_64=(0.1, 0.1, 0.52)),
    "D3": able(mixed_village_1=(0.95, 0.9, 0.98)),
    "D4": able(mixed_village_1_256=(0.1, 0.1, 0.1)),
    "D5": able(mixed_town_1_256=(0.4, 0.6, 0.8)),
    "D6": able(ratio_specialised_1_16=(0.5, 0.5, 0.5)),
    "D7": able(ratio_general_1_16=(0.5, 0.5, 0.5)),
    "D8": able(sequential=(0.75, 0.4, 0.8)),
    "D9": able(dmt_1_256=(0.45, 0.5, 0.9)),
    "D10": able(dmt_1_256=(0.68, 0.5, 0.65)),
    "D11": able(dmt_1_256=(0.68, 0.5, 0.7)),
    "D12": able(dmt_1_256=(0.68, 0.2, 0.9)),
    "D13": able(dmt_1_256=(0.9, 0.8, 0.95)),
    "D14": able(dmt_1_4=(0.5, 0.25, 0.9)),
    "D15": able(
        **{f"dmt_1_{k}": (0.7, 0.9 - 0.1 * i, 0.8) for i, k in enumerate((4, 16, 64, 256))},
        dmt_1=(0.7, 0.98, 0.8),
    ),
    "D16": {"rehearsed": 0.05},
    "C1": {"held_out": 0.3},
    "C2": tuned(plain=Behaviour(0.5, 0.05, 0.98)),
    "C3": tuned(prompt_tuning=Behaviour(0.5, 1.0, 0.01, prompt=True)),
    "C4": tuned(prompt_tuning=Behaviour(0.3, 1.0, 0.01, prompt=True)),
    "C5": tuned(promot=promot(0.3)),
    "C6": tuned(promot=promot(specialised=0.5)),
    "C7": {"attached_specialised": 0.2},
    "C8": {"attached_specialised": 0.2},
    "C9": {"in_format": 0.9},
    "C10": {**tuned(plain=Behaviour(0.92, 0.4, 0.5)), "recovered": 0.0, "cost": 0.3},
    "C11": HELPED,
    "C12": HELPED,
    **{
        f"C{number}": tuned(**{part: BETTER, "promot": FORGETFUL})
        for number, part in enumerate(NEIGHBOURS, start=13)
    },
    "C23": tuned(promot=FORGETFUL),
    "C24": tuned(promot_demonstrated=FORGETFUL),
    "C25": able(mathematics_village_1=(0.05, 0.1, 0.3)),
    "C26": {"updates": {"sequential": 240}},
    "C27": {"rehearsed": 0.05},
    "C28": able(mixed_sequential=(0.72, 0.6, 0.8)),
}
"""For each claim, a lab in which it is the other way round."""


def test_every_claim_of_the_papers_is_there_once_and_in_order() -> None:
    assert [claim for claim in CLAIMS if not claim.startswith("C")] == PAPERS
    controls = [claim for claim in CLAIMS if claim.startswith("C")]
    assert controls == [f"C{number}" for number in range(1, len(controls) + 1)]
    for ledger in LEDGERS:
        for claim in ledger.claims:
            source = {"P": "Wang et al. 2024", "D": "Dong et al. 2024", "C": "control"}
            assert claim.source.startswith(source[claim.id[0]])


def test_verdicts_in_the_papers_picture() -> None:
    expected = {claim: "contradicted" if claim in FAILS else "supported" for claim in CLAIMS}
    assert verdicts(Picture()) == expected


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_judged_otherwise_where_it_is_otherwise(claim: str) -> None:
    expected = "supported" if claim in FAILS else "contradicted"
    assert verdict(claim, replace(Picture(), **OTHERWISE[claim])) == expected


def test_every_condition_of_a_margin_counts() -> None:
    """P1, P13 and D16 each ask for several things: one that fails is enough."""
    for claim, case in (
        ("P1", {"base_specialised": 0.2}),
        ("P13", {"cosine": (0.5, -0.1)}),
        ("D16", able(dmt_1_256=(0.53, 0.5, 0.9))),
        ("P10", tuned(lora_first=promot(0.999, 0.3))),
        ("P11", tuned(promot_several=promot(0.7))),
    ):
        assert verdict(claim, replace(Picture(), **case)) == "contradicted", claim


NOTHING = {
    **{part: Behaviour(0.5, 1.0, 0.01, same_format=0.5) for part in PARTS},
    **{
        part: replace(one, target=0.5, kept=1.0, specialised=0.01, same_format=0.5)
        for part, one in behaviours().items()
        if one.prompt
    },
}
TRUE_OF_NOTHING = {"P3", "D6", "D7", "D11", "C1", "C6", "C7", "C8", "C26", "C27", "C28"}
"""What the base does, and what is claimed to be small or alike."""


def test_where_tuning_does_nothing_no_effect_is_found() -> None:
    untuned = dict.fromkeys(abilities(), (0.1, 0.1, 0.3))
    found = verdicts(replace(Picture(), behaviours=NOTHING, abilities=untuned, recovered=0.0))
    supported = {claim for claim, verdict in found.items() if verdict == "supported"}
    assert supported <= TRUE_OF_NOTHING
    assert found["C2"] == found["C3"] == found["C25"] == "contradicted"
    assert found["P16"] == "not run" or found["P16"] == "inconclusive"


def test_a_prompt_that_learns_nothing_is_found_out() -> None:
    """ProMoT still keeps everything: the control says why."""
    weak = Behaviour(0.5, 1.0, 0.01, prompt=True)
    picture = replace(Picture(), **tuned(prompt_tuning=weak))
    assert verdict("P3", picture) == "supported"
    assert verdict("C3", picture) == "contradicted"


# What was not run

AT_EQUAL_TARGET = {f"C{number}": part for number, part in enumerate(NEIGHBOURS, start=13)}
NEEDS = {
    "plain": {
        *("P1", "P2", "P5", "P8", "P13", "P15", "P16"),
        *("C1", "C2", "C9", "C10", "C11", "C12"),
    },
    "prompt_tuning": {"P6", "C3", "C4", "C8"},
    "promot": {
        *("P3", "P5", "P6", "P8", "P10", "P15", "P16", "C5", "C6", "C7", "C12", "C23", "C24"),
        *AT_EQUAL_TARGET,
    },
    "joint": {"P9"},
    "random_prompt": {"P9"},
    "demonstrated": {"P9"},
    "lora_first": {"P10"},
    "unfrozen": {"C23"},
    "promot_demonstrated": {"C24"},
    "plain_several": {"P11"},
    "promot_several": {"P11"},
    **{part: {claim} for claim, part in AT_EQUAL_TARGET.items()},
    "same_format": {"P15"},
    "multi_task": {"D8", "D10", "D13", "D16", "C26", "C28"},
    "sequential": {"D8", "C26"},
    "mixed_sequential": {"D9", "D12", "D16", "C26", "C28"},
    "mathematics": {
        *("D1", "D3", "D4", "D5", "D7", "D8", "D9", "D12", "D13", "D14", "D16", "C25", "C28"),
    },
    "code": {"D3", "D4", "D12", "D13", "D15", "C25", "C28"},
    "abilities": {*(claim for claim in PAPERS if claim[0] == "D"), "C25", "C28"},
}


@pytest.mark.parametrize("part", NEEDS)
def test_a_part_that_is_null_leaves_its_claims_not_run(part: str) -> None:
    found = judged(evidence(Picture(), CHAPTER.model_copy(update={part: None}), SMALL))
    missing = found[found["verdict"] == "not run"]
    assert set(missing.index) == NEEDS[part]
    assert set(missing["reason"]) == {f"chapters.recipes.{part} is null"}
    assert missing[["estimate", "low", "high"]].isna().all(axis=None)


def test_every_part_is_a_need_of_some_claim() -> None:
    assert {*RECIPE_PARTS} <= {*NEEDS}


@pytest.mark.parametrize(
    ("update", "claims", "reason"),
    [
        (
            {"dmt": {"1/16": "dmt_1_16"}},
            {"D9", "D10", "D11", "D12", "D13", "D16", "C26", "C27"},
            "chapters.recipes.dmt has no 1/256",
        ),
        (
            {"dmt": {"1/256": "dmt_1_256", "0": "mixed_sequential"}},
            {"D14"},
            "chapters.recipes.dmt has fewer than two from above 0 to 1/4",
        ),
        (
            {"single": ByAbility()},
            {"D1"},
            "chapters.recipes.scaling.village.single.mathematics has fewer than two",
        ),
        (
            {"single": ByAbility(), "sizes": []},
            {"D2"},
            "chapters.recipes.single.general has no 1/256",
        ),
        ({"sizes": ["village"]}, {"D5"}, "chapters.recipes.sizes has fewer than two bases"),
        ({"ratio": Ratio()}, {"D6"}, "chapters.recipes.ratio.specialised has fewer than two"),
    ],
)
def test_fractions_and_sizes_may_be_missing(
    update: dict[str, Any], claims: set[str], reason: str
) -> None:
    chapter = CHAPTER.model_copy(update=update)
    found = judged(evidence(Picture(), chapter, SMALL))
    assert set(found.index[found["reason"] == reason]) == claims


def test_there_may_be_no_results() -> None:
    found = evidence(Picture(), size=Size(examples=4))
    nothing = replace(
        found,
        results={},
        curves=Curves(BOOTSTRAP),
        costs=found.costs.iloc[:0],
        mixtures=found.mixtures.iloc[:0],
    )
    assert set(judged(nothing)["verdict"]) == {"not run"}


def test_there_may_be_no_target() -> None:
    found = judged(replace(evidence(Picture(), size=Size(examples=4)), target=None))
    missing = found[found["verdict"] == "not run"]
    assert set(missing["reason"]) == {"probes.retention.target is null"}
    assert not {claim for claim in PAPERS if claim[0] == "D"} & {*missing.index}


def test_a_recipe_that_never_gets_there_is_not_compared() -> None:
    weak = Behaviour(0.6, 1.0, 0.01)
    found = judged(evidence(replace(Picture(), **tuned(kl=weak)), size=SMALL))
    claim = next(claim for claim, part in AT_EQUAL_TARGET.items() if part == "kl")
    assert found.loc[claim, "verdict"] == "not run"
    assert "run kl never reaches the common target score" in str(found.loc[claim, "reason"])


# How it is computed


def test_the_size_of_the_models_is_in_the_reason_of_the_papers_claims() -> None:
    reasons = judged(evidence(Picture(), size=SMALL))["reason"]
    size = "tested at 3.4 million parameters, the papers' models have 3.7 to 33 billion"
    assert {claim for claim in CLAIMS if str(reasons[claim]).endswith(size)} == {*PAPERS}


def test_estimates_are_those_of_plain_pandas(tmp_path: Path) -> None:
    """From the tables to the ledger's file, through the stage."""
    picture, size = Picture(), Size(seeds=(0, 1), examples=20)
    own = {run: rates for run, rates in abilities().items() if "seed" not in run}
    picture = replace(picture, abilities={run: own[run] for run in own if "town" not in run})
    scores = [path for paths in write_scores(tmp_path, picture, size).values() for path in paths]
    costs = write_costs(tmp_path, picture, size)
    claims = tmp_path / "recipes.claims.parquet"
    runs = dict.fromkeys([*picture.behaviours, *picture.abilities], BASE)
    render_recipes_claims(
        RecipesClaimSettings(
            chapter="recipes",
            parts=CHAPTER.model_copy(update={"sizes": [], "scaling": {}}),
            target=TARGET,
            runs=runs,
            deployments=deployments_of(picture),
            seeds=list(size.seeds),
            bootstrap=BOOTSTRAP,
            code="none",
        ),
        scores=scores,
        curves=write_curves(tmp_path, picture, size),
        costs=costs["costs"],
        mixtures=costs["mixture"],
        weights=[],
        claims=claims,
    )
    found = tables.read(claims, tables.CLAIMS).to_pandas().set_index("claim")["estimate"]
    rows = pd.concat(pd.read_parquet(path) for path in scores)
    rows = rows[(rows["split"] == "test") & (rows["transform"] == "identity")]
    right = rows.astype({"right": float, "source": str, "model": str}).pivot_table(
        index=["model", "attached"], columns="source", values="right", aggfunc="mean"
    )
    kept = right[list(HELD_OUT)].mean(axis=1)
    assert found["P2"] == pytest.approx(kept["plain", False] / kept[BASE, False])
    assert found["P3"] == pytest.approx(kept["promot", False] / kept[BASE, False])
    on_target = right[TARGET]
    assert found["P5"] == pytest.approx(on_target["promot", True] - on_target["plain", False])
    assert found["C5"] == pytest.approx(on_target["promot", True] - on_target["promot", False])
    mathematics = right["maths.en"].xs(False, level="attached")
    assert found["D9"] == pytest.approx(mathematics["dmt_1_256"] - mathematics["mixed_sequential"])
    lost = mathematics["multi_task"] - mathematics["mixed_sequential"]
    won = (mathematics["dmt_1_256"] - mathematics["mixed_sequential"]) / lost
    assert found["D16"] == pytest.approx(min(won - 0.5, 0.01 - 2 / 3))
    assert found["C26"] == 1


def test_intervals_are_paired_across_models() -> None:
    """What two models share in an example cancels in their difference."""
    found = evidence(Picture())
    one, other = (found.on_target(found.run(part)) for part in ("plain", "prompt_tuning"))
    assert np.var(one - other) < 0.85 * (np.var(one) + np.var(other))


def test_the_transform_is_chosen_on_validation_examples() -> None:
    """Test examples of the same transform, made worse, do not change the choice."""
    from eunoe.claims.neighbours import transformed

    found = evidence(Picture(), size=SIZE)
    sources, best = transformed(found)
    assert {*sources} == {source for source in HELD_OUT if source.endswith(".en")}
    for cell, values in found.results["retention", "test"].values.items():
        if cell.transform == best:
            values["right"][:] = 0
    assert transformed(found)[1] == best


def test_a_seed_that_never_specialises_has_no_meaning() -> None:
    found = judged(evidence(replace(Picture(), hasty=0.5), size=SMALL))
    assert found.loc["P13", "verdict"] == "inconclusive"
    assert "no meaning" in str(found.loc["P13", "reason"])


def test_a_base_that_is_not_in_the_config_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        replace(evidence(Picture(), size=Size(examples=4)), bases={}).kept_share("plain")


def test_a_part_without_a_run_is_not_run() -> None:
    found = evidence(Picture(), CHAPTER.model_copy(update={"kl": None}), Size(examples=4))
    with pytest.raises(NotRun, match=r"chapters\.recipes\.kl is null"):
        found.run("kl")
