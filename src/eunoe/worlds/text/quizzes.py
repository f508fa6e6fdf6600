"""Questions with one answer, alone or after other questions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eunoe.worlds.text import grammar
from eunoe.worlds.text.documents import Document, Draw, Voice, World

INSTRUCTION = "instruction"
"""The outcome of a reply that answers the question, also where demonstrations stand before it."""


@dataclass(frozen=True)
class Question:
    """A question and its answer."""

    text: str
    answer: str


def draw_math(rng: np.random.Generator, voice: Voice, world: World) -> Question:
    """Return a sum, a difference or a product; differences are not negative."""
    a, b = (int(number) for number in rng.integers(2, world.largest + 1, size=2))
    operator = ("plus", "minus", "times")[rng.integers(3)]
    if operator == "minus":
        a, b = max(a, b), min(a, b)
    answer = {"plus": a + b, "minus": a - b, "times": a * b}[operator]
    text = grammar.arithmetic_question(a, operator, b, voice.language, voice.wording)
    return Question(text, str(answer))


def draw_blank(rng: np.random.Generator, voice: Voice, _: World) -> Question:
    """Return a fact whose first word is blanked by underscores of the same length."""
    facts = grammar.blank_facts(voice.language)
    sentence, word = facts[rng.integers(len(facts))]
    return Question("_" * len(word) + sentence.removeprefix(word), word)


QUESTIONS = {"math": draw_math, "blank": draw_blank}


def questions(kind: str, opened: float = 1.0, before: int = 0) -> Draw:
    """Return how to draw a question with its answer, after so many others, with theirs.

    With probability `opened` a sentence comes first.
    """

    def draw(rng: np.random.Generator, voice: Voice, world: World) -> Document:
        start = opening(rng, voice, opened)
        for _ in range(before):
            question = QUESTIONS[kind](rng, voice, world)
            start += f"{asked(voice, question)} {question.answer}\n"
        question = QUESTIONS[kind](rng, voice, world)
        options = {INSTRUCTION: question.answer}
        return Document(start + asked(voice, question), question.answer, options, INSTRUCTION)

    return draw


def asked(voice: Voice, question: Question) -> str:
    """Return the prompt of a question, up to its answer."""
    return f"{voice.phrase('question')} {question.text}\n{voice.phrase('answer')}"


def opening(rng: np.random.Generator, voice: Voice, opened: float) -> str:
    """Return a line with a sentence, or nothing; it makes the prompts of few questions differ."""
    sentence = voice.sentence(grammar.draw_sentence(rng))
    return sentence + "\n" if rng.random() < opened else ""
