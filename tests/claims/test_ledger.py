"""Verdicts on replicates that are given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eunoe import tables
from eunoe.claims.ledger import Ledger, verdict_of
from eunoe.regression.results import NotRun
from eunoe.statistics import Array, Interval

NAN = float("nan")


def judge(replicates: Array, **threshold: float) -> dict[str, object]:
    """The row of a ledger whose one claim has these replicates."""
    ledger: Ledger[Array] = Ledger()
    ledger.claim("X1", "somewhere", "It is so.", "a quantity", **threshold)(lambda given: given)
    (row,) = ledger.judge(replicates, 0.95, "chapter", 3).to_dict("records")
    return {str(key): value for key, value in row.items()}


def around(middle: float) -> Array:
    """Replicates from middle - 1 to middle + 1."""
    return middle + np.array([0.0, *np.linspace(-1, 1, 401)])


@pytest.mark.parametrize(
    ("middle", "above", "below"),
    [
        (5.0, "supported", "contradicted"),
        (1.0, "supported", "contradicted"),  # 95% of it lie above .05
        (0.9, "inconclusive", "inconclusive"),
        (0.0, "inconclusive", "inconclusive"),
        (-0.9, "inconclusive", "inconclusive"),
        (-1.0, "contradicted", "supported"),
        (-5.0, "contradicted", "supported"),
    ],
)
def test_the_whole_interval_must_lie_on_one_side(middle: float, above: str, below: str) -> None:
    for threshold in (0.0, -7.5):
        assert judge(around(middle + threshold), above=threshold)["verdict"] == above
        assert judge(around(middle + threshold), below=threshold)["verdict"] == below


@pytest.mark.parametrize("sign", ["above", "below"])
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 0.0), (0.0, 0.0)])
def test_an_interval_that_ends_at_the_threshold_decides_nothing(
    sign: str, low: float, high: float
) -> None:
    assert verdict_of(Interval((low + high) / 2, low, high), sign, 0.0) == "inconclusive"


@pytest.mark.parametrize("sign", ["above", "below"])
@pytest.mark.parametrize("estimate", [NAN, -5.0, 5.0])
def test_an_interval_without_ends_decides_nothing(sign: str, estimate: float) -> None:
    assert verdict_of(Interval(estimate, NAN, NAN), sign, 0.0) == "inconclusive"


def test_a_quantity_without_meaning_is_inconclusive_and_says_so() -> None:
    replicates = around(5.0)
    replicates[3:7] = np.nan
    row = judge(replicates, above=0.0)
    assert row["verdict"] == "inconclusive"
    assert row["reason"] == "the quantity has no meaning in 1.0% of the replicates"
    assert row["estimate"] == 5.0
    assert str(row["low"]) == str(row["high"]) == "nan"


def test_a_row_says_what_was_judged() -> None:
    assert judge(around(5.0), above=0.25) == {
        "claim": "X1",
        "chapter": "chapter",
        "source": "somewhere",
        "statement": "It is so.",
        "predicate": "a quantity is above 0.25",
        "seeds": 3,
        "estimate": 5.0,
        "low": pytest.approx(4.05),
        "high": pytest.approx(5.95),
        "verdict": "supported",
        "reason": "the whole interval satisfies the predicate",
    }


def test_what_was_not_run_has_no_numbers(tmp_path: Path) -> None:
    ledger: Ledger[None] = Ledger()

    @ledger.claim("X1", "somewhere", "It is so.", "a quantity", below=1)
    def missing(results: None) -> Array:
        raise NotRun("no such model")

    ledger.claim("X2", "somewhere", "So too.", "another", below=9)(lambda results: around(5.0))
    ledger.claim("X3", "somewhere", "And so.", "a third", below=9)(
        lambda results: np.full(402, np.nan)
    )
    rows = ledger.judge(None, 0.95, "chapter", 2)
    path = tmp_path / "claims.parquet"
    tables.write(path, rows, tables.CLAIMS, {})
    one, two, three = tables.read(path, tables.CLAIMS).to_pylist()
    assert (one["verdict"], one["reason"]) == ("not run", "no such model")
    assert [one[name] for name in ("estimate", "low", "high")] == [None] * 3
    assert (two["verdict"], two["estimate"]) == ("supported", 5.0)
    assert (three["verdict"], three["estimate"]) == ("inconclusive", None)


def test_other_errors_are_not_taken_for_not_run() -> None:
    ledger: Ledger[dict[str, Array]] = Ledger()
    ledger.claim("X1", "a", "b", "c", above=0)(lambda results: results["typo"])
    with pytest.raises(KeyError, match="typo"):
        ledger.judge({}, 0.95, "chapter", 2)


def test_a_claim_is_registered_once_with_one_threshold() -> None:
    ledger: Ledger[Array] = Ledger()
    ledger.claim("X1", "a", "b", "c", above=0)(lambda given: given)
    with pytest.raises(ValueError, match="claim X1 is registered twice"):
        ledger.claim("X1", "a", "b", "c", below=0)
    with pytest.raises(ValueError, match="claim X2: give one of above and below"):
        ledger.claim("X2", "a", "b", "c")
    with pytest.raises(ValueError, match="claim X2: give one of above and below"):
        ledger.claim("X2", "a", "b", "c", above=0, below=1)
    assert [claim.id for claim in ledger.claims] == ["X1"]


def test_claims_keep_their_order() -> None:
    ledger: Ledger[Array] = Ledger()
    for id in ("X2", "X10", "X1"):
        ledger.claim(id, "a", "b", "c", above=0)(lambda given: given)
    assert ledger.judge(around(1), 0.95, "chapter", 2)["claim"].tolist() == ["X2", "X10", "X1"]
