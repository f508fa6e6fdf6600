"""`audits:` in the configuration: short to write, and one line for what is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from eunoe.config.audits import Audit
from eunoe.config.probes.given import TASKS
from eunoe.errors import EunoeError
from eunoe.workflow.configuration import load, read_config

ROOT = Path(__file__).parents[3]
PAIR = {"base": "models/base", "tuned": "models/tuned"}


def configured(audits: dict[str, Any]) -> Any:
    return load({**read_config(ROOT), "audits": audits})


def test_a_pair_is_enough() -> None:
    audit = configured({"mine": PAIR}).audits["mine"]
    assert (audit.base.model, audit.base.revision, audit.base.tokenizer) == (
        "models/base",
        None,
        None,
    )
    assert [transform.label for transform in audit.transforms] == [
        "identity",
        "leetspeak",
        "pig_latin",
    ]
    assert (audit.tasks, audit.languages, audit.items) == (TASKS, None, 100)
    assert not audit.trust_remote_code


def test_a_model_may_have_a_revision_and_a_file_a_kind() -> None:
    audit = configured(
        {
            "mine": {
                "base": {"model": "someone/model", "revision": "abc"},
                "tuned": "models/tuned",
                "prompts": ["a.csv", {"file": "b.jsonl", "kind": "refusals"}],
            }
        }
    ).audits["mine"]
    assert audit.base.revision == "abc"
    assert [(entry.file, entry.kind, entry.keep_texts) for entry in audit.prompts] == [
        ("a.csv", "answers", False),
        ("b.jsonl", "refusals", False),
    ]


def test_what_is_dumped_is_read_again() -> None:
    audit = Audit.model_validate({**PAIR, "prompts": ["a.csv"]})
    assert Audit.model_validate(audit.model_dump(mode="json")) == audit


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tuned": None}, "audits.mine.tuned"),
        ({"tasks": ["cooking"]}, "audits.mine.tasks.0 = cooking: allowed: repeat_math,"),
        ({"tasks": []}, "audits.mine.tasks = []: nothing is asked; allowed: tasks, prompts"),
        ({"dtype": "float8"}, "audits.mine.dtype = float8: allowed: float32, bfloat16 or auto"),
        ({"transforms": ["leetspeak"]}, "identity is not among them"),
        (
            {"transforms": ["identity", {"name": "scale", "gamma": 2}]},
            'audits.mine.transforms = "scale(2)": takes no text',
        ),
        ({"transforms": ["identity", "klingon"]}, "klingon: no such transform"),
        ({"languages": ["en", "en"]}, "audits.mine.languages = "),
        ({"prompts": ["a.txt"]}, "audits.mine.prompts = a.txt: unknown ending; allowed: .parquet"),
        ({"prompts": [{"file": "a.csv", "keep": True}]}, "audits.mine.prompts.0.keep = true"),
        ({"bases": "a"}, "audits.mine.bases = a: unknown key; allowed: base, tuned,"),
        ({"rule": {"margin": 0}}, "audits.mine.rule.margin = 0: allowed: a number above 0"),
    ],
)
def test_one_line_says_what_is_wrong(change: dict[str, Any], words: str) -> None:
    with pytest.raises(EunoeError) as caught:
        configured({"mine": {**PAIR, **change}})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_audit_is_short_for_a_base_a_run_and_a_probe() -> None:
    given = {"languages": ["en", "fr"], "home": "fr", "tasks": ["nli"], "xnli": True, "items": 7}
    asked = {"new_tokens": 3, "likelihood": False, "batch_size": 5, "keep_texts": False}
    shared = {"dtype": "bfloat16", "trust_remote_code": True, "chat_template": "tuned"}
    tuned = {"model": "models/tuned", "dtype": "float32"}
    values = {"base": "models/base", "tuned": tuned, **given, **asked, **shared}
    config = configured({"mine": values})
    assert config.base_of_runs["mine_tuned"] == "mine"
    models = [config.checkpoint(*each) for each in (("bases", "mine"), ("runs", "mine_tuned"))]
    assert [(each.model, each.dtype, each.trust_remote_code) for each in models] == [
        ("models/base", "bfloat16", True),
        ("models/tuned", "float32", True),
    ]
    probe = config.probes["mine"]
    assert config.models_of("mine") == [("bases", "mine"), ("runs", "mine_tuned")]
    assert {key: getattr(probe.texts, key) for key in given} == given
    assert {key: getattr(probe, key) for key in asked} == asked
    assert (probe.home, probe.chat_template, probe.world) == (None, "mine_tuned", "mine")
    assert probe.transforms == config.audits["mine"].transforms


def test_what_an_audit_is_short_for_can_be_written_out() -> None:
    values = read_config(ROOT)
    config = configured({"mine": {**PAIR, "prompts": ["a.csv"]}})
    for section in ("worlds", "bases", "runs", "probes"):
        entries = {**getattr(config, section)}
        written = {name: entry.model_dump(mode="json") for name, entry in entries.items()}
        values[section] = {**values[section], **{n: e for n, e in written.items() if "mine" in n}}
    by_hand = load({**values, "audits": {}})
    for section in ("worlds", "bases", "runs", "probes"):
        assert getattr(by_hand, section) == getattr(config, section)


def test_the_page_writes_out_what_an_audit_is_short_for() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/audit.md").read_text(), re.DOTALL)
    short, every_key, long = (yaml.safe_load(block) for block in blocks)
    found = [load({"seeds": [0], **values}) for values in (short, long)]
    for section in ("worlds", "bases", "runs", "probes"):
        assert getattr(found[0], section) == getattr(found[1], section)
    assert load({"seeds": [0], **every_key}).audits == found[0].audits
    assert {*every_key["audits"]["mine"]} == {*Audit.model_fields}


@pytest.mark.parametrize(
    ("audits", "line"),
    [
        ({"tongues": PAIR}, "config: audits.tongues: tongues is a key of worlds too; allowed: "),
        ({"a": PAIR, "a_tuned": PAIR}, "config: audits.a_tuned: a_tuned is a key of runs too; "),
        ({"learning": PAIR}, "config: audits.learning: learning is a key of probes too; allowed"),
    ],
)
def test_a_name_that_is_taken_is_one_line(audits: dict[str, Any], line: str) -> None:
    with pytest.raises(EunoeError) as caught:
        configured(audits)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_a_lab_knows_no_audit() -> None:
    values = {**read_config(ROOT), "audits": {"mine": PAIR}}
    values["labs"]["language"]["others"] = ["mine"]
    with pytest.raises(EunoeError, match=r"labs\.language\.others = mine: no such name"):
        load(values)


TEXTS = {
    "kind": "text",
    "world": "tongues",
    "texts": {"tasks": ["nli"]},
    "transforms": ["identity"],
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tasks": ["repeat"]}, "probes.x.tasks = "),
        ({"items": {"validation": 2, "test": 2}}, "probes.x.items = "),
        ({"demonstrations": 2}, "probes.x.demonstrations = 2: beside texts; allowed: texts alone"),
        ({"texts": {"tasks": []}}, "probes.x.texts.tasks = []: nothing is asked"),
        ({"texts": None}, "probes.x.items = null: missing; allowed: a mapping with the keys"),
        ({"target": "nli.en"}, "probes.x.target = nli.en: is not asked"),
    ],
)
def test_a_probe_of_given_texts_asks_nothing_else(change: dict[str, Any], words: str) -> None:
    values = read_config(ROOT)
    values["probes"]["x"] = TEXTS
    assert load(values).texts_of("x") is not None
    values["probes"]["x"] = {**TEXTS, **change}
    with pytest.raises(EunoeError) as caught:
        load(values)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_world_that_makes_nothing_can_be_asked_given_texts_only() -> None:
    values = read_config(ROOT)
    values["worlds"]["bare"] = {"kind": "text", "context": 64}
    values["probes"]["x"] = {**TEXTS, "world": "bare"}
    assert load(values).probes["x"].world == "bare"
    asked = {"tasks": ["repeat"], "languages": ["en"], "items": {"validation": 2, "test": 2}}
    values["probes"]["x"] = {"kind": "text", "world": "bare", "transforms": ["identity"], **asked}
    with pytest.raises(EunoeError, match=r"probes\.x\.texts = null: world bare makes nothing"):
        load(values)
