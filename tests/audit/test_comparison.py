"""Which answers are compared: items in order, prompts in the right role, chance counted out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from eunoe import tables
from eunoe.audit.comparison import chance_of, ways_to_ask
from eunoe.audit.heatmap import draw, languages_in
from eunoe.audit.intervals import wilson
from eunoe.config.figures import Style
from eunoe.errors import EunoeError
from eunoe.figures.house import styled
from tests.audit.planted import BASE, COUNT, TUNED, items, judged, write_audit


@pytest.fixture(scope="module")
def verdicts() -> pd.DataFrame:
    return judged(BASE, TUNED)


def test_numbers_are_those_that_were_planted(verdicts: pd.DataFrame) -> None:
    rows = verdicts.set_index(["task", "language", "measure", "transform"])
    english = rows.xs(("copy", "en", "generated"))
    assert english.loc["identity", "drop"] == pytest.approx(30 / COUNT)
    assert english.loc["leetspeak", "recovered"] == pytest.approx(20 / COUNT)
    assert english.loc["language(fr)", "recovered"] == pytest.approx(26 / COUNT)
    assert english.loc["wording(other)", "recovered"] == 0
    assert english.loc["identity", "tuned_low"] == wilson(10, COUNT, 0.95)[0]
    french = rows.xs(("copy", "fr", "generated"))
    assert set(french.index) == {"identity", "leetspeak", "wording(other)"}
    assert french.loc["identity", "drop"] == pytest.approx(4 / COUNT)


def test_verdicts_follow(verdicts: pd.DataFrame) -> None:
    said = verdicts.groupby(["task", "language", "measure"])["verdict"].unique()
    assert list(said["copy", "en", "generated"]) == ["suppressed"]
    assert list(said["judge", "en", "generated"]) == ["suppressed"]


def test_the_table_fits_its_schema(verdicts: pd.DataFrame, tmp_path: Path) -> None:
    tables.write(tmp_path / "v.parquet", verdicts.assign(audit="mine"), tables.VERDICTS, {})
    kept = tables.read(tmp_path / "v.parquet", tables.VERDICTS)
    assert kept.num_rows == len(verdicts)


def test_a_finished_audit_can_be_planted(tmp_path: Path) -> None:
    write_audit(tmp_path)
    answers = tables.read(tmp_path / "data/audits/mine/tuned.parquet", tables.OUTCOMES)
    assert answers.num_rows == len(TUNED)


def test_roles_of_prompts() -> None:
    cells = [
        ("t", "en", "plain", "identity"),
        ("t", "en", "plain", "leetspeak"),
        ("t", "en", "plain", "reword"),
        ("t", "en", "other", "identity"),
        ("t", "fr", "plain", "identity"),
        ("t", "fr", "plain", "leetspeak"),
        ("u", "en", "plain", "rot13"),
    ]
    ways = ways_to_ask(cells, "t", "en", home="en")
    assert {name: role for name, (role, _) in ways.items()} == {
        "identity": "identity",
        "language(fr)": "conjugate",
        "leetspeak": "conjugate",
        "reword": "control",
        "wording(other)": "control",
    }
    assert list(ways_to_ask(cells, "t", "fr", home="en")) == ["identity", "leetspeak"]


def test_chance() -> None:
    assert chance_of(items(), "judge", "en", "generated") == 0.5
    assert chance_of(items(), "copy", "en", "generated") == 0  # the gold outcome never varies
    assert chance_of(items(), "copy", "en", "likelihood") == 0.5


def test_items_that_do_not_line_up() -> None:
    short = BASE[~((BASE["language"] == "fr") & (BASE["item"] == "07"))]
    with pytest.raises(EunoeError, match=r"base, copy, fr, plain, identity: .*07 is in one"):
        judged(short, TUNED)


def test_models_that_were_asked_different_things() -> None:
    with pytest.raises(EunoeError, match="asked of one of the two models only"):
        judged(BASE, TUNED[TUNED["language"] == "en"])


def test_a_measure_that_was_not_made_is_left_out() -> None:
    none: dict[str, Any] = {"choice_correct": None}
    found = judged(BASE.assign(**none), TUNED.assign(**none))
    assert set(found["measure"]) == {"generated"}


def test_the_picture_shows_the_numbers(verdicts: pd.DataFrame) -> None:
    with styled(Style()):
        figure = draw(verdicts, "mine", "en")
    left, right, _ = figure.axes
    assert [text.get_text() for text in left.get_xticklabels()] == ["en", "fr"]
    shown = [text.get_text() for text in right.get_xticklabels()]
    assert shown == ["in fr", "leetspeak", "reworded"]
    assert "75" in [text.get_text() for text in left.texts]
    assert [text.get_text() for text in right.texts] == ["65", "50", "0"] * 2
    assert figure.get_suptitle() == "mine: of 2 capabilities asked in en, 2 suppressed"


def test_without_the_home_language_the_first_is_shown(verdicts: pd.DataFrame) -> None:
    french = verdicts[verdicts["language"] == "fr"]
    assert languages_in(french, "en") == ["fr"]
    with styled(Style()):
        assert "asked in fr" in draw(french, "mine", "en").get_suptitle()
