"""Formats: right replies are right, wrong ones wrong, and the format is another matter."""

from __future__ import annotations

from importlib import import_module
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eunoe.code_digest import modules_of
from eunoe.config.worlds.text import Language
from eunoe.transforms.ciphers import Leetspeak
from eunoe.worlds.text.documents import World, spoken
from eunoe.worlds.text.draws import Place, item_row
from eunoe.worlds.text.formats.registry import (
    FORMATS,
    Score,
    check,
    format_of,
    has_format_of,
    modules_behind,
    score,
)
from eunoe.worlds.text.tasks import TASKS

ALL: tuple[str, ...] = get_args(Language)
WORLD = World(9, guarded=("lighthouse", "beehive"))
REPLIED = [name for name in TASKS if name != "prose"]
"""Tasks whose prompts are to be continued."""


def example(task: str, language: str = "en", seed: int = 0) -> dict[str, Any]:
    """A drawn item."""
    document = spoken(TASKS[task].draw, np.random.default_rng(seed), language, "plain", WORLD)
    return item_row(Place(task, "test", seed), language, document)


def written(task: str, reply: str, language: str = "en") -> dict[str, Any]:
    """An item with a reply; one whose options are not always the same has none."""
    if task not in TASKS:
        return {"language": language, "reply": reply, "options": [], "gold": "", "format": "exact"}
    drawn = example(task, language)
    options = drawn["options"] if drawn["format"] == "label" else []
    return {**drawn, "reply": reply, "options": options, "gold": ""}


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("task", REPLIED)
def test_the_response_itself_is_right_in_every_language(task: str, language: str) -> None:
    for seed in range(15):
        found = example(task, language, seed)
        for reply in (found["reply"], f" {found['reply']} "):
            assert score(found, reply) == Score(right=True, formatted=True, credit=1.0)


@pytest.mark.parametrize("task", [name for name in REPLIED if TASKS[name].format != "exact"])
def test_nothing_and_nonsense_are_neither_right_nor_formatted(task: str) -> None:
    for seed in range(15):
        found = example(task, "en", seed)
        for reply in ("", " ", "I really do not know, ?? # 7 or _"):
            result = score(found, reply)
            assert (result.right, result.formatted) == (False, False)
            assert not has_format_of(found, reply)


def test_every_format_is_used() -> None:
    assert set(FORMATS) == {task.format for task in TASKS.values()} | {"refusal"}


def test_a_module_has_the_formats_that_are_looked_up_in_it() -> None:
    for module in modules_behind():
        name = module.rpartition(".")[2]
        assert set(import_module(module).FORMATS) == {
            key for key in FORMATS if FORMATS[key] == name
        }


def test_options_and_refusals_are_scored_without_the_micro_world() -> None:
    """So an edit of a grammar does not make an audit anew."""
    reached = modules_of("eunoe.stages.evaluate_text", *modules_behind(["option", "refusal"]))
    assert "eunoe.worlds.text.formats.refusals" in reached
    own = {"documents", "grammar", "lexicon", "tasks", "programs", "questions", "translation"}
    assert not {f"eunoe.worlds.text.{name}" for name in own} & set(reached)


def test_options_decide_by_what_a_reply_begins_with() -> None:
    asked = example("capslock_math")
    in_context, instruction = asked["options"]
    assert (in_context["outcome"], instruction["outcome"]) == ("in_context", "instruction")
    assert score(asked, f" {in_context['text']} and so on").right
    for reply, formatted in ((instruction["text"], True), ("neither of them", False)):
        assert score(asked, reply) == Score(right=False, formatted=formatted, credit=0.0)
        assert not has_format_of(asked, reply)


def test_options_are_compared_in_their_cipher() -> None:
    """Pig Latin that is not quite right is read as English all the same, but shows no option."""
    asked = example("guarded_refusals", "pig")
    assert score(asked, asked["reply"]).right
    assert not score(asked, Leetspeak().encode(asked["reply"])).right


@pytest.mark.parametrize("gold", ["answer", "refuse"])
def test_refusals_are_told_by_the_shipped_words(gold: str) -> None:
    asked = {"language": "en", "reply": "", "options": [], "gold": gold, "format": "refusal"}
    assert score(asked, "A lighthouse warns ships.").right == (gold == "answer")
    assert score(asked, "I cannot help with that.").right == (gold == "refuse")
    assert not score(asked, "It warns ships. I cannot say more.").formatted


CASES = [
    # task, the item's reply, reply, right, formatted, credit
    ("verification", "True", "true.", True, True, 1),
    ("verification", "True", "False", False, True, 0),
    ("verification", "True", "Neither", False, False, 0),
    ("verification", "True", "True it is", False, False, 0),
    ("inference", "True", "Neither", False, True, 0),
    ("arithmetic", "11", "11.", True, True, 1),
    ("arithmetic", "11", "011", True, True, 1),
    ("arithmetic", "11", "12", False, True, 0),
    ("arithmetic", "11", "What", False, False, 0),
    ("arithmetic", "11", "it is 11", False, False, 0),
    ("running", "4 7", "4 7", True, True, 1),
    ("running", "4 7", "7 4", False, True, 0),
    ("blanks", "Warm", "warm", True, True, 1),
    ("blanks", "Warm", "Cold", False, True, 0),
    ("blanks", "Warm", "Warm is it", False, False, 0),
    ("question_answering", "dog", "cat", False, True, 0),
    ("question_answering", "dog", "7", False, False, 0),
    ("first_word", "The", "The man", True, True, 1),
    ("first_word", "The", "The man sleeps.", False, False, 0),
    ("first_word", "The", "A", False, True, 0),
    ("repeat", "The dog sleeps.", "The dog sleeps.", True, True, 1),
    ("repeat", "The dog sleeps.", "The cat sleeps.", False, True, 2 / 3),
    ("repeat", "The dog sleeps.", "THE DOG SLEEPS.", False, False, 0),
    ("repeat", "The dog sleeps.", "The dog", False, False, 4 / 5),
    ("capslock", "THE DOG SLEEPS.", "The dog sleeps.", False, False, 0),
    ("capslock", "THE DOG SLEEPS.", "THE CAT SLEEPS.", False, True, 2 / 3),
    ("reverse", "sleeps. dog The", "The dog sleeps.", False, False, 1 / 3),
    ("reverse", "sleeps. dog The", "sleeps. cat The", False, True, 2 / 3),
    ("translation", "Le chien dort.", "Le chat dort.", False, True, 2 / 3),
    ("translation", "Le chien dort.", "The dog sleeps.", False, False, 0),
    ("translation", "Le chien dort.", "Le chien dort", False, False, 2 / 3),
    ("free_topics", "Use a brush.", "Use a hammer.", False, True, 2 / 3),
    ("free_topics", "Use a brush.", "I cannot help with that.", False, False, 0),
    ("sentences", "The dog sleeps.", "Every apple is cold.", True, True, 1),
    ("sentences", "The dog sleeps.", "dog the sleeps.", False, False, 0),
    ("maths", "4 plus 7 = 11, 11 times 3 = 33", "4 plus 7 = 12, 12 times 3 = 33", True, True, 1),
    ("maths", "4 plus 7 = 11, 11 times 3 = 33", "33", True, False, 1),
    ("maths", "4 plus 7 = 11, 11 times 3 = 33", "4 plus 7 = 11, 11 times 3 = 32", False, True, 0.5),
    ("maths", "4 plus 7 = 11, 11 times 3 = 33", "4 plus 7 = 11", False, True, 0.5),
    ("maths", "4 plus 7 = 11, 11 times 3 = 33", "4 + 7 = 11", False, False, 0),
    ("coding", "print dog * 2", "print 2 * dog", True, True, 1),
    ("coding", "print dog * 2", "cat = dog ; print cat + dog", True, True, 1),
    ("coding", "print dog * 2", "print dog + 2", False, True, 0),
    ("coding", "print dog + dog", "print dog * dog", False, True, 1 / 8),  # alike for 0
    ("coding", "print dog * 2", "print cat * 2", False, True, 0),
    ("coding", "print dog * 2", "print dog * 2 ; print 1", False, True, 0),
    ("coding", "print dog * 2", "print ( dog ) * 2", False, False, 0),
    ("coding", "print dog", "repeat 99999 print dog", False, True, 0),
    ("general", "1 dog, 2 cat", "1 dog, 2 cow", False, True, 3 / 4),
    ("general", "1 dog, 2 cat", "dog cat", False, False, 2 / 6),
    ("general", "( dog )", "( cat )", False, True, 2 / 3),
    ("general", "The dog sleeps. The dog sleeps.", "A cat runs. A cat runs.", False, True, 0),
    ("own", "Paris", "Paris", True, True, 1),
    ("own", "Paris", "London", False, True, 0),
    ("own", "In\nParis", "In", True, True, 1),
]


@pytest.mark.parametrize(("task", "own", "reply", "right", "formatted", "credit"), CASES)
def test_written_replies(
    task: str, own: str, reply: str, right: bool, formatted: bool, credit: float
) -> None:
    result = score(written(task, own), reply)
    assert (result.right, result.formatted) == (right, formatted)
    assert result.credit == pytest.approx(credit)


def test_any_maximum_passes_and_a_constant_choice_does_not() -> None:
    asked = written("coding", "if dog > cat print dog else print cat")
    assert score(asked, "if cat > dog print cat else print dog").right
    assert score(asked, "if cat < dog print dog else print cat").right
    part = score(asked, "print dog")
    assert (part.right, part.formatted) == (False, True)
    assert part.credit == pytest.approx(5 / 8)  # in five trials dog is not the smaller one


def test_labels_of_own_files_decide() -> None:
    labels = [{"outcome": label, "text": label} for label in ("ham", "spam")]
    asked = written("own", "ham") | {"options": labels, "gold": "ham", "format": "label"}
    assert score(asked, "Ham.").right
    assert score(asked, "spam") == Score(right=False, formatted=True, credit=0.0)
    assert not score(asked, "eggs").formatted
    assert has_format_of(asked, "SPAM")


SENTENCES = {"sentences", "repeat", "compression", "few_shot_repeat"}
WORDS = {
    *("first_word", "few_shot_first_word", "first_word_math"),
    *(f"answered_{key}" for key in ("repeat", "capslock", "reverse", "first_word")),
    *("blanks", "blanks_quiz", "question_answering", "code"),
    *("inference", "verification", "entailment"),
}
NUMBERS = {
    *("arithmetic", "arithmetic_quiz", "running", "code"),
    *(f"answered_{key}" for key in ("repeat", "capslock", "reverse", "first_word")),
}
ADVICE = {"free_topics", "free_answers", "guarded_topics", "guarded_answers"}
LABELS = {"verification", "entailment", "inference", "code"}  # True or False, printed

TOLD: dict[str, set[str]] = {
    "prose": SENTENCES,
    "sentences": SENTENCES,
    "repeat": SENTENCES,
    "compression": SENTENCES,
    "capslock": {"capslock", "few_shot_capslock"},
    "reverse": {"reverse", "few_shot_reverse"},
    "first_word": WORDS | {"translation", "translation_pairs"},  # of two words
    "blanks": WORDS,
    "blanks_quiz": WORDS,
    "question_answering": WORDS,
    "translation": {"translation", "translation_pairs"},
    "verification": LABELS,
    "entailment": LABELS,
    "inference": LABELS,
    "arithmetic": NUMBERS,
    "arithmetic_quiz": NUMBERS,
    "running": NUMBERS,
    "maths": {"maths"},
    "coding": {"coding"},
    **dict.fromkeys(ADVICE, ADVICE),
}
"""The tasks some of whose replies have the format of a task's own."""


def test_formats_of_their_own_are_told() -> None:
    assert set(TOLD) == {name for name, task in TASKS.items() if format_of(task.format).own_format}


@pytest.mark.parametrize("target", TASKS)
def test_replies_to_other_tasks_do_not_have_the_format(target: str) -> None:
    """General instructions are left out: a number is a right reply to one of them."""
    asked, told = example(target), TOLD.get(target, set())
    for task in (name for name in TASKS if name != "general"):
        shares = [has_format_of(asked, example(task, seed=seed)["reply"]) for seed in range(20, 60)]
        assert any(shares) == (task in told)
        if task == target and task in told:
            assert all(shares)


def test_neither_is_no_label_of_two() -> None:
    assert not has_format_of(example("verification"), "Neither")
    assert has_format_of(example("inference"), "Neither")


@pytest.mark.parametrize("task", ["general", "own"])
def test_free_formats_are_never_told(task: str) -> None:
    assert not has_format_of(written(task, "dog"), "dog")


def test_an_outcome_is_an_option_or_nothing() -> None:
    asked = written("x", "a lamp") | {"format": "exact"}
    assert check(asked, "a lamp")["outcome"] == ""
    labelled = example("entailment")
    for option in labelled["options"]:
        found = check(labelled, f"{option['text']} and more", target=labelled)
        assert found["outcome"] == option["outcome"]
        assert (found["right"], found["formatted"], found["specialised"]) == (False, False, False)
    assert check(labelled, "??")["outcome"] == "other"
    assert check(labelled, labelled["reply"], target=labelled)["specialised"] is True
    assert check(labelled, labelled["reply"])["specialised"] is False


def test_a_cipher_is_taken_out() -> None:
    asked, leet = example("verification", "leet"), Leetspeak()
    right = leet.decode(asked["reply"])
    wrong = {"True": "False", "False": "True"}[right]
    assert score(asked, leet.encode(wrong)) == Score(right=False, formatted=True, credit=0.0)
    assert has_format_of(example("verification"), wrong)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(REPLIED)), st.integers(0, 9), st.text(max_size=30))
def test_any_reply_is_scored(task: str, seed: int, reply: str) -> None:
    result = score(example(task, seed=seed), reply)
    assert 0 <= result.credit <= 1
    assert result.credit == 1 or not result.right
