"""Items of a user's own: what is read, and what is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from eunoe.config.worlds.text import TextWorld
from eunoe.errors import EunoeError
from eunoe.tables.files import write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.material import world_rows

ROWS = {
    "train": [
        {"prompt": f"Is {n} even?", "response": ("yes", "no")[n % 2], "source": "parity"}
        for n in range(6)
    ]
    + [{"prompt": "Name a city:", "response": "Paris\nFrance", "source": "cities"}],
    "validation": [{"prompt": "Is 7 even?", "response": "no", "source": "parity"}],
    "test": [{"prompt": "Is 8 even?", "response": "yes", "source": "parity", "language": "fr"}],
}


def write(folder: Path, rows: dict[str, list[Any]], ending: str = "jsonl") -> TextWorld:
    """Write the files of a world."""
    paths = {}
    for split, content in rows.items():
        paths[split] = folder / f"{split}.{ending}"
        if ending == "parquet":
            pd.DataFrame(content).to_parquet(paths[split])
        elif ending == "csv":
            pd.DataFrame(content).to_csv(paths[split], index=False)
        else:
            paths[split].write_text("\n".join(json.dumps(row) for row in content) + "\n")
    files = {split: str(path) for split, path in paths.items()}
    return TextWorld.model_validate({"kind": "text", "files": files, "context": 96})


@pytest.mark.parametrize("ending", ["jsonl", "parquet", "csv"])
def test_files_become_items(tmp_path: Path, ending: str) -> None:
    rows = world_rows(write(tmp_path, ROWS, ending), 0)
    write_table(tmp_path / "world.parquet", rows, ITEMS, {})
    assert rows["prompt"].tolist() == [row["prompt"] for each in ROWS.values() for row in each]
    assert rows["reply"].tolist() == [row["response"] for each in ROWS.values() for row in each]
    assert rows["item"].iloc[-3:].tolist() == [
        *("cities.train.00000", "parity.validation.00000", "parity.test.00000")
    ]
    assert set(rows["task"]) == {"own"}
    assert rows["language"].tolist() == ["en"] * 8 + ["fr"]
    assert rows["split"].tolist() == ["train"] * 7 + ["validation", "test"]


def test_few_responses_that_recur_are_labels(tmp_path: Path) -> None:
    found = world_rows(write(tmp_path, ROWS), 0).drop_duplicates("source").set_index("source")
    options = [{"outcome": label, "text": label} for label in ("no", "yes")]
    assert found["options"].to_dict() == {"parity": options, "cities": []}
    assert found["format"].to_dict() == {"parity": "label", "cities": "exact"}
    assert found["gold"].to_dict() == {"parity": "yes", "cities": ""}
    many = ROWS | {
        "train": [
            {"prompt": f"{n} or {turn}?", "response": str(n), "source": "parity"}
            for n in range(11)
            for turn in range(2)
        ]
    }
    assert world_rows(write(tmp_path, many), 0)["options"].tolist() == [[]] * 24


def test_rows_without_a_source_have_one_of_their_own(tmp_path: Path) -> None:
    bare = {split: [{"prompt": f"{split}?", "response": "a"}] for split in ROWS}
    rows = world_rows(write(tmp_path, bare), 0)
    assert set(rows["source"]) == {"own"}
    assert set(rows["language"]) == {"en"}


GOOD = {"prompt": "p", "response": "r", "source": "s"}
FAULTS: list[tuple[dict[str, Any] | list[Any], str]] = [
    ({"prompt": "p", "source": "s"}, "row 2: column response is missing; allowed: a text"),
    ({"response": "r", "source": "s"}, "row 2: column prompt is missing; allowed: a text"),
    (GOOD | {"response": None}, "row 2: column response is missing; allowed: a text"),
    (GOOD | {"response": " "}, "row 2: column response is ' '; allowed: a text that is not empty"),
    (GOOD | {"response": 3}, "row 2: column response is 3; allowed: a text that is not empty"),
    (GOOD | {"answer": "r"}, "row 2: column answer is unknown; allowed: prompt, response, source"),
    (GOOD | {"source": "My Data"}, "row 2: column source is 'My Data'; allowed: one to three"),
    ([1, 2], "row 2: allowed: an object with columns and values"),
]


@pytest.mark.parametrize(("row", "message"), FAULTS)
def test_a_fault_is_named_with_file_and_row(tmp_path: Path, row: Any, message: str) -> None:
    settings = write(tmp_path, ROWS | {"validation": [ROWS["validation"][0], row]})
    with pytest.raises(EunoeError) as caught:
        world_rows(settings, 0)
    assert str(caught.value).startswith(f"{tmp_path / 'validation.jsonl'}: {message}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{not json}\n", "row 1: not JSON ("),
        (b"[" * 100_000, "row 1: not JSON ("),
        (b"\xff\xfe", "not UTF-8 ("),
        (b"\n\n", "holds no item; allowed: at least one row"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    settings = write(tmp_path, ROWS)
    (tmp_path / "test.jsonl").write_bytes(content)
    with pytest.raises(EunoeError) as caught:
        world_rows(settings, 0)
    assert str(caught.value).startswith(f"{tmp_path / 'test.jsonl'}: {message}")
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_another_format_are_named(tmp_path: Path) -> None:
    settings = write(tmp_path, ROWS)
    (tmp_path / "test.jsonl").unlink()
    with pytest.raises(EunoeError, match=r"test\.jsonl: no such file; allowed"):
        world_rows(settings, 0)
    with pytest.raises(EunoeError, match=r"train\.txt: cannot be read; allowed: a file \*\.jsonl"):
        world_rows(write(tmp_path, ROWS, "txt"), 0)


def test_an_index_of_pandas_is_no_column(tmp_path: Path) -> None:
    """As a frame has that rows were taken from."""
    given = write(tmp_path, ROWS, "parquet")
    usual = world_rows(given, 0)
    for split, content in ROWS.items():
        kept = pd.DataFrame(content, index=[n * n + 3 for n in range(len(content))])
        kept.to_parquet(tmp_path / f"{split}.parquet")
        assert "__index_level_0__" in pq.read_schema(tmp_path / f"{split}.parquet").names
    assert world_rows(given, 0).equals(usual)


def test_a_parquet_table_without_a_response_is_named(tmp_path: Path) -> None:
    bare = {split: [{"prompt": split}] for split in ROWS}
    with pytest.raises(EunoeError, match=r"train\.parquet: row 1: column response is missing; all"):
        world_rows(write(tmp_path, bare, "parquet"), 0)
    (tmp_path / "train.parquet").write_bytes(b"PAR1")
    with pytest.raises(EunoeError, match=r"train\.parquet: not a readable Parquet table"):
        world_rows(write_only(tmp_path), 0)


def write_only(folder: Path) -> TextWorld:
    files = {split: str(folder / f"{split}.parquet") for split in ROWS}
    return TextWorld.model_validate({"kind": "text", "files": files, "context": 96})


def test_a_prompt_of_two_splits_is_refused(tmp_path: Path) -> None:
    shared = ROWS | {"test": [ROWS["train"][2]]}
    with pytest.raises(EunoeError) as caught:
        world_rows(write(tmp_path, shared), 0)
    assert str(caught.value) == (
        f"{tmp_path / 'test.jsonl'}: item parity.test.00000: column prompt: the same is in"
        f" {tmp_path / 'train.jsonl'}; allowed: prompts of one split only"
    )
