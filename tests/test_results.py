"""README and docs say what the committed results say."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import write_results  # noqa: E402


@pytest.mark.parametrize("lab", write_results.PAGES)
def test_a_page_is_what_its_results_give(lab: str) -> None:
    """If this fails: `python docs/write_results.py` writes the pages anew."""
    text = (ROOT / write_results.PAGES[lab]).read_text()
    assert write_results.page(lab, text) == text


@pytest.mark.parametrize("lab", write_results.PAGES)
def test_results_name_commit_seeds_and_date(lab: str) -> None:
    found = json.loads((ROOT / f"docs/results/{lab}.json").read_text())
    assert all(re.fullmatch(r"[0-9a-f]{7,}", commit) for commit in found["trained_at"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["date"])
    assert len(found["seeds"]) >= (1 if lab == "rates" else 3)


def test_another_result_makes_another_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "rates.md.j2").write_text('{{ one("specialised", step=60).estimate | plain(2) }}')
    row = {"step": 60, "estimate": 0.25}
    (tmp_path / "rates.json").write_text(json.dumps({"specialised": [row]}))
    monkeypatch.setattr(write_results, "RESULTS", tmp_path)
    page = "before\n<!-- results: rates -->\nold\n<!-- end of results -->\nafter"
    assert write_results.page("rates", page) == page.replace("old", "0.25")
    with pytest.raises(ValueError, match="no marks of the results of rates"):
        write_results.page("rates", "nothing")


def test_numbers_are_written_with_their_intervals() -> None:
    row = {"estimate": -0.001, "low": -0.04, "high": 0.081}
    assert write_results.percent(row) == "0% (-4 to 8)"
    assert write_results.points(row, 1) == "-0.1 points (-4.0 to 8.1)"
    assert write_results.number(row) == "0.00 (-0.04 to 0.08)"
    assert write_results.percent({"estimate": 0.5, "low": None, "high": None}) == "50%"
