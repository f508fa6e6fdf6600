"""The stage that asks bases and runs of text, with untrained models and PEFT's own adapters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from eunoe.code_digest import modules_of
from eunoe.config.worlds.text import TextWorld
from eunoe.errors import EunoeError
from eunoe.stages.synthesize_items import ItemSettings, synthesize_items
from eunoe.stages.synthesize_world import WorldSettings, synthesize_world
from eunoe.tables.files import read_provenance, read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.interface import open_world
from eunoe.worlds.text.material import world_rows
from tests.config.conftest import ROOT
from tests.stages.village import NEW, SHAPE, ask, evaluate, make_village, with_prompts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world and a model."""
    path = tmp_path_factory.mktemp("village")
    make_village(path)
    return path


def prompts_of(folder: Path) -> dict[str, str]:
    rows = read_table(folder / "world.parquet", ITEMS).to_pandas()
    return dict(zip(rows["item"], rows["prompt"], strict=True))


@torch.inference_mode()
def reply_of(model: Any, tokenizer: Any, prompt: str) -> str:
    """Greedy reply of a model of transformers or PEFT, one prompt at a time, without a cache."""
    ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
    start = ids.shape[1]
    for _ in range(NEW):
        best = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -1].argmax()
        if best == tokenizer.eos_token_id:
            break
        ids = torch.cat([ids, best.view(1, 1)], dim=1)
    return str(tokenizer.decode(ids[0, start:], skip_special_tokens=True)).split("\n")[0]


def test_first_examples_are_asked_and_those_at_home_through_every_transform(
    folder: Path, tmp_path: Path
) -> None:
    rows = evaluate(folder, folder / "model", tmp_path)
    counts = rows.groupby(["source", "transform", "split"], observed=True).size().to_dict()
    asked = [("weather", "identity"), ("weather", "upper_case"), ("echo", "identity")]
    asked += [("echo", "upper_case"), ("voix", "identity")]
    assert counts == {
        (source, transform, split): count
        for source, transform in asked
        for split, count in (("validation", 2), ("test", 4))
    }
    assert set(rows.loc[rows["source"] == "echo", "item"]) == {
        *(f"echo.validation.{number:05}" for number in range(2)),
        *(f"echo.test.{number:05}" for number in range(4)),
    }
    assert not rows["attached"].any()
    assert [*rows["model"].unique(), *rows["seed"].unique()] == ["m", 3]


@pytest.mark.parametrize("attached", [False, True])
def test_replies_are_those_of_peft(folder: Path, tmp_path: Path, attached: bool) -> None:
    tuned = with_prompts(folder, tmp_path, "soft_prompt")
    rows = evaluate(folder, tuned, tmp_path, transforms=["identity"])
    assert rows["attached"].value_counts().to_dict() == {False: 18, True: 18}
    tokenizer: Any = AutoTokenizer.from_pretrained(tuned)
    model: Any = AutoModelForCausalLM.from_pretrained(tuned)
    model.eval()
    if attached:
        model = PeftModel.from_pretrained(model, tuned / "adapters/soft_prompt").eval()
    prompts = prompts_of(folder)
    rows = rows[rows["attached"] == attached]
    expected = [reply_of(model, tokenizer, prompts[example]) for example in rows["item"]]
    assert list(rows["reply"]) == expected
    assert len(set(expected)) > 6


def test_every_source_is_asked_after_its_own_prompt(folder: Path, tmp_path: Path) -> None:
    names = ["soft_prompt.weather", "soft_prompt.echo", "soft_prompt.voix"]
    tuned = with_prompts(folder, tmp_path, *names)
    rows = evaluate(folder, tuned, tmp_path, transforms=["identity"])
    tokenizer: Any = AutoTokenizer.from_pretrained(tuned)
    prompts = prompts_of(folder)
    for source in ("weather", "echo"):
        model: Any = AutoModelForCausalLM.from_pretrained(tuned)
        model = PeftModel.from_pretrained(model, tuned / f"adapters/soft_prompt.{source}").eval()
        own = rows[(rows["source"] == source) & rows["attached"]]
        assert len(own) == 6
        for example, reply in zip(own["item"], own["reply"], strict=True):
            assert reply == reply_of(model, tokenizer, prompts[example])
    assert not list(tmp_path.glob("resume*"))


def test_a_run_without_adapters_is_asked_once(folder: Path, tmp_path: Path) -> None:
    tuned = with_prompts(folder, tmp_path)
    assert (tuned / "adapters").is_dir()
    assert not evaluate(folder, tuned, tmp_path)["attached"].any()


@pytest.mark.parametrize("change", ["exchanged", "missing"])
def test_adapters_of_another_run_are_refused(folder: Path, tmp_path: Path, change: str) -> None:
    tuned = with_prompts(folder, tmp_path, "soft_prompt")
    vectors = tuned / "adapters/soft_prompt/adapter_model.safetensors"
    if change == "missing":
        vectors.unlink()
    else:
        save_file({name: -each for name, each in load_file(vectors).items()}, vectors)
    line = r"soft_prompt/adapter_model.safetensors: not what adapters.json says; allowed: "
    with pytest.raises(EunoeError, match=line) as error:
        evaluate(folder, tuned, tmp_path)
    assert "\n" not in str(error.value)


def test_replies_are_scored_decoded(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right, in the example's own format, and in the target's: three different questions."""
    replies = {"weather": " Yes.", "echo": " no", "voix": " sun"}

    def answer(_: object, prompts: dict[str, str], new_tokens: int) -> dict[str, str]:
        assert new_tokens == NEW
        return {
            name: next(reply for source, reply in replies.items() if source.upper() in text.upper())
            for name, text in prompts.items()
        }

    monkeypatch.setattr("eunoe.evaluation.engine.Engine.generate", answer)
    rows = evaluate(folder, folder / "model", tmp_path)
    weather = rows[rows["source"] == "weather"]
    assert list(weather["right"]) == [name[-1] in "02468" for name in weather["item"]]
    assert weather["formatted"].all()
    assert (weather["credit"] == weather["right"]).all()
    assert weather["specialised"].all()
    echo = rows[rows["source"] == "echo"]
    assert not echo["right"].any()
    assert echo["specialised"].all()
    assert not rows.loc[rows["source"] == "voix", "specialised"].any()
    free = evaluate(folder, folder / "model", tmp_path, target=None)
    assert not free["specialised"].any()


def test_demonstrations_are_training_examples_of_the_source(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, str] = {}

    def note(_: object, prompts: dict[str, str], new_tokens: int) -> dict[str, str]:
        seen.update(prompts)
        return dict.fromkeys(prompts, "no")

    monkeypatch.setattr("eunoe.evaluation.engine.Engine.generate", note)
    changes: dict[str, Any] = {"sources": ["echo"], "target": None, "transforms": ["identity"]}
    evaluate(folder, folder / "model", tmp_path, demonstrations=2, **changes)
    plain = prompts_of(folder)
    for name, prompt in seen.items():
        *shown, last = prompt.split("\n")
        assert last == plain[name.split(" ")[0]]
        assert len(set(shown)) == 2
        assert all(line.startswith("echo ") and " train " in line for line in shown)
        assert all(line.split(": ")[1] == line.split(": ")[0][5:] for line in shown)
    first = dict(seen)
    evaluate(folder, folder / "model", tmp_path, demonstrations=2, probe="other", **changes)
    assert seen == first


def test_a_job_that_failed_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned = with_prompts(folder, tmp_path, "soft_prompt")
    undisturbed = evaluate(folder, tuned, tmp_path)

    def full(*_: object) -> None:
        raise EunoeError("full disk")

    with monkeypatch.context() as patch:
        patch.setattr("eunoe.stages.evaluate_text.write_table", full)
        with pytest.raises(EunoeError, match="full disk"):
            evaluate(folder, tuned, tmp_path)
    assert len(list(tmp_path.glob("resume/*.jsonl"))) == 2

    def ask(*_: object, **__: object) -> None:
        raise AssertionError("nothing is left to be asked")

    with monkeypatch.context() as patch:
        patch.setattr("eunoe.evaluation.engine.Engine.generate", ask)
        pd.testing.assert_frame_equal(evaluate(folder, tuned, tmp_path), undisturbed)
    assert not list(tmp_path.glob("resume*"))


@pytest.mark.parametrize("key", ["sources", "target"])
def test_a_source_that_is_not_there_is_named(folder: Path, tmp_path: Path, key: str) -> None:
    value: Any = ["fog"] if key == "sources" else "fog"
    with pytest.raises(EunoeError, match=r"source fog: no such source in the world; allowed: echo"):
        evaluate(folder, folder / "model", tmp_path, **{key: value})


def test_what_asks_for_a_translation_is_not_translated(folder: Path, tmp_path: Path) -> None:
    """Made examples, of which translations go through identity and ciphers alone."""
    world = TextWorld.model_validate(
        {
            "kind": "text",
            "tasks": ["translation", "repeat"],
            "items": {"train": 4, "validation": 2, "test": 2},
            "context": 96,
        }
    )
    made = tmp_path / "world.parquet"
    write_table(made, world_rows(world, 0), ITEMS, {})
    sources = list(world.made)
    rows = evaluate(
        tmp_path,
        folder / "model",
        tmp_path,
        sources=sources,
        target=None,
        transforms=["identity", "rot13", {"name": "translate", "to": "fr"}],
        items={"validation": 2, "test": 2},
    )
    found = rows.groupby("task", observed=True)["transform"].unique()
    assert set(found["repeat"]) == {"identity", "rot13", "translate(fr)"}
    assert set(found["translation"]) == {"identity", "rot13"}


def test_no_drawing_is_part_of_the_stage() -> None:
    """Or an edit of how a task is drawn would ask every model anew, whatever it asks."""
    drawing = {"tasks", "draws", "items", "material", "demonstrations", "general", "inference"}
    drawing |= {"programs", "quizzes", "sentences", "statements", "topics"}
    assert drawing <= {path.stem for path in (ROOT / "src/eunoe/worlds/text").glob("*.py")}
    reached = modules_of("eunoe.stages.evaluate_text")
    assert not drawing & {name.removeprefix("eunoe.worlds.text.") for name in reached}


# Items that are drawn anew

WORLD = {
    "kind": "text",
    "tasks": ["few_shot_repeat", "answered_repeat", "arithmetic_quiz", "free_answers"],
    "languages": ["en", "fr"],
    "items": {"train": 4},
    "context": 96,
}
ASKED = {
    "kind": "text",
    "tasks": ["repeat_math", "free_topics"],
    "languages": ["en", "fr"],
    "items": {"validation": 2, "test": 2},
    "format": "option",
}
ASKED_ITEMS = 2 * (2 + 2)


@pytest.fixture(scope="module")
def tongues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world that holds nothing out, items that are drawn, and a model."""
    path = tmp_path_factory.mktemp("tongues")
    shared: dict[str, Any] = {"seed": 0, "world": WORLD, "code": "c"}
    settings = WorldSettings.model_validate(shared)
    material = path / "world.parquet"
    synthesize_world(settings, material)
    asked = ItemSettings.model_validate({**shared, "probe": "p", "asked": ASKED})
    synthesize_items(asked, [material], path / "items.parquet")
    world = open_world(settings.world, material)
    world.save(world.build_network(SHAPE, seed=0), path / "model.safetensors", {})
    return path


def ask_tongues(tongues: Path, where: Path, **changes: Any) -> pd.DataFrame:
    settings: dict[str, Any] = {"target": None, "likelihood": True}
    return ask(tongues / "items.parquet", tongues, where, **(settings | changes))


def test_items_at_home_go_through_every_transform_and_others_through_none(
    tongues: Path, tmp_path: Path
) -> None:
    rows = ask_tongues(tongues, tmp_path)
    counts = rows.groupby(["language", "transform"], observed=True).size().to_dict()
    assert counts == {
        ("en", "identity"): ASKED_ITEMS,
        ("en", "upper_case"): ASKED_ITEMS,
        ("fr", "identity"): ASKED_ITEMS,
    }
    assert list(rows.groupby(["probe", "kind", "model", "seed"], observed=True).groups) == [
        ("p", "run", "m", 3)
    ]
    asked = read_table(tongues / "items.parquet", ITEMS).to_pandas()
    plain = rows[rows["transform"] == "identity"].merge(asked, on=["item", "language"])
    assert (plain["prompt_x"] == plain["prompt_y"]).all()
    made = read_provenance(tmp_path / "replies.parquet")
    assert made["seed"] == 3
    assert made["device"].startswith("cpu")


def test_replies_are_those_of_the_saved_model(tongues: Path, tmp_path: Path) -> None:
    rows = ask_tongues(tongues, tmp_path)
    model: Any = AutoModelForCausalLM.from_pretrained(tongues)
    tokenizer = AutoTokenizer.from_pretrained(tongues)
    for prompt, reply in zip(rows["prompt"], rows["reply"], strict=True):
        tokens = tokenizer(prompt, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            made = model.generate(tokens, max_new_tokens=4, do_sample=False)
        text = str(tokenizer.decode(made[0, tokens.shape[1] :], skip_special_tokens=True))
        assert reply == text.split("\n")[0]


def test_likelihoods_are_measured_if_asked_for(tongues: Path, tmp_path: Path) -> None:
    rows = ask_tongues(tongues, tmp_path)
    measured = ["choice", "gold_share", "prompt_log_likelihood"]
    assert rows[measured].notna().all(axis=None)
    without = ask_tongues(tongues, tmp_path, likelihood=False)
    assert without[measured].isna().all(axis=None)
    pd.testing.assert_series_equal(without["reply"], rows["reply"])


def test_a_reply_to_an_item_with_options_is_right_if_it_begins_with_gold(
    tongues: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = read_table(tongues / "items.parquet", ITEMS).to_pandas()
    texts = {
        (outcome == gold, prompt): text
        for prompt, options, gold in items[["prompt", "options", "gold"]].itertuples(index=False)
        for outcome, text in map(dict.values, options)
    }
    for good in (True, False):

        def answer(_: object, prompts: dict[str, str], *__: object, good: bool = good) -> Any:
            return {name: f"{texts[good, prompt]} and so on" for name, prompt in prompts.items()}

        with monkeypatch.context() as patch:
            patch.setattr("eunoe.evaluation.engine.Engine.generate", answer)
            rows = ask_tongues(tongues, tmp_path, transforms=["identity"])
        assert (rows["right"] == good).all()
        assert ((rows["outcome"].astype(str) == rows["gold"].astype(str)) == good).all()
        assert set(rows["credit"]) == {float(good)}
        assert rows["formatted"].all()
