"""Tasks: replies checked by rules of their own, in every language and cipher."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest

from eunoe.config.worlds.text import WORDINGS, Language
from eunoe.errors import EunoeError
from eunoe.worlds.text import interpreter
from eunoe.worlds.text.documents import Document, World, spoken
from eunoe.worlds.text.general import FORMATS
from eunoe.worlds.text.grammar import parse, read
from eunoe.worlds.text.inference import decide
from eunoe.worlds.text.lexicon import LANGUAGES, load_lexicon
from eunoe.worlds.text.tasks import TASKS
from eunoe.worlds.text.tokenizer import pieces_of
from eunoe.worlds.text.translation import Reword, Translate

ALL: tuple[str, ...] = get_args(Language)
WORLD = World(9, guarded=("lighthouse", "beehive"))


def drawn(
    task: str, language: str = "en", wording: str = "plain", count: int = 60
) -> list[Document]:
    return [
        spoken(TASKS[task].draw, np.random.default_rng([7, index]), language, wording, WORLD)
        for index in range(count)
    ]


def lines(document: Document) -> list[str]:
    """The lines of a prompt without their format words."""
    return [re.sub(r"^\w+: ", "", line) for line in document.prompt.split("\n")]


SHOWS_OTHERS = re.compile(r"few_shot_|answered_|\w+_math|\w+_blank$|\w+_quiz")
"""Tasks that show other inputs before the one that is asked."""
FEW_PROMPTS = ("guarded_answers", "guarded_refusals")
"""Questions about two topics, half of which have no sentence in front."""


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("task", TASKS)
def test_items_are_short_and_well_formed(task: str, language: str) -> None:
    words, tokens = (55, 78) if SHOWS_OTHERS.match(task) else (40, 64)
    for wording in WORDINGS:
        documents = drawn(task, language, wording)
        distinct = len({document.prompt for document in documents})
        assert distinct > (40 if task in FEW_PROMPTS else 50)
        for document in documents:
            assert document.reply == document.reply.strip()
            assert (document.reply == "") == (task == "prose")
            assert "\n" not in document.reply
            assert document.prompt == document.prompt.strip()
            assert document.prompt.endswith("." if task in ("prose", "sentences") else ":")
            assert len(document.prompt.split()) < words
            assert len(pieces_of(document.text)) < tokens


@pytest.mark.parametrize("largest", [2, 9, 5000])
@pytest.mark.parametrize("task", ["maths", "running", "coding", "arithmetic"])
def test_any_largest_operand_will_do(task: str, largest: int) -> None:
    numbers, world = np.random.default_rng(0), World(largest, guarded=())
    documents = [spoken(TASKS[task].draw, numbers, "en", "plain", world) for _ in range(60)]
    operands = [int(each) for document in documents for each in re.findall(r"\d+", document.prompt)]
    assert max(operands) <= (largest if task == "arithmetic" else 99)
    assert len({document.prompt for document in documents}) > 30


@pytest.mark.parametrize("task", TASKS)
def test_numbers_drawn_do_not_depend_on_the_language(task: str) -> None:
    for seed in range(20):
        states = set()
        for language in ALL:
            numbers = np.random.default_rng(seed)
            spoken(TASKS[task].draw, numbers, language, "plain", WORLD)
            states.add(str(numbers.bit_generator.state))
        assert len(states) == 1


NATURAL = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", NATURAL)
@pytest.mark.parametrize("task", [name for name in TASKS if TASKS[name].translated])
def test_a_prompt_translated_is_the_one_drawn_in_that_language(task: str, language: str) -> None:
    """But for how long blanks are; replies are taken back to the letter."""
    translate = Translate.model_validate({"to": language})
    for wording in WORDINGS:
        pairs = zip(drawn(task, "en", wording, 25), drawn(task, language, wording, 25), strict=True)
        for english, other in pairs:
            put = translate.encode(english.prompt)
            assert re.sub("_+", "_", put) == re.sub("_+", "_", other.prompt)
            if task == "prose":  # which has no reply
                continue
            back, reply = translate.decode(other.reply), re.sub("_+", "_", english.reply)
            if task in ("first_word", "few_shot_first_word"):
                # L'homme is "The man"; Hungarian has egy for no, too
                assert re.sub("_+", "_", back.split()[0]) == reply or reply == "No"
            else:
                assert re.sub("_+", "_", back) == reply


@pytest.mark.parametrize("task", [name for name in TASKS if not TASKS[name].translated])
def test_other_prompts_cannot_be_translated(task: str) -> None:
    translate = Translate(to="fr")
    for document in drawn(task, count=25):
        with pytest.raises(EunoeError):
            translate.encode(document.prompt)


@pytest.mark.parametrize("task", [name for name in TASKS if name != "translation"])
def test_a_prompt_reworded_is_the_one_drawn_in_the_other_wording(task: str) -> None:
    """A reply says the same, though it may have the question in it."""
    for plain, other in zip(drawn(task), drawn(task, wording="other"), strict=True):
        assert Reword().encode(plain.prompt) == other.prompt
        assert plain.reply == other.reply or question_of(plain) == question_of(other)


def question_of(document: Document) -> list[str]:
    """The words of a sum that a reply has, in whatever order, capitals and wording."""
    words = document.reply.lower().split()
    assert {"is", "equals"} & set(words)
    assert re.search(r"plus|minus|times", document.reply.lower())
    return sorted("is" if word == "equals" else word for word in words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_inputs_are_changed_as_instructed(language: str) -> None:
    rules: dict[str, Callable[[str], str]] = {
        "repeat": lambda text: text,
        "capslock": lambda text: text.upper(),
        "reverse": lambda text: " ".join(text.split()[::-1]),
        "first_word": lambda text: text.split()[0],
    }
    for task, rule in rules.items():
        for document in drawn(task, language):
            assert document.reply == rule(lines(document)[1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_say_the_same(language: str) -> None:
    other = "en" if language == "fr" else "fr"
    for document in drawn("translation", language):
        assert parse(lines(document)[0], language) == parse(document.reply, other)


def test_statements_are_true_of_the_sentence_that_says_them() -> None:
    labels = Counter[str]()
    for document in drawn("verification", count=400):
        premise, statement, _ = lines(document)
        assert (premise == statement) == (document.reply == "True")
        assert parse(premise, "en")
        assert parse(statement, "en")
        labels[document.reply] += 1
        if premise != statement:
            kept = [word for word in premise.split() if word in statement.split()]
            assert len(kept) >= len(premise.split()) - 3  # does not; an elephant would be two
    assert set(labels) == {"True", "False"}
    assert 160 < labels["True"] < 240


def test_a_statement_or_a_sentence_alone_does_not_tell() -> None:
    """Negations and quantifiers are as frequent among true statements as among false ones."""
    parts: dict[str, Counter[tuple[bool, bool]]] = {"premise": Counter(), "statement": Counter()}
    for document in drawn("verification", count=2000):
        for name, text in zip(parts, lines(document), strict=False):
            parts[name][document.reply == "True", " not " in text] += 1
    for counts in parts.values():
        shares = [
            counts[label, True] / (counts[label, True] + counts[label, False])
            for label in (True, False)
        ]
        assert abs(shares[0] - shares[1]) < 0.06  # three standard errors
        assert min(shares) > 0.1


def test_entailments_are_what_the_lexicon_decides() -> None:
    labels = Counter[str]()
    for document in drawn("entailment", count=200):
        premise, hypothesis, _ = lines(document)
        decided = decide(parse(premise, "en"), parse(hypothesis, "en"))
        assert decided.capitalize() == document.reply
        labels[document.reply] += 1
    assert min(labels["True"], labels["False"]) > 70


def test_what_is_shortened_says_no_adjective_beside_a_noun() -> None:
    adjectives = set(load_lexicon().concepts("adjective"))
    negated = 0
    for document in drawn("compression", count=200):
        text = lines(document)[1]
        before = [word.strip(".") for word in text.split()]
        after = [word.strip(".") for word in document.reply.split()]
        assert len(after) < len(before)
        dropped = Counter(before) - Counter(after)
        assert set(dropped) <= adjectives | {"an", "a", "An", "A"}
        assert ("not" in before) == ("not" in after)
        assert ("No" in before) == ("No" in after)
        negated += "not" in before
    assert negated > 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_name_the_subject_that_is_asked_for(language: str) -> None:
    first = load_lexicon().phrase("about_first", language)
    places = Counter[int]()
    for document in drawn("question_answering", language):
        passage, question, _ = lines(document)
        place = 0 if first in question else 1
        sentence = re.split(r"(?<=\.) ", passage)[place]
        subject = parse(sentence, language).subject.noun
        assert document.reply == load_lexicon().form(subject, language)
        places[place] += 1
    assert min(places.values()) > 15


def test_steps_are_worked_as_python_works_them() -> None:
    signs = {"plus": "+", "minus": "-", "times": "*"}
    lengths = Counter[int]()
    for document in drawn("maths", count=300):
        steps = document.reply.split(", ")
        for step in steps:
            a, sign, b, value = re.fullmatch(  # type: ignore[union-attr]
                r"(\d+) (\w+) (\d+) = (\d+)", step
            ).groups()
            assert str(eval(f"{a} {signs[sign]} {b}")) == value
            assert 0 <= int(value) <= 99
        asked = re.findall(r"\w+ \d+", lines(document)[0].split(" ", 1)[1])
        assert asked == [" ".join(step.split()[1:3]) for step in steps]
        assert lines(document)[0].split()[0] == steps[0].split()[0]
        for step, after in pairwise(steps):
            assert step.split()[-1] == after.split()[0]
        lengths[len(steps)] += 1
    assert set(lengths) == {2, 3, 4}
    assert min(lengths.values()) > 70


def opposite(word: str) -> str:
    return load_lexicon().opposite(word)


def next_one(word: str) -> str:
    category = "day" if word.endswith("day") else "month"
    return load_lexicon().concept(category, word.lower()).kin.capitalize()


def kind(word: str) -> str:
    return load_lexicon().kind(word)


def kinds_of(words: list[str]) -> list[str]:
    return [kind(word) for word in words]


RULES: dict[str, Callable[[list[str]], str]] = {
    "opposites": lambda words: " ".join(map(opposite, words)),
    "kinds": lambda words: " ".join(kinds_of(words)),
    "following": lambda words: " ".join(map(next_one, words)),
    "twice": lambda words: " ".join(words + words),
    "last_word": lambda words: words[-1],
    "numbered": lambda words: ", ".join(f"{n + 1} {word}" for n, word in enumerate(words)),
    "largest": lambda words: str(max(map(int, words))),
    "brackets": lambda words: f"( {' '.join(words)} )",
    "odd_one": lambda words: next(word for word in words if kinds_of(words).count(kind(word)) == 1),
}


def test_general_instructions_are_followed() -> None:
    keys = {load_lexicon().phrase(key, "en"): key for key in FORMATS}
    seen = Counter[str]()
    for document in drawn("general", count=500):
        instruction, text, _ = document.prompt.split("\n")
        key, text = keys[instruction], text.removeprefix("Input: ")
        seen[key] += 1
        if key == "negate":
            plain, negated = (read(each, "en") for each in (text, document.reply))
            assert plain
            assert negated
            assert (plain.negated, negated.negated) == (False, True)
            assert plain.subject == negated.subject
        else:
            assert document.reply == RULES[key](text.split())
    assert set(seen) == set(FORMATS)
    assert len(FORMATS) >= 8
    assert min(seen.values()) > 20


def wanted(text: str, inputs: dict[str, int]) -> list[int]:
    """What is to be printed, from the words that ask for it."""
    signs: dict[str, Callable[[int, int], int]] = {
        "plus": lambda a, b: a + b,
        "minus": lambda a, b: a - b,
        "times": lambda a, b: a * b,
    }

    def value(word: str) -> int:
        return int(word) if word.isdigit() else inputs[word]

    first, *clauses = (clause.split() for clause in text.split(", "))
    match first:
        case ["repeat", times, name, sign, number]:
            result = value(name)
            for _ in range(int(times)):
                result = signs[sign](result, int(number))
        case ["double", name]:
            result = 2 * value(name)
        case ["square", name]:
            result = value(name) ** 2
        case ["maximum", one, other]:
            result = max(value(one), value(other))
        case ["minimum", one, other]:
            result = min(value(one), value(other))
        case ["difference", one, other]:
            result = abs(value(one) - value(other))
        case [one, sign, other]:
            result = signs[sign](value(one), value(other))
    printed = []
    for clause in clauses:
        if clause[0] == "then":
            printed.append(value(clause[1]))
        else:
            result = signs[clause[0]](result, int(clause[1]))
    return [result, *printed]


def test_programs_print_what_is_asked_for() -> None:
    for document in drawn("coding", count=400):
        text = lines(document)[1]
        program = interpreter.parse(document.reply)
        names = dict.fromkeys(re.findall(r"[a-z]+", text))
        assert set(interpreter.inputs_of(program)) <= set(names)
        for values in ((3, 8), (8, 3), (5, 5), (0, 7)):
            nouns = [name for name in names if name in load_lexicon().concepts("noun")]
            inputs = dict(zip(nouns, values, strict=False))
            assert interpreter.run(program, inputs) == wanted(text, inputs)
