"""An instruction, demonstrations of what it asks for, and a last input, which may be a question."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eunoe.worlds.text import grammar
from eunoe.worlds.text.documents import Document, Draw, Voice, World
from eunoe.worlds.text.quizzes import INSTRUCTION, QUESTIONS, Question

IN_CONTEXT = "in_context"
"""The outcome of a reply that treats the last input as the demonstrations do."""

INSTRUCTIONS: dict[str, Callable[[str], str]] = {
    "repeat": lambda text: text,
    "capslock": str.upper,
    "reverse": lambda text: " ".join(reversed(text.split(" "))),
    "first_word": lambda text: text.split(" ")[0],
}
"""The function of each instruction on a text, by the key of its phrase."""


def demonstrations(
    task: str, answered: bool, question: str | None = None, exemplars: int | None = None
) -> Draw:
    """Return how to draw an instruction, demonstrations of the task, and a last input.

    The last input is a question of the kind `question` (Kotha et al. 2024, section 4). Without a
    kind it is a question of either or, if it is not answered, a plain sentence as often. Without a
    number of `exemplars` there are up to two.
    """

    def draw(rng: np.random.Generator, voice: Voice, world: World) -> Document:
        apply = INSTRUCTIONS[task]
        count = int(rng.integers(3)) if exemplars is None else exemplars
        lines = [voice.phrase(task)]
        for _ in range(count):
            text = voice.sentence(grammar.draw_sentence(rng))
            lines += [f"{voice.phrase('input')} {text}", f"{voice.phrase('output')} {apply(text)}"]
        last = draw_last(rng, voice, world, answered, question)
        in_context = apply(last.text)
        lines += [f"{voice.phrase('input')} {last.text}", voice.phrase("output")]
        options = {IN_CONTEXT: in_context.split(" ")[0]}
        if last.answer:
            options[INSTRUCTION] = last.answer
        prompt = "\n".join(lines)
        if answered:
            return Document(prompt, last.answer, options, INSTRUCTION)
        return Document(prompt, in_context, options, IN_CONTEXT)

    return draw


def draw_last(
    rng: np.random.Generator, voice: Voice, world: World, answered: bool, question: str | None
) -> Question:
    """Return the last input of a document with demonstrations; a sentence has no answer."""
    plain = question is None and not answered and rng.random() < 0.5
    if plain:
        return Question(voice.sentence(grammar.draw_sentence(rng)), "")
    kind = question or ("math", "blank")[rng.integers(2)]
    return QUESTIONS[kind](rng, voice, world)
