"""Items are asked through each transform that takes them; the decoded reply is scored."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eunoe.errors import EunoeError
from eunoe.evaluation.engine import Engine
from eunoe.evaluation.options import outcome_among
from eunoe.evaluation.replies import evaluate_items
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.replies import REPLIES
from eunoe.transforms import TextTransform, Transform, parse_transform
from eunoe.worlds.text.formats.registry import check
from tests.evaluation.models import make_model, make_prompts, make_tokenizer

# Outcomes


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("7", "seven"), ("  7 and more", "seven"), ("7.", "seven"), ("77", "long"),
        ("777", "other"), ("7b", "other"), ("7é", "other"), ("cat", "animal"),
        ("cat's", "animal"), ("Cat", "other"), ("cat food", "food"), ("cat foods", "animal"),
        ("\n7", "other"), ("", "other"), ("a cat", "other"),
    ],
)  # fmt: skip
def test_outcomes(reply: str, outcome: str) -> None:
    options = {"seven": "7", "long": "77", "animal": "cat", "food": "cat food"}
    assert outcome_among(reply, list(options.items())) == outcome


@given(
    st.text("ab 7.", max_size=6),
    st.dictionaries(st.sampled_from("xyz"), st.text("ab7.", min_size=1, max_size=3), min_size=1),
)
def test_outcome_is_that_of_a_regular_expression(reply: str, options: dict[str, str]) -> None:
    texts = sorted(set(options.values()), key=len, reverse=True)
    pattern = " *(" + "|".join(f"{re.escape(text)}(?![^\\W_])" for text in texts) + ")"
    found = re.match(pattern, reply)
    outcome = outcome_among(reply, list(options.items()))
    assert options.get(outcome) == (found[1] if found else None)


# Items

ITEM: dict[str, Any] = {
    "item": "i1", "source": "sum.en", "task": "sum", "language": "en", "wording": "trained",
    "split": "test", "prompt": "What is plus?", "reply": "two", "gold": "right", "format": "option",
    "options": [{"outcome": "right", "text": "two"}, {"outcome": "wrong", "text": "cat"}],
}  # fmt: skip


def frame(*changes: Mapping[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([ITEM | dict(change) for change in changes])


class Mirror(TextTransform):
    """Turns texts round."""

    name: Literal["mirror"] = "mirror"

    @property
    def languages(self) -> tuple[str, ...] | None:
        return ("en",)

    def encode(self, prompt: str) -> str:
        return prompt[::-1]

    def decode(self, answer: str) -> str:
        return answer.strip()[::-1]


class Faulty(Mirror):
    """Raises at a text that has the word."""

    word: str
    during: str = "encode"

    def encode(self, prompt: str) -> str:
        if self.during == "encode" and self.word in prompt:
            raise ValueError("two\nlines")
        return super().encode(prompt)

    def decode(self, answer: str) -> str:
        if self.during == "decode" and self.word in answer:
            raise EunoeError("no such letter")
        return super().decode(answer)


class Lossy(Mirror):
    """Forgets the last of several texts."""

    def encode_all(self, prompts: Sequence[str]) -> list[str]:
        return [self.encode(prompt) for prompt in prompts[:1]]


class Numbers(Mirror):
    """Is for another kind of prompts."""

    takes: ClassVar[frozenset[str]] = frozenset({"regression"})


class Scripted(Engine):
    """Replies by a table, in batches of two."""

    def __init__(self, replies: Mapping[str, str], options: Mapping[str, float]) -> None:
        self.replies, self.option_scores = replies, options
        self.asked: list[list[str]] = []

    def batches(self, prompts: Mapping[str, str], new_tokens: int) -> list[list[str]]:
        names = list(prompts)
        return [names[start : start + 2] for start in range(0, len(names), 2)]

    def generate(
        self, prompts: Mapping[str, str], new_tokens: int, stop: Sequence[str] = ("\n",)
    ) -> dict[str, str]:
        self.asked.append(list(prompts))
        return {name: self.replies[prompt] for name, prompt in prompts.items()}

    def log_likelihoods(
        self, prompts: Mapping[str, str], options: Mapping[str, Sequence[str]]
    ) -> dict[str, list[float]]:
        assert prompts.keys() == options.keys()
        return {name: [self.option_scores[text] for text in options[name]] for name in prompts}

    def prompt_log_likelihoods(self, prompts: Mapping[str, str]) -> dict[str, float]:
        return {name: -len(prompt) / 8 for name, prompt in prompts.items()}


IDENTITY = parse_transform("identity")
ARGUMENTS: dict[str, Any] = {
    "new_tokens": 5, "likelihood": True, "prompt_likelihood": True, "keep_texts": True,
    "resume": None, "digest": "digest",
}  # fmt: skip
SCORES = {"two": -1.0, "cat": -2.0, "owt": -3.0, "tac": -0.5, "dog": -1.5}


def evaluate(
    items: pd.DataFrame,
    replies: Mapping[str, str],
    transforms: Sequence[Transform] = (IDENTITY,),
    **changes: Any,
) -> list[dict[str, Any]]:
    rows = evaluate_items(
        Scripted(replies, SCORES), items, transforms, check, **(ARGUMENTS | changes)
    )
    records: list[Any] = rows.to_dict("records")
    return records


def test_an_item_is_encoded_answered_decoded_and_scored() -> None:
    replies = {"What is plus?": " cat", "?sulp si tahW": " owt "}
    plain, mirrored = evaluate(frame({}), replies, [IDENTITY, Mirror()])
    share = math.exp(-1) / (math.exp(-1) + math.exp(-2))
    shared = {"item": "i1", "source": "sum.en", "task": "sum", "split": "test", "language": "en"}
    assert plain == shared | {
        "wording": "trained", "gold": "right", "transform": "identity",
        "digest": hashlib.sha256(b"What is plus?").hexdigest(),
        "prompt": "What is plus?", "reply": " cat", "decoded": " cat",
        "outcome": "wrong", "right": False, "formatted": True, "credit": 0.0,
        "specialised": False, "choice": "right",
        "gold_share": pytest.approx(share), "prompt_log_likelihood": -13 / 8,
    }  # fmt: skip
    assert mirrored["transform"] == "mirror"
    assert [mirrored[key] for key in ("prompt", "reply", "decoded")] == [
        "?sulp si tahW", " owt ", "two",
    ]  # fmt: skip
    assert mirrored["digest"] == hashlib.sha256(b"?sulp si tahW").hexdigest()
    assert (mirrored["outcome"], mirrored["right"]) == ("right", True)
    assert mirrored["choice"] == "wrong"
    assert mirrored["gold_share"] == pytest.approx(math.exp(-3) / (math.exp(-3) + math.exp(-0.5)))


def test_only_transforms_that_take_the_items_language_are_used() -> None:
    items = frame({}, {"language": "fr"}, {"language": "de", "item": "i2"})
    replies = {"What is plus?": "two", "?sulp si tahW": "owt"}
    numbers = Numbers()
    rows = evaluate(items, replies, [IDENTITY, Mirror(), numbers])
    found = [(row["item"], row["language"], row["transform"]) for row in rows]
    assert found == [
        ("i1", "en", "identity"), ("i1", "fr", "identity"), ("i2", "de", "identity"),
        ("i1", "en", "mirror"),
    ]  # fmt: skip


def test_items_away_from_home_go_through_identity_alone() -> None:
    items = frame({}, {"language": "fr"})
    replies = {"What is plus?": "two", "?sulp si tahW": "owt"}
    upper = parse_transform("upper_case")  # takes any language
    for home, expected in (
        ("en", {("en", "mirror"), ("en", "upper_case")}),
        ("fr", {("fr", "upper_case")}),
        (None, {("en", "mirror"), ("en", "upper_case"), ("fr", "upper_case")}),
    ):
        rows = evaluate(
            items,
            replies | {"WHAT IS PLUS?": "TWO"},
            [IDENTITY, Mirror(), upper],
            home=home,
            likelihood=False,
        )
        found = {(row["language"], row["transform"]) for row in rows}
        assert found == expected | {("en", "identity"), ("fr", "identity")}
        assert len(rows) == len(found)


def test_likelihoods_need_two_options_and_are_null_unless_asked_for() -> None:
    items = frame({"options": ITEM["options"][:1]}, {"item": "i2", "gold": "none of these"})
    replies = {"What is plus?": "two"}
    single, without_gold = evaluate(items, replies, prompt_likelihood=False)
    keys = ["choice", "gold_share", "prompt_log_likelihood"]
    assert all(pd.isna(single[key]) for key in keys)
    assert without_gold["choice"] == "right"
    assert all(pd.isna(without_gold[key]) for key in keys[1:])
    for row in evaluate(items, replies, likelihood=False):
        assert all(pd.isna(row[key]) for key in keys[:2])
        assert row["prompt_log_likelihood"] == -13 / 8


def test_an_outcome_may_have_several_texts() -> None:
    texts = [("right", "two"), ("right", "dog"), ("wrong", "cat")]
    options = [{"outcome": outcome, "text": text} for outcome, text in texts]
    [row] = evaluate(frame({"options": options}), {"What is plus?": "dog"})
    right = math.exp(-1) + math.exp(-1.5)
    assert (row["outcome"], row["choice"]) == ("right", "right")
    assert row["gold_share"] == pytest.approx(right / (right + math.exp(-2)))


def test_texts_that_are_not_kept_are_nowhere(tmp_path: Path) -> None:
    resume = tmp_path / "resume.jsonl"
    [row] = evaluate(frame({}), {"What is plus?": "two"}, keep_texts=False, resume=resume)
    assert all(pd.isna(row[key]) for key in ("prompt", "reply", "decoded"))
    assert row["digest"] == hashlib.sha256(b"What is plus?").hexdigest()
    assert row["right"] is True
    assert len(resume.read_text().splitlines()) == 2
    assert "two" not in resume.read_text()
    assert "plus" not in resume.read_text()


def as_table(rows: pd.DataFrame, path: Path) -> Any:
    who = rows.assign(probe="p", kind="base", model="m", seed=0, attached=False, level=math.nan)
    write_table(path, who, REPLIES, {})
    return read_table(path, REPLIES)


@pytest.mark.parametrize("bare", [False, True])
def test_rows_fit_the_table(tmp_path: Path, bare: bool) -> None:
    items_file = tmp_path / "items.parquet"
    write_table(items_file, frame({}, {"item": "i2"}), ITEMS, {})
    items = read_table(items_file, ITEMS).to_pandas()
    kept = {key: not bare for key in ("likelihood", "prompt_likelihood", "keep_texts")}
    engine = Scripted({"What is plus?": "two"}, SCORES)
    rows = evaluate_items(engine, items, [IDENTITY], check, **(ARGUMENTS | kept))
    table = as_table(rows, tmp_path / "replies.parquet")
    assert table["right"].to_pylist() == [True, True]
    assert table["choice"].null_count == 2 * bare
    nothing = evaluate_items(engine, items, [], check, **ARGUMENTS)
    assert as_table(nothing, tmp_path / "none.parquet").num_rows == 0


def test_options_are_encoded_only_for_their_likelihoods() -> None:
    items, faulty = frame({}), Faulty(word="two")
    engine = Scripted({"?sulp si tahW": "owt"}, SCORES)
    rows = evaluate_items(engine, items, [faulty], check, **(ARGUMENTS | {"likelihood": False}))
    assert list(rows["outcome"]) == ["right"]
    with pytest.raises(EunoeError, match="two lines"):
        evaluate_items(engine, items, [faulty], check, **ARGUMENTS)


# What is refused


@pytest.mark.parametrize("word", ["fine", "two"])
def test_a_transform_that_raises_is_named_with_the_item(word: str) -> None:
    items = frame({}, {"item": "i2", "prompt": "fine"}) if word == "fine" else frame({})
    item = "i2" if word == "fine" else "i1"
    with pytest.raises(EunoeError) as error:
        evaluate(items, {}, [Faulty(word=word)])
    name = f"{item} (sum, test, en, trained, mirror)"
    assert str(error.value) == f"transform mirror, item {name}: two lines"


def test_a_transform_that_raises_at_a_reply_is_named_with_the_item() -> None:
    with pytest.raises(EunoeError, match=r"^transform mirror, item i1 \(.*\): no such letter$"):
        evaluate(frame({}), {"?sulp si tahW": "bad"}, [Faulty(word="bad", during="decode")])


def test_a_transform_that_loses_texts_is_named() -> None:
    message = r"^transform mirror: 2 texts became 1; allowed: one for each$"
    with pytest.raises(EunoeError, match=message):
        evaluate(frame({}, {"item": "i2"}), {}, [Lossy()])


def test_an_item_that_is_there_twice_is_refused() -> None:
    with pytest.raises(EunoeError, match=r"^item i1 \(.*\) is there twice"):
        evaluate(frame({}, {}), {})


def test_an_option_without_text_is_refused() -> None:
    with pytest.raises(EunoeError, match=r"^item i1 \(.*\): the text of an option is empty"):
        evaluate(frame({"options": [{"outcome": "right", "text": ""}]}), {})


def test_a_prompt_that_does_not_fit_is_refused_before_any_is_asked(tmp_path: Path) -> None:
    engine = Engine(make_model("llama"), make_tokenizer())
    resume = tmp_path / "resume.jsonl"
    items = frame({}, {"item": "i2", "prompt": "cat " * 100})
    with pytest.raises(EunoeError, match=r"^item i2 \(.*\): the prompt has"):
        evaluate_items(engine, items, [IDENTITY], check, **(ARGUMENTS | {"resume": resume}))
    assert not resume.exists()


class Upper(Mirror):
    """Answers come back in another way."""

    name: Literal["upper"] = "upper"  # type: ignore[assignment]

    def decode(self, answer: str) -> str:
        return answer.strip()[::-1].replace("tac", "two")


def test_what_two_transforms_show_alike_is_asked_once_and_decoded_by_each() -> None:
    engine = Scripted({"?sulp si tahW": " cat"}, SCORES)
    rows = evaluate_items(engine, frame({}), [Mirror(), Upper()], check, **ARGUMENTS)
    assert [len(batch) for batch in engine.asked] == [1]
    assert list(rows["transform"]) == ["mirror", "upper"]
    assert list(rows["decoded"]) == ["tac", "two"]
    assert list(rows["right"]) == [False, True]


# Going on


def test_finished_batches_are_not_asked_again(tmp_path: Path) -> None:
    resume = tmp_path / "resume.jsonl"
    items = frame(*({"item": f"i{n}", "prompt": f"{n}?"} for n in range(5)))
    engine = Scripted({f"{n}?": "two" for n in range(5)}, SCORES)
    straight = evaluate_items(engine, items, [IDENTITY], check, **(ARGUMENTS | {"resume": resume}))
    assert list(map(len, engine.asked)) == [2, 2, 1]
    lines = resume.read_bytes().splitlines(keepends=True)
    resume.write_bytes(b"".join([*lines[:4], lines[4][:9]]))  # three results and a torn one
    engine.asked.clear()
    again = evaluate_items(engine, items, [IDENTITY], check, **(ARGUMENTS | {"resume": resume}))
    assert list(map(len, engine.asked)) == [2, 1]
    pd.testing.assert_frame_equal(again, straight)


@pytest.mark.parametrize(
    "change",
    [
        {"digest": "another"}, {"new_tokens": 6}, {"likelihood": False}, {"keep_texts": False},
        {"prompt_likelihood": False},
    ],
)  # fmt: skip
def test_other_settings_start_anew(tmp_path: Path, change: dict[str, Any]) -> None:
    arguments = ARGUMENTS | {"resume": tmp_path / "resume.jsonl"}
    engine = Scripted({"What is plus?": "two", "a": "two"}, SCORES)
    evaluate_items(engine, frame({}), [IDENTITY], check, **arguments)
    evaluate_items(engine, frame({}), [IDENTITY], check, **arguments)
    assert len(engine.asked) == 1
    evaluate_items(engine, frame({}), [IDENTITY], check, **(arguments | change))
    assert len(engine.asked) == 2
    evaluate_items(engine, frame({"prompt": "a"}), [IDENTITY], check, **(arguments | change))
    assert len(engine.asked) == 3
    evaluate_items(engine, frame({"gold": "wrong"}), [IDENTITY], check, **(arguments | change))
    assert len(engine.asked) == 4


def test_a_model_is_asked_through_transforms(tmp_path: Path) -> None:
    """All together, with a real model; gold shares are those of the totals that it gives."""
    engine = Engine(make_model("gpt2"), make_tokenizer(), batch_size=4)
    prompts = make_prompts(6)
    items = frame(*({"item": name, "prompt": prompt} for name, prompt in prompts.items()))
    rows = evaluate_items(engine, items, [IDENTITY, Mirror()], check, **ARGUMENTS)
    assert rows["transform"].value_counts().to_dict() == {"identity": 6, "mirror": 6}
    alone = Engine(make_model("gpt2"), make_tokenizer(), batch_size=1)
    for row in rows[rows["transform"] == "identity"].to_dict("records"):
        name = row["item"]
        prompt = {name: prompts[name]}
        assert row["reply"] == alone.generate(prompt, 5)[name]
        [two, cat] = alone.log_likelihoods(prompt, {name: ["two", "cat"]})[name]
        assert row["gold_share"] == pytest.approx(1 / (1 + math.exp(cat - two)), rel=1e-4)
    as_table(rows, tmp_path / "replies.parquet")
