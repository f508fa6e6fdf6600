"""Documents of the micro-world, from which the items of text are made.

A document is drawn with numbers that do not depend on its language, then put into words: the same
stream of random numbers gives the same document in every language. Its prompt ends with a colon;
its reply, on the same line, is what the task (`tasks.TASKS`) says it should be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from eunoe.config.worlds.text import TextWorld
from eunoe.errors import EunoeError
from eunoe.transforms.interface import TextTransform
from eunoe.worlds.text import grammar
from eunoe.worlds.text.ciphers import cipher_of
from eunoe.worlds.text.lexicon import load_lexicon


@dataclass(frozen=True)
class Document:
    """A prompt, the reply that the document gives, and the first words of the possible replies."""

    prompt: str
    reply: str = ""
    options: dict[str, str] = field(default_factory=dict)
    """Text by outcome; a reply shows the outcome whose text it starts with."""
    gold: str = ""
    """The outcome that the reply shows, and with it the capability."""

    @property
    def text(self) -> str:
        """The whole document."""
        return f"{self.prompt} {self.reply}" if self.reply else self.prompt

    def through(self, cipher: TextTransform) -> Document:
        """Return the document in a cipher."""
        options = {outcome: cipher.encode(text) for outcome, text in self.options.items()}
        return Document(cipher.encode(self.prompt), cipher.encode(self.reply), options, self.gold)


@dataclass(frozen=True)
class Voice:
    """A language of the lexicon and a wording."""

    language: str
    wording: str

    def phrase(self, key: str) -> str:
        """Return a fixed phrase."""
        return load_lexicon().phrase(key, self.language, self.wording)

    def sentence(self, sentence: grammar.Sentence) -> str:
        """Return a sentence in words."""
        return grammar.linearize(sentence, self.language)


@dataclass(frozen=True)
class World:
    """The settings of a world that drawing documents depends on."""

    largest: int
    guarded: tuple[str, ...]
    full: bool = False
    """Whether inferences have all determiners and negated premises."""

    @classmethod
    def of(cls, settings: TextWorld) -> World:
        """Return these settings of a world."""
        return cls(settings.largest, tuple(settings.guarded), settings.inference == "full")

    def topics(self, guarded: bool) -> list[str]:
        """Return the topics that are guarded, or those that are free, in the lexicon's order."""
        topics = load_lexicon().concepts("topic")
        if unknown := [topic for topic in self.guarded if topic not in topics]:
            raise EunoeError(
                f"worlds: guarded = {unknown[0]}: no topic of the lexicon;"
                f" allowed: {', '.join(topics)}"
            )
        found = [topic for topic in topics if (topic in self.guarded) == guarded]
        if not found:
            some = "some topics" if guarded else "not all topics"
            raise EunoeError(
                f"worlds: guarded = {list(self.guarded)}: no topic to ask about; allowed: {some}"
                f" of {', '.join(topics)}"
            )
        return found


Draw = Callable[[np.random.Generator, Voice, World], Document]


def spoken(
    draw: Draw, rng: np.random.Generator, language: str, wording: str, world: World
) -> Document:
    """Return a document in any language, the ciphers included."""
    cipher = cipher_of(language)
    document = draw(rng, Voice("en" if cipher else language, wording), world)
    return document.through(cipher) if cipher else document
