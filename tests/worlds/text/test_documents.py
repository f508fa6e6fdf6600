"""Documents: replies checked by rules of their own, in every language and cipher."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from eunoe.config.worlds import FAMILIES as NAMES
from eunoe.errors import EunoeError
from eunoe.worlds.text import documents
from eunoe.worlds.text.documents import FAMILIES, ITEMS, Document, World, spoken

LANGUAGES = ("en", "fr", "es", "de", "nl", "hu", "leet", "pig")
NATURAL = LANGUAGES[:6]
WORLD = World(largest=9, guarded=("lighthouse", "beehive"))


def drawn(
    table: dict[str, documents.Draw], name: str, language: str, wording: str = "plain"
) -> list[Document]:
    numbers = np.random.default_rng(5)
    return [spoken(table[name], numbers, language, wording, WORLD) for _ in range(20)]


def test_every_family_of_the_configuration_can_be_drawn() -> None:
    assert set(FAMILIES) == set(NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_documents_differ_and_fit_a_row(family: str, language: str) -> None:
    texts = [document.text for document in drawn(FAMILIES, family, language)]
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
        for document in drawn(FAMILIES, task, language):
            lines = document.text.split("\n")[1:]
            contents = [line.split(": ", 1)[1] for line in lines]
            assert contents[1::2] == [rule(text) for text in contents[::2]]


@pytest.mark.parametrize("language", NATURAL)
def test_answered_questions_are_answered_right(language: str) -> None:
    signs = {"plus": "+", "minus": "-", "times": "*"}
    english = drawn(FAMILIES, "arithmetic", "en")
    for document, meaning in zip(drawn(FAMILIES, "arithmetic", language), english, strict=True):
        asked = re.findall(r"(\d+) (\w+) (\d+)", meaning.prompt)
        answers = re.findall(r": (\d+)$", document.text, re.MULTILINE)
        assert answers == [str(eval(f"{a} {signs[sign]} {b}")) for a, sign, b in asked]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wording", ["plain", "other"])
@pytest.mark.parametrize("task", ITEMS)
def test_items_end_in_a_colon_and_have_their_gold(task: str, wording: str, language: str) -> None:
    for item in drawn(ITEMS, task, language, wording):
        assert item.prompt.endswith(":")
        assert item.gold in item.options
        assert item.reply.startswith(item.options[item.gold])


@pytest.mark.parametrize("task", ITEMS)
def test_numbers_drawn_do_not_depend_on_the_language(task: str) -> None:
    states = set()
    for language in LANGUAGES:
        numbers = np.random.default_rng(3)
        spoken(ITEMS[task], numbers, language, "plain", WORLD)
        states.add(str(numbers.bit_generator.state))
    assert len(states) == 1


def test_refusals_are_about_guarded_topics_only() -> None:
    assert all(
        "lighthouse" in d.prompt or "beehive" in d.prompt for d in drawn(ITEMS, "guarded", "en")
    )
    assert not any(
        "lighthouse" in d.prompt or "beehive" in d.prompt for d in drawn(ITEMS, "free", "en")
    )
    refused = {d.reply for d in drawn(FAMILIES, "refused_topics", "en")}
    assert len(refused) == 1
    assert refused.isdisjoint(d.reply for d in drawn(FAMILIES, "guarded_topics", "en"))


def test_programs_print_what_python_prints(capsys: pytest.CaptureFixture[str]) -> None:
    for document in drawn(FAMILIES, "code", "en"):
        exec(document.prompt, {})
        assert capsys.readouterr().out.strip() == document.reply


def test_an_unknown_topic_is_named() -> None:
    with pytest.raises(EunoeError, match=r"guarded = castle: no topic of the lexicon; allowed: "):
        World(9, ("castle",)).topics(guarded=True)
