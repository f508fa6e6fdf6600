"""The corpus and the items: aligned, apart from one another, and pure functions of the seed."""

from pathlib import Path

import pandas as pd
import pytest

from eunoe.config.probes import LanguageProbe
from eunoe.config.worlds import FAMILIES, LanguageWorld
from eunoe.errors import EunoeError
from eunoe.tables.corpus import CORPUS
from eunoe.tables.files import write_table
from eunoe.worlds.language import synthesis
from eunoe.worlds.language.synthesis import prompt_rows, world_rows

WORLD = LanguageWorld(
    kind="language", languages=["en", "fr", "leet"], documents=6, context=96, largest=5
)
TASKS = ["repeat_math", "capslock_blank", "inference", "guarded", "free", "arithmetic"]
PROBE = LanguageProbe.model_validate(
    {
        "kind": "language",
        "world": "tongues",
        "tasks": TASKS,
        "languages": ["en", "fr", "leet"],
        "items": {"validation": 2, "test": 5},
        "transforms": ["identity"],
    }
)


@pytest.fixture(scope="module")
def corpus() -> pd.DataFrame:
    return world_rows(WORLD, 0)


@pytest.fixture(scope="module")
def material(corpus: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "world.parquet"
    write_table(path, corpus, CORPUS, {})
    return path


@pytest.fixture(scope="module")
def items(material: Path) -> pd.DataFrame:
    return prompt_rows(WORLD, material, PROBE, 0)


def test_every_source_has_its_documents(corpus: pd.DataFrame) -> None:
    counts = corpus.groupby(["family", "language", "wording"]).size()
    assert len(counts) == len(FAMILIES) * 3 * 2
    assert set(counts) == {3}


def test_the_seed_decides(corpus: pd.DataFrame) -> None:
    assert world_rows(WORLD, 0)["text"].equals(corpus["text"])
    assert not world_rows(WORLD, 1)["text"].equals(corpus["text"])


def test_a_document_longer_than_a_row_is_refused() -> None:
    short = WORLD.model_copy(update={"context": 16})
    with pytest.raises(
        EunoeError, match=r"context = 16: a document of \w+\.\w+ has \d+ tokens; allowed"
    ):
        world_rows(short, 0)


def test_items_line_up_across_languages(items: pd.DataFrame) -> None:
    assert len(items) == len(TASKS) * 3 * 7
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
    assert not any(text.startswith(prompt) for prompt in items["prompt"] for text in corpus["text"])


def test_items_avoid_a_corpus_that_holds_them(
    corpus: pd.DataFrame, items: pd.DataFrame, tmp_path: Path
) -> None:
    known = corpus.head(len(items)).assign(
        text=[
            f"{prompt} {options[0]['text']}"
            for prompt, options in zip(items["prompt"], items["options"], strict=True)
        ]
    )
    path = tmp_path / "world.parquet"
    write_table(path, known, CORPUS, {})
    fresh = prompt_rows(WORLD, path, PROBE, 0)
    assert set(fresh["prompt"]).isdisjoint(items["prompt"])
    assert list(fresh["item"]) == list(items["item"])


def test_another_number_of_items_keeps_the_first(material: Path, items: pd.DataFrame) -> None:
    fewer = PROBE.model_copy(update={"items": PROBE.items.model_copy(update={"test": 3})})
    kept = prompt_rows(WORLD, material, fewer, 0)
    merged = kept.merge(items, on=["item", "language"])
    assert len(merged) == len(kept)
    assert (merged["prompt_x"] == merged["prompt_y"]).all()


def test_items_that_cannot_be_found_are_an_error(
    material: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws, first = synthesis.draws, synthesis.Place("arithmetic", "validation", 0)
    # every item is the first draw of the first one again
    monkeypatch.setattr(synthesis, "TRIES", 1)
    monkeypatch.setattr(synthesis, "draws", lambda world, _, *rest: draws(world, first, *rest))
    with pytest.raises(
        EunoeError, match=r"items = 7: no new item of arithmetic after 1 of validation; allowed:"
    ):
        prompt_rows(WORLD, material, PROBE.model_copy(update={"tasks": ["arithmetic"]}), 0)
