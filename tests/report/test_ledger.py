"""Verdicts on quantities that are given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eunoe.report.ledger import VERDICTS, Ledger
from eunoe.results.models import NotRun
from eunoe.statistics.multiplicity import holm
from eunoe.statistics.planning import would_decide
from eunoe.statistics.quantities import Known, Mean, PremiseNotMet, Quantity, RankCorrelation, Ratio
from eunoe.statistics.redraws import Array
from eunoe.statistics.several import least, range_of
from eunoe.tables.claims import CLAIMS
from eunoe.tables.files import read_table, write_table

Given = dict[str, Quantity | Array | Exception]


def around(middle: float, deviation: float = 1.0, seeds: int = 5) -> Array:
    """(1 + R, seeds): that mean and deviation, many items."""
    unit = np.linspace(-1, 1, seeds)
    spread = unit / unit.std(ddof=1) if seeds > 1 else unit * 0
    return np.tile(middle + deviation * spread, (51, 1))


def surely(p: float, seeds: int = 5) -> Array:
    """Values above 0 with that two-sided p-value."""
    return around(stats.t.isf(p / 2, seeds - 1) / np.sqrt(seeds), 1.0, seeds)


def answer(name: str) -> Callable[[Given], Quantity | Array]:
    def estimate(given: Given) -> Quantity | Array:
        found = given[name]
        if isinstance(found, Exception):
            raise found
        return found

    return estimate


def ledger_of(claims: dict[str, dict[str, Any]], caveat: str = "") -> Ledger[Given]:
    """A ledger of claims about what is given under their names."""
    ledger: Ledger[Given] = Ledger(caveat=lambda _: caveat)
    for id, options in claims.items():
        keywords = {"above": 0.0, **options}
        source = keywords.pop("source", "paper")
        ledger.claim(id, source, "It is so.", "it", **keywords)(answer(id))
    return ledger


def rows(
    claims: dict[str, dict[str, Any]], given: Given, caveat: str = ""
) -> dict[str, dict[str, Any]]:
    """The rows of a ledger by claim."""
    return {
        row["claim"]: row for row in records(ledger_of(claims, caveat).judge(given, 0.95, "lab"))
    }


def one(quantity: Quantity | Array | Exception, **options: Any) -> dict[str, Any]:
    """The row of a ledger's only claim."""
    ledger: Ledger[Given] = Ledger()
    ledger.claim("X1", "paper", "It is so.", "it", **options)(answer("X1"))
    (row,) = records(ledger.judge({"X1": quantity}, 0.95, "lab"))
    return row


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows; None for what is missing, as in the table."""
    found = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in found]


# A claim by itself


@given(
    st.floats(-3, 3),
    st.sampled_from(["above", "below", "at_least", "at_most"]),
    st.sampled_from([0.0, -7.5]),
    st.sampled_from([0.5, 2.0]),
)
def test_the_verdict_is_where_the_interval_lies(
    middle: float, sign: str, threshold: float, margin: float
) -> None:
    row = one(around(threshold + middle), **{sign: threshold}, margin=margin)
    limit = threshold + (margin if sign in ("above", "at_most") else -margin)
    low, high = row["low"], row["high"]
    above, below = low > limit, high < limit
    supports, violates = (above, below) if sign in ("above", "at_least") else (below, above)
    near = sign in ("above", "below") and threshold - margin < low and high < threshold + margin
    wanted = "supported" if supports else "contradicted" if violates else "inconclusive"
    assert row["verdict"] == ("equivalent" if near else wanted)
    assert (row["p"] <= 0.05) == (above or below)


@pytest.mark.parametrize(
    ("options", "predicate"),
    [
        ({"above": 0.25}, "it is above 0.25"),
        ({"below": 1, "margin": 0.1}, "it is below 1 by more than 0.1"),
        ({"at_least": 0, "margin": 0.1}, "it is at least 0 but for 0.1"),
        ({"at_most": 0.5, "margin": 0.05}, "it is at most 0.5 but for 0.05"),
    ],
)
def test_the_predicate_is_in_words(options: dict[str, float], predicate: str) -> None:
    assert one(around(5.0), **options)["predicate"] == predicate


def test_a_row_says_what_was_judged() -> None:
    values = around(5.0)
    test = stats.ttest_1samp(values[0], 0.25)
    ends = test.confidence_interval(0.95)
    assert one(values, above=0.25) == {
        "claim": "X1",
        "lab": "lab",
        "family": "secondary",
        "source": "paper",
        "statement": "It is so.",
        "predicate": "it is above 0.25",
        "premises": "",
        "estimate": pytest.approx(5.0),
        "low": pytest.approx(ends.low),
        "high": pytest.approx(ends.high),
        "seeds": 5,
        "over": "seeds",
        "p": pytest.approx(test.pvalue),
        "adjusted": pytest.approx(test.pvalue),
        "verdict": "supported",
        "reason": "the quantity surely satisfies the predicate",
    }


@pytest.mark.parametrize("seeds", [1, 2])
def test_few_seeds_are_not_judged(seeds: int) -> None:
    row = one(around(5.0, 0.0, seeds), above=0.0)
    assert (row["verdict"], row["seeds"], row["over"]) == (
        "too few seeds",
        seeds,
        "items of fixed models",
    )
    assert row["reason"].startswith(f"{seeds} of at least 3 seeds")
    assert row["p"] is row["adjusted"] is None
    assert row["estimate"] == 5.0


def test_what_is_known_needs_no_seeds() -> None:
    row = one(Known(2.0, 1), above=1.0)
    assert (row["verdict"], row["over"], row["p"]) == ("supported", "", 0.0)
    assert one(Known(2.0, 1), below=1.0)["verdict"] == "contradicted"
    assert one(Known(2.0, 1), above=2.0)["verdict"] == "inconclusive"


def test_the_worst_part_is_named() -> None:
    parts = {"one": around(5.0), "other": around(4.0)}
    assert one(least(parts), above=0.0)["reason"].endswith("satisfies the predicate, worst other")
    assert one(least(parts), above=4.5)["reason"].startswith("undecided, worst other: about ")
    assert one(range_of(parts), below=0.5)["reason"].endswith("predicate, worst one minus other")


def test_places_decide_a_rank_correlation() -> None:
    order = np.arange(7.0)
    row = one(RankCorrelation(order, order, 5), above=0.0)
    assert (row["verdict"], row["over"]) == ("supported", "places")
    assert row["p"] == pytest.approx(2 / 5040)
    few = one(RankCorrelation(order[:4], order[:4], 5), above=0.0)
    assert few["verdict"] == "inconclusive"
    assert few["reason"] == "undecided: the 4 places are few, whatever the number of seeds"


@pytest.mark.parametrize("row", [0, 7])
def test_a_value_that_is_missing_decides_nothing(row: int) -> None:
    values = around(5.0)
    values[row, 2] = np.nan
    found = one(values, above=0.0)
    assert (found["verdict"], found["p"]) == ("inconclusive", 1.0)
    assert found["reason"].startswith("undecided: it has no value or no error here")
    assert found["low"] is found["high"] is None


def test_an_undecided_claim_says_what_would_decide() -> None:
    assert (
        one(around(0.5), above=0.0)["reason"]
        == "undecided: about 34 seeds like these would decide it"
    )


# Claims together


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=6))
def test_primary_claims_are_decided_by_holm(p_values: list[float]) -> None:
    names = [f"X{number}" for number in range(len(p_values))]
    quantities: Given = {name: surely(p) for name, p in zip(names, p_values, strict=True)}
    found = rows({name: {"primary": True} for name in names}, quantities)
    adjusted = holm(p_values)
    for name, p, value in zip(names, p_values, adjusted, strict=True):
        assert found[name]["family"] == "primary"
        assert found[name]["p"] == pytest.approx(p)
        assert found[name]["adjusted"] == pytest.approx(value)
        if abs(value - 0.05) > 1e-6:
            assert found[name]["verdict"] == ("supported" if value < 0.05 else "inconclusive")


def test_a_claim_that_only_the_correction_leaves_undecided_says_so() -> None:
    found = rows(
        {"X1": {"primary": True}, "X2": {"primary": True}}, {"X1": surely(0.03), "X2": surely(0.4)}
    )
    reason = found["X1"]["reason"]
    assert reason.startswith("undecided after correction for 2 primary claims: about ")
    assert would_decide(Mean(surely(0.03)), 0.975) in reason


def test_secondary_claims_and_controls_are_decided_one_by_one() -> None:
    claims: dict[str, dict[str, Any]] = {f"X{number}": {} for number in range(4)}
    claims["C"] = {"source": "control, not in the papers"}
    found = rows(claims, {name: surely(0.04) for name in claims})
    assert {row["verdict"] for row in found.values()} == {"supported"}
    assert [found[f"X{number}"]["adjusted"] for number in range(4)] == pytest.approx([0.04] * 4)
    assert (found["C"]["family"], found["C"]["adjusted"]) == ("control", None)


def test_a_refused_claim_counts_and_a_missing_one_does_not() -> None:
    """Refused is what the results say; not run, or with too few seeds, what was asked for."""
    claims: dict[str, dict[str, Any]] = {name: {"primary": True} for name in ("A", "B", "C", "D")}
    found = rows(
        claims,
        {
            "A": surely(0.02),
            "B": PremiseNotMet("nothing lost"),
            "C": NotRun("no"),
            "D": around(1, 1, 2),
        },
    )
    assert found["A"]["adjusted"] == pytest.approx(0.04)
    assert found["A"]["verdict"] == "supported"
    assert [found[name]["adjusted"] for name in "BCD"] == [None] * 3


def test_primary_claims_are_equivalent_after_correction_too() -> None:
    """By itself each has its whole interval within the margin; corrected for five, one has."""
    options = {"above": 0.0, "margin": 0.5}
    close, exact = around(-0.15, 0.25), around(0.0, 0.1)
    assert one(close, **options)["verdict"] == "equivalent"
    claims: dict[str, dict[str, Any]] = {
        f"X{each}": {"primary": True, **options} for each in range(5)
    }
    quantities: Given = {name: close for name in claims}
    found = rows(claims, quantities | {"X4": exact})
    assert [row["verdict"] for row in found.values()] == [*["contradicted"] * 4, "equivalent"]
    assert found["X4"]["reason"] == (
        "the whole interval after correction for 5 primary claims lies within 0.5 of 0"
    )


def test_what_holm_leaves_undecided_is_not_equivalent() -> None:
    options = {"above": 0.0, "margin": 0.5}
    close = around(0.0, 0.39)
    assert one(close, **options)["verdict"] == "equivalent"
    claims: dict[str, dict[str, Any]] = {
        f"X{each}": {"primary": True, **options} for each in range(5)
    }
    found = rows(claims, {name: close for name in claims})
    assert {row["verdict"] for row in found.values()} == {"inconclusive"}


# Premises

SUPPORTED, UNDECIDED, CONTRADICTED = around(5.0), around(0.1), around(-5.0)


@pytest.mark.parametrize(
    ("premise", "own", "verdict", "reason"),
    [
        (SUPPORTED, SUPPORTED, "supported", "the quantity surely satisfies the predicate"),
        (SUPPORTED, CONTRADICTED, "contradicted", "the quantity surely violates the predicate"),
        (CONTRADICTED, SUPPORTED, "premise not met", "C is contradicted; by itself: the quantity"),
        (CONTRADICTED, UNDECIDED, "premise not met", "C is contradicted; by itself: undecided"),
        (around(0.0, 0.01), SUPPORTED, "premise not met", "C is contradicted (equivalent); by"),
        (
            PremiseNotMet("nothing"),
            SUPPORTED,
            "premise not met",
            "C is without its own premise; by",
        ),
        (UNDECIDED, SUPPORTED, "inconclusive", "its premise C is inconclusive; by itself: the"),
        (UNDECIDED, CONTRADICTED, "inconclusive", "its premise C is inconclusive; by itself: the"),
        (UNDECIDED, UNDECIDED, "inconclusive", "undecided: more than"),
        (NotRun("no"), SUPPORTED, "inconclusive", "its premise C is not run; by itself: the"),
        (around(5, 1, 2), SUPPORTED, "inconclusive", "its premise C is too few seeds; by itself"),
        (CONTRADICTED, NotRun("no model"), "not run", "no model"),
        (CONTRADICTED, PremiseNotMet("nothing lost"), "premise not met", "nothing lost"),
        (CONTRADICTED, around(5, 1, 2), "too few seeds", "2 of at least 3 seeds"),
    ],
)
def test_a_premise_is_a_gate(
    premise: Array | Exception, own: Array | Exception, verdict: str, reason: str
) -> None:
    claims: dict[str, dict[str, Any]] = {
        "X": {"premises": ["C"]},
        "C": {"source": "control", "margin": 0.05},
    }
    found = rows(claims, {"X": own, "C": premise})["X"]
    assert found["verdict"] == verdict
    assert found["reason"].startswith(reason)
    assert found["premises"] == "C"


def test_gates_follow_each_other() -> None:
    claims: dict[str, dict[str, Any]] = {
        "A": {"premises": ["B"]},
        "B": {"premises": ["C"]},
        "C": {},
    }
    quantities: Given = {"A": SUPPORTED, "B": SUPPORTED, "C": CONTRADICTED}
    found = rows(claims, quantities)
    assert [found[name]["verdict"] for name in "ABC"] == ["premise not met"] * 2 + ["contradicted"]
    assert found["A"]["reason"].startswith("B is without its own premise; by itself: the quantity")
    undecided = rows(claims, quantities | {"C": UNDECIDED})
    assert [undecided[name]["verdict"] for name in "ABC"] == ["inconclusive"] * 3


def test_the_first_premise_that_fails_is_named_before_one_that_is_undecided() -> None:
    claims: dict[str, dict[str, Any]] = {"X": {"premises": ["C", "D"]}, "C": {}, "D": {}}
    found = rows(claims, {"X": SUPPORTED, "C": UNDECIDED, "D": CONTRADICTED})["X"]
    assert (found["verdict"], found["premises"]) == ("premise not met", "C, D")
    assert found["reason"].startswith("D is contradicted")


def test_a_premise_keeps_its_p_value_out_of_no_correction() -> None:
    """A claim whose premise fails was tested all the same."""
    claims: dict[str, dict[str, Any]] = {
        "A": {"primary": True},
        "B": {"primary": True, "premises": ["C"]},
        "C": {"source": "control"},
    }
    found = rows(claims, {"A": surely(0.03), "B": surely(0.9), "C": CONTRADICTED})
    assert found["B"]["verdict"] == "premise not met"
    assert found["A"]["adjusted"] == pytest.approx(0.06)


@pytest.mark.parametrize(
    ("premises", "message"),
    [
        ({"A": ["D"]}, "claim A: no claim D to be its premise"),
        ({"A": ["A"]}, "claims: premises in a circle, A needs A"),
        ({"A": ["B"], "B": ["C"], "C": ["A"]}, "premises in a circle, . needs . needs . needs ."),
    ],
)
def test_premises_that_lead_nowhere_are_refused(
    premises: dict[str, list[str]], message: str
) -> None:
    claims = {name: {"premises": premises.get(name, [])} for name in "ABC"}
    with pytest.raises(ValueError, match=message):
        rows(claims, {name: SUPPORTED for name in "ABC"})


# Tables


def test_every_verdict_fits_the_table(tmp_path: Path) -> None:
    """What is missing, infinite or refused has no numbers there, rather than odd ones."""
    unsure = np.array([[1.0, 1.0], [-2.0, -2.0], [4.0, 4.0]])
    quantities: Given = {
        "supported": SUPPORTED,
        "contradicted": CONTRADICTED,
        "equivalent": around(0.0, 0.01),
        "inconclusive": around(0.1) * np.nan,
        "premise not met": PremiseNotMet("nothing lost"),
        "too few seeds": Ratio(np.ones((3, 2)), unsure, "what was lost"),
        "not run": NotRun("no such model"),
    }
    assert sorted(quantities) == sorted(VERDICTS)
    ledger = ledger_of({name: {"margin": 0.1} for name in quantities})
    path = tmp_path / "claims.parquet"
    write_table(path, ledger.judge(quantities, 0.95, "lab"), CLAIMS, {})
    found = {row["claim"]: row for row in read_table(path, CLAIMS).to_pylist()}
    assert [row["verdict"] for row in found.values()] == list(quantities)
    ends = {name: (row["low"] is None, row["high"] is None) for name, row in found.items()}
    without = ("inconclusive", "premise not met", "too few seeds", "not run")
    assert ends == {name: (name in without,) * 2 for name in quantities}
    assert found["too few seeds"]["estimate"] == 1
    assert found["inconclusive"]["estimate"] is found["not run"]["estimate"] is None
    for row in found.values():
        assert np.isfinite(
            [row[name] for name in ("estimate", "low", "high", "p") if row[name]]
        ).all()


def test_a_caveat_is_added_to_the_papers_claims_that_were_run() -> None:
    claims = {"A": {}, "B": {"source": "control"}, "C": {}}
    found = rows(claims, {"A": SUPPORTED, "B": SUPPORTED, "C": NotRun("no model")}, "small models")
    assert [found[name]["reason"].endswith("; small models") for name in "ABC"] == [
        True,
        False,
        False,
    ]


def test_other_errors_are_not_taken_for_not_run() -> None:
    with pytest.raises(KeyError, match="typo"):
        ledger_of({"typo": {}}).judge({}, 0.95, "lab")


def test_a_claim_is_registered_once_with_one_threshold() -> None:
    ledger = ledger_of({"X1": {}})
    with pytest.raises(ValueError, match="claim X1 is registered twice"):
        ledger.claim("X1", "a", "b", "c", below=0)
    options: list[dict[str, Any]] = [{}, {"above": 0, "below": 1}, {"at_least": 0, "above": 0}]
    for wrong in options:
        with pytest.raises(ValueError, match="X2: give one of above, below, at_least and at_most"):
            ledger.claim("X2", "a", "b", "c", **wrong)
    for sign in ("at_least", "at_most"):
        wrong = {sign: 0.0}
        with pytest.raises(
            ValueError, match=f"X2: {sign.replace('_', ' ')} needs a margin above 0"
        ):
            ledger.claim("X2", "a", "b", "c", **wrong)
    assert [claim.id for claim in ledger.claims] == ["X1"]


def test_claims_keep_their_order() -> None:
    claims: dict[str, dict[str, Any]] = {"X2": {"premises": ["X1"]}, "X10": {}, "X1": {}}
    assert list(rows(claims, {name: SUPPORTED for name in claims})) == ["X2", "X10", "X1"]


def test_an_array_is_a_mean_over_seeds() -> None:
    values = around(0.7)
    assert one(values, above=0.0) == one(Mean(values), above=0.0)


@pytest.mark.parametrize(
    ("own", "guard", "verdict"),
    [
        (5.0, 5.0, "supported"),
        (5.0, 0.0, "inconclusive"),
        (5.0, -5.0, "premise not met"),
        (0.0, -5.0, "premise not met"),
        (-5.0, -5.0, "contradicted"),
        (-5.0, 0.0, "contradicted"),
    ],
)
def test_a_guard_keeps_a_claim_from_being_supported_alone(
    own: float, guard: float, verdict: str
) -> None:
    noise = np.random.default_rng(0).normal(size=(101, 4))
    ledger: Ledger[None] = Ledger()
    ledger.claim("X1", "control", "a", "b", above=0)(lambda _: guard + noise)
    ledger.claim("X2", "paper", "a", "b", above=0, guards=["X1"])(lambda _: own + noise)
    rows = ledger.judge(None, 0.95, "lab").set_index("claim")
    assert rows.loc["X2", "verdict"] == verdict
    assert rows.loc["X2", "premises"] == "X1"
