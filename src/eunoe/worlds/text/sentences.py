"""Sentences by themselves: in a row, continued, changed as instructed, and translated."""

from __future__ import annotations

import numpy as np

from eunoe.worlds.text import grammar
from eunoe.worlds.text.demonstrations import INSTRUCTIONS
from eunoe.worlds.text.documents import Document, Draw, Voice, World
from eunoe.worlds.text.formats.sentences import target_of
from eunoe.worlds.text.general import instructed
from eunoe.worlds.text.lexicon import load_lexicon


def draw_prose(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return three sentences."""
    return Document(" ".join(voice.sentence(grammar.draw_sentence(rng)) for _ in range(3)))


def on_sentence(task: str) -> Draw:
    """Return how to draw an instruction and a sentence, which is changed as instructed."""

    def draw(rng: np.random.Generator, voice: Voice, _: World) -> Document:
        text = voice.sentence(grammar.draw_sentence(rng))
        return instructed(voice, task, text, INSTRUCTIONS[task](text))

    return draw


def draw_continuation(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return two sentences and a third one; nothing tells which."""
    texts = [voice.sentence(grammar.draw_sentence(rng)) for _ in range(3)]
    return Document(" ".join(texts[:2]), texts[2])


def draw_translation(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return a sentence and its translation."""
    other = target_of(voice.language)
    sentence = grammar.draw_sentence(rng)
    names = [load_lexicon().phrase("name", language) for language in (voice.language, other)]
    prompt = f"{names[0]} {voice.sentence(sentence)}\n{names[1]}"
    return Document(prompt, grammar.linearize(sentence, other))


def draw_translation_pair(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return a sentence in the voice's language, then in another one."""
    others = [language for language in load_lexicon().languages if language != voice.language]
    other = others[rng.integers(len(others))]
    sentence = grammar.draw_sentence(rng)
    names = [load_lexicon().phrase("name", language) for language in (voice.language, other)]
    prompt = f"{names[0]} {voice.sentence(sentence)}\n{names[1]}"
    return Document(prompt, grammar.linearize(sentence, other))
