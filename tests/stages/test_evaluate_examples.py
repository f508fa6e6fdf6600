"""The stage that asks bases and runs examples, with an untrained model and PEFT's own adapters."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from peft import PeftModel, PromptTuningConfig, TaskType, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from eunoe.config.networks import Network
from eunoe.config.worlds.text import ExamplesWorld
from eunoe.errors import EunoeError
from eunoe.evaluation.engine import Engine
from eunoe.stages.evaluate_examples import ExamplesEvaluation, evaluate_examples
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.scores import SCORES
from eunoe.training.checkpoints import write_tensors
from eunoe.worlds.examples.world import open_world
from eunoe.worlds.text.synthesis import split_rows

NEW = 4
VECTORS = 5
SHAPE = Network(layers=1, heads=2, width=16, architecture="llama")
WORLD = ExamplesWorld.model_validate(
    {
        "kind": "examples",
        "files": {"train": "a.jsonl", "validation": "b.jsonl", "test": "c.jsonl"},
        "context": 96,
    }
)
WORDS = ["sun", "moon", "star", "cloud", "rain", "snow", "wind", "fog"]


def rows_of(source: str, language: str, labels: list[str]) -> pd.DataFrame:
    """Examples of a source that repeat words, or give one of its labels."""
    counts = {"train": 12, "validation": 3, "test": 5}
    names = [(split, number) for split, count in counts.items() for number in range(count)]
    texts = [
        f"{WORDS[number % 8]} {WORDS[(3 * number + len(split)) % 8]} {split} {number}"
        for split, number in names
    ]
    replies = [
        labels[number % len(labels)] if labels else texts[place]
        for place, (_, number) in enumerate(names)
    ]
    return pd.DataFrame(
        {
            "item": [f"{source}.{split}.{number:05}" for split, number in names],
            "source": source,
            "task": source,
            "language": language,
            "wording": "plain",
            "split": [split for split, _ in names],
            "prompt": [f"{source} {text}:" for text in texts],
            "reply": replies,
            "options": [[{"outcome": label, "text": label} for label in labels] for _ in names],
            "gold": replies if labels else "",
            "format": "label" if labels else "exact",
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world and a model whose replies depend on their prompts."""
    path = tmp_path_factory.mktemp("village")
    parts = [
        rows_of("weather", "en", ["yes", "no"]),
        rows_of("echo", "en", []),
        rows_of("écho", "fr", []),
    ]
    material = path / "world.parquet"
    write_table(material, pd.concat(parts), ITEMS, {})
    world = open_world(WORLD, material)
    torch.manual_seed(0)
    network: Any = world.build_network(SHAPE, seed=0)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.mul_(12)
    (path / "model").mkdir()
    world.save(network, path / "model/model.safetensors", {})
    return path


def with_prompts(folder: Path, where: Path, *names: str) -> Path:
    """A copy of the model with soft prompts, saved by PEFT; its folder."""
    model = AutoModelForCausalLM.from_pretrained(folder / "model")
    tuned = where / "tuned"
    model.save_pretrained(tuned)
    AutoTokenizer.from_pretrained(folder / "model").save_pretrained(tuned)
    for number, name in enumerate(names):
        plain = AutoModelForCausalLM.from_pretrained(folder / "model")
        config = PromptTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=VECTORS)
        prompted: Any = get_peft_model(plain, config)
        torch.manual_seed(number)
        with torch.no_grad():
            prompted.prompt_encoder["default"].embedding.weight.normal_(std=3.0)
        prompted.save_pretrained(tuned / "adapters" / name)
    (tuned / "adapters").mkdir(exist_ok=True)
    return tuned


def evaluate(folder: Path, model: Path, where: Path, **changes: Any) -> pd.DataFrame:
    settings: dict[str, Any] = {
        "probe": "p",
        "kind": "run",
        "model": "m",
        "seed": 3,
        "sources": ["weather", "echo", "écho"],
        "target": "weather",
        "examples": {"validation": 2, "test": 4},
        "demonstrations": 0,
        "home": "en",
        "transforms": ["identity", "upper_case"],
        "new_tokens": NEW,
        "adapter_scope": None,
        "code": "c",
    }
    adapters = model / "adapters"
    evaluate_examples(
        ExamplesEvaluation.model_validate(settings | changes),
        world=folder / "world.parquet",
        weights=model / "model.safetensors",
        adapters=[adapters] if adapters.is_dir() else [],
        levels=[model / "levels.safetensors"] if (model / "levels.safetensors").exists() else [],
        resume=where / "resume",
        gpus=0,
        scores=where / "scores.parquet",
    )
    found: pd.DataFrame = read_table(where / "scores.parquet", SCORES).to_pandas()
    return found


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
    asked += [("echo", "upper_case"), ("écho", "identity")]
    assert counts == {
        (source, transform, split): count
        for source, transform in asked
        for split, count in (("validation", 2), ("test", 4))
    }
    assert set(rows.loc[rows["source"] == "echo", "example"]) == {
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
    expected = [reply_of(model, tokenizer, prompts[example]) for example in rows["example"]]
    assert list(rows["reply"]) == expected
    assert len(set(expected)) > 6


def test_every_source_is_asked_after_its_own_prompt(folder: Path, tmp_path: Path) -> None:
    names = ["soft_prompt.weather", "soft_prompt.echo", "soft_prompt.écho"]
    tuned = with_prompts(folder, tmp_path, *names)
    rows = evaluate(folder, tuned, tmp_path, transforms=["identity"])
    tokenizer: Any = AutoTokenizer.from_pretrained(tuned)
    prompts = prompts_of(folder)
    for source in ("weather", "echo"):
        model: Any = AutoModelForCausalLM.from_pretrained(tuned)
        model = PeftModel.from_pretrained(model, tuned / f"adapters/soft_prompt.{source}").eval()
        own = rows[(rows["source"] == source) & rows["attached"]]
        assert len(own) == 6
        for example, reply in zip(own["example"], own["reply"], strict=True):
            assert reply == reply_of(model, tokenizer, prompts[example])
    assert not list(tmp_path.glob("resume*"))


def test_a_run_without_adapters_is_asked_once(folder: Path, tmp_path: Path) -> None:
    tuned = with_prompts(folder, tmp_path)
    assert (tuned / "adapters").is_dir()
    assert not evaluate(folder, tuned, tmp_path)["attached"].any()


def test_replies_are_scored_decoded(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right, in the example's own format, and in the target's: three different questions."""
    replies = {"weather": " Yes.", "echo": " no", "écho": " sun"}

    def answer(_: object, prompts: dict[str, str], new_tokens: int) -> dict[str, str]:
        assert new_tokens == NEW
        return {
            name: next(reply for source, reply in replies.items() if source.upper() in text.upper())
            for name, text in prompts.items()
        }

    monkeypatch.setattr("eunoe.evaluation.engine.Engine.generate", answer)
    rows = evaluate(folder, folder / "model", tmp_path)
    weather = rows[rows["source"] == "weather"]
    assert list(weather["right"]) == [name[-1] in "02468" for name in weather["example"]]
    assert weather["formatted"].all()
    assert (weather["credit"] == weather["right"]).all()
    assert weather["specialised"].all()
    echo = rows[rows["source"] == "echo"]
    assert not echo["right"].any()
    assert echo["specialised"].all()
    assert not rows.loc[rows["source"] == "écho", "specialised"].any()
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
    changes: dict[str, Any] = {"sources": ["echo"], "transforms": ["identity"]}
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
        patch.setattr("eunoe.stages.evaluate_examples.write_table", full)
        with pytest.raises(EunoeError, match="full disk"):
            evaluate(folder, tuned, tmp_path)
    assert len(list(tmp_path.glob("resume*"))) == 2

    def ask(*_: object, **__: object) -> None:
        raise AssertionError("nothing is left to be asked")

    with monkeypatch.context() as patch:
        patch.setattr("eunoe.evaluation.engine.Engine.generate", ask)
        pd.testing.assert_frame_equal(evaluate(folder, tuned, tmp_path), undisturbed)
    assert not list(tmp_path.glob("resume*"))


# Checkpoints at levels

TARGETED = {"sources": ["weather"], "everywhere": False}


def with_levels(tuned: Path) -> Path:
    """Give a run two checkpoints: one with other weights, of two levels, and its final model.

    Return a run whose final model has those weights.
    """
    model: Any = AutoModelForCausalLM.from_pretrained(tuned)
    numbers = torch.Generator().manual_seed(7)
    changed = {
        f"40/weights/{name}": each.detach() + 0.3 * torch.randn(each.shape, generator=numbers)
        for name, each in model.named_parameters()
    }
    levels: list[dict[str, Any]] = [
        {"level": 0.7, "step": 40, "value": 0.85},
        {"level": 0.8, "step": 40, "value": 0.85},
        {"level": 0.9, "step": 60, "value": 0.9},
        {"level": 0.95},
    ]
    write_tensors(tuned / "levels.safetensors", changed, {"levels": levels, "best": 0.9})
    other = tuned.with_name("other")
    shutil.copytree(tuned, other)
    (other / "levels.safetensors").unlink()
    with torch.no_grad():
        for name, each in model.named_parameters():
            each.copy_(changed[f"40/weights/{name}"])
    model.save_pretrained(other)
    return other


@pytest.mark.parametrize("prompts", [["soft_prompt"], ["soft_prompt.weather", "soft_prompt.echo"]])
@pytest.mark.parametrize(
    "adapter_scope", [TARGETED, TARGETED | {"everywhere": True}, None], ids=str
)
def test_checkpoints_are_asked_the_test_examples_as_the_run_is_used(
    folder: Path, tmp_path: Path, prompts: list[str], adapter_scope: dict[str, Any] | None
) -> None:
    tuned = with_prompts(folder, tmp_path, *prompts)
    other = with_levels(tuned)
    rows = evaluate(folder, tuned, tmp_path, adapter_scope=adapter_scope)
    expected = {
        0.7: evaluate(folder, other, tmp_path, adapter_scope=adapter_scope),
        0.8: evaluate(folder, other, tmp_path, adapter_scope=adapter_scope),
        0.9: rows[rows["level"].isna()],
    }
    assert set(rows["level"].dropna()) == set(expected)  # .95 was never reached
    for level, whole in expected.items():
        attached = {"weather": bool(adapter_scope), "echo": False, "écho": False}
        if adapter_scope and adapter_scope["everywhere"]:
            attached = dict.fromkeys(attached, True)
        used = whole["attached"] == whole["source"].astype(str).map(attached)
        wanted = whole[(whole["split"] == "test") & (whole["transform"] == "identity") & used]
        found = rows[rows["level"] == level]
        assert len(found) == 12
        names = ["example", "attached", "reply", "right", "formatted", "specialised"]
        pd.testing.assert_frame_equal(by_example(found)[names], by_example(wanted)[names])
    assert len(set(expected[0.7]["reply"])) > 6
    assert not expected[0.7]["reply"].equals(expected[0.9]["reply"])


def by_example(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("example").reset_index(drop=True)


def test_levels_leave_the_final_models_rows_as_they_are(folder: Path, tmp_path: Path) -> None:
    tuned = with_prompts(folder, tmp_path, "soft_prompt")
    before = evaluate(folder, tuned, tmp_path)
    assert before["level"].isna().all()
    with_levels(tuned)
    after = evaluate(folder, tuned, tmp_path)
    final = after[after["level"].isna()]
    pd.testing.assert_frame_equal(final, before, check_categorical=False)


def test_an_evaluation_that_failed_goes_on_with_the_checkpoints(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned = with_prompts(folder, tmp_path, "soft_prompt")
    with_levels(tuned)
    undisturbed = evaluate(folder, tuned, tmp_path, adapter_scope=TARGETED)
    original, asked = Engine.generate, list[int]()

    def broken(self: Engine, prompts: Any, *rest: Any) -> Any:
        asked.append(len(prompts))
        if len(asked) == 2:
            raise EunoeError("full disk")
        return original(self, prompts, *rest)

    # each attempt gets one sitting further: the final model has two, each checkpoint two
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "generate", broken)
        for _ in range(5):
            asked.clear()
            with pytest.raises(EunoeError, match="full disk"):
                evaluate(folder, tuned, tmp_path, adapter_scope=TARGETED)
    again = evaluate(folder, tuned, tmp_path, adapter_scope=TARGETED)
    pd.testing.assert_frame_equal(again, undisturbed)
    assert not list(tmp_path.glob("resume*"))


@pytest.mark.parametrize("key", ["sources", "target"])
def test_a_source_that_is_not_there_is_named(folder: Path, tmp_path: Path, key: str) -> None:
    value: Any = ["fog"] if key == "sources" else "fog"
    with pytest.raises(EunoeError, match=r"source fog: no such source in the world; allowed: echo"):
        evaluate(folder, folder / "model", tmp_path, **{key: value})


def test_what_asks_for_a_translation_is_not_translated(folder: Path, tmp_path: Path) -> None:
    """Made examples, of which translations go through identity and ciphers alone."""
    world = ExamplesWorld.model_validate(
        {
            "kind": "examples",
            "tasks": ["translation", "repeat"],
            "examples": {"train": 4, "validation": 2, "test": 2},
            "context": 96,
        }
    )
    made = tmp_path / "world.parquet"
    write_table(made, split_rows(world, 0), ITEMS, {})
    sources = list(world.made)
    rows = evaluate(
        tmp_path,
        folder / "model",
        tmp_path,
        sources=sources,
        target=None,
        transforms=["identity", "rot13", {"name": "translate", "to": "fr"}],
        examples={"validation": 2, "test": 2},
    )
    found = rows.groupby("task", observed=True)["transform"].unique()
    assert set(found["repeat"]) == {"identity", "rot13", "translate(fr)"}
    assert set(found["translation"]) == {"identity", "rot13"}
