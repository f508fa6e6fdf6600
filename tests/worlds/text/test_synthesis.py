"""What is synthesized: aligned across languages, splits apart, pure functions of the seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from eunoe.config.probes.text import LanguageProbe
from eunoe.config.worlds.text import EXAMPLE_TASKS, FAMILIES, ExamplesWorld, LanguageWorld
from eunoe.errors import EunoeError
from eunoe.stages.synthesize_world import WorldSettings, synthesize_world
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text import synthesis
from eunoe.worlds.text.collate import texts_of
from eunoe.worlds.text.synthesis import corpus_rows, probe_rows, split_rows
from eunoe.worlds.text.translation import Translate

SETTINGS = {
    "kind": "examples",
    "tasks": list(EXAMPLE_TASKS),
    "languages": ["en", "fr", "leet"],
    "examples": {"train": 8, "validation": 3, "test": 5},
    "context": 96,
}


def world(**changes: object) -> ExamplesWorld:
    return ExamplesWorld.model_validate(SETTINGS | changes)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return split_rows(world(), 0)


def test_every_source_has_its_examples(rows: pd.DataFrame) -> None:
    counts = rows.groupby(["source", "split"]).size().unstack()
    assert set(counts.index) == set(world().made)
    for split, count in (("train", 8), ("validation", 3), ("test", 5)):
        assert (counts[split] == count).all()
    assert not rows.duplicated(["item", "language"]).any()
    assert (rows["source"] == rows["task"] + "." + rows["language"]).all()


def test_the_table_fits_its_schema(rows: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "world.parquet"
    synthesize_world(
        WorldSettings(seed=0, world=world().model_dump(mode="json"), code="none"), path
    )
    written = read_table(path, ITEMS).to_pandas()
    assert written["prompt"].tolist() == rows["prompt"].tolist()
    assert [list(options) for options in written["options"]] == rows["options"].tolist()


def test_the_seed_decides(rows: pd.DataFrame) -> None:
    assert split_rows(world(), 0).equals(rows)
    assert not split_rows(world(), 1)["prompt"].equals(rows["prompt"])


def test_a_number_means_the_same_in_every_language(rows: pd.DataFrame) -> None:
    """The French examples are the English ones through the transform, which draws nothing."""
    french = rows[rows["language"] == "fr"].set_index("item")
    translate, checked = Translate(to="fr"), 0
    for task in ("verification", "compression", "maths", "question_answering"):
        for _, row in rows[rows["source"] == f"{task}.en"].iterrows():
            other = french.loc[row["item"]]
            assert translate.encode(row["prompt"]) == other["prompt"]
            assert row["wording"] == other["wording"]
            checked += 1
    assert checked == 4 * 16


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


def test_prompts_that_are_held_out_are_nobody_elses() -> None:
    """Also where tasks have the same prompts, and few of them."""
    few = world(
        tasks=["verification", "entailment"],
        languages=["en", "fr"],
        examples={"train": 500, "validation": 50, "test": 100},
    )
    rows = split_rows(few, 0)
    held_out = rows[rows["split"] != "train"]
    assert held_out["prompt"].is_unique
    assert not rows[rows["split"] == "train"]["prompt"].isin(held_out["prompt"]).any()


def test_without_trying_again_prompts_would_be_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail."""
    monkeypatch.setattr(synthesis, "first_new", lambda drawn, *_, repeats: next(iter(drawn)))
    few = world(
        tasks=["entailment"],
        languages=["en"],
        examples={"train": 500, "validation": 50, "test": 100},
    )
    rows = split_rows(few, 0)
    held_out = rows[rows["split"] != "train"]["prompt"]
    assert rows[rows["split"] == "train"]["prompt"].isin(held_out).any()


def test_more_training_examples_keep_the_others(rows: pd.DataFrame) -> None:
    more = split_rows(world(examples={"train": 12, "validation": 3, "test": 5}), 0)
    kept = more[more["item"].isin(rows["item"])].reset_index(drop=True)
    assert kept.equals(rows)


def test_examples_that_cannot_be_found_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    only_the_first_draw(monkeypatch, "maths")
    with pytest.raises(EunoeError, match=r"no new prompt of maths after 1 of validation; allowed"):
        split_rows(world(tasks=["maths"], languages=["en"]), 0)


def test_an_example_longer_than_a_row_is_refused() -> None:
    with pytest.raises(
        EunoeError, match=r"context = 16: an item of \w+\.\w+ has \d+ tokens; allowed: an int"
    ):
        split_rows(world(context=16), 0)


def only_the_first_draw(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    """Draw the first item of a task again and again."""
    draws, first = synthesis.draws, synthesis.Place(task, "validation", 0)
    monkeypatch.setattr(synthesis, "TRIES", 1)
    monkeypatch.setattr(
        synthesis, "draws", lambda known, drawn, _, *rest: draws(known, drawn, first, *rest)
    )


# Corpora and probes

TONGUES = LanguageWorld(
    kind="language", languages=["en", "fr", "leet"], documents=6, context=96, largest=5
)
ASKED = [
    "repeat_math",
    "capslock_blank",
    "inference",
    "guarded_topics",
    "free_topics",
    "arithmetic",
]
PROBE = LanguageProbe.model_validate(
    {
        "kind": "language",
        "world": "tongues",
        "tasks": ASKED,
        "languages": ["en", "fr", "leet"],
        "items": {"validation": 2, "test": 5},
        "transforms": ["identity"],
    }
)


@pytest.fixture(scope="module")
def corpus() -> pd.DataFrame:
    return corpus_rows(TONGUES, 0)


@pytest.fixture(scope="module")
def material(corpus: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "world.parquet"
    write_table(path, corpus, ITEMS, {})
    return path


@pytest.fixture(scope="module")
def items(material: Path) -> pd.DataFrame:
    return probe_rows(TONGUES, material, PROBE, 0)


def test_every_source_has_its_documents(corpus: pd.DataFrame) -> None:
    counts = corpus.groupby(["task", "language", "wording"]).size()
    assert len(counts) == len(FAMILIES) * 3 * 2
    assert set(counts) == {3}
    assert not corpus.duplicated(["item", "language"]).any()
    assert set(corpus["split"]) == {"train"}


def test_the_seed_decides_what_a_corpus_holds(corpus: pd.DataFrame) -> None:
    assert corpus_rows(TONGUES, 0).equals(corpus)
    assert not corpus_rows(TONGUES, 1)["prompt"].equals(corpus["prompt"])


def test_a_document_longer_than_a_row_is_refused() -> None:
    short = TONGUES.model_copy(update={"context": 16})
    with pytest.raises(
        EunoeError, match=r"context = 16: an item of \w+\.\w+ has \d+ tokens; allowed"
    ):
        corpus_rows(short, 0)


def test_items_line_up_across_languages(items: pd.DataFrame) -> None:
    assert len(items) == len(ASKED) * 3 * 7
    by_item = items.groupby("item")
    assert (by_item["language"].nunique() == 3).all()
    for column in ("task", "split", "wording", "gold"):
        assert (by_item[column].nunique() == 1).all()
    numbers = items[items["task"] == "arithmetic"].copy()
    numbers = numbers[numbers["language"] != "leet"]  # whose digits are in cipher
    numbers["answer"] = [options[0]["text"] for options in numbers["options"]]
    assert (numbers.groupby("item")["answer"].nunique() == 1).all()


def test_no_item_is_repeated_or_occurs_in_the_corpus(
    corpus: pd.DataFrame, items: pd.DataFrame
) -> None:
    assert not items["prompt"].duplicated().any()
    texts = texts_of(corpus)
    assert not any(text.startswith(prompt) for prompt in items["prompt"] for text in texts)


def test_items_avoid_a_corpus_that_holds_them(
    corpus: pd.DataFrame, items: pd.DataFrame, tmp_path: Path
) -> None:
    known = pd.concat([corpus, items.assign(split="train")])
    path = tmp_path / "world.parquet"
    write_table(path, known, ITEMS, {})
    fresh = probe_rows(TONGUES, path, PROBE, 0)
    assert set(fresh["prompt"]).isdisjoint(items["prompt"])
    assert list(fresh["item"]) == list(items["item"])


def test_another_number_of_items_keeps_the_first(material: Path, items: pd.DataFrame) -> None:
    fewer = PROBE.model_copy(update={"items": PROBE.items.model_copy(update={"test": 3})})
    kept = probe_rows(TONGUES, material, fewer, 0)
    merged = kept.merge(items, on=["item", "language"])
    assert len(merged) == len(kept)
    assert (merged["prompt_x"] == merged["prompt_y"]).all()


def test_items_of_a_probe_that_cannot_be_found_are_an_error(
    material: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_the_first_draw(monkeypatch, "arithmetic")
    with pytest.raises(
        EunoeError, match=r"items = 7: no new item of arithmetic after 1 of validation; allowed:"
    ):
        probe_rows(TONGUES, material, PROBE.model_copy(update={"tasks": ["arithmetic"]}), 0)
