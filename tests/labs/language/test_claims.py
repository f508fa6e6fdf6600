"""The claims on language labs in which the truth is planted: how often each model is right.

Every claim is supported in the paper's picture and contradicted in another one, claims whose
premises fail are not judged, and where tuning does nothing no effect is found.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eunoe.errors import EunoeError
from eunoe.labs.language.claims import ledger
from eunoe.labs.language.evidence import Evidence
from eunoe.labs.language.evidence import evidence as evidence_from
from eunoe.labs.language.published import OURS, published_rows, read_published
from eunoe.labs.language.settings import Lab as LanguageLab
from eunoe.labs.language.tasks import MAIN, PLAIN
from eunoe.report.lab import Inputs
from eunoe.statistics.quantities import Mean
from eunoe.tables.claims import PUBLISHED
from eunoe.tables.files import read_table, write_table
from tests.results.text.simulated_language import (
    BOOTSTRAP,
    ENGLISH,
    LAB_SETTINGS,
    RUNS,
    STUDY,
    TASKS,
    TUNED_IN,
    Place,
    Rates,
    Size,
    Truth,
    everywhere,
    evidence,
    place_of,
    results_of,
    rows_of,
    shared,
    write_replies,
)

SEVERAL = Size()
NUMBERS = Path(__file__).parents[3] / "data/inputs/published.csv"


def judged(found: Evidence) -> pd.DataFrame:
    return ledger.judge(found, BOOTSTRAP.level, "language").set_index("claim")


def verdicts(
    truth: Truth, lab_settings: LanguageLab = LAB_SETTINGS, size: Size = SEVERAL
) -> dict[str, str]:
    found = judged(evidence(truth, lab_settings, size))["verdict"]
    return {str(claim): str(verdict) for claim, verdict in found.items()}


CLAIMS = [claim.id for claim in ledger.claims]
WAYS = {"L12": "translate", "L16": "leetspeak", "L20": "pig_latin"}
"""Claims that something comes back, each followed by its controls, and by what."""


def controls_of(claim: str) -> list[str]:
    """Beyond re-wording, beyond the base, at little cost to the base."""
    return [f"L{int(claim[1:]) + after}" for after in (1, 2, 3)]


FRENCH_MOST = {"instructed": everywhere(0.9, fr=0.3)}
REVERSED = everywhere(0.4, fr=0.95, es=0.9, de=0.8, nl=0.7, leet=0.6, hu=0.5, pig=0.4)
GAINS_NOWHERE = {"base": everywhere(0.94), "instructed": everywhere(0.84)}
NO_ENGLISH = {"base": everywhere(0.98, en=0.6)}

CONTRADICTED: dict[str, dict[str, Any]] = {
    "L1": {"base": everywhere(0.98, hu=0.6)},
    "L2": {"base": everywhere(0.94), "instructed": everywhere(1.0)},
    "L3": FRENCH_MOST,
    "L4": {"instructed": everywhere(0.7, leetspeak=0.3)},
    "L5": {"instruction": 0.1},
    "L6": {**GAINS_NOWHERE, "other": -0.6},
    "L7": FRENCH_MOST,
    "L8": {**GAINS_NOWHERE, "held_out": -0.6},
    "L9": {"instructed": everywhere(0.6), "held_out": 1.5},
    "L10": {"weighed": -1.0},
    "L11": FRENCH_MOST,
    **{
        control: case
        for claim, name in WAYS.items()
        for control, case in zip(
            controls_of(claim),
            (
                {"instructed": everywhere(0.4, reword=0.8)},
                {"base": everywhere(0.98, en=0.7), "instructed": everywhere(0.6, en=0.5)},
                {"base": everywhere(0.98, **{name: 0.5})},
            ),
            strict=True,
        )
    },
    "L24": {"instructed": everywhere(0.4, reword=0.9)},
    "L25": {"instructed": REVERSED},
    "L26": {"instructed": REVERSED},
    "L27": {"elsewhere": everywhere(0.9, es=0.3)},
    "L28": {"elsewhere": everywhere(0.9, en=0.1)},
    "L29": {"inferring": 0.2},
    "L30": {"inferring": 0.7, "coded": everywhere(0.95)},
    "L31": {"coded": everywhere(0.6, fr=0.2)},
    "L32": {"inferring": 0.7, "coded": everywhere(0.95)},
    "L33": {"coded": everywhere(0.5, fr=0.1)},
    "L34": {"misformatted": 1.0},
    "L35": {"answered": 0.6, "refused": everywhere(0.05)},
    "L36": {"refused": everywhere(0.1, en=0.5, fr=0.95)},
    "L37": {"refused": everywhere(0.1, en=0.5, leetspeak=0.95)},
    "L38": {"refused": everywhere(0.5), "refused_free": 0.95},
    "L39": {"refused_free": 0.5},
    "L40": NO_ENGLISH,
    "L41": NO_ENGLISH,
    "L42": {"base": everywhere(0.98, hu=0.6)},
    "L43": {"base": everywhere(0.98, leetspeak=0.6)},
    "L44": {"answered": 0.6},
    "L45": {"answered": 0.6},
}


def test_every_claim_is_supported_in_the_papers_picture() -> None:
    assert verdicts(Truth()) == dict.fromkeys(CLAIMS, "supported")


def test_every_claim_is_contradicted_somewhere() -> None:
    """But for recovery: without any, its controls fail first."""
    assert set(CONTRADICTED) == set(CLAIMS) - set(WAYS)


@pytest.mark.parametrize("claim", CONTRADICTED)
def test_a_claim_is_contradicted_where_it_is_false(claim: str) -> None:
    assert verdicts(replace(Truth(), **CONTRADICTED[claim]))[claim] == "contradicted"


def test_claims_are_numbered_and_sourced() -> None:
    assert [f"L{number}" for number in range(1, len(CLAIMS) + 1)] == CLAIMS
    assert all(claim.source.startswith(("Kotha et al. 2024", "control")) for claim in ledger.claims)
    primary = {claim.id for claim in ledger.claims if claim.family == "primary"}
    assert primary == {"L2", "L3", "L10", "L12", "L16", "L30", "L35", "L36"}


NOTHING = replace(
    Truth(),
    instructed=Truth().base,
    elsewhere=Truth().base,
    coded=everywhere(Truth().inferring),
    refused=everywhere(Truth().refused_free),
)
"""Tuning changes nothing."""
ABILITIES = {"L1", "L29", *(f"L{number}" for number in range(40, 46))}
TRUE_OF_NOTHING = {*ABILITIES, "L15", "L19", "L23", "L39"}
"""What the base can, and what is claimed to be small."""


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.0, 0.1])
@pytest.mark.parametrize("seeds", [3, 8])
def test_where_tuning_does_nothing_no_effect_is_found(spread: float, seeds: int) -> None:
    """Over several draws, also where each seed's run differs by chance: 3 seeds have the same few
    false findings as 8."""
    lucks = range(10)
    found: Counter[str] = Counter()
    for luck in lucks:
        size = Size(seeds=tuple(range(seeds)), luck=luck)
        rows = verdicts(replace(NOTHING, spread=spread), size=size)
        found.update(claim for claim, verdict in rows.items() if verdict == "supported")
    chance = {claim: count for claim, count in found.items() if claim not in TRUE_OF_NOTHING}
    assert max(chance.values(), default=0) <= 2
    assert sum(chance.values()) <= 0.02 * len(lucks) * len(CLAIMS)
    if seeds == 8 and not spread:
        assert {claim for claim in CLAIMS if found[claim] == len(lucks)} == TRUE_OF_NOTHING


def test_no_difference_is_told_from_no_answer() -> None:
    found = verdicts(NOTHING, size=Size(items=150))
    assert found["L2"] == found["L10"] == found["L35"] == "equivalent"
    assert found["L25"] == found["L26"] == "inconclusive"


def test_two_seeds_decide_nothing() -> None:
    found = judged(evidence(Truth(), size=Size(seeds=(0, 1))))
    assert set(found["verdict"]) == {"too few seeds"}
    places = found.index.isin(["L25", "L26"])
    assert set(found["over"][places]) == {"places"}
    assert set(found["over"][~places]) == {"items of fixed models"}
    assert found["p"].isna().all()


def test_what_is_always_right_is_not_known_without_error() -> None:
    """Every item in every seed: neither items nor seeds differ."""
    sure = replace(
        Truth(base=everywhere(1.0), instructed=everywhere(1.0, en=0.0, reword=0.0)),
        elsewhere=everywhere(1.0, fr=0.0),
        coded=everywhere(1.0, en=0.0),
        inferring=1.0,
        answered=1.0,
        refused_free=0.0,
        refused=everywhere(0.0, en=1.0),
    )
    found = judged(evidence(sure))
    known = found[found["low"].notna()]
    assert (known["low"] < known["high"]).all()
    drop = found.loc["L2"]
    assert drop["estimate"] == pytest.approx(1)
    assert 0 < 1 - drop["low"] < 2 * 3 / (4 * 40)  # four tasks of 40 items; the rule of three
    assert drop["verdict"] == "supported"


# Premises

LARGE = Size(seeds=tuple(range(12)), items=80)


def way(name: str, base: Rates, run: Rates) -> Truth:
    """The paper's picture but for English, through one transform and re-worded."""
    rest = Truth()
    keys = [place for place in base if place.transform.split("(")[0] in (name, "reword")]
    chosen = [ENGLISH, *keys]
    return replace(
        rest,
        base={**rest.base, **{place: base[place] for place in chosen}},
        instructed={**rest.instructed, **{place: run[place] for place in chosen}},
    )


@pytest.mark.parametrize("claim", WAYS)
def test_what_fails_a_control_is_no_recovery(claim: str) -> None:
    """Each control by itself; more than a tenth of the loss is back each time."""
    name = WAYS[claim]
    right, half = everywhere(0.98), everywhere(0.8, en=0.4)
    cases = (
        way(name, right, half),  # re-wording gains as much: the template is gone
        way(name, everywhere(1.0, en=0.93), everywhere(0.62, en=0.55, reword=0.45)),
        way(name, everywhere(0.98, **{name: 0.7}), everywhere(0.8, en=0.4, reword=0.42)),
    )
    for truth, failing in zip(cases, controls_of(claim), strict=True):
        rows = judged(evidence(truth, size=LARGE))
        assert rows.loc[failing]["verdict"] in ("contradicted", "equivalent")
        others = [control for control in controls_of(claim) if control != failing]
        assert set(rows.loc[others]["verdict"]) == {"supported"}
        assert rows.loc[claim]["estimate"] > 0.1
        assert rows.loc[claim]["verdict"] == "premise not met"
        assert failing in rows.loc[claim]["reason"]


@pytest.mark.parametrize("claim", WAYS)
def test_an_undecided_control_leaves_recovery_undecided(claim: str) -> None:
    base = everywhere(0.98, **{WAYS[claim]: 0.88})  # costs just what is allowed
    rows = judged(evidence(way(WAYS[claim], base, everywhere(0.85, en=0.4, reword=0.42))))
    cost = controls_of(claim)[-1]
    assert rows.loc[cost]["verdict"] == "inconclusive"
    assert rows.loc[claim]["verdict"] == "inconclusive"
    assert f"its premise {cost} is inconclusive" in rows.loc[claim]["reason"]


@pytest.mark.parametrize("claim", WAYS)
def test_a_transform_that_passes_its_controls_may_win_back_nothing(claim: str) -> None:
    """Re-wording harms the run, the transform its base a little, so that nothing looks good."""
    truth = way(WAYS[claim], everywhere(0.99, **{WAYS[claim]: 0.91}), everywhere(0.4, reword=0.2))
    rows = judged(evidence(truth, size=replace(LARGE, seeds=tuple(range(30)))))
    assert set(rows.loc[controls_of(claim), "verdict"]) == {"supported"}
    assert rows.loc[claim]["verdict"] == "equivalent"


def test_where_nothing_was_lost_nothing_can_come_back() -> None:
    rows = judged(evidence(NOTHING))
    for claim in ("L5", *WAYS, "L24", "L34"):
        assert rows.loc[claim]["verdict"] == "premise not met", claim
        assert "is not surely above 0" in rows.loc[claim]["reason"]


def test_what_was_never_there_cannot_be_lost() -> None:
    """English needs English alone; a comparison needs every language, and every cipher."""
    unlearnt = verdicts(replace(Truth(), base=everywhere(0.98, hu=0.6)))
    assert {claim for claim, found in unlearnt.items() if found == "premise not met"} == {
        *("L3", "L7", "L11", "L25", "L26", "L27")
    }
    no_english = verdicts(Truth(base=NO_ENGLISH["base"]))
    for claim in ("L2", "L3", "L4", "L6", "L8", "L10", "L12", "L16", "L20"):
        assert no_english[claim] == "premise not met", claim
    guessed = verdicts(replace(Truth(), inferring=0.2))
    for claim in ("L30", "L31", "L32", "L33"):
        assert guessed[claim] == "premise not met", claim


def test_where_inference_is_not_lost_no_language_loses_it_most() -> None:
    rows = judged(evidence(replace(Truth(), coded=everywhere(Truth().inferring)), size=LARGE))
    kept = rows["verdict"]
    assert kept["L32"] == "equivalent"
    # as a primary claim L30 needs an interval that is corrected, which here is too wide for that
    assert kept["L30"] == "contradicted"
    assert rows.loc["L30", ["low", "high"]].abs().max() < 0.05
    assert kept["L31"] == kept["L33"] == "premise not met"


# What a hostile reviewer would try


def test_a_model_that_only_changes_its_format_is_found_out() -> None:
    found = verdicts(replace(Truth(), misformatted=1.0, reasoned=0.0), size=LARGE)
    assert found["L30"] == found["L31"] == "supported"
    assert found["L34"] == "contradicted"
    assert found["L32"] == "equivalent"
    assert found["L33"] == "premise not met"


def test_a_model_that_refuses_everything_has_learnt_no_topic() -> None:
    truth = replace(Truth(), refused=everywhere(0.9), refused_free=0.9)
    found = verdicts(truth, size=Size(items=600))
    assert found["L35"] == "supported"
    assert found["L38"] == "equivalent"
    assert found["L36"] == found["L37"] == "premise not met"
    assert found["L39"] == "contradicted"


def test_a_transform_that_breaks_the_task_is_found_out() -> None:
    """Neither model can do it there, so nothing drops: that is no recovery."""
    broken = Place("en", "pig_latin")
    truth = Truth(
        base={**Truth().base, broken: 0.3}, instructed={**Truth().instructed, broken: 0.3}
    )
    found = verdicts(truth)
    assert found["L43"] == found["L23"] == "contradicted"
    assert found["L4"] == "premise not met"
    assert found["L20"] == "contradicted"


def test_a_control_run_that_loses_another_language_most_is_found_out() -> None:
    """Tuned in French, it should lose French, not just any language."""
    assert verdicts(replace(Truth(), elsewhere=everywhere(0.9, es=0.3)))["L27"] == "contradicted"
    mixed = Evidence(evidence(Truth()).results, LAB_SETTINGS, RUNS, {})
    rows = judged(mixed)
    assert rows.loc["L27"]["reason"] == "run to_french is not known to be tuned in one language"


@pytest.mark.slow
def test_the_luck_of_the_best_of_several_is_not_taken_for_its_worth() -> None:
    """Each translation gains as much as the margin allows, and seeds differ by chance: the best of
    all seeds would seem to gain twice as much."""
    names = [place for place in everywhere(0.0) if place.transform.startswith(("tran", "reword"))]
    truth = Truth(base=everywhere(0.98), instructed=everywhere(0.4, translate=0.45), spread=0.1)
    (claim,) = (claim for claim in ledger.claims if claim.id == "L13")
    found = []
    for luck in range(300):
        size = Size(seeds=(0, 1, 2), items=20, luck=luck, places=(ENGLISH, *names))
        found.append(Mean(np.asarray(claim.estimate(evidence(truth, size=size)))))
    estimates = [each.estimate for each in found]
    assert abs(np.mean(estimates) - claim.limit) < 3 * stats.sem(estimates)
    wrong = sum(each.tails(claim.limit).not_above < 0.025 for each in found)
    assert wrong <= stats.binom.isf(0.01, len(found), 0.025)


# What was not run


NEEDS = {
    "instructed": set(CLAIMS[:26]) | {"L28", "L40", "L41", "L42", "L43"},
    "instructed_elsewhere": {"L27", "L28"},
    "coded": {f"L{number}" for number in range(29, 35)},
    "reasoning": {f"L{number}" for number in range(29, 35)},
    "refusing": {f"L{number}" for number in (*range(35, 40), 44, 45)},
    "refusals": {f"L{number}" for number in (*range(35, 40), 44, 45)},
}


@pytest.mark.parametrize("part", NEEDS)
def test_a_part_that_is_null_leaves_its_claims_not_run(part: str) -> None:
    found = judged(evidence(Truth(), LAB_SETTINGS.model_copy(update={part: None})))
    missing = found[found["verdict"] == "not run"]
    assert set(missing.index) == NEEDS[part]
    assert set(missing["reason"]) == {f"labs.language.{part} is null"}
    assert missing[["estimate", "low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("places", "claims"),
    [
        ([Place("fr"), Place("es"), Place("hu")], {"L2", "L5", "L6", "L8", "L9", "L10", "L40"}),
        ([ENGLISH], {"L3", "L4", "L7", "L11", "L12", "L16", "L20", "L24", "L25", "L26", "L27"}),
        ([ENGLISH, Place("fr"), Place("leet")], {"L12", "L24", "L25", "L26"}),
    ],
)
def test_languages_and_transforms_may_be_missing(places: list[Place], claims: set[str]) -> None:
    found = judged(evidence(Truth(), size=Size(places=tuple(places))))
    assert claims <= set(found.index[found["verdict"] == "not run"])


def test_there_may_be_no_outcomes() -> None:
    assert set(judged(Evidence({}, LAB_SETTINGS, RUNS, TUNED_IN))["verdict"]) == {"not run"}


# How it is computed


def test_estimates_are_those_of_plain_pandas() -> None:
    found = judged(evidence(Truth()))["estimate"]
    rows = rows_of(Truth(), "learning", Size(splits=("test",)))
    rows = rows[rows["wording"] == "plain"]
    rows = rows[rows["task"].isin(MAIN)]
    rows["right"] = rows["right"].astype(float)
    means = rows.pivot_table(
        index=["language", "transform"], columns="model", values="right", aggfunc="mean"
    )
    drop = means["tongues"] - means["to_english"]
    plain = drop.xs("identity", level="transform")
    assert found["L1"] == pytest.approx(means["tongues"].xs("identity", level="transform").min())
    assert found["L2"] == pytest.approx(plain["en"])
    rest = plain.drop(["en", "leet", "pig"])
    assert found["L3"] == pytest.approx(plain["en"] - rest.max())
    ciphers = [plain["leet"], plain["pig"], drop["en", "leetspeak"], drop["en", "pig_latin"]]
    assert found["L4"] == pytest.approx(plain["en"] - max(ciphers))
    after = means["to_english"]["en"]
    assert found["L16"] == pytest.approx((after["leetspeak"] - after["identity"]) / plain["en"])
    assert found["L17"] == pytest.approx(after["leetspeak"] - after["reword"])
    before = means["tongues"]["en"]
    gain = before["leetspeak"] - before["identity"]
    assert found["L18"] == pytest.approx(after["leetspeak"] - after["identity"] - gain)
    assert found["L19"] == pytest.approx(-gain)


def test_the_best_translation_is_chosen_on_validation_items() -> None:
    """Test items would choose otherwise."""
    shown = Truth(instructed={**everywhere(0.4), Place("en", "translate(es)"): 0.9})
    hidden = Truth(instructed={**everywhere(0.4), Place("en", "translate(fr)"): 0.9})
    results = {
        ("learning", split): results_of(truth, "learning", split, Size())
        for split, truth in (("validation", shown), ("test", hidden))
    }
    found = Evidence(results, LAB_SETTINGS, RUNS, TUNED_IN)
    assert set(map(place_of, found.best("translate"))) == {Place("en", "translate(es)")}
    assert judged(found).loc["L13", "verdict"] == "equivalent"


def test_the_other_seeds_choose_a_seeds_translation() -> None:
    alike = Truth(instructed=everywhere(0.4, translate=0.7), spread=0.2)
    found = evidence(alike, size=SEVERAL)
    right: dict[tuple[str, Place], Any] = {}
    for split in ("validation", "test"):
        for cell, values in found.results["learning", split].values.items():
            if cell.model.name == "to_english" and cell.task in MAIN and cell.wording == "plain":
                mean = values["right"].mean(axis=1) / len(MAIN)
                place = place_of(cell)
                right[split, place] = right.get((split, place), 0) + mean
    ways = [place for split, place in right if split == "test" and "trans" in place.transform]
    gain, chosen = [], []
    for seed in SEVERAL.seeds:
        others = [other for other in SEVERAL.seeds if other != seed]
        best = max(ways, key=lambda place: right["validation", place][others].sum())
        gain.append(right["test", best][seed] - right["test", ENGLISH][seed])
        chosen.append(best)
    assert len(set(chosen)) > 1
    assert list(map(place_of, found.best("translate"))) == chosen
    tuning = found.instructed()
    recovered = found.at_best("translate", tuning.recovered)
    np.testing.assert_allclose(recovered[0], gain)


def test_one_seed_chooses_by_itself() -> None:
    found = evidence(Truth(), size=Size(seeds=(0,)))
    assert list(map(place_of, found.best("translate"))) == [Place("en", "translate(hu)")]


def test_intervals_are_paired_across_models() -> None:
    """What two models share in an item cancels in their difference."""
    truth = Truth(instructed=everywhere(0.5), base=everywhere(0.6))
    tuning = evidence(truth).instructed()
    drop = tuning.drop(PLAIN)
    alone = [Mean(tuning.before(PLAIN)), Mean(tuning.after(PLAIN))]
    apart = sum(mean.item_error**2 for mean in alone)
    assert Mean(drop).item_error ** 2 < 0.85 * apart


@pytest.mark.parametrize(("claim", "measure"), [("L25", "overlap"), ("L26", "likelihood")])
def test_order_by_nearness_is_tested_over_all_orders_of_the_languages(
    claim: str, measure: str
) -> None:
    truth = Truth(instructed={**Truth().instructed, Place("pig"): 0.7, Place("es"): 0.9})
    found = evidence(truth)
    rows = rows_of(truth, "learning", Size(splits=("test",)))
    rows = rows[(rows["transform"] == "identity") & (rows["wording"] == "plain")]
    rows = rows[rows["task"].isin(MAIN) & (rows["language"] != "en")]
    rows["right"] = rows["right"].astype(float)
    right = rows.pivot_table(index="language", columns="model", values="right")
    drop = right["tongues"] - right["to_english"]
    mine = rows[rows["model"] == "to_english"].groupby("language")
    near = mine["prompt_log_likelihood"].mean().astype(float)
    if measure == "overlap":
        near = pd.Series({name: shared(Place(name)) for name in drop.index})
    expected = stats.spearmanr(drop, near).statistic
    orders = [stats.spearmanr(order, near).statistic for order in permutations(drop.rank())]
    high = np.mean([value > expected - 1e-9 for value in orders])
    row = judged(found).loc[claim]
    assert row["estimate"] == pytest.approx(expected)
    assert 0.3 < expected < 0.95
    assert row["p"] == pytest.approx(2 * high)
    assert "the 7 places are few" in row["reason"] or row["verdict"] != "inconclusive"


def test_evidence_is_what_the_tables_and_the_study_say(tmp_path: Path) -> None:
    size = Size(seeds=(0, 1), items=4)
    paths = [path for found in write_replies(tmp_path, Truth(), size).values() for path in found]
    found = evidence_from(Inputs(LAB_SETTINGS, STUDY, paths, BOOTSTRAP))
    assert (found.settings, found.bases, found.tuned_in) == (LAB_SETTINGS, RUNS, TUNED_IN)
    wanted = evidence(Truth(), size=size)
    assert set(found.results) == set(wanted.results)
    estimates = [judged(one)["estimate"].astype(float) for one in (found, wanted)]
    np.testing.assert_allclose(estimates[0], estimates[1], rtol=1e-5)


# Published numbers beside ours


def test_published_numbers_stand_beside_ours(tmp_path: Path) -> None:
    found = evidence(Truth())
    rows = published_rows(found, read_published(NUMBERS), BOOTSTRAP.level)
    path = tmp_path / "published.parquet"
    write_table(path, rows, PUBLISHED, {})
    read = read_table(path, PUBLISHED).to_pandas()
    beside = read.set_index(["quantity", "where"])
    drops = beside.loc["drop of in-context accuracy"]
    assert drops["published"].to_dict() == {"English": 56.75, "French": 29.0, "Leetspeak": 1.5}
    claims = judged(found)
    columns = ["estimate", "low", "high"]
    expected = 100 * claims.loc["L2", columns].astype(float)
    np.testing.assert_allclose(drops.loc["English", columns].astype(float), expected)
    assert beside.loc[(slice(None), "Malayalam"), columns].isna().all(axis=None)
    ours = beside.drop(index="Malayalam", level="where")
    assert ours[columns].notna().all(axis=None)
    assert (ours["low"] <= ours["estimate"]).all()
    assert set(read["quantity"]) == set(OURS)


def test_published_numbers_need_no_results() -> None:
    rows = published_rows(Evidence({}, LAB_SETTINGS, {}, {}), read_published(NUMBERS), 0.95)
    nothing = LAB_SETTINGS.model_copy(update=dict.fromkeys(["instructed", "coded", "refusing"]))
    same = published_rows(evidence(Truth(), nothing), read_published(NUMBERS), 0.95)
    for found in (rows, same):
        assert found[["estimate", "low", "high"]].isna().all(axis=None)
        assert found["published"].notna().all()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("drop of nothing,English,en,1,points,X", "line 2: quantity = drop of nothing; allowed: "),
        ("drop of in-context accuracy,English,en,1,miles,X", "line 2: unit = miles; allowed: per"),
        ("drop of in-context accuracy,English,en,many,points,X", "line 2: published = many; allow"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "published.csv"
    path.write_text(f"{NUMBERS.read_text().splitlines()[0]}\n{line}\n")
    with pytest.raises(EunoeError) as error:
        read_published(path)
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n"])
def test_a_file_without_the_columns_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "published.csv"
    path.write_text(text)
    with pytest.raises(EunoeError, match=r"published\.csv: "):
        read_published(path)


def test_every_probe_is_simulated() -> None:
    assert set(TASKS) == {LAB_SETTINGS.learning, LAB_SETTINGS.reasoning, LAB_SETTINGS.refusals}
