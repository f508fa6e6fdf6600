"""The tasks that examples are made of, by name.

A task draws its documents as the language lab does: with numbers that do not depend on the
language, so that a draw says the same in every language, the ciphers included. A prompt ends with
a colon, a response is one line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eunoe.config.worlds import ExamplesWorld
from eunoe.worlds.text import documents, general, grammar, programs, statements
from eunoe.worlds.text.documents import Document, Draw, Voice, World
from eunoe.worlds.text.lexicon import load_lexicon


@dataclass(frozen=True)
class Task:
    """How a task's documents are drawn, and how replies to them are scored."""

    draw: Draw
    scorer: str
    """Key of `scorers.SCORERS`."""
    labels: tuple[str, ...] = ()
    """Keys of the phrases that a reply can be, if they are few."""
    translated: bool = True
    """Whether its prompts can be put in another language by the transform `translate`."""


def world_of(settings: ExamplesWorld) -> World:
    """Return what the drawing of documents needs to know; no topic is guarded."""
    return World(settings.largest, guarded=())


# Changing the input


def on_sentence(task: str) -> Draw:
    """Return how to draw an instruction and a sentence, which is changed as instructed."""

    def draw(rng: np.random.Generator, voice: Voice, _: World) -> Document:
        text = voice.sentence(grammar.draw_sentence(rng))
        return general.instructed(voice, task, text, documents.TASKS[task](text))

    return draw


def draw_continuation(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return two sentences and a third one; nothing tells which."""
    texts = [voice.sentence(grammar.draw_sentence(rng)) for _ in range(3)]
    return Document(" ".join(texts[:2]), texts[2])


def target_of(language: str) -> str:
    """Return the language that texts are translated into: French, or from French English."""
    return "en" if language == "fr" else "fr"


def draw_translation(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return a sentence and its translation."""
    other = target_of(voice.language)
    sentence = grammar.draw_sentence(rng)
    names = [load_lexicon().phrase("name", language) for language in (voice.language, other)]
    prompt = f"{names[0]} {voice.sentence(sentence)}\n{names[1]}"
    return Document(prompt, grammar.linearize(sentence, other))


TRUTH = ("true", "false")

TASKS: dict[str, Task] = {
    "sentences": Task(draw_continuation, "continuation"),
    "repeat": Task(on_sentence("repeat"), "sentence"),
    "capslock": Task(on_sentence("capslock"), "capitals"),
    "reverse": Task(on_sentence("reverse"), "reversed"),
    "first_word": Task(on_sentence("first_word"), "first_word"),
    "arithmetic": Task(documents.questions("math"), "numbers"),
    "blanks": Task(documents.questions("blank"), "word"),
    "free_topics": Task(documents.topics(guarded=False, refused=False), "advice"),
    "inference": Task(documents.draw_nli, "label", (*TRUTH, "neither")),
    "translation": Task(draw_translation, "translation", translated=False),
    "verification": Task(statements.draw_verification, "label", TRUTH),
    "entailment": Task(statements.draw_entailment, "label", TRUTH),
    "compression": Task(statements.draw_compression, "sentence"),
    "question_answering": Task(statements.draw_question, "word"),
    "maths": Task(programs.draw_maths, "steps"),
    "running": Task(programs.draw_running, "numbers"),
    "coding": Task(programs.draw_coding, "program"),
    "general": Task(general.draw_general, "shape"),
}
"""Every task, `config.worlds.ExampleTask`."""
