"""Translation by the lexicon and re-wording: there and back, and what models may say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eunoe.errors import EunoeError
from eunoe.worlds.text.grammar import (
    arithmetic_question,
    blank_facts,
    draw_sentence,
    linearize,
    parse,
    refusal,
    topic_answer,
    topic_question,
)
from eunoe.worlds.text.inference import draw_inference
from eunoe.worlds.text.lexicon import LANGUAGES, load_lexicon
from eunoe.worlds.text.translation import Reword, Translate

SEEDS = st.integers(0, 2**32 - 1)
PAIRS = list(permutations(LANGUAGES, 2))
TASKS: dict[str, Callable[[str], str]] = {
    "repeat": lambda text: text,
    "capslock": str.upper,
    "reverse": lambda text: " ".join(reversed(text.split(" "))),
    "first_word": lambda text: text.split(" ")[0],
}


def prompt(seed: int, language: str, wording: str = "plain") -> str:
    """Return a prompt with demonstrations, the same but for language and wording."""
    rng = np.random.default_rng(seed)
    lexicon = load_lexicon()
    task = list(TASKS)[rng.integers(len(TASKS))]
    start, end = (lexicon.phrase(key, language, wording) for key in ("input", "output"))
    lines = [lexicon.phrase(task, language, wording)]
    for _ in range(2):
        text = linearize(draw_sentence(rng), language)
        lines += [f"{start} {text}", f"{end} {TASKS[task](text)}"]
    asked = arithmetic_question(
        int(rng.integers(2, 10)), ("plus", "minus", "times")[rng.integers(3)], 4, language, wording
    )
    return "\n".join([*lines, f"{start} {asked}", end])


def inference_prompt(seed: int, language: str) -> str:
    drawn = draw_inference(np.random.default_rng(seed))
    phrase = load_lexicon().phrase
    premise, hypothesis = (
        linearize(sentence, language) for sentence in (drawn.premise, drawn.hypothesis)
    )
    question = f"{phrase('question', language)} {hypothesis} {phrase('labels', language)}"
    return f"{premise}\n{question}\n{phrase('answer', language)}"


def blanked(language: str, number: int) -> str:
    sentence, word = blank_facts(language)[number]
    return "______" + sentence.removeprefix(word)


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from(PAIRS), st.sampled_from(["plain", "other"]))
def test_a_prompt_becomes_the_one_drawn_in_the_other_language(
    seed: int, pair: tuple[str, str], wording: str
) -> None:
    source, target = pair
    transform = Translate(to=target, source=source)
    text = prompt(seed, source, wording)
    assert transform.encode(text) == prompt(seed, target, wording)
    assert transform.decode(transform.encode(text)) == text


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.sampled_from(PAIRS))
def test_an_inference_becomes_the_one_drawn_in_the_other_language(
    seed: int, pair: tuple[str, str]
) -> None:
    source, target = pair
    text = inference_prompt(seed, source)
    assert Translate(to=target, source=source).encode(text) == inference_prompt(seed, target)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_answers_are_exact(source: str, target: str) -> None:
    """In lower-case languages too: Warm, WARM; Montag is Lundi, "vor Montag." is "avant lundi."."""
    transform = Translate(to=target, source=source)
    facts = zip(blank_facts(source), blank_facts(target), strict=True)
    for number, ((sentence, word), (other_sentence, other_word)) in enumerate(facts):
        assert transform.encode(sentence) == other_sentence
        assert transform.encode(word) == other_word
        assert transform.decode(other_word) == word
        assert transform.decode(other_word.upper()) == word.upper()
        last, other_last = (text.split(" ")[-1] for text in (sentence, other_sentence))
        assert transform.decode(other_last) == last
        question, other_question = blanked(source, number), blanked(target, number)
        assert transform.encode(question) == other_question
        assert transform.decode(TASKS["reverse"](other_question)) == TASKS["reverse"](question)
    for label in ("true", "false", "neither"):
        assert transform.encode(load_lexicon().phrase(label, source)) == load_lexicon().phrase(
            label, target
        )


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_topics_are_exact(source: str, target: str) -> None:
    transform = Translate(to=target, source=source)
    lexicon = load_lexicon()
    assert transform.encode(refusal(source)) == refusal(target)
    for action in lexicon.concepts("action"):
        assert transform.encode(topic_answer(action, source)) == topic_answer(action, target)
        for wording in ("plain", "other"):
            asked, other = (
                topic_question("bakery", action, language, wording) for language in (source, target)
            )
            assert transform.encode(asked) == other
            assert transform.decode(other.split(" ")[0]) == asked.split(" ")[0]


def test_written_examples() -> None:
    french = Translate(to="fr")
    assert french.encode("The bird is old.") == "L'oiseau est âgé."
    assert french.encode("Input: THE BIRD IS OLD.") == "Entrée: L'OISEAU EST ÂGÉ."
    assert french.encode("Input: What is 4 plus 7?\nOutput:") == (
        "Entrée: Combien font 4 plus 7?\nSortie:"
    )
    assert french.decode(" Combien") == " What"
    assert french.decode("COMBIEN FONT 4 PLUS 7?") == "WHAT IS 4 PLUS 7?"
    assert french.decode("L'homme") == "The man"
    assert Translate(to="hu").decode("ÖREG") == "OLD"
    assert Translate(to="es").encode("What") == "¿Cuánto"
    assert Translate(to="hu").encode("What is 5 times 6?") == "Mennyi 5-ször 6?"
    german = Translate(to="de")
    assert german.decode("nicht. Tisch den sieht Hund Der") == "table. the see not does dog The"
    assert german.decode("Hund Der") == "dog The"
    assert Translate(to="es", source="fr").label == "translate(fr, es)"
    assert french.label == "translate(fr)"
    assert french.languages == ("en",)
    assert french.exact


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40), st.sampled_from(PAIRS))
def test_anything_can_be_decoded(text: str, pair: tuple[str, str]) -> None:
    assert isinstance(Translate(to=pair[0], source=pair[1]).decode(text), str)


WORDS = [*"#_'.:?¿ \n7", "What is # plus #?", "What", "is", "plus", "ß", "L'", "dog", "The", "A"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join))
def test_what_is_encoded_can_be_taken_back(text: str) -> None:
    transform = Translate(to="fr")
    with suppress(EunoeError):
        assert transform.decode(transform.encode(text)) == text


def test_what_is_not_known_stays_when_decoded() -> None:
    assert Translate(to="fr").decode("Le chien xyz 42.") == "The dog xyz 42."
    assert Translate(to="fr").decode("") == ""


def test_an_unknown_word_is_named() -> None:
    with pytest.raises(EunoeError, match=r"translate\(fr\): unicorn is not in the lexicon of en"):
        Translate(to="fr").encode("Input: The unicorn sleeps.")
    with pytest.raises(EunoeError, match="'dog wait' cannot be taken back; allowed"):
        Translate(to="fr").encode("The dog sleeps.\ndog wait")


def test_a_language_without_a_lexicon_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"a language without a lexicon; allowed: en, fr"):
        Translate.model_validate({"to": "xx"})
    with pytest.raises(ValidationError, match=r"to = en: the prompts' own language; allowed"):
        Translate(to="en")


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from(LANGUAGES))
def test_rewording_gives_the_prompt_drawn_in_the_other_wording(seed: int, language: str) -> None:
    assert Reword().encode(prompt(seed, language)) == prompt(seed, language, "other")


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from(LANGUAGES))
def test_rewording_leaves_answers_and_sentences(seed: int, language: str) -> None:
    reword = Reword()
    sentence = linearize(draw_sentence(np.random.default_rng(seed)), language)
    for text in (sentence, sentence.upper(), sentence.split(" ")[0], "42", "True", ""):
        assert reword.encode(text) == text
        assert reword.decode(text) == text
    assert reword.exact


def test_rewording_reads_both_halves_of_a_line() -> None:
    assert Reword().encode("Frage: Was ist 4 plus 7?\nAntwort:") == (
        "Problem: Was ergibt 4 plus 7?\nLösung:"
    )
    assert Reword().encode("Question: Combien font 4 plus 7?") == (
        "Problème: Combien vaut 4 plus 7?"
    )
    assert Reword().encode("Question: How do I clean a mill?") == "Problem: How can I clean a mill?"


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from(PAIRS), st.sampled_from(sorted(TASKS)))
def test_the_task_done_in_another_language_is_the_task_done(
    seed: int, pair: tuple[str, str], task: str
) -> None:
    """Decoded, what a model answers that does the task is what the task gives."""
    if task == "first_word":
        return  # articles agree with nouns, so that one word alone does not tell
    sentence = draw_sentence(np.random.default_rng(seed))
    transform = Translate(to=pair[1], source=pair[0])
    answer = TASKS[task](linearize(sentence, pair[1]))
    assert transform.decode(answer) == TASKS[task](linearize(sentence, pair[0]))
    assert parse(linearize(sentence, pair[0]), pair[0]) == sentence
