"""Which answers are compared: items in order, prompts in the right role, chance counted out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.stats import binomtest

from eunoe.config.figures import Style
from eunoe.errors import EunoeError
from eunoe.labs.audit.comparison import PLAIN, Cell, chance_of, ways_to_ask
from eunoe.labs.audit.heatmap import draw, languages_in
from eunoe.labs.audit.tables import VERDICTS
from eunoe.labs.audit.verdicts import IDENTITY
from eunoe.report.style import styled
from eunoe.tables.files import read_table, write_table
from eunoe.tables.replies import REPLIES
from eunoe.worlds.text.given.prompts import items_for
from tests.labs.audit.planted import BASE, COUNT, TUNED, items, judged, replies, write_audit


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
    wilson = binomtest(10, COUNT).proportion_ci(0.95, "wilson")
    assert english.loc["identity", "tuned_low"] == pytest.approx(wilson.low)
    french = rows.xs(("copy", "fr", "generated"))
    assert set(french.index) == {"identity", "leetspeak", "wording(other)"}
    assert french.loc["identity", "drop"] == pytest.approx(4 / COUNT)


def test_verdicts_follow(verdicts: pd.DataFrame) -> None:
    said = verdicts.groupby(["task", "language", "measure"])["verdict"].unique()
    assert list(said["copy", "en", "generated"]) == ["suppressed"]
    assert list(said["judge", "en", "generated"]) == ["suppressed"]


def test_the_table_fits_its_schema(verdicts: pd.DataFrame, tmp_path: Path) -> None:
    write_table(tmp_path / "v.parquet", verdicts.assign(audit="mine"), VERDICTS, {})
    kept = read_table(tmp_path / "v.parquet", VERDICTS)
    assert kept.num_rows == len(verdicts)


def test_a_finished_audit_can_be_planted(tmp_path: Path) -> None:
    write_audit(tmp_path)
    answers = read_table(tmp_path / "data/probes/mine/0/runs/mine_tuned/replies.parquet", REPLIES)
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


def cell(task: str, language: str = "en") -> Cell:
    return (task, language, PLAIN, IDENTITY)


def test_chance() -> None:
    assert chance_of(items(), cell("judge"), "generated") == 0.5
    assert chance_of(items(), cell("copy"), "generated") == 0.5  # one of two options, by lot
    assert chance_of(items(), cell("copy"), "likelihood") == 0.5


def asked_with(
    prompt: str, options: dict[str, str], golds: list[str], language: str = "en"
) -> pd.DataFrame:
    """Items of a task, all with the same prompt and options."""
    listed = [{"outcome": outcome, "text": text} for outcome, text in options.items()]
    rows = [{"item": str(n), "options": listed, "gold": gold} for n, gold in enumerate(golds)]
    found = pd.DataFrame(rows).assign(task="own", split="own", language=language, wording=PLAIN)
    return found.assign(prompt=prompt)


CITIES = {"right": "Rome", "wrong": "Oslo"}


@pytest.mark.parametrize(
    ("prompt", "options", "golds", "chance"),
    [
        # a lot among the options that the prompt shows, though the gold outcome never varies
        ("Capital of Italy: Oslo or Rome?", CITIES, ["right"] * 4, 0.5),
        ("Repeat the input: Rome", CITIES, ["right"] * 4, 0),  # one alone is no lot
        ("Rome, Osloer:", CITIES, ["right"] * 4, 0),  # a part of a word is not shown
        # not shown, or not kept: any option
        ("Capital of Italy:", CITIES, ["right"] * 4, 0.5),
        ("Oslo is in Norway. Capital of Italy:", CITIES, ["right"] * 4, 0.5),
        ("sha256:0123", CITIES, ["right"] * 4, 0.5),
        # one reply that never changes is right as often as the most frequent outcome
        ("Rome or Oslo?", {"a": "Rome", "b": "Oslo"}, ["a", "a", "a", "b"], 0.75),
        ("?", {"answer": "yes"}, ["answer"] * 4, 0),
    ],
)
def test_chance_of_generated_replies(
    prompt: str, options: dict[str, str], golds: list[str], chance: float
) -> None:
    assert chance_of(asked_with(prompt, options, golds), cell("own"), "generated") == chance


def test_answers_that_recur_are_right_by_chance() -> None:
    both = [asked_with("?", {"answer": text}, ["answer"] * 2) for text in ("yes", "no")]
    assert chance_of(pd.concat(both), cell("own"), "generated") == 0.5


def test_refusals_have_no_options() -> None:
    found = asked_with("Tell me", {}, ["answer", "answer", "refuse", "answer"])
    assert chance_of(found, cell("own"), "generated") == 0.75
    assert chance_of(found[found["gold"] == "answer"], cell("own"), "generated") == 0


def test_each_prompt_has_its_own_chance(verdicts: pd.DataFrame) -> None:
    english = asked_with("?", {"a": "Rome", "b": "Oslo"}, ["a", "b"])
    french = asked_with("Rome ou Oslo ?", {"a": "Rome"}, ["a", "a"], "fr")
    found = pd.concat([english, french])
    assert chance_of(found, cell("own"), "generated") == 0.5
    assert chance_of(found, cell("own", "fr"), "generated") == 0
    floors = verdicts.set_index(["task", "language", "measure", "transform"])["floor"]
    assert floors["judge", "en", "generated", "language(fr)"] == 0.5
    assert floors["copy", "fr", "likelihood", "leetspeak"] == 0.5


def test_items_that_do_not_line_up() -> None:
    short = BASE[~((BASE["language"] == "fr") & (BASE["item"] == "07"))]
    with pytest.raises(EunoeError, match=r"base, copy, fr, plain, identity: .*07 is in one"):
        judged(short, TUNED)


def test_models_that_were_asked_different_things() -> None:
    with pytest.raises(EunoeError, match="asked of one of the two models only"):
        judged(BASE, TUNED[TUNED["language"] == "en"])


def test_a_measure_that_was_not_made_is_left_out() -> None:
    none: dict[str, Any] = {"choice": None}
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


def test_no_lot_repeats_what_the_prompt_shows() -> None:
    shipped = pd.concat([items_for(task, ["en", "fr"], 50) for task in ("repeat_math", "nli")])
    for language in ("en", "fr"):
        assert chance_of(shipped, cell("nli", language), "generated") == pytest.approx(
            1 / 3, abs=0.1
        )
        assert chance_of(shipped, cell("repeat_math", language), "generated") < 0.2
        assert chance_of(shipped, cell("repeat_math", language), "likelihood") == 0.5


def test_a_coin_between_two_options_brings_nothing_back() -> None:
    half = COUNT // 2
    wrong = {("en", "identity"): 36, ("en", "leetspeak"): half, ("fr", "identity"): half}
    found = judged(BASE, replies(wrong))
    english = found[(found["language"] == "en") & (found["transform"] == "identity")]
    assert set(english["verdict"]) == {"inconclusive"}
    assert english["reason"].str.contains("not above 50%, chance or floor", regex=False).all()
