"""Items ask what the paper asks, line up across languages, and know their right answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eunoe.evaluation.options import outcome_among
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.formats.registry import score
from eunoe.worlds.text.given.prompts import (
    ICL_TASKS,
    TASK_LANGUAGES,
    icl_items,
    items_for,
    nli_items,
)
from eunoe.worlds.text.given.texts import LABELS, LANGUAGES, NLI_LANGUAGES, read_texts

SHIPPED = read_texts()
SENTENCES = SHIPPED.sentences
DEMONSTRATING = [task for task in ICL_TASKS if "_" in task]
WORDINGS = ("plain", "other")
COUNT = 30
SHIPPED_ITEMS = icl_items(list(ICL_TASKS), LANGUAGES, COUNT, 0, wordings=WORDINGS)
PAIRS = nli_items(NLI_LANGUAGES, wordings=WORDINGS)

SIGNS = {
    "en": {"plus": "+", "minus": "-", "times": "*"},
    "fr": {"plus": "+", "moins": "-", "fois": "*"},
    "es": {"más": "+", "menos": "-", "por": "*"},
    "de": {"plus": "+", "minus": "-", "mal": "*"},
    "nl": {"plus": "+", "min": "-", "keer": "*"},
    "hu": {"plusz": "+", "mínusz": "-", "szorzat": "*"},
}
"""How each language says what Python evaluates."""


def texts_of(options: list[dict[str, str]]) -> dict[str, str]:
    return {option["outcome"]: option["text"] for option in options}


def records(**where: str) -> list[dict[Any, Any]]:
    chosen = SHIPPED_ITEMS
    for column, value in where.items():
        chosen = chosen[chosen[column] == value]
    return chosen.to_dict("records")


def test_items_fit_their_table(tmp_path: Path) -> None:
    rows = pd.concat([items_for(task, ["en", "de"], 5) for task in TASK_LANGUAGES])
    write_table(tmp_path / "items.parquet", rows, ITEMS, {})
    read = read_table(tmp_path / "items.parquet", ITEMS).to_pandas()
    assert list(read["prompt"]) == list(rows["prompt"])
    assert set(read["split"]) == {"test"}


def test_there_are_as_many_as_asked_for_in_every_language_and_wording() -> None:
    counts = SHIPPED_ITEMS.groupby(["task", "language", "wording"]).size()
    assert len(counts) == len(ICL_TASKS) * len(LANGUAGES) * 2
    assert set(counts) == {COUNT}
    assert not SHIPPED_ITEMS.duplicated(["item", "language", "wording"]).any()
    assert not SHIPPED_ITEMS.duplicated(["task", "language", "wording", "prompt"]).any()
    assert "repeat_math.0007" in set(SHIPPED_ITEMS["item"])


def test_a_task_has_no_more_items_than_different_questions() -> None:
    counts = icl_items(["math", "blank"], ["en"], 10_000, 0)["task"].value_counts()
    assert counts.to_dict() == {"math": 3 * 17 * 17, "blank": len(SENTENCES)}
    assert len(nli_items(["en"], 10_000)) == len(SHIPPED.nli)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("task", DEMONSTRATING)
def test_a_prompt_is_built_as_in_the_paper(task: str, language: str) -> None:
    """The prompt, taken to pieces: instruction, two demonstrations, an input that is a question."""
    for item in records(task=task, language=language, wording="plain"):
        words = SHIPPED.phrases[language].xs("plain", level="wording")
        instruction, *lines = item["prompt"].split("\n")
        assert instruction == words[task.split("_")[0]]
        assert len(lines) == 6
        heads = [words["input"], words["output"]] * 3
        bodies = [line.removeprefix(head) for line, head in zip(lines, heads, strict=True)]
        assert bodies[5] == ""
        shown = [body.removeprefix(" ") for body in bodies[:5]]
        for text, answer in ((shown[0], shown[1]), (shown[2], shown[3])):
            assert text in set(SENTENCES[language])
            assert answer == (text.upper() if task.startswith("capslock") else text)
        assert shown[0] != shown[2]
        first = shown[4].split()[0]
        expected = first.upper() if task.startswith("capslock") else first
        assert texts_of(item["options"])["in_context"] == expected
        assert item["gold"] == "in_context"


def test_a_prompt_in_full() -> None:
    item = records(item="capslock_math.0003", language="fr", wording="plain")[0]
    one, two = re.findall(r"Entrée : (.*)\nSortie : ", item["prompt"])
    question = re.findall(r"Entrée : (.*)\nSortie :$", item["prompt"])[0]
    assert item["prompt"] == (
        "Mets chaque caractère en majuscule.\n"
        f"Entrée : {one}\nSortie : {one.upper()}\n"
        f"Entrée : {two}\nSortie : {two.upper()}\n"
        f"Entrée : {question}\nSortie :"
    )
    assert re.fullmatch(r"Combien font \d+ (plus|moins|fois) \d+ \?", question)
    assert texts_of(item["options"])["in_context"] == "COMBIEN"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wording", WORDINGS)
def test_numbers_are_right(language: str, wording: str) -> None:
    for task in ("math", "repeat_math", "capslock_math"):
        for item in records(task=task, language=language, wording=wording):
            lines = item["prompt"].split("\n")
            question = lines[0] if task == "math" else lines[-2]
            a, b = re.findall(r"\d+", question)
            sign = next(sign for word, sign in SIGNS[language].items() if word in question)
            assert 4 <= int(a) <= 20
            assert 4 <= int(b) <= 20
            assert texts_of(item["options"])["instruction"] == str(eval(f"{a} {sign} {b}"))


def test_every_operation_and_number_is_asked_for() -> None:
    questions = icl_items(["math"], ["en"], 300, 0)["prompt"]
    found = questions.str.extract(r"What is (\d+) (\w+) (\d+)\?")
    assert found[1].value_counts().reindex(["plus", "minus", "times"]).min() > 70
    for operand in (0, 2):
        assert set(found[operand].astype(int)) == set(range(4, 21))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_blank_stands_for_the_first_word_of_a_sentence(language: str) -> None:
    for task in ("blank", "repeat_blank", "capslock_blank"):
        for item in records(task=task, language=language):
            blanked = re.search(r"(_+) (.*)", item["prompt"])
            assert blanked is not None
            missing = texts_of(item["options"])["instruction"]
            assert len(missing) == len(blanked[1])
            sentence = f"{missing} {blanked[2]}"
            assert sentence in set(SENTENCES[language])
            assert sentence not in item["prompt"]
            assert sentence.upper() not in item["prompt"]


def test_questions_alone_have_one_answer_which_is_gold() -> None:
    for task in ("math", "blank"):
        for item in records(task=task):
            assert list(texts_of(item["options"])) == ["instruction"]
            assert item["gold"] == "instruction"
    item = records(item="math.0000", language="en", wording="plain")[0]
    assert re.fullmatch(r"Question: What is \d+ \w+ \d+\?\nAnswer:", item["prompt"])


def test_items_line_up_across_languages() -> None:
    """What an item is made of, found again in each language, is the same rows and numbers."""
    made: dict[str, set[object]] = {}
    for item in SHIPPED_ITEMS.to_dict("records"):
        numbers = {text: row for row, text in SENTENCES[item["language"]].items()}
        shown = [line.partition(": ")[2] for line in item["prompt"].split("\n")]
        demonstrations = [numbers[text] for text in shown if text in numbers]
        answer = texts_of(item["options"])["instruction"]
        blanks = [re.sub("^_+", answer, text) for text in shown if text.startswith("_")]
        asked = [numbers[text] for text in blanks] or re.findall(r"\d+", item["prompt"])
        assert asked
        made.setdefault(item["item"], set()).add((*demonstrations, *asked))
    assert {len(found) for found in made.values()} == {1}


def test_tasks_with_the_same_question_ask_it_of_the_same_items() -> None:
    for kind in ("math", "blank"):
        answers = {
            task: [
                texts_of(item["options"])["instruction"]
                for item in records(task=task, language="en", wording="plain")
            ]
            for task in (kind, f"repeat_{kind}", f"capslock_{kind}")
        }
        assert answers[kind] == answers[f"repeat_{kind}"] == answers[f"capslock_{kind}"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(1, 15))
def test_fewer_items_are_the_first_of_more_whatever_else_is_asked_for(
    seed: int, count: int
) -> None:
    few = icl_items(["repeat_blank"], ["hu"], count, seed)
    many = icl_items(["capslock_math", "repeat_blank"], ["en", "hu"], 15, seed)
    chosen = many[(many["task"] == "repeat_blank") & (many["language"] == "hu")]
    pd.testing.assert_frame_equal(few, chosen.head(count).reset_index(drop=True))


def test_another_seed_gives_other_items() -> None:
    one, other = (set(icl_items(["repeat_math"], ["en"], 50, seed)["prompt"]) for seed in (0, 1))
    assert not one & other


def test_no_reply_can_be_two_outcomes() -> None:
    for item in [*SHIPPED_ITEMS.to_dict("records"), *PAIRS.to_dict("records")]:
        options = texts_of(item["options"])
        assert len(set(options.values())) == len(options)
        for outcome, text in options.items():
            assert outcome_among(f" {text} and so on", list(options.items())) == outcome


def test_the_reply_of_an_item_is_right() -> None:
    items: list[Any] = [*SHIPPED_ITEMS.to_dict("records"), *PAIRS.to_dict("records")]
    for item in items:
        found = score(item, item["reply"])
        assert (found.right, found.formatted) == (True, True)
        assert item["source"] == f"{item['task']}.{item['language']}"


def test_pairs_read_as_in_the_paper() -> None:
    assert len(PAIRS) == len(SHIPPED.nli) * len(NLI_LANGUAGES) * len(WORDINGS)
    asked = {
        "en": "Question: {} True, False or Neither?\nAnswer:",
        "fr": "Question : {} Vrai, Faux ou Ni ?\nRéponse :",
        "es": "Pregunta: {} ¿Verdadero, Falso o Ni?\nRespuesta:",
        "de": "Frage: {} Wahr, Falsch oder Weder?\nAntwort:",
    }
    for language, pattern in asked.items():
        plain = PAIRS[(PAIRS["language"] == language) & (PAIRS["wording"] == "plain")]
        for item, pair in zip(
            plain.to_dict("records"), SHIPPED.nli.to_dict("records"), strict=True
        ):
            assert item["item"] == f"nli.{pair['id']}"
            hypothesis = pattern.format(pair[f"hypothesis_{language}"])
            assert item["prompt"] == pair[f"premise_{language}"] + "\n" + hypothesis
            assert item["gold"] == pair["gold"]
            assert tuple(texts_of(item["options"])) == LABELS
            for text in texts_of(item["options"]).values():
                assert f" {text}" in item["prompt"].replace("¿", " ")


def test_the_first_pairs_have_the_labels_evenly() -> None:
    for count in range(1, 73):
        labels = nli_items(["en"], count)["gold"].value_counts().reindex(LABELS, fill_value=0)
        assert labels.sum() == count
        assert labels.max() - labels.min() <= 1


@pytest.mark.parametrize("task", ["nli", "math", "repeat_blank"])
def test_a_task_is_asked_in_every_language_and_both_wordings(task: str) -> None:
    rows = items_for(task, ["fr", "en"], 4)
    found = rows.groupby(["language", "wording"], sort=False).size()
    assert found.to_dict() == {
        (language, wording): 4 for language in ("fr", "en") for wording in WORDINGS
    }
