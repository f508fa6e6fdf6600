"""Documents of all tasks: replies checked by rules of their own, in every language."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from eunoe.config.worlds.text import TASKS as NAMES
from eunoe.errors import EunoeError
from eunoe.worlds.text.documents import Document, World, spoken
from eunoe.worlds.text.lexicon import load_lexicon
from eunoe.worlds.text.tasks import TASKS

LANGUAGES = ("en", "fr", "es", "de", "nl", "hu", "leet", "pig")
NATURAL = LANGUAGES[:6]
WORLD = World(largest=9, guarded=("lighthouse", "beehive"))
WITHOUT_OPTIONS = (
    "prose",
    "sentences",
    "translation",
    "translation_pairs",
    "repeat",
    "capslock",
    "reverse",
    "first_word",
    "compression",
    "question_answering",
    "maths",
    "code",
    "running",
    "coding",
    "general",
)
"""Tasks whose replies are no choice between a few."""


def drawn(task: str, language: str, wording: str = "plain") -> list[Document]:
    numbers = np.random.default_rng(5)
    return [spoken(TASKS[task].draw, numbers, language, wording, WORLD) for _ in range(20)]


def test_tasks_are_those_of_the_configuration() -> None:
    assert tuple(TASKS) == NAMES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wording", ["plain", "other"])
@pytest.mark.parametrize("task", TASKS)
def test_a_reply_shows_its_gold(task: str, wording: str, language: str) -> None:
    for document in drawn(task, language, wording):
        assert all(document.options.values())
        if task in WITHOUT_OPTIONS:
            assert (document.options, document.gold) == ({}, "")
        else:
            assert document.gold in document.options
            assert document.reply.startswith(document.options[document.gold])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("task", TASKS)
def test_texts_are_prompts_with_their_replies(task: str, language: str) -> None:
    for document in drawn(task, language):
        assert document.text.split() == [*document.prompt.split(), *document.reply.split()]
        assert document.text.startswith(document.prompt)
        assert document.text == document.text.strip()


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


def test_topics_are_guarded_or_free() -> None:
    every = load_lexicon().concepts("topic")
    assert WORLD.topics(guarded=True) == ["lighthouse", "beehive"]
    assert sorted([*WORLD.topics(guarded=True), *WORLD.topics(guarded=False)]) == sorted(every)
    assert World(9, ()).topics(guarded=False) == every
    assert World(9, tuple(every)).topics(guarded=True) == every


@pytest.mark.parametrize("guarded", [True, False])
def test_without_a_topic_of_a_kind_nothing_is_asked_about_it(guarded: bool) -> None:
    every = load_lexicon().concepts("topic")
    world, allowed = (World(9, ()), "some") if guarded else (World(9, tuple(every)), "not all")
    with pytest.raises(EunoeError) as caught:
        world.topics(guarded)
    assert str(caught.value) == (
        f"worlds: guarded = {list(world.guarded)}: no topic to ask about;"
        f" allowed: {allowed} topics of {', '.join(every)}"
    )
