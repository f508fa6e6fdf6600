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
from safetensors.numpy import save_file

from eunoe.labs.recipes.claims import ledger
from eunoe.labs.recipes.claims.neighbours import NEIGHBOURS
from eunoe.labs.recipes.claims.promot import plain_helps_its_own_format
from eunoe.labs.recipes.evidence import evidence as evidence_from
from eunoe.labs.recipes.settings import RECIPE_PARTS, ByAbility, Ratio
from eunoe.recipes.adapter_scope import adapter_scopes_of as found_scopes
from eunoe.report.lab import Inputs
from eunoe.results.models import Model, NotRun
from eunoe.results.text.results import Results
from eunoe.results.text.trajectories import Curves
from eunoe.stages.render_claims import ClaimSettings, render_claims
from eunoe.statistics.quantities import PremiseNotMet
from eunoe.tables.claims import CLAIMS
from eunoe.tables.files import read_table
from tests.lab import parts_of
from tests.labs.recipes.planted import (
    LAB_SETTINGS,
    PARTS,
    Picture,
    abilities,
    behaviours,
    evidence,
    judged,
    promot,
    row_of,
    verdict,
    verdicts,
)
from tests.results.text.simulated_recipes import (
    BASE,
    BOOTSTRAP,
    HELD_OUT,
    LEVELS,
    REHEARSED,
    SAME_FORMAT,
    TARGET,
    Behaviour,
    Size,
    adapter_scopes_of,
    cell_of,
    study_of,
    write_costs,
    write_curves,
    write_replies,
)

IDS = [claim.id for claim in ledger.claims]
PAPERS = [
    *("P1", "P2", "P3", "P5", "P6", "P8", "P9", "P10", "P11", "P13", "P15", "P16"),
    *("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11", "D12", "D13", "D14"),
    *("D15", "D16"),
]
"""Every claim of the two papers."""
AT_EQUAL_TARGET = {f"C{number}": part for number, part in enumerate(NEIGHBOURS, start=13)}
FAILS = {"D13", "D15", "C28"}
"""What the papers' own numbers contradict."""


SMALL = Size(seeds=(0, 1, 2), examples=20)


def tuned(**changed: Behaviour) -> dict[str, Any]:
    return {"behaviours": behaviours(**changed)}


def able(**changed: tuple[float, float, float]) -> dict[str, Any]:
    return {"abilities": abilities(**changed)}


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
    "P8": tuned(plain=Behaviour(0.92, 1.0, 0.98), promot=FORGETFUL),
    "P9": tuned(joint=Behaviour(0.95, 0.3, 0.8, prompt=True)),
    "P10": tuned(lora_first=promot(0.85, 1.08)),
    "P11": tuned(promot_several=promot(kept=0.38)),
    "P13": {"cosine": (0.97, 0.9)},
    "P15": tuned(plain=Behaviour(0.92, 0.05, 0.98, same_format=0.4)),
    "P16": tuned(plain=Behaviour(0.92, 1.1, 0.98), promot=promot(kept=0.3)),
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
        claim: tuned(**{part: BETTER, "promot_cool": FORGETFUL})
        for claim, part in AT_EQUAL_TARGET.items()
    },
    "C23": tuned(promot=FORGETFUL),
    "C24": tuned(promot_demonstrated=FORGETFUL),
    "C25": able(mathematics_village_1=(0.05, 0.1, 0.3)),
    "C26": {"updates": {"sequential": 240}},
    "C27": {"rehearsed": 0.05},
    "C28": able(mixed_sequential=(0.72, 0.6, 0.8)),
    "C29": able(dmt_1_256=(0.45, 0.5, 0.9)),
    "C30": tuned(plain=Behaviour(0.92, 0.05, 0.2, same_format=0.75)),
}
"""For each claim, a lab in which it is the other way round."""


def test_every_claim_of_the_papers_is_there_once_and_in_order() -> None:
    assert [claim for claim in IDS if not claim.startswith("C")] == PAPERS
    others = {claim for claim in IDS if claim.startswith("C")}
    assert others == {f"C{number}" for number in range(1, len(others) + 1)}
    source = {"P": "Wang et al. 2024", "D": "Dong et al. 2024"}
    source["C"] = ("control", "neighbours", "beyond the papers")  # type: ignore[assignment]
    for claim in ledger.claims:
        assert claim.source.startswith(source[claim.id[0]])


def test_a_few_claims_are_primary_and_premises_are_claims() -> None:
    families = {claim.id: claim.family for claim in ledger.claims}
    assert {claim for claim, family in families.items() if family == "primary"} == {
        *("P2", "P3", "P5", "P8", "P16", "D8", "D12"),
        f"C{13 + [*NEIGHBOURS].index('replay')}",
    }
    for claim in ledger.claims:
        for premise in claim.premises:
            assert families[premise] == "control" or premise == "D8"


def test_verdicts_in_the_papers_picture() -> None:
    expected = {claim: "contradicted" if claim in FAILS else "supported" for claim in IDS}
    assert verdicts(Picture()) == expected


@pytest.mark.parametrize("claim", IDS)
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
        part: replace(one, target=0.5, stage_one=None, kept=1.0, specialised=0.01, same_format=0.5)
        for part, one in behaviours().items()
        if one.prompt
    },
}
TRUE_OF_NOTHING = {"C1", "C26", "C27"}
"""What the base does, and what is as the config says."""


def test_where_tuning_does_nothing_no_effect_is_found() -> None:
    untuned = dict.fromkeys(abilities(), (0.1, 0.1, 0.3))
    found = verdicts(replace(Picture(), behaviours=NOTHING, abilities=untuned, recovered=0.0))
    assert {claim for claim, verdict in found.items() if verdict == "supported"} == TRUE_OF_NOTHING
    assert found["C2"] == found["C3"] == found["C25"] == found["C30"] == "contradicted"
    for claim in ledger.claims:
        if {"C2", "C3", "C25", "C30"} & {*claim.premises}:
            assert found[claim.id] == "premise not met", claim.id


# Premises


def test_where_plain_tuning_does_not_specialise_its_claims_have_no_premise() -> None:
    found = judged(evidence(replace(Picture(), **tuned(plain=Behaviour(0.92, 0.6, 0.1)))))
    assert found.loc["C30", "verdict"] == "contradicted"
    for claim in ("P2", "P3", "P5", "P6", "P8", "P9", "P10", "P13", "P15", "P16", "C6", "C7", "C8"):
        assert found.loc[claim, "verdict"] == "premise not met", claim
        assert str(found.loc[claim, "reason"]).startswith(("C30 is contr", "a seed never spec"))
    for claim in AT_EQUAL_TARGET:  # at a lower rate
        assert found.loc[claim, "verdict"] == "supported", claim


def test_a_prompt_that_learns_nothing_is_found_out() -> None:
    """ProMoT still keeps everything; C3 says why, and leaves nothing to claim."""
    weak = Behaviour(0.5, 1.0, 0.01, prompt=True)
    row = row_of("P3", replace(Picture(), **tuned(prompt_tuning=weak)))
    assert row["estimate"] > 0.9
    assert row["verdict"] == "premise not met"
    assert row["reason"].startswith("C3 is contradicted; by itself: the quantity surely satisfies")


def test_a_base_that_cannot_do_the_tasks_leaves_nothing_to_keep() -> None:
    found = judged(evidence(replace(Picture(), held_out=0.3)))
    assert found.loc["C1", "verdict"] == "contradicted"
    assert {str(found.loc[claim, "verdict"]) for claim in ("P2", "P3", "P8", *AT_EQUAL_TARGET)} == {
        "premise not met"
    }


def reason_at_level(claim: str, **changed: Behaviour) -> str:
    """Why a claim at equal target score has no premise."""
    row = row_of(claim, replace(Picture(), **tuned(**changed)))
    assert row["verdict"] == "premise not met"
    assert np.isnan(row["estimate"])
    return str(row["reason"])


def claim_of(part: str) -> str:
    return next(claim for claim, found in AT_EQUAL_TARGET.items() if found == part)


def test_a_recipe_that_never_gets_there_is_not_compared() -> None:
    reason = reason_at_level(claim_of("kl"), kl=Behaviour(0.6, 1.0, 0.01))
    assert reason.startswith("run kl reaches 80% of the target in no seed; its best is 59.")


def test_a_recipe_that_misses_the_level_in_one_seed_is_not_compared() -> None:
    """Its mean over the others would be of the seeds in which it happened to learn."""
    unlucky = replace(behaviours()["kl"], unlucky=1)
    reason = reason_at_level(claim_of("kl"), kl=unlucky)
    assert reason.startswith("run kl reaches 80% of the target in 7 of 8 seeds; its best is 9")


def test_a_level_that_is_reached_in_stage_one_alone_is_missed() -> None:
    """After it, the weights of ProMoT are still the base's: it keeps everything."""
    reason = reason_at_level("C13", promot_cool=promot(0.6, stage_one=0.95))
    assert reason.startswith("run promot_cool reaches 80% of the target in no seed")


def test_a_recipe_that_goes_far_beyond_the_level_at_once_is_not_compared() -> None:
    reason = reason_at_level("C13", promot_cool=promot(0.99, stage_one=0.97))
    assert reason.startswith("promot_cool and plain_cool are at 9")
    assert "of the target there, not equal" in reason


def test_levels_that_one_of_two_misses_are_left_out() -> None:
    """At 90% plain, which ends at 85%, is not there; at 70% and 80% both are."""
    lower = Behaviour(0.85, 0.05, 0.98)
    row = row_of("P16", replace(Picture(), **tuned(plain=lower)))
    assert row["verdict"] == "supported"
    with pytest.raises(PremiseNotMet, match="run plain reaches 90% of the target in no seed"):
        evidence(replace(Picture(), **tuned(plain=lower)), size=SMALL).keeps_more(
            "promot", "plain", 0.9
        )


def test_what_is_rehearsed_wins_nothing() -> None:
    """A replay that keeps what it rehearses and loses the rest keeps more of all sources than
    ProMoT does, and less of those that neither has seen."""
    crammer = Behaviour(0.93, 0.5, 0.3, rehearsed=1.1)
    picture = replace(Picture(), **tuned(replay=crammer, promot_cool=promot(kept=0.6)))
    replay = claim_of("replay")
    assert verdict(replay, picture) == "supported"
    found = replace(evidence(picture), rehearsed=[])
    assert found.keeps_more("promot_cool", "replay").estimate < 0
    assert evidence(picture).keeps_more("promot_cool", "replay").estimate > 0.02


def test_too_few_examples_of_a_source_test_nothing() -> None:
    """A 256th of 2,000 is eight; the next fraction, with enough, is C29's."""
    found = judged(evidence(replace(Picture(), pools={"dmt_1_256": 8})))
    for claim in ("D9", "D10", "D11", "D12", "D13", "D14", "D15", "D16"):
        assert found.loc[claim, "verdict"] == "premise not met", claim
        assert str(found.loc[claim, "reason"]).startswith(
            "too few examples: run dmt_1_256 has 8 of "
        )
    assert found.loc["C29", "verdict"] == "supported"
    enough = judged(evidence(replace(Picture(), pools={"dmt_1_256": 64})))
    assert enough.loc["D9", "verdict"] == "supported"


def test_where_nothing_is_forgotten_there_is_nothing_to_rehearse() -> None:
    row = row_of("D9", replace(Picture(), **able(sequential=(0.75, 0.4, 0.8))))
    assert row["verdict"] == "premise not met"
    assert row["reason"].startswith("D8 is contradicted")


def test_two_seeds_say_nothing_and_three_decide_what_is_large() -> None:
    two = judged(evidence(Picture(), size=Size(seeds=(0, 1), examples=20)))
    known = ["C26", "C27"]  # arithmetic, without anything drawn
    assert {*two.drop(known)["verdict"]} <= {"too few seeds", "premise not met"}
    assert two.loc["P2", ["low", "high"]].notna().all()
    three = judged(evidence(Picture(), size=Size(seeds=(0, 1, 2), examples=400)))
    for claim in ("P2", "D8", "C1", "C2", "C3", "C30", claim_of("lora")):
        assert three.loc[claim, "verdict"] == "supported", claim


# What was not run

NEEDS = {
    "plain": {
        *("P1", "P2", "P5", "P8", "P13", "P15", "P16"),
        *("C1", "C2", "C9", "C10", "C11", "C12", "C30"),
    },
    "prompt_tuning": {"P6", "C3", "C4", "C8"},
    "promot": {
        *("P3", "P5", "P6", "P8", "P10", "P15", "P16", "C5", "C6", "C7", "C12", "C23", "C24"),
    },
    "promot_cool": {*AT_EQUAL_TARGET},
    "joint": {"P9"},
    "random_prompt": {"P9"},
    "demonstrated": {"P9"},
    "lora_first": {"P10"},
    "unfrozen": {"C23"},
    "promot_demonstrated": {"C24"},
    "plain_several": {"P11"},
    "promot_several": {"P11"},
    **{part: {claim} for claim, part in AT_EQUAL_TARGET.items()},
    "multi_task": {"D8", "D10", "D13", "D16", "C26", "C28"},
    "sequential": {"D8", "C26"},
    "mixed_sequential": {"D9", "D12", "D16", "C26", "C28", "C29"},
    "level": {*AT_EQUAL_TARGET},
    "mathematics": {
        *("D1", "D3", "D4", "D5", "D7", "D8", "D9", "D12", "D13", "D14", "D16"),
        *("C25", "C28", "C29"),
    },
    "code": {"D3", "D4", "D12", "D13", "D15", "C25", "C28"},
    "abilities": {*(claim for claim in PAPERS if claim[0] == "D"), "C25", "C28", "C29"},
}


@pytest.mark.parametrize("part", NEEDS)
def test_a_part_that_is_null_leaves_its_claims_not_run(part: str) -> None:
    found = judged(evidence(Picture(), LAB_SETTINGS.model_copy(update={part: None}), SMALL))
    missing = found[found["verdict"] == "not run"]
    assert set(missing.index) == NEEDS[part]
    assert set(missing["reason"]) == {f"labs.recipes.{part} is null"}
    assert missing[["estimate", "low", "high"]].isna().all(axis=None)


def test_without_a_source_of_the_targets_format_plain_is_not_said_to_help_it() -> None:
    found = judged(replace(evidence(Picture(), size=SMALL), same_format=[]))
    missing = found[found["verdict"] == "not run"]
    assert set(missing.index) == {"P15"}
    assert missing.loc["P15", "reason"] == "probes.retention.same_format is empty"


def test_every_part_is_a_need_of_some_claim() -> None:
    assert {*RECIPE_PARTS} <= {*NEEDS}


@pytest.mark.parametrize(
    ("update", "claims", "reason"),
    [
        (
            {"dmt": {"1/16": "dmt_1_16"}},
            {"D9", "D10", "D11", "D12", "D13", "D16", "C26", "C27"},
            "labs.recipes.dmt has no 1/256",
        ),
        (
            {"dmt": {"1/256": "dmt_1_256", "0": "mixed_sequential"}},
            {"D14"},
            "labs.recipes.dmt has fewer than two from above 0 to 1/4",
        ),
        (
            {"single": ByAbility()},
            {"D1"},
            "labs.recipes.scaling.village.single.mathematics has fewer than two",
        ),
        (
            {"single": ByAbility(), "sizes": []},
            {"D2"},
            "labs.recipes.single.general has no 1/256",
        ),
        ({"sizes": ["village"]}, {"D5"}, "labs.recipes.sizes has fewer than two bases"),
        ({"ratio": Ratio()}, {"D6"}, "labs.recipes.ratio.specialised has fewer than two"),
    ],
)
def test_fractions_and_sizes_may_be_missing(
    update: dict[str, Any], claims: set[str], reason: str
) -> None:
    lab_settings = LAB_SETTINGS.model_copy(update=update)
    found = judged(evidence(Picture(), lab_settings, SMALL))
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


# How it is computed


def test_the_size_of_the_models_is_in_the_reason_of_every_claim_but_controls() -> None:
    reasons = judged(evidence(Picture(), size=SMALL))["reason"]
    size = "tested at 3.4 million parameters, the papers' models have 3.7 to 33 billion"
    told = {claim for claim in IDS if str(reasons[claim]).endswith(size)}
    assert told == {claim.id for claim in ledger.claims if claim.family != "control"}


def test_estimates_are_those_of_plain_pandas(tmp_path: Path) -> None:
    """From the tables to the ledger's file, through the stage."""
    picture, size = Picture(), Size(seeds=(0, 1, 2), examples=20)
    rates = abilities(mixed_sequential=(0.2, 0.4, 0.8))  # far below, as there are few examples
    own = {run: rates[run] for run in rates if "seed" not in run}
    picture = replace(picture, abilities={run: own[run] for run in own if "town" not in run})
    scores = [path for paths in write_replies(tmp_path, picture, size).values() for path in paths]
    costs = write_costs(tmp_path, picture, size)
    claims = tmp_path / "recipes.claims.parquet"
    curves = write_curves(tmp_path, picture, size)
    render_claims(
        ClaimSettings(
            lab="recipes",
            parts=parts_of(LAB_SETTINGS.model_copy(update={"sizes": [], "scaling": {}})),
            study=study_of(picture),
            bootstrap=BOOTSTRAP,
            code="none",
        ),
        results=[*scores, *curves, *costs["costs"], *costs["mixture"]],
        numbers=[],
        claims=claims,
        published=tmp_path / "recipes.published.parquet",
    )
    found = read_table(claims, CLAIMS).to_pandas().set_index("claim")["estimate"]
    rows = pd.concat(pd.read_parquet(path) for path in scores)
    rows = rows[(rows["split"] == "test") & (rows["transform"] == "identity")]
    levels, rows = rows[rows["level"] == 0.8], rows[rows["level"].isna()]
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
    won = mathematics["dmt_1_256"] - mathematics["mixed_sequential"]
    assert found["D16"] == pytest.approx(min(won - 0.5 * lost, 0.01 - 2 / 3))
    assert found["C26"] == 1
    unseen = [source for source in HELD_OUT if source not in REHEARSED]
    levels = levels[levels["source"].isin(unseen)]
    at_level = levels.groupby("model", observed=True)["right"].mean()
    before = right.loc[(BASE, False), unseen].mean()
    for claim, part in AT_EQUAL_TARGET.items():
        more = (at_level["promot_cool"] - at_level[part]) / before
        assert found[claim] == pytest.approx(more), claim


def test_evidence_is_what_the_files_and_the_study_say(tmp_path: Path) -> None:
    picture = Picture(abilities={"multi_task": (0.7, 0.6, 0.8)})
    picture = replace(picture, behaviours={run: behaviours()[run] for run in ("plain", "promot")})
    size = Size(seeds=(0, 1), examples=4)
    paths = [path for paths in write_replies(tmp_path, picture, size).values() for path in paths]
    paths += write_curves(tmp_path, picture, size)
    paths += [path for paths in write_costs(tmp_path, picture, size).values() for path in paths]
    of_the_base = tmp_path / f"data/bases/{BASE}/0"
    of_the_base.mkdir(parents=True)
    save_file({"a": np.zeros((10, 30)), "b": np.zeros(45)}, of_the_base / "model.safetensors")
    paths.append(of_the_base / "model.safetensors")
    study = study_of(picture)
    found = evidence_from(Inputs(LAB_SETTINGS, study, paths, BOOTSTRAP))
    assert found.settings == LAB_SETTINGS
    assert (found.target, found.levels) == (TARGET, LEVELS)
    assert (found.same_format, found.rehearsed) == ([SAME_FORMAT], [*REHEARSED])
    assert found.bases == dict.fromkeys(study.runs, BASE)
    assert found.monitored == {"plain": 400, "promot": 400, "multi_task": 24}
    assert found.parameters == {BASE: 345}
    assert set(found.costs["model"]) == set(found.mixtures["model"]) == set(study.runs)
    wanted = evidence(picture, size=size)
    assert set(found.results) == set(wanted.results)
    for run in ("plain", "promot"):
        model = found.run(run)
        np.testing.assert_allclose(found.on_target(model), wanted.on_target(model), rtol=1e-12)
        np.testing.assert_allclose(found.kept(model), wanted.kept(model), rtol=1e-12)


def test_what_plain_helps_is_the_mean_over_all_sources_of_its_format() -> None:
    """ProMoT's lead on a second one counts as much as plain tuning's on the first."""
    both = [SAME_FORMAT, "repeat.en"]
    found = replace(evidence(Picture()), same_format=both)
    values = {
        (run, source): found.retention.values[cell_of(found.run(run), source)]["right"].mean()
        for run in ("plain", "promot")
        for source in both
    }
    leads = [values["plain", source] - values["promot", source] for source in both]
    row = judged(found).loc["P15"]
    assert row["estimate"] == pytest.approx(np.mean(leads))
    assert leads[0] > 0.02
    assert row["verdict"] == "contradicted"
    assert verdict("P15", Picture()) == "supported"  # of the first alone


def test_sources_of_one_format_count_alike_however_many_examples_they_have() -> None:
    scores = {"plain": ([1.0, 1.0], [0.5] * 6), "promot": ([0.0, 0.5], [1.0] * 6)}
    cells = {
        cell_of(Model("run", run), source): {"right": np.array([rights] * 3)}
        for run, by_source in scores.items()
        for source, rights in zip(("inference.en", "verification.fr"), by_source, strict=True)
    }
    found = replace(
        evidence(Picture(), size=SMALL),
        results={("retention", "test"): Results(BOOTSTRAP, cells)},
        same_format=["inference.en", "verification.fr"],
    )
    lead = plain_helps_its_own_format(found)
    assert isinstance(lead, np.ndarray)
    assert lead[0] == pytest.approx([(0.75 - 0.5) / 2] * 3)


def test_recipes_of_the_study_deploy_as_the_truth_says() -> None:
    picture = Picture()
    recipes = {run: study_of(picture).recipe_of(run) for run in picture.behaviours}
    assert found_scopes(recipes) == adapter_scopes_of(picture)


def test_intervals_are_paired_across_models() -> None:
    """What two models share in an example cancels in their difference."""
    found = evidence(Picture())
    one, other = (found.on_target(found.run(part))[1:] for part in ("plain", "prompt_tuning"))
    assert np.var(one - other) < 0.85 * (np.var(one) + np.var(other))


def test_the_transform_is_chosen_on_validation_examples() -> None:
    """Test examples of the same transform, made worse, do not change the choice."""
    from eunoe.labs.recipes.claims.controls import transformed

    found = evidence(Picture())
    sources, best = transformed(found)
    assert {*sources} == {source for source in HELD_OUT if source.endswith(".en")}
    for cell, values in found.results["retention", "test"].values.items():
        if cell.transform in best:
            values["right"][:] = 0
    assert transformed(found)[1] == best


def test_a_seed_that_never_specialises_has_no_meaning() -> None:
    found = judged(evidence(replace(Picture(), hasty=0.5), size=SMALL))
    assert found.loc["P13", "verdict"] == "premise not met"
    assert "a seed never specialises: at most" in str(found.loc["P13", "reason"])


def test_a_base_that_is_not_in_the_config_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        replace(evidence(Picture(), size=Size(examples=4)), bases={}).kept_share("plain")


def test_a_part_without_a_run_is_not_run() -> None:
    found = evidence(Picture(), LAB_SETTINGS.model_copy(update={"kl": None}), Size(examples=4))
    with pytest.raises(NotRun, match=r"labs\.recipes\.kl is null"):
        found.run("kl")
