"""The claims on language labs in which the truth is planted: how often each model is right.

Every claim is supported in the paper's picture and contradicted in another one, and where tuning
does nothing no effect is found.
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

from eunoe import tables
from eunoe.claims.language import ledger
from eunoe.claims.language_evidence import Evidence, rank_correlation
from eunoe.claims.published import OURS, published_rows, read_published
from eunoe.config.chapters import LanguageChapter
from eunoe.errors import EunoeError
from eunoe.language.results import ENGLISH, MAIN, Asked, Place
from tests.language.simulated import (
    BOOTSTRAP,
    CHAPTER,
    RUNS,
    TASKS,
    Size,
    Truth,
    everywhere,
    evidence,
    results_of,
    rows_of,
)

NUMBERS = Path(__file__).parents[2] / "data/inputs/published.csv"


def judged(found: Evidence) -> pd.DataFrame:
    return ledger.judge(found, BOOTSTRAP.level, "language", 3).set_index("claim")


def verdicts(truth: Truth, chapter: LanguageChapter = CHAPTER, luck: int = 0) -> dict[str, str]:
    found = judged(evidence(truth, chapter, Size(luck=luck)))["verdict"]
    return {str(claim): str(verdict) for claim, verdict in found.items()}


CLAIMS = [claim.id for claim in ledger.claims]
WORSE_BASE = {"base": everywhere(0.7), "instructed": everywhere(0.98)}
FRENCH_MOST = {"instructed": everywhere(0.9, fr=0.3)}
REVERSED = everywhere(0.4, fr=0.95, es=0.9, de=0.8, nl=0.7, leet=0.6, hu=0.5, pig=0.4)

CONTRADICTED: dict[str, dict[str, Any]] = {
    "L1": {"base": everywhere(0.98, hu=0.6)},
    "L2": WORSE_BASE,
    "L3": FRENCH_MOST,
    "L4": {"instructed": everywhere(0.7, leetspeak=0.3)},
    "L5": {"instruction": 0.1},
    "L6": {"base": everywhere(0.7), "instructed": everywhere(0.5), "other": -0.5},
    "L7": FRENCH_MOST,
    "L8": {"base": everywhere(0.7), "instructed": everywhere(0.5), "held_out": -0.5},
    "L9": {"instructed": everywhere(0.6), "held_out": 1.5},
    "L10": WORSE_BASE,
    "L11": FRENCH_MOST,
    **{
        f"L{first + index}": case
        for first, name in ((12, "translate"), (16, "leetspeak"), (20, "pig_latin"))
        for index, case in enumerate(
            (
                {"instructed": everywhere(0.5, **{name: 0.2})},
                {"instructed": everywhere(0.4, reword=0.8)},
                {
                    "base": everywhere(0.98, en=0.7),
                    "instructed": everywhere(0.6, en=0.5),
                },
                {"base": everywhere(0.98, **{name: 0.5})},
            )
        )
    },
    "L24": {"instructed": everywhere(0.4, reword=0.9)},
    "L25": {"instructed": REVERSED},
    "L26": {"instructed": REVERSED},
    "L27": {"elsewhere": everywhere(0.9, en=0.3)},
    "L28": {"elsewhere": everywhere(0.9, en=0.1)},
    "L29": {"inferring": 0.2},
    "L30": {"inferring": 0.7, "coded": everywhere(0.95)},
    "L31": {"coded": everywhere(0.8, fr=0.4)},
    "L32": {"inferring": 0.7, "coded": everywhere(0.95)},
    "L33": {"coded": everywhere(0.8, fr=0.4)},
    "L34": {"misformatted": 1.0},
    "L35": {"answered": 0.6, "refused": everywhere(0.05)},
    "L36": {"refused": everywhere(0.1, en=0.5, fr=0.95)},
    "L37": {"refused": everywhere(0.1, en=0.5, leetspeak=0.95)},
    "L38": {"refused": everywhere(0.5), "refused_free": 0.95},
    "L39": {"refused_free": 0.5},
}


def test_every_claim_is_supported_in_the_papers_picture() -> None:
    assert verdicts(Truth()) == dict.fromkeys(CLAIMS, "supported")


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_contradicted_where_it_is_false(claim: str) -> None:
    assert verdicts(replace(Truth(), **CONTRADICTED[claim]))[claim] == "contradicted"


def test_claims_are_numbered_and_sourced() -> None:
    assert [f"L{number}" for number in range(1, len(CLAIMS) + 1)] == CLAIMS
    assert all(claim.source.startswith(("Kotha et al. 2024", "control")) for claim in ledger.claims)


NOTHING = replace(
    Truth(),
    instructed=Truth().base,
    elsewhere=Truth().base,
    coded=everywhere(Truth().inferring),
    refused=everywhere(Truth().refused_free),
)
"""Tuning changes nothing."""
TRUE_OF_NOTHING = {"L1", "L15", "L19", "L23", "L29", "L39"}
"""What the base can, and what is claimed to be small."""


@pytest.mark.slow
def test_where_tuning_does_nothing_no_effect_is_found() -> None:
    """Over several draws: a claim that is on the edge is supported by chance once in 40."""
    lucks = range(10)
    found: Counter[str] = Counter()
    for luck in lucks:
        rows = verdicts(NOTHING, luck=luck)
        found.update(claim for claim, verdict in rows.items() if verdict == "supported")
    assert {claim for claim in CLAIMS if found[claim] == len(lucks)} == TRUE_OF_NOTHING
    chance = {claim: count for claim, count in found.items() if claim not in TRUE_OF_NOTHING}
    assert max(chance.values(), default=0) <= 3
    assert sum(chance.values()) <= 0.06 * len(lucks) * len(CLAIMS)


# What a hostile reviewer would try


def test_what_re_wording_recovers_too_is_no_recovery() -> None:
    """Whatever the transform, the tuned model does better once the template is gone."""
    everything = everywhere(0.8, en=0.4)
    found = verdicts(replace(Truth(), instructed=everything))
    assert found["L12"] == found["L16"] == found["L20"] == "supported"
    for control in ("L13", "L17", "L21"):
        assert found[control] != "supported", control
    assert found["L24"] == "contradicted"


def test_what_the_base_gains_too_is_no_recovery() -> None:
    hard_english = everywhere(0.95, en=0.7)
    found = verdicts(replace(Truth(), base=hard_english, instructed=everywhere(0.6, en=0.35)))
    assert found["L12"] == "supported"
    assert found["L14"] == "inconclusive"


def test_a_model_that_only_changes_its_format_is_found_out() -> None:
    found = verdicts(replace(Truth(), misformatted=1.0, reasoned=0.0))
    assert found["L30"] == found["L31"] == "supported"
    assert found["L34"] == "contradicted"
    for claim in ("L32", "L33"):
        assert found[claim] == "inconclusive", claim


def test_a_model_that_refuses_everything_has_learnt_no_topic() -> None:
    found = verdicts(replace(Truth(), refused=everywhere(0.9), refused_free=0.9))
    assert found["L35"] == "supported"
    assert found["L38"] == "inconclusive"
    assert found["L36"] != "supported"
    assert found["L39"] == "contradicted"


def test_a_transform_that_breaks_the_task_is_found_out() -> None:
    """Neither model can do it there, so nothing drops: that is no recovery."""
    broken = Place("en", "pig_latin")
    truth = Truth(
        base={**Truth().base, broken: 0.3}, instructed={**Truth().instructed, broken: 0.3}
    )
    found = verdicts(truth)
    assert found["L4"] == "supported"
    assert found["L20"] != "supported"
    assert found["L23"] == "contradicted"


# What was not run


NEEDS = {
    "instructed": set(CLAIMS[:26]) | {"L28"},
    "instructed_elsewhere": {"L27", "L28"},
    "coded": {f"L{number}" for number in range(29, 35)},
    "reasoning": {f"L{number}" for number in range(29, 35)},
    "refusing": {f"L{number}" for number in range(35, 40)},
    "refusals": {f"L{number}" for number in range(35, 40)},
}


@pytest.mark.parametrize("part", NEEDS)
def test_a_part_that_is_null_leaves_its_claims_not_run(part: str) -> None:
    found = judged(evidence(Truth(), CHAPTER.model_copy(update={part: None})))
    missing = found[found["verdict"] == "not run"]
    assert set(missing.index) == NEEDS[part]
    assert set(missing["reason"]) == {f"chapters.language.{part} is null"}
    assert missing[["estimate", "low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("places", "claims"),
    [
        ([Place("fr"), Place("es"), Place("hu")], {"L2", "L5", "L6", "L8", "L9", "L10"}),
        ([ENGLISH], {"L3", "L4", "L7", "L11", "L12", "L16", "L20", "L24", "L25", "L26", "L27"}),
        ([ENGLISH, Place("fr"), Place("leet")], {"L12", "L24", "L25", "L26"}),
    ],
)
def test_languages_and_transforms_may_be_missing(places: list[Place], claims: set[str]) -> None:
    found = judged(evidence(Truth(), size=Size(places=tuple(places))))
    assert claims <= set(found.index[found["verdict"] == "not run"])


def test_there_may_be_no_outcomes() -> None:
    assert set(judged(Evidence({}, CHAPTER, RUNS))["verdict"]) == {"not run"}


# How it is computed


def test_estimates_are_those_of_plain_pandas() -> None:
    found = judged(evidence(Truth()))["estimate"]
    rows = rows_of(Truth(), "learning", Size(splits=("test",)))
    rows = rows[rows["wording"] == "plain"]
    rows = rows[rows["task"].isin(MAIN)]
    rows["correct"] = rows["correct"].astype(float)
    means = rows.pivot_table(
        index=["language", "transform"], columns="model", values="correct", aggfunc="mean"
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
    found = Evidence(results, CHAPTER, RUNS)
    assert found.best("translate") == Place("en", "translate(es)")
    assert judged(found).loc["L13", "verdict"] == "inconclusive"


def test_intervals_are_paired_across_models() -> None:
    """What two models share in an item cancels in their difference."""
    truth = Truth(instructed=everywhere(0.5), base=everywhere(0.6))
    tuning = evidence(truth).instructed()
    asked = Asked()
    drop = tuning.drop(ENGLISH, asked)
    apart = np.var(tuning.before(ENGLISH, asked)) + np.var(tuning.after(ENGLISH, asked))
    assert np.var(drop) < 0.85 * apart


def shared_ranks(values: list[float]) -> list[float]:
    """Ranks by counting; equal values share the mean of theirs."""
    return [
        sum(other < value for other in values) + sum(other == value for other in values) / 2
        for value in values
    ]


@pytest.mark.parametrize("different", [4, 10**6])
def test_the_rank_correlation_is_the_correlation_of_ranks(different: int) -> None:
    draws = np.random.default_rng(0)
    ones, others = draws.integers(0, different, (2, 20, 6)).astype(float)
    found = rank_correlation(list(ones.T), list(others.T))
    expected = [
        np.corrcoef(shared_ranks(one), shared_ranks(other))[0, 1]
        for one, other in zip(ones.tolist(), others.tolist(), strict=True)
    ]
    np.testing.assert_allclose(found, expected)


def test_the_rank_correlation_of_few_without_ties_is_the_textbooks() -> None:
    for order in permutations(range(4)):
        found = rank_correlation(
            [np.array([float(one)]) for one in range(4)],
            [np.array([np.exp(one)]) for one in order],
        )
        squares = sum((one - other) ** 2 for one, other in enumerate(order))
        assert found[0] == pytest.approx(1 - 6 * squares / (4 * 15))


def test_the_rank_correlation_of_equal_numbers_has_no_meaning() -> None:
    ones = [np.array([1.0]), np.array([1.0]), np.array([1.0])]
    assert np.isnan(rank_correlation(ones, [np.array([float(n)]) for n in range(3)])).all()


# Published numbers beside ours


def test_published_numbers_stand_beside_ours(tmp_path: Path) -> None:
    found = evidence(Truth())
    rows = published_rows(found, read_published(NUMBERS), BOOTSTRAP.level)
    path = tmp_path / "published.parquet"
    tables.write(path, rows, tables.PUBLISHED, {})
    read = tables.read(path, tables.PUBLISHED).to_pandas()
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
    rows = published_rows(Evidence({}, CHAPTER, {}), read_published(NUMBERS), 0.95)
    nothing = CHAPTER.model_copy(update=dict.fromkeys(["instructed", "coded", "refusing"]))
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
    assert set(TASKS) == {CHAPTER.learning, CHAPTER.reasoning, CHAPTER.refusals}
