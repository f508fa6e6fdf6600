"""A user's own prompts: the same items from every format, and one line for what does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from eunoe.config.probes.given import TASKS, GivenTexts, PromptFile, ShippedTask
from eunoe.config.probes.text import TextItems
from eunoe.config.worlds.text import NOTHING, WORDINGS
from eunoe.errors import EunoeError
from eunoe.tables.files import write_table
from eunoe.tables.items import ITEMS
from eunoe.transforms import parse_transform
from eunoe.worlds.text.formats.refusals import label, read_markers
from eunoe.worlds.text.given.asking import GivenItems
from eunoe.worlds.text.given.items import all_items, item_rows
from eunoe.worlds.text.given.prompt_files import (
    hashed,
    own_items,
    read_prompts,
    task_name,
    without_texts,
)
from eunoe.worlds.text.given.prompts import TASK_LANGUAGES
from eunoe.worlds.text.given.texts import FOLDER, LANGUAGES

ROWS: list[dict[str, Any]] = [
    {"id": "a", "language": "en", "task": "capital", "prompt": "Spain:", "answer": "Madrid"},
    {"id": "b", "language": "en", "task": "capital", "prompt": "Italy:", "answer": "Rome"},
    {"id": "a", "language": "fr", "task": "capital", "prompt": "Espagne :", "answer": "Madrid"},
    {"id": "b", "language": "fr", "task": "capital", "prompt": "Italie :", "answer": "Rome"},
]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".parquet":
        pd.DataFrame(rows).to_parquet(path)
    elif path.suffix == ".csv":
        pd.DataFrame(rows).to_csv(path, index=False)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path, kind: str = "answers") -> pd.DataFrame:
    source = PromptFile.model_validate({"file": str(path), "kind": kind})
    return read_prompts(source, home="en")


def refused(path: Path, kind: str = "answers") -> str:
    with pytest.raises(EunoeError) as caught:
        read(path, kind)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{path}: ")
    return line


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_every_format_gives_the_same_items(tmp_path: Path, ending: str) -> None:
    items = read(write(tmp_path / f"mine{ending}", ROWS))
    assert list(items["item"]) == ["a", "b", "a", "b"]
    assert list(items["prompt"]) == [row["prompt"] for row in ROWS]
    assert set(items["gold"]) == {"answer"}
    assert items["options"][1] == [{"outcome": "answer", "text": "Rome"}]
    assert list(items["reply"]) == ["Madrid", "Rome", "Madrid", "Rome"]
    assert list(items["source"]) == ["capital.en", "capital.en", "capital.fr", "capital.fr"]
    assert set(items["format"]) == {"option"}
    write_table(tmp_path / "items.parquet", items, ITEMS, {})


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_prompt_and_answer_are_enough(tmp_path: Path, ending: str) -> None:
    rows = [{"prompt": f"{n} and 1 make", "answer": str(n + 1)} for n in (1, 2)]
    items = read(write(tmp_path / f"My sums{ending}", rows))
    assert list(items["item"]) == ["1", "2"]
    assert set(items["task"]) == {"my_sums"}
    assert set(zip(items["language"], items["wording"], items["split"], strict=True)) == {
        ("en", "plain", "own")
    }


@pytest.mark.parametrize(
    "options",
    [
        {"yes": "Yes", "no": "No"},
        [{"outcome": "yes", "text": "Yes"}, {"outcome": "no", "text": "No"}],
        '{"yes": "Yes", "no": "No"}',
    ],
)
def test_options_may_be_written_in_three_ways(tmp_path: Path, options: Any) -> None:
    path = write(tmp_path / "a.jsonl", [{"prompt": "So?", "options": options, "gold": "no"}])
    (item,) = read(path).to_dict("records")
    assert item["gold"] == "no"
    assert item["options"] == [
        {"outcome": "yes", "text": "Yes"},
        {"outcome": "no", "text": "No"},
    ]


def test_items_that_a_workflow_made_can_be_asked(tmp_path: Path) -> None:
    made = read(write(tmp_path / "a.jsonl", ROWS)).assign(split="test")
    write_table(tmp_path / "prompts.parquet", made, ITEMS, {})
    again = read(tmp_path / "prompts.parquet")
    assert again["prompt"].tolist() == made["prompt"].tolist()
    assert again["options"].tolist() == made["options"].tolist()
    assert set(again["split"]) == {"own"}


# Refused


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_file(tmp_path: Path, ending: str, text: str) -> None:
    path = tmp_path / f"mine{ending}"
    path.write_text(text)
    assert "holds no item" in refused(path)


def test_a_table_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "mine.parquet"
    pd.DataFrame({"prompt": [], "answer": []}).to_parquet(path)
    assert "holds no item" in refused(path)
    (tmp_path / "mine.csv").write_text("prompt,answer\n")
    assert "holds no item" in refused(tmp_path / "mine.csv")


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_a_file_that_is_something_else(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"mine{ending}"
    path.write_bytes(b"\xff\xfe\x00\x01 not what the ending says")
    refused(path)
    path.unlink()
    assert "no such file" in refused(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prompt": ""}, "row 2: column prompt is missing; allowed: a text"),
        ({"prompt": 7}, "row 2: column prompt is 7; allowed: a text"),
        ({"answer": None}, "row 2: column answer: allowed: either answer, or options with gold"),
        ({"options": {"a": "b"}}, "row 2: column answer: allowed: either"),
        ({"langauge": "fr"}, "row 2: column langauge is unknown; allowed: id, prompt"),
        ({"wording": "odd"}, "row 2: column wording is odd; allowed: plain or other"),
        ({"answer": None, "options": {"a": ""}, "gold": "a"}, "row 2: column options: allowed:"),
        ({"answer": None, "options": "{", "gold": "a"}, "row 2: column options: not JSON"),
        (
            {"answer": None, "options": {"a": "b"}, "gold": "c"},
            "row 2: column gold is c; allowed: a",
        ),
        ({"id": "a"}, "item a (capital, en, plain) is there twice"),
        ({"id": "c"}, "task capital: items do not line up: b is there in fr plain, not in en"),
    ],
)
def test_a_row_that_does_not_fit(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    rows = [dict(row) for row in ROWS]
    rows[1].update(change)
    assert words in refused(write(tmp_path / "mine.jsonl", rows))


def test_a_line_that_is_no_object(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"prompt": "a", "answer": "b"}\n[1]\n')
    assert "row 2: allowed: an object" in refused(path)
    path.write_text('{"prompt": "a", "answer": "b"}\n{"prompt"\n')
    assert "row 2: not JSON" in refused(path)


def test_items_of_unequal_length(tmp_path: Path) -> None:
    assert "items do not line up: b is there in en plain, not in fr plain" in refused(
        write(tmp_path / "mine.jsonl", ROWS[:3])
    )


# All items


def items_of(**values: Any) -> pd.DataFrame:
    """The items of given texts."""
    texts = GivenTexts.model_validate({"items": 3, "tasks": [], **values})
    return all_items(texts, own_items(texts))


def test_a_language_without_texts() -> None:
    with pytest.raises(EunoeError) as caught:
        items_of(tasks=["nli"], languages=["en", "sw"])
    assert str(caught.value) == "languages: nothing is asked in sw; allowed: en, fr, es, de"


def test_a_language_of_a_file_is_enough(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.jsonl", [{"prompt": "Na?", "language": "sw", "answer": "a"}])
    items = items_of(tasks=["nli"], languages=["en", "sw"], prompts=[str(path)])
    assert set(items["language"]) == {"en", "sw"}


def test_a_file_with_the_name_of_a_shipped_task(tmp_path: Path) -> None:
    path = write(tmp_path / "nli.jsonl", [{"prompt": "So?", "answer": "a"}])
    with pytest.raises(EunoeError, match=r"nli\.jsonl: task nli is asked elsewhere"):
        items_of(tasks=["nli"], prompts=[str(path)])
    assert set(items_of(prompts=[str(path)])["task"]) == {"nli"}


def test_shipped_tasks_are_those_of_the_config() -> None:
    assert set(ShippedTask.__args__) == set(TASK_LANGUAGES)  # type: ignore[attr-defined]
    items = items_of(tasks=TASKS)
    assert items.groupby("task")["language"].nunique().to_dict() == {
        task: len(TASK_LANGUAGES[task]) for task in TASKS
    }


def test_xnli_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(EunoeError, match="xnli = true: the package datasets is not installed"):
        items_of(languages=["en"], xnli=True)


def test_xnli_from_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    class Datasets:
        @staticmethod
        def load_dataset(name: str, language: str, split: str) -> list[dict[str, Any]]:
            assert (name, split) == ("facebook/xnli", "validation[:30]")
            pairs = [{"premise": f"{language} p{n}", "hypothesis": f"h{n}."} for n in range(3)]
            return [{**pair, "label": n} for n, pair in enumerate(pairs)]

    monkeypatch.setitem(__import__("sys").modules, "datasets", Datasets)
    items = items_of(languages=["en", "de"], xnli=True)
    assert list(items["gold"]) == ["true", "neither", "false"] * 2
    assert items["prompt"][0] == "en p0\nQuestion: h0. True, False or Neither?\nAnswer:"
    assert list(items["item"]) == ["0000", "0001", "0002"] * 2


# Hashes and refusals


def test_hashes_hide_texts_and_nothing_else(tmp_path: Path) -> None:
    items = read(write(tmp_path / "mine.jsonl", ROWS))
    hidden = without_texts(items)
    kept = ["item", "task", "language", "wording", "gold"]
    assert hidden[kept].equals(items[kept])
    text = hidden.to_json()
    assert not any(row["prompt"] in text or row["answer"] in text for row in ROWS)
    assert hidden["prompt"][0] == hashed("Spain:")


def test_texts_come_back_from_the_files_and_group_by_file_and_wording(tmp_path: Path) -> None:
    first = write(tmp_path / "first.jsonl", ROWS)
    both = [{"prompt": f"Na {word}?", "answer": "a", "wording": word} for word in WORDINGS]
    second = write(tmp_path / "second.jsonl", [{"id": "a", **row} for row in both])
    prompts = [str(first), {"file": str(second), "keep_texts": True}]
    texts = GivenTexts(tasks=["nli"], languages=["en"], items=2, prompts=prompts)
    found = GivenItems(all_items(texts, own_items(texts)), texts)
    english = [row["prompt"] for row in ROWS if row["language"] == "en"]
    assert found.items["prompt"].tolist()[-4:] == [*english, *(row["prompt"] for row in both)]
    through = [parse_transform(name) for name in ("identity", "rot13")]
    groups = {group.name: group for group in found.groups(found.items, through, True)}
    assert {name: len(group.items) for name, group in groups.items()} == {
        "shipped.plain": 2,
        "shipped.other": 2,
        "own0.plain": 2,
        "own1.plain": 1,
        "own1.other": 1,
    }
    assert [group.keep_texts for group in groups.values()] == [True, True, False, True, True]
    for name, group in groups.items():
        labels = [transform.label for transform in group.transforms]
        assert labels == ["identity"] + ["rot13"] * name.endswith("plain")


def test_task_name() -> None:
    assert task_name(Path("a/My prompts-2.jsonl")) == "my_prompts_2"


MARKERS = read_markers(FOLDER / "refusal_markers.csv")


@pytest.mark.parametrize(
    ("reply", "language", "outcome"),
    [
        (" I cannot help with lighthouses.", "en", "refuse"),
        ("I’m sorry, but no.", "en", "refuse"),
        ("Sorry. I will not.", "en", "refuse"),
        ("A lighthouse warns ships. I cannot say more.", "en", "ambiguous"),
        ("A lighthouse warns ships.", "en", "answer"),
        ("He said: sorryness", "en", "answer"),
        ("...", "en", "ambiguous"),
        ("", "hu", "ambiguous"),
        ("Je ne peux pas vous aider.", "fr", "refuse"),
        ("I cannot help.", "fr", "answer"),
        ("Lo siento, no.", "es", "refuse"),
        ("Das kann ich nicht.", "de", "refuse"),
        ("Helaas niet.", "nl", "refuse"),
        ("Sajnos nem.", "hu", "refuse"),
    ],
)
def test_replies_are_told_apart(reply: str, language: str, outcome: str) -> None:
    assert label(reply, language, MARKERS) == outcome


def test_markers_cover_the_shipped_languages() -> None:
    assert set(MARKERS) == set(LANGUAGES)
    for language, markers in MARKERS.items():
        assert len(set(markers)) == len(markers) >= 8
        for marker in markers:
            assert label(f"{marker} x.", language, MARKERS) == "refuse"


def test_a_language_without_markers() -> None:
    with pytest.raises(EunoeError, match="language = sw: no words are known"):
        label("Hapana.", "sw", MARKERS)


def test_refusals_in_a_language_without_markers_are_not_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.jsonl", [{"prompt": "Taa?", "language": "sw"}])
    values = {"prompts": [{"file": str(path), "kind": "refusals"}], "tasks": []}
    asked = TextItems.model_validate({"kind": "text", "texts": values})
    with pytest.raises(EunoeError, match="language = sw: no words are known"):
        item_rows(NOTHING, None, asked, 0)


def test_refusals_need_a_prompt_only(tmp_path: Path) -> None:
    rows = [{"prompt": "Lamps?"}, {"prompt": "Ships?", "gold": "refuse"}]
    path = write(tmp_path / "mine.jsonl", rows)
    items = read(path, "refusals")
    assert list(items["gold"]) == ["answer", "refuse"]
    assert list(items["options"]) == [[], []]
    assert set(items["format"]) == {"refusal"}
    write(path, [{"prompt": "Lamps?", "answer": "so"}])
    assert "row 1: column answer: not used with kind refusals" in refused(path, "refusals")
    write(path, [{"prompt": "Lamps?", "gold": "so"}])
    assert "row 1: column gold is so; allowed: answer or refuse" in refused(path, "refusals")
