"""The stages of an audit, one after the other, on tiny models with random weights."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from eunoe.errors import EunoeError
from eunoe.tables.files import read_provenance
from eunoe.worlds.text.given.prompt_files import hashed
from tests.labs.audit import pairs
from tests.labs.audit.folder import Folder

SMALL: dict[str, Any] = {"tasks": ["nli"], "languages": ["en", "fr"], "items": 4, "new_tokens": 2}


def folder(path: Path, base: Path, tuned: Path, **values: Any) -> Folder:
    return Folder(path, {"base": str(base), "tuned": str(tuned), **SMALL, **values})


@pytest.fixture(scope="module", params=pairs.ARCHITECTURES)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two models of one architecture on disk."""
    where = tmp_path_factory.mktemp(request.param)
    return [pairs.save(where / name, request.param, seed) for seed, name in enumerate("ab")]


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pairs.save(tmp_path_factory.mktemp("models") / "llama")


def test_a_strangers_pair_is_audited(pair: list[Path], tmp_path: Path) -> None:
    made = folder(tmp_path, *pair)
    items = made.synthesize()
    assert set(items["language"]) == {"en", "fr"}
    base, tuned = made.evaluate("base"), made.evaluate("tuned")
    for rows, kind, model in ((base, "base", "mine"), (tuned, "run", "mine_tuned")):
        assert set(zip(rows["kind"], rows["model"], rows["probe"], strict=True)) == {
            (kind, model, "mine")
        }
        asked = rows.groupby(["language", "wording", "transform"], observed=True).size()
        assert set(asked) == {4}
        assert ("en", "plain", "leetspeak") in asked.index
        assert ("en", "other", "leetspeak") not in asked.index
    assert (base["reply"] != tuned["reply"]).any()
    verdicts = made.render()
    assert set(verdicts["verdict"]) == {"inconclusive"}
    english = verdicts[(verdicts["language"] == "en") & (verdicts["measure"] == "likelihood")]
    assert {"identity", "leetspeak", "pig_latin", "language(fr)", "wording(other)"} <= set(
        english["transform"]
    )
    page = (tmp_path / "index.html").read_text()
    assert "data:image/svg+xml;base64," in page
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)
    assert (tmp_path / "h.png").read_bytes().startswith(b"\x89PNG")


def test_a_model_against_itself_has_kept_what_it_shows(llama: Path, tmp_path: Path) -> None:
    made = folder(tmp_path, llama, llama)
    made.synthesize()
    base, tuned = made.evaluate("base"), made.evaluate("tuned")
    assert (base["outcome"] == tuned["outcome"]).all()
    verdicts = made.render()
    assert (verdicts["drop"] == 0).all()


def test_the_record_says_what_was_read(llama: Path, tmp_path: Path) -> None:
    made = folder(tmp_path, llama, llama)
    made.synthesize()
    made.evaluate("base")
    settings = read_provenance(made.replies("base"))["settings"]
    names = {Path(name).name for name in settings["files"]}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    assert settings["weights"] == "float32"
    assert settings["template"] is None


def write_jsonl(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


def own(tmp_path: Path, llama: Path, entry: dict[str, Any], *rows: dict[str, Any]) -> Folder:
    file = write_jsonl(tmp_path / "mine.jsonl", *rows)
    prompts = [{"file": str(file), **entry}]
    return folder(tmp_path, llama, llama, tasks=[], languages=None, prompts=prompts)


def test_texts_of_own_prompts_are_not_kept(llama: Path, tmp_path: Path) -> None:
    row = {"id": "a", "prompt": "A secret question:", "answer": "hush"}
    made = own(tmp_path, llama, {}, row, {**row, "id": "b"})
    items = made.synthesize()
    assert list(items["prompt"]) == [hashed(row["prompt"])] * 2
    rows = made.evaluate("base")
    assert set(rows["item"]) == {"a", "b"}
    assert rows[["prompt", "reply", "decoded"]].isna().all(axis=None)
    made.evaluate("tuned")
    made.render()
    for path in tmp_path.iterdir():
        if path.is_file() and path.name != "mine.jsonl":
            assert b"secret" not in path.read_bytes()
            assert b"hush" not in path.read_bytes()


def test_texts_of_own_prompts_are_kept_if_asked(llama: Path, tmp_path: Path) -> None:
    row = {"id": "a", "prompt": "A question:", "answer": "so"}
    made = own(tmp_path, llama, {"keep_texts": True}, row)
    assert list(made.synthesize()["prompt"]) == ["A question:"]
    rows = made.evaluate("base")
    assert "A question:" in set(rows["prompt"])
    assert rows["reply"].notna().all()


def test_own_prompts_that_changed_are_refused(llama: Path, tmp_path: Path) -> None:
    made = own(tmp_path, llama, {}, {"prompt": "One:", "answer": "1"})
    made.synthesize()
    write_jsonl(tmp_path / "mine.jsonl", {"prompt": "Two:", "answer": "2"})
    with pytest.raises(EunoeError, match=r"mine\.jsonl: not what it was"):
        made.evaluate("base")
    assert not (tmp_path / "base.parquet").exists()


def test_refusals_are_labelled_without_their_texts(llama: Path, tmp_path: Path) -> None:
    rows = [{"id": "a", "prompt": "How do lamps work?"}, {"id": "b", "prompt": "And ships?"}]
    made = own(tmp_path, llama, {"kind": "refusals"}, *rows)
    made.synthesize()
    found = made.evaluate("base")
    assert set(found["outcome"]) <= {"answer", "refuse", "ambiguous"}
    assert (found["right"] == (found["outcome"] == "answer")).all()
    assert found[["prompt", "reply", "decoded", "choice"]].isna().all(axis=None)


def test_one_chat_template_serves_both_models(llama: Path, tmp_path: Path) -> None:
    template = tmp_path / "chat.jinja"
    template.write_text("{% for m in messages %}[{{ m.role }}] {{ m.content }}{% endfor %} [reply]")
    plain = folder(tmp_path, llama, llama)
    plain.synthesize()
    without = plain.evaluate("base")
    chat = folder(tmp_path, llama, llama, chat_template=str(template))
    rows = chat.evaluate("base")
    settings = read_provenance(chat.replies("base"))["settings"]
    assert settings["template"] == template.read_text()
    # the item's own prompt is recorded; what the model says to it in a turn is another thing
    assert list(rows["digest"]) == list(without["digest"])
    assert (rows["prompt_log_likelihood"] != without["prompt_log_likelihood"]).all()
