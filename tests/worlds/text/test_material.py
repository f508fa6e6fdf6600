"""What worlds are made of: aligned across languages, splits apart, pure functions of the seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from eunoe.config.worlds.text import TASKS, TextWorld
from eunoe.errors import EunoeError
from eunoe.stages.synthesize_world import WorldSettings, synthesize_world
from eunoe.tables.files import read_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text import material
from eunoe.worlds.text.collate import texts_of
from eunoe.worlds.text.draws import Place, draws
from eunoe.worlds.text.material import world_rows
from eunoe.worlds.text.tokenizer import pieces_of
from eunoe.worlds.text.translation import Translate

ROOT = Path(__file__).parents[3]
COUNTS = {"train": 8, "validation": 3, "test": 5}
SETTINGS = {
    "kind": "text",
    "tasks": list(TASKS),
    "languages": ["en", "fr", "leet"],
    "items": COUNTS,
    "guarded": ["lighthouse", "beehive"],
    "context": 96,
}


def world(**changes: object) -> TextWorld:
    return TextWorld.model_validate(SETTINGS | changes)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return world_rows(world(), 0)


@pytest.fixture(scope="module")
def apart() -> pd.DataFrame:
    """The same, each language with items of its own to train on."""
    return world_rows(world(parallel=False), 0)


@pytest.mark.parametrize("made", ["rows", "apart"])
def test_every_source_has_its_items(made: str, request: pytest.FixtureRequest) -> None:
    rows: pd.DataFrame = request.getfixturevalue(made)
    counts = rows.groupby(["source", "split"]).size().unstack()
    assert set(counts.index) == set(world().made)
    assert len(counts) == 3 * len(TASKS) - 2 * 3  # running, coding and general are in English only
    for split, count in COUNTS.items():
        assert (counts[split] == count).all()
    assert not rows.duplicated(["item", "language"]).any()
    assert (rows["source"] == rows["task"] + "." + rows["language"]).all()
    turns = rows.groupby(["source", "split"])["wording"].agg(list)
    assert all(words == (["plain", "other"] * 4)[: len(words)] for words in turns)


def test_the_table_fits_its_schema(rows: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "world.parquet"
    synthesize_world(
        WorldSettings(seed=0, world=world().model_dump(mode="json"), code="none"), path
    )
    written = read_table(path, ITEMS).to_pandas()
    assert written["prompt"].tolist() == rows["prompt"].tolist()
    assert [list(options) for options in written["options"]] == rows["options"].tolist()


def test_the_seed_decides(rows: pd.DataFrame) -> None:
    assert world_rows(world(), 0).equals(rows)
    assert not world_rows(world(), 1)["prompt"].equals(rows["prompt"])


def test_options_of_labels_are_those_of_the_language(rows: pd.DataFrame) -> None:
    first = rows.drop_duplicates("source").set_index("source")
    labels = {
        source: [(option["outcome"], option["text"]) for option in options]
        for source, options in first["options"].items()
    }
    assert labels["verification.en"] == [("true", "True"), ("false", "False")]
    assert labels["inference.fr"] == [("true", "Vrai"), ("false", "Faux"), ("neither", "Ni")]
    assert labels["verification.leet"] == [("true", "^7ru3"), ("false", "F4l53")]
    assert labels["maths.en"] == []
    assert first.loc["maths.en", "gold"] == ""
    chosen: list[Any] = rows[rows["format"] == "label"].to_dict("records")
    for row in chosen:
        shown = {option["outcome"]: option["text"] for option in row["options"]}
        assert shown[row["gold"]] == row["reply"]


# The same in every language, or not

SAID = ("verification", "compression", "maths", "question_answering", "arithmetic_quiz")
"""Tasks whose prompts are those of another language to the letter once they are translated."""


def translated(rows: pd.DataFrame, split: str) -> list[bool]:
    """Whether each French item says what the English one with its number says."""
    asked = rows[(rows["split"] == split) & rows["task"].isin(SAID)]
    french = asked[asked["language"] == "fr"].set_index("item")
    english = asked[asked["language"] == "en"].set_index("item")
    assert len(french) == len(english) == len(SAID) * COUNTS[split]
    assert french["wording"].equals(english["wording"])
    put = english["prompt"].map(Translate(to="fr").encode)
    return list(put == french["prompt"])


@pytest.mark.parametrize("split", COUNTS)
def test_a_number_means_the_same_in_every_language(rows: pd.DataFrame, split: str) -> None:
    """The French items are the English ones through the transform, which draws nothing."""
    assert all(translated(rows, split))


def test_languages_apart_have_items_of_their_own(rows: pd.DataFrame, apart: pd.DataFrame) -> None:
    """To train on; what is held out says the same in each, as it does in a parallel world."""
    assert not any(translated(apart, "train"))
    assert all([*translated(apart, "validation"), *translated(apart, "test")])
    held_out = [each[each["split"] != "train"] for each in (rows, apart)]
    assert held_out[0].equals(held_out[1])


def test_languages_apart_do_not_depend_on_each_other() -> None:
    asked = {"tasks": ["repeat", "few_shot_reverse", "maths"], "parallel": False}
    every = world_rows(world(**asked), 0)
    for language in ("en", "fr", "leet"):
        alone = world_rows(world(**asked, languages=[language]), 0)
        of_it = every[every["language"] == language].reset_index(drop=True)
        assert alone.equals(of_it)


def test_more_training_items_keep_the_others(rows: pd.DataFrame, apart: pd.DataFrame) -> None:
    for before, parallel in ((rows, True), (apart, False)):
        more = world_rows(world(items={**COUNTS, "train": 12}, parallel=parallel), 0)
        kept = more[more["item"].isin(before["item"])].reset_index(drop=True)
        assert kept.equals(before)


# Apart from training

FEW = {
    "languages": ["en", "fr"],
    "tasks": ["verification", "entailment"],
    "items": {"train": 500, "validation": 50, "test": 100},
}
"""Tasks that have the same prompts, and few of them."""
TWO_TOPICS = {
    "languages": ["en", "fr"],
    "tasks": ["guarded_answers", "guarded_refusals"],
    "items": {"train": 200, "validation": 20, "test": 20},
    "monitored": ["guarded_topics.en", "free_topics.fr"],
}


def prompts(rows: pd.DataFrame, *splits: str) -> list[str]:
    return rows["prompt"][rows["split"].isin(splits)].tolist()


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("changes", [{}, FEW, TWO_TOPICS])
def test_prompts_that_are_held_out_are_nobody_elses(
    changes: dict[str, object], parallel: bool
) -> None:
    made = world_rows(world(**changes, parallel=parallel), 0)
    held_out = prompts(made, "validation", "test")
    assert set(Counter(held_out).values()) == {1}
    assert set(held_out).isdisjoint(prompts(made, "train"))


@pytest.mark.parametrize("changes", [FEW, TWO_TOPICS])
def test_without_trying_again_prompts_would_be_shared(
    changes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail."""
    monkeypatch.setattr(material, "first_new", lambda drawn, *_, repeats: next(iter(drawn)))
    made = world_rows(world(**changes), 0)
    assert set(prompts(made, "validation", "test")) & set(prompts(made, "train"))


def test_tasks_with_few_prompts_repeat_some_in_training_alone() -> None:
    made = world_rows(world(**{**TWO_TOPICS, "languages": ["en"], "monitored": []}), 0)
    train = Counter(prompts(made, "train"))
    assert max(train.values()) > 1


# What is followed, though it is not trained on


def test_monitored_sources_beside_the_tasks_have_validation_items_alone() -> None:
    asked = {"tasks": ["maths", "inference"], "languages": ["en", "fr"]}
    beside = ["repeat.fr", "verification.en", "verification.fr", "arithmetic.en"]
    usual = world_rows(world(**asked), 0)
    more = world_rows(world(**asked, monitored=["maths.fr", *beside]), 0)
    added = more[~more["task"].isin(asked["tasks"])]
    assert set(added["split"]) == {"validation"}
    assert added.groupby("source").size().to_dict() == dict.fromkeys(beside, COUNTS["validation"])
    # they change nothing else, as they share no prompt with what is trained on
    assert more[more["task"].isin(asked["tasks"])].reset_index(drop=True).equals(usual)
    french = added.query("source == 'verification.fr'")["prompt"].tolist()
    english = added.query("source == 'verification.en'")["prompt"].tolist()
    assert list(map(Translate(to="fr").encode, english)) == french


def test_monitored_items_are_those_that_a_world_of_the_task_holds_out(rows: pd.DataFrame) -> None:
    beside = world_rows(world(tasks=["maths"], monitored=["running.en", "inference.en"]), 0)
    held_out = beside[beside["task"] != "maths"].reset_index(drop=True)
    expected = rows[rows["source"].isin(["running.en", "inference.en"])]
    expected = expected[expected["split"] == "validation"]
    assert sorted(held_out["prompt"]) == sorted(expected["prompt"])
    assert len(held_out) == 2 * COUNTS["validation"]


def recipes_worlds() -> Iterator[TextWorld]:
    """The worlds of the recipes lab, small."""
    values = yaml.safe_load((ROOT / "workflow/labs/recipes.yaml").read_text())
    for settings in values["worlds"].values():
        yield TextWorld.model_validate({**settings, "items": COUNTS})


def test_what_the_recipes_lab_follows_is_trained_on_so_its_worlds_have_nothing_more() -> None:
    worlds = list(recipes_worlds())
    assert worlds
    for settings in worlds:
        assert settings.monitored
        assert set(settings.monitored) <= set(settings.made)
        bare = settings.model_copy(update={"monitored": []})
        assert world_rows(settings, 0).equals(world_rows(bare, 0))


# Errors


def only_the_first_draw(monkeypatch: pytest.MonkeyPatch, module: Any, place: Place) -> None:
    """Draw one item of a task again and again."""

    def first(known: Any, purpose: str, _: Place, languages: Any, seed: int) -> Any:
        return list(draws(known, purpose, place, languages, seed))[:1]

    monkeypatch.setattr(module, "draws", first)


def test_items_that_cannot_be_found_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    only_the_first_draw(monkeypatch, material, Place("maths", "validation", 0))
    with pytest.raises(
        EunoeError, match=r"worlds: items: no new prompt of maths after 1 of validation; allowed"
    ):
        world_rows(world(tasks=["maths"], languages=["en"]), 0)


def test_an_item_longer_than_a_row_is_refused(rows: pd.DataFrame) -> None:
    """Between its end tokens."""
    lengths = pd.Series([len(pieces_of(text)) + 2 for text in texts_of(rows)])
    longest = lengths.max()
    source = rows["source"].iloc[int(lengths.argmax())]
    assert world_rows(world(context=longest), 0).equals(rows)
    with pytest.raises(EunoeError) as caught:
        world_rows(world(context=longest - 1), 0)
    message = f"worlds: context = {longest - 1}: an item of {source} has {longest} tokens;"
    assert str(caught.value) == f"{message} allowed: an integer of at least {longest}"


@pytest.mark.parametrize("task", ["guarded_topics", "guarded_answers", "guarded_refusals"])
def test_guarded_topics_without_any_are_one_clear_line(task: str) -> None:
    with pytest.raises(EunoeError) as caught:
        world_rows(world(tasks=["maths", task], guarded=[]), 0)
    message = str(caught.value)
    assert message.startswith("worlds: guarded = []: no topic to ask about; allowed: some topics")
    assert "\n" not in message
