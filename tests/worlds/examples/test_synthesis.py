"""Examples worlds: aligned across languages, splits apart, pure functions of the seed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from eunoe.config.worlds import EXAMPLE_TASKS, ExamplesWorld
from eunoe.errors import EunoeError
from eunoe.stages.synthesize_world import WorldSettings, synthesize_world
from eunoe.tables.examples import EXAMPLES
from eunoe.tables.files import read_table
from eunoe.worlds.examples import synthesis
from eunoe.worlds.examples.synthesis import world_rows
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
    return world_rows(world(), 0)


def test_every_source_has_its_examples(rows: pd.DataFrame) -> None:
    counts = rows.groupby(["source", "split"]).size().unstack()
    assert set(counts.index) == set(world().made)
    for split, count in (("train", 8), ("validation", 3), ("test", 5)):
        assert (counts[split] == count).all()
    assert rows["example"].is_unique
    assert (rows["source"] == rows["task"] + "." + rows["language"]).all()


def test_the_table_fits_its_schema(rows: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "world.parquet"
    synthesize_world(WorldSettings(seed=0, world=world(), code="none"), path)
    written = read_table(path, EXAMPLES).to_pandas()
    assert written["prompt"].tolist() == rows["prompt"].tolist()
    assert [list(labels) for labels in written["labels"]] == rows["labels"].tolist()


def test_the_seed_decides(rows: pd.DataFrame) -> None:
    assert world_rows(world(), 0).equals(rows)
    assert not world_rows(world(), 1)["prompt"].equals(rows["prompt"])


def test_a_number_means_the_same_in_every_language(rows: pd.DataFrame) -> None:
    """The French examples are the English ones through the transform, which draws nothing."""
    french = rows[rows["language"] == "fr"].set_index("example")
    translate, checked = Translate(to="fr"), 0
    for task in ("verification", "compression", "maths", "question_answering"):
        for _, row in rows[rows["source"] == f"{task}.en"].iterrows():
            other = french.loc[row["example"].replace(".en.", ".fr.")]
            assert translate.encode(row["prompt"]) == other["prompt"]
            assert row["wording"] == other["wording"]
            checked += 1
    assert checked == 4 * 16


def test_labels_are_those_of_the_language(rows: pd.DataFrame) -> None:
    first = rows.drop_duplicates("source").set_index("source")["labels"]
    assert first["verification.en"] == ["True", "False"]
    assert first["inference.fr"] == ["Vrai", "Faux", "Ni"]
    assert first["verification.leet"] == ["^7ru3", "F4l53"]
    assert first["maths.en"] == []
    labelled = rows[rows["labels"].map(len) > 0]
    assert all(
        response in labels
        for response, labels in zip(labelled["response"], labelled["labels"], strict=True)
    )


def test_prompts_that_are_held_out_are_nobody_elses() -> None:
    """Also where tasks have the same prompts, and few of them."""
    few = world(
        tasks=["verification", "entailment"],
        languages=["en", "fr"],
        examples={"train": 500, "validation": 50, "test": 100},
    )
    rows = world_rows(few, 0)
    held_out = rows[rows["split"] != "train"]
    assert held_out["prompt"].is_unique
    assert not rows[rows["split"] == "train"]["prompt"].isin(held_out["prompt"]).any()


def test_without_trying_again_prompts_would_be_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail."""
    monkeypatch.setattr(
        synthesis, "first_new", lambda drawn, held_out, seen, place: next(iter(drawn))
    )
    few = world(
        tasks=["entailment"],
        languages=["en"],
        examples={"train": 500, "validation": 50, "test": 100},
    )
    rows = world_rows(few, 0)
    held_out = rows[rows["split"] != "train"]["prompt"]
    assert rows[rows["split"] == "train"]["prompt"].isin(held_out).any()


def test_more_training_examples_keep_the_others(rows: pd.DataFrame) -> None:
    more = world_rows(world(examples={"train": 12, "validation": 3, "test": 5}), 0)
    kept = more[more["example"].isin(rows["example"])].reset_index(drop=True)
    assert kept.equals(rows)


def test_examples_that_cannot_be_found_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    draws, first = synthesis.draws, synthesis.Place("maths", "validation", 0)
    monkeypatch.setattr(synthesis, "TRIES", 1)
    monkeypatch.setattr(
        synthesis, "draws", lambda settings, _, *rest: draws(settings, first, *rest)
    )
    with pytest.raises(EunoeError, match=r"no new prompt of maths after 1 of validation; allowed"):
        world_rows(world(tasks=["maths"], languages=["en"]), 0)


def test_an_example_longer_than_a_row_is_refused() -> None:
    with pytest.raises(
        EunoeError, match=r"context = 16: an example of \w+\.\w+ has \d+ tokens; allowed: an int"
    ):
        world_rows(world(context=16), 0)
