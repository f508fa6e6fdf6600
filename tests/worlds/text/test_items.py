"""What probes ask: held-out items where a world has them, new ones where it has not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from eunoe.config.probes.text import TextItems
from eunoe.config.worlds.text import TextWorld
from eunoe.errors import EunoeError
from eunoe.stages.synthesize_items import ItemSettings, synthesize_items
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text import items as module
from eunoe.worlds.text.collate import texts_of
from eunoe.worlds.text.draws import Place
from eunoe.worlds.text.items import item_rows
from eunoe.worlds.text.material import world_rows
from eunoe.worlds.text.translation import Translate
from tests.worlds.text.test_material import only_the_first_draw

LANGUAGES = ["en", "fr", "leet"]
TONGUES = TextWorld.model_validate(
    {
        "kind": "text",
        "tasks": ["few_shot_repeat", "inference", "arithmetic_quiz", "free_answers", "maths"],
        "languages": LANGUAGES,
        "items": {"train": 30, "validation": 6, "test": 0},
        "parallel": False,
        "monitored": ["arithmetic.fr", "maths.en"],
        "guarded": ["lighthouse", "beehive"],
        "context": 96,
        "largest": 5,
    }
)
"""A world that holds nothing out to test."""
ASKED = ["repeat_math", "capslock_blank", "inference", "guarded_topics", "arithmetic", "maths"]
VILLAGE = TextWorld.model_validate(
    {
        "kind": "text",
        "tasks": ["repeat", "inference", "guarded_answers"],
        "languages": LANGUAGES,
        "items": {"train": 9, "validation": 6, "test": 10},
        "guarded": ["lighthouse"],
        "context": 96,
    }
)
"""A world that holds out items of its own tasks."""


def probe(**changes: object) -> TextItems:
    """Some items of the first world's tasks and of others, in every language."""
    counts = {"validation": 2, "test": 5}
    usual = {"kind": "text", "tasks": ASKED, "languages": LANGUAGES, "items": counts}
    return TextItems.model_validate(usual | changes)


def of_sources(*sources: str, **changes: object) -> TextItems:
    """The same of some sources."""
    return probe(tasks=[], languages=[], sources=list(sources), **changes)


def write(folder: Path, rows: pd.DataFrame) -> Path:
    path = folder / "world.parquet"
    write_table(path, rows, ITEMS, {})
    return path


def read(path: Path) -> pd.DataFrame:
    """The items of a world, with texts for categories."""
    rows = read_table(path, ITEMS).to_pandas()
    return rows.astype({name: object for name in rows.columns})


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows by column, with lists of options, to be compared."""
    found: Any = rows.to_dict("records")
    return [row | {"options": [dict(option) for option in row["options"]]} for row in found]


@pytest.fixture(scope="module")
def tongues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("tongues"), world_rows(TONGUES, 0))


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("village"), world_rows(VILLAGE, 0))


@pytest.fixture(scope="module")
def items(tongues: Path) -> pd.DataFrame:
    return item_rows(TONGUES, tongues, probe(), 0)


# New items


def test_items_line_up_across_languages(items: pd.DataFrame) -> None:
    assert len(items) == len(ASKED) * 3 * 7
    by_item = items.groupby("item")
    assert (by_item["language"].nunique() == 3).all()
    for column in ("task", "split", "wording", "gold", "format"):
        assert (by_item[column].nunique() == 1).all()
    numbers = items[items["task"] == "arithmetic"].copy()
    numbers = numbers[numbers["language"] != "leet"]  # whose digits are in cipher
    numbers["answer"] = [options[0]["text"] for options in numbers["options"]]
    assert (numbers.groupby("item")["answer"].nunique() == 1).all()
    sums = items[items["task"] == "maths"].set_index(["item", "language"])["prompt"].unstack()
    assert list(map(Translate(to="fr").encode, sums["en"])) == list(sums["fr"])


def test_every_source_has_its_items(items: pd.DataFrame) -> None:
    counts = items.groupby(["source", "split"]).size().unstack()
    assert set(counts.index) == set(probe().asked)
    assert (counts["validation"] == 2).all()
    assert (counts["test"] == 5).all()
    assert (items["source"] == items["task"] + "." + items["language"]).all()


def assert_unlike(drawn: pd.DataFrame, known: pd.DataFrame) -> None:
    """No prompt is there twice, and none begins a text of the world, whatever its split."""
    assert not drawn["prompt"].duplicated().any()
    texts = texts_of(known)
    assert not any(text.startswith(prompt) for prompt in drawn["prompt"] for text in texts)


def test_no_item_is_repeated_or_occurs_in_the_world(tongues: Path, items: pd.DataFrame) -> None:
    known = read(tongues)
    assert set(known["split"]) == {"train", "validation"}
    assert_unlike(items, known)


def crowded(folder: Path) -> tuple[TextWorld, Path]:
    """A world that has many of the prompts that there are about one topic."""
    changes = {"tasks": ["guarded_answers"], "languages": ["en"], "largest": 5}
    counts = {"items": {"train": 400, "validation": 30, "test": 0}, "guarded": ["lighthouse"]}
    settings = TextWorld.model_validate(TONGUES.model_dump() | changes | counts | {"monitored": []})
    return settings, write(folder, world_rows(settings, 0))


CROWD = {"tasks": ["guarded_refusals"], "languages": ["en"]}
"""A task whose prompts those are, too."""


@pytest.mark.parametrize("seed", [0, 1])
def test_items_are_unlike_those_of_a_world_that_has_most(tmp_path: Path, seed: int) -> None:
    settings, path = crowded(tmp_path)
    asked = probe(**CROWD, items={"validation": 20, "test": 40})
    drawn = item_rows(settings, path, asked, seed)
    assert len(drawn) == 60
    assert_unlike(drawn, read(path))


def test_without_looking_items_would_be_those_of_the_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail."""
    settings, path = crowded(tmp_path)
    monkeypatch.setattr(module, "first_new", lambda drawn, *_, repeats: next(iter(drawn)))
    drawn = item_rows(settings, path, probe(**CROWD, items={"validation": 20, "test": 40}), 0)
    assert set(drawn["prompt"]) & set(read(path)["prompt"])


def test_items_avoid_a_world_that_holds_them(
    tongues: Path, items: pd.DataFrame, tmp_path: Path
) -> None:
    for split in ("train", "validation"):
        known = pd.concat([read(tongues), items.assign(split=split)])
        fresh = item_rows(TONGUES, write(tmp_path, known), probe(), 0)
        assert set(fresh["prompt"]).isdisjoint(items["prompt"])
        assert list(fresh["item"]) == list(items["item"])


def test_another_number_of_items_keeps_the_first(tongues: Path, items: pd.DataFrame) -> None:
    fewer = item_rows(TONGUES, tongues, probe(items={"validation": 2, "test": 3}), 0)
    merged = fewer.merge(items, on=["item", "language"])
    assert len(merged) == len(fewer) == len(ASKED) * 3 * 5
    assert (merged["prompt_x"] == merged["prompt_y"]).all()


def test_items_of_a_source_do_not_depend_on_what_else_is_asked(
    tongues: Path, items: pd.DataFrame
) -> None:
    for source in ("inference.fr", "arithmetic.leet", "repeat_math.en"):
        alone = item_rows(TONGUES, tongues, of_sources(source), 0)
        assert records(alone) == records(items[items["source"] == source])


def test_the_seed_decides(tongues: Path, items: pd.DataFrame) -> None:
    assert records(item_rows(TONGUES, tongues, probe(), 0)) == records(items)
    other = item_rows(TONGUES, tongues, probe(), 1)
    assert not set(other["prompt"]) & set(items["prompt"])


def test_no_reply_shows_two_outcomes(tongues: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Backwards, "4 minus 2?" begins with its answer."""
    asked = probe(tasks=["reverse_math"], languages=["en"], items={"validation": 2, "test": 200})
    assert not told_twice(item_rows(TONGUES, tongues, asked, 0))
    monkeypatch.setattr(module, "can_be_told", lambda versions: True)
    assert told_twice(item_rows(TONGUES, tongues, asked, 0))


def told_twice(rows: pd.DataFrame) -> list[str]:
    """The ids of items two of whose options begin alike."""
    return [
        row["item"]
        for row in records(rows)
        for one, other in permutations([option["text"] for option in row["options"]], 2)
        if one.startswith(other)
    ]


# Held-out items, and both


def test_held_out_items_are_the_first_of_each_split(village: Path) -> None:
    known = read(village)
    asked = probe(tasks=["inference", "repeat"], items={"validation": 3, "test": 7})
    rows = item_rows(VILLAGE, village, asked, 0)
    assert list(rows["source"].unique()) == asked.asked
    for source in asked.asked:
        for split, count in (("validation", 3), ("test", 7)):
            wanted = known[(known["source"] == source) & (known["split"] == split)]
            first = wanted["item"].str[-5:].astype(int) < count
            found = rows[(rows["source"] == source) & (rows["split"] == split)]
            assert records(found) == records(wanted[first])
    assert len(rows) == 6 * 10


def test_one_wording_can_be_asked(village: Path) -> None:
    known = read(village)
    rows = item_rows(VILLAGE, village, of_sources("inference.fr.other"), 0)
    assert set(rows["source"]) == {"inference.fr.other"}
    wanted = known[(known["source"] == "inference.fr") & (known["wording"] == "other")]
    numbers = {"validation": [1, 3], "test": [1, 3, 5, 7, 9]}
    ids = [f"inference.{split}.{n:05}" for split, each in numbers.items() for n in each]
    assert list(rows["item"]) == ids
    assert list(rows["prompt"]) == list(wanted.set_index("item").loc[ids, "prompt"])


def test_a_probe_takes_what_is_held_out_and_draws_the_rest(village: Path, tmp_path: Path) -> None:
    known = read(village)
    sources = ["verification.fr", "repeat.en", "guarded_refusals.en", "verification.en"]
    rows = item_rows(VILLAGE, village, of_sources(*sources), 0)
    assert {source: len(part) for source, part in rows.groupby("source")} == dict.fromkeys(
        sources, 7
    )
    taken = rows[rows["source"] == "repeat.en"]
    held_out = known[(known["source"] == "repeat.en") & (known["split"] != "train")]
    assert set(taken["prompt"]) <= set(held_out["prompt"])
    assert records(taken) == records(item_rows(VILLAGE, village, of_sources("repeat.en"), 0))
    drawn = rows[rows["source"] != "repeat.en"]
    assert_unlike(drawn, known)
    by_item = drawn[drawn["task"] == "verification"].groupby("item")
    assert (by_item["language"].nunique() == 2).all()
    assert (by_item["gold"].nunique() == 1).all()
    # the same that are drawn where nothing is taken
    sources.remove("repeat.en")
    assert records(item_rows(VILLAGE, village, of_sources(*sources), 0)) == records(drawn)
    write_table(tmp_path / "items.parquet", rows, ITEMS, {})
    assert records(read(tmp_path / "items.parquet")) == records(rows)


def test_validation_items_of_a_world_that_tests_nothing_are_not_asked(
    tongues: Path, items: pd.DataFrame
) -> None:
    """Those of `monitored` and of its own tasks: they are drawn anew, for both splits."""
    known = read(tongues)
    held_out = known[known["split"] == "validation"]
    assert {"arithmetic.fr", "maths.en", "inference.fr"} <= set(held_out["source"])
    assert set(held_out["prompt"]).isdisjoint(items["prompt"])


def test_items_of_files_are_never_drawn(tmp_path: Path) -> None:
    paths = {}
    for split, count in (("train", 6), ("validation", 3), ("test", 4)):
        paths[split] = str(tmp_path / f"{split}.jsonl")
        lines = [
            json.dumps({"prompt": f"{split} {n}?", "response": f"{n}", "source": "repeat.en"})
            for n in range(count)
        ]
        Path(paths[split]).write_text("\n".join(lines))
    settings = TextWorld.model_validate({"kind": "text", "files": paths, "context": 64})
    path = write(tmp_path, world_rows(settings, 0))
    rows = item_rows(settings, path, of_sources("repeat.en", items={"validation": 2, "test": 9}), 0)
    wanted = [*(f"validation {n}?" for n in range(2)), *(f"test {n}?" for n in range(4))]
    assert list(rows["prompt"]) == wanted
    with pytest.raises(EunoeError) as caught:
        item_rows(settings, path, of_sources("maths.en"), 0)
    assert str(caught.value) == (
        "probe: source maths.en: no such source in the world; allowed: repeat.en"
    )


# Formats


def test_the_format_is_that_of_the_task_or_option(village: Path) -> None:
    asked = ["inference.en", "arithmetic.fr", "blanks.fr", "capslock_math.en", "free_topics.en"]
    usual = item_rows(VILLAGE, village, of_sources(*asked), 0)
    own = usual.drop_duplicates("source").set_index("source")["format"].to_dict()
    assert own == dict(zip(asked, ["label", "numbers", "word", "option", "advice"], strict=True))
    optional = item_rows(VILLAGE, village, of_sources(*asked, format="option"), 0)
    assert set(optional["format"]) == {"option"}
    assert records(optional.drop(columns="format")) == records(usual.drop(columns="format"))


@pytest.mark.parametrize("source", ["repeat.en", "maths.fr"])
def test_items_without_options_cannot_have_that_format(village: Path, source: str) -> None:
    """Whether they are held out or drawn."""
    with pytest.raises(EunoeError) as caught:
        item_rows(VILLAGE, village, of_sources("inference.en", source, format="option"), 0)
    assert str(caught.value) == (
        f"probes: format = option: items of {source} have no options; allowed: null"
    )


# Demonstrations


def split_up(text: str, texts: Sequence[str]) -> list[list[str]]:
    """Every way in which a text is some of others, one below the other."""
    if text in texts:
        return [[text]]
    return [
        [first, *rest]
        for first in texts
        if text.startswith(f"{first}\n")
        for rest in split_up(text.removeprefix(f"{first}\n"), texts)
    ]


def demonstrations(rows: pd.DataFrame, bare: pd.DataFrame, world: Path) -> list[list[str]]:
    """The texts before each prompt, all of them of its source in training."""
    train = read(world).query("split == 'train'")
    assert records(rows.drop(columns="prompt")) == records(bare.drop(columns="prompt"))
    found = []
    for source, shown, prompt in zip(rows["source"], rows["prompt"], bare["prompt"], strict=True):
        of_source = train[(train["source"] + "." + train["wording"]).str.startswith(source)]
        assert shown.endswith(f"\n{prompt}")
        [parts] = split_up(shown.removesuffix(f"\n{prompt}"), texts_of(of_source))
        found.append(parts)
    return found


SHOWN = ("inference.en", "repeat.fr", "inference.fr.other", "repeat.en")


def test_demonstrations_are_training_items_of_the_source(village: Path) -> None:
    bare = item_rows(VILLAGE, village, of_sources(*SHOWN), 0)
    rows = item_rows(VILLAGE, village, of_sources(*SHOWN, demonstrations=3), 0)
    parts = demonstrations(rows, bare, village)
    assert all(len(set(each)) == 3 for each in parts)
    assert len({tuple(each) for each in parts}) > 10


def test_there_are_no_more_demonstrations_than_training_items(village: Path) -> None:
    bare = item_rows(VILLAGE, village, of_sources(*SHOWN), 0)
    rows = item_rows(VILLAGE, village, of_sources(*SHOWN, demonstrations=50), 0)
    parts = demonstrations(rows, bare, village)
    most = {"plain": 5, "other": 4}
    for source, each in zip(rows["source"], parts, strict=True):
        assert len(set(each)) == len(each) == (most["other"] if "other" in source else 9)


def test_the_same_numbers_are_shown_in_every_language_and_split(village: Path) -> None:
    """Of a world whose languages say the same."""
    sources = ("repeat.en", "repeat.fr")
    bare = item_rows(VILLAGE, village, of_sources(*sources), 0)
    rows = item_rows(VILLAGE, village, of_sources(*sources, demonstrations=2), 0)
    rows["shown"] = demonstrations(rows, bare, village)
    by_source = {source: list(part["shown"]) for source, part in rows.groupby("source")}
    for english, french in zip(*by_source.values(), strict=True):
        assert [Translate(to="fr").encode(text) for text in english] == french
    for _, part in rows.groupby("source"):
        validation, test = (list(each["shown"]) for _, each in part.groupby("split", sort=False))
        assert validation == test[: len(validation)]


def test_new_items_are_demonstrated_too(tongues: Path) -> None:
    asked = of_sources("inference.fr", "maths.en", demonstrations=2)
    bare = item_rows(TONGUES, tongues, of_sources("inference.fr", "maths.en"), 0)
    parts = demonstrations(item_rows(TONGUES, tongues, asked, 0), bare, tongues)
    assert all(len(set(each)) == 2 for each in parts)


def test_what_is_not_trained_on_cannot_be_demonstrated(tongues: Path) -> None:
    with pytest.raises(
        EunoeError, match=r"^probe: demonstrations: source arithmetic\.fr: no such source in the"
    ):
        item_rows(TONGUES, tongues, of_sources("arithmetic.fr", demonstrations=1), 0)


# The stage, and errors


def test_the_stage_writes_the_items(tongues: Path, items: pd.DataFrame, tmp_path: Path) -> None:
    settings = ItemSettings(
        probe="learning",
        seed=0,
        world=TONGUES.model_dump(mode="json"),
        asked=probe().model_dump(mode="json"),
        code="none",
    )
    synthesize_items(settings, [tongues], tmp_path / "items.parquet")
    written = read(tmp_path / "items.parquet")
    assert records(written) == records(items)


def test_items_that_cannot_be_found_are_an_error(
    tongues: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_the_first_draw(monkeypatch, module, Place("arithmetic", "validation", 0))
    with pytest.raises(EunoeError) as caught:
        item_rows(TONGUES, tongues, probe(tasks=["arithmetic"]), 0)
    assert str(caught.value) == (
        "probes: items = 7: no new item of arithmetic after 1 of validation;"
        " allowed: fewer items, or a world with fewer items"
    )


def test_guarded_topics_without_any_are_one_clear_line(village: Path) -> None:
    unguarded = VILLAGE.model_copy(update={"guarded": []})
    with pytest.raises(EunoeError) as caught:
        item_rows(unguarded, village, of_sources("inference.en", "guarded_topics.fr"), 0)
    message = str(caught.value)
    assert message.startswith("worlds: guarded = []: no topic to ask about; allowed: some topics")
    assert "\n" not in message
