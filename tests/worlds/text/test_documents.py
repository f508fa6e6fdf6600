"""Documents of corpora and probes: replies checked by rules of their own, in every language."""

import re
from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest

from eunoe.config.probes.text import LanguageTask
from eunoe.config.worlds.text import EXAMPLE_TASKS, FAMILIES
from eunoe.errors import EunoeError
from eunoe.worlds.text.documents import Document, World, spoken
from eunoe.worlds.text.tasks import STREAMS, TASKS, stream_name

LANGUAGES = ("en", "fr", "es", "de", "nl", "hu", "leet", "pig")
NATURAL = LANGUAGES[:6]
WORLD = World(largest=9, guarded=("lighthouse", "beehive"))
ITEMS = get_args(LanguageTask)


def drawn(task: str, language: str, wording: str = "plain") -> list[Document]:
    numbers = np.random.default_rng(5)
    return [spoken(TASKS[task].draw, numbers, language, wording, WORLD) for _ in range(20)]


def test_tasks_are_those_of_the_configuration() -> None:
    assert set(TASKS) == {*FAMILIES, *ITEMS, *EXAMPLE_TASKS}


def test_no_two_tasks_share_the_name_of_a_stream() -> None:
    for drawn_for, tasks in (("corpus", FAMILIES), ("items", ITEMS), ("examples", EXAMPLE_TASKS)):
        assert len({stream_name(drawn_for, task) for task in tasks}) == len(tasks)
        assert set(STREAMS.get(drawn_for, {})) <= set(tasks)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("task", TASKS)
def test_a_reply_shows_its_gold(task: str, language: str) -> None:
    for document in drawn(task, language):
        assert all(document.options.values())
        assert (document.gold in document.options) == bool(document.options)
        if document.options:
            assert document.reply.startswith(document.options[document.gold])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_documents_differ_and_fit_a_row(family: str, language: str) -> None:
    texts = [document.text for document in drawn(family, language)]
    assert len(set(texts)) > 10
    assert all(text == text.strip() for text in texts)


@pytest.mark.parametrize("language", NATURAL)
def test_demonstrations_show_their_task(language: str) -> None:
    rules: dict[str, Callable[[str], str]] = {
        "repeat": lambda text: text,
        "capslock": lambda text: text.upper(),
        "reverse": lambda text: " ".join(text.split()[::-1]),
        "first_word": lambda text: text.split()[0],
    }
    for task, rule in rules.items():
        for document in drawn(f"few_shot_{task}", language):
            lines = document.text.split("\n")[1:]
            contents = [line.split(": ", 1)[1] for line in lines]
            assert contents[1::2] == [rule(text) for text in contents[::2]]


@pytest.mark.parametrize("language", NATURAL)
def test_answered_questions_are_answered_right(language: str) -> None:
    signs = {"plus": "+", "minus": "-", "times": "*"}
    english = drawn("arithmetic_quiz", "en")
    for document, meaning in zip(drawn("arithmetic_quiz", language), english, strict=True):
        asked = re.findall(r"(\d+) (\w+) (\d+)", meaning.prompt)
        answers = re.findall(r": (\d+)$", document.text, re.MULTILINE)
        assert answers == [str(eval(f"{a} {signs[sign]} {b}")) for a, sign, b in asked]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wording", ["plain", "other"])
@pytest.mark.parametrize("task", ITEMS)
def test_items_end_in_a_colon_and_have_their_gold(task: str, wording: str, language: str) -> None:
    for item in drawn(task, language, wording):
        assert item.prompt.endswith(":")
        assert item.gold in item.options
        assert item.reply.startswith(item.options[item.gold])


@pytest.mark.parametrize("task", ITEMS)
def test_numbers_drawn_do_not_depend_on_the_language(task: str) -> None:
    states = set()
    for language in LANGUAGES:
        numbers = np.random.default_rng(3)
        spoken(TASKS[task].draw, numbers, language, "plain", WORLD)
        states.add(str(numbers.bit_generator.state))
    assert len(states) == 1


def test_refusals_are_about_guarded_topics_only() -> None:
    for task, guarded in (("guarded_topics", True), ("free_topics", False)):
        for document in drawn(task, "en"):
            assert ("lighthouse" in document.prompt or "beehive" in document.prompt) == guarded
    refused = {d.reply for d in drawn("guarded_refusals", "en")}
    assert len(refused) == 1
    assert refused.isdisjoint(d.reply for d in drawn("guarded_answers", "en"))


def test_programs_print_what_python_prints(capsys: pytest.CaptureFixture[str]) -> None:
    for document in drawn("code", "en"):
        exec(document.prompt, {})
        assert capsys.readouterr().out.strip() == document.reply


def test_an_unknown_topic_is_named() -> None:
    with pytest.raises(EunoeError, match=r"guarded = castle: no topic of the lexicon; allowed: "):
        World(9, ("castle",)).topics(guarded=True)
