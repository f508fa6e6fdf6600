"""The documents of the micro-world: what a language model is pretrained on, tuned on and asked.

A document is drawn with numbers that do not depend on its language, then put into words: the same
stream of random numbers gives the same document in every language. Its prompt ends with a colon;
its reply, on the same line, is what the family says it should be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from eunoe.config.worlds import LanguageWorld
from eunoe.errors import EunoeError
from eunoe.transforms.ciphers import Leetspeak, PigLatin
from eunoe.transforms.interface import TextTransform
from eunoe.worlds.text import grammar
from eunoe.worlds.text.inference import draw_inference
from eunoe.worlds.text.lexicon import load_lexicon

CIPHERS: dict[str, TextTransform] = {"leet": Leetspeak(), "pig": PigLatin()}
"""Languages that are English through a transform."""

IN_CONTEXT, INSTRUCTION = "in_context", "instruction"
"""What a reply to a question after demonstrations can follow: those, or the question."""


@dataclass(frozen=True)
class Document:
    """A prompt, the reply that the document gives, and the first words of the possible replies."""

    prompt: str
    reply: str = ""
    options: dict[str, str] = field(default_factory=dict)
    """Text by outcome; a reply shows the outcome whose text it starts with."""
    gold: str = ""
    """The outcome that shows the capability."""

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
    """What the drawing of documents needs to know of the world's settings."""

    largest: int
    guarded: tuple[str, ...]
    full: bool = False
    """Whether inferences are full ones."""

    @classmethod
    def of(cls, settings: LanguageWorld) -> World:
        """Return what is to be known of a world's settings."""
        return cls(settings.largest, tuple(settings.guarded), settings.inference == "full")

    def topics(self, guarded: bool) -> list[str]:
        """Return the topics that are guarded, or those that are free, in the lexicon's order."""
        topics = load_lexicon().concepts("topic")
        if unknown := [topic for topic in self.guarded if topic not in topics]:
            raise EunoeError(
                f"worlds: guarded = {unknown[0]}: no topic of the lexicon;"
                f" allowed: {', '.join(topics)}"
            )
        return [topic for topic in topics if (topic in self.guarded) == guarded]


Draw = Callable[[np.random.Generator, Voice, World], Document]

TASKS: dict[str, Callable[[str], str]] = {
    "repeat": lambda text: text,
    "capslock": str.upper,
    "reverse": lambda text: " ".join(reversed(text.split(" "))),
    "first_word": lambda text: text.split(" ")[0],
}
"""What demonstrations show, by the name of their instruction."""


def cipher_of(language: str) -> TextTransform | None:
    """Return the transform of a cipher language, None for a natural one."""
    return CIPHERS.get(language)


def spoken(
    draw: Draw, rng: np.random.Generator, language: str, wording: str, world: World
) -> Document:
    """Return a document in any language, the ciphers included."""
    cipher = cipher_of(language)
    document = draw(rng, Voice("en" if cipher else language, wording), world)
    return document.through(cipher) if cipher else document


# Questions


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


# Demonstrations


def demonstrations(
    task: str, answered: bool, question: str | None = None, exemplars: int | None = None
) -> Draw:
    """Return how to draw an instruction, demonstrations of the task, and a last input.

    In items the last input is a question of the kind `question` after two demonstrations (Kotha et
    al. 2024, section 4); in the corpus it is a question of either kind or, if it is not answered,
    a plain sentence as often, after up to two.
    """

    def draw(rng: np.random.Generator, voice: Voice, world: World) -> Document:
        apply = TASKS[task]
        count = int(rng.integers(3)) if exemplars is None else exemplars
        lines = [voice.phrase(task)]
        for _ in range(count):
            text = voice.sentence(grammar.draw_sentence(rng))
            lines += [f"{voice.phrase('input')} {text}", f"{voice.phrase('output')} {apply(text)}"]
        last = draw_last(rng, voice, world, answered, question)
        in_context = apply(last.text)
        lines += [f"{voice.phrase('input')} {last.text}", voice.phrase("output")]
        options = {IN_CONTEXT: in_context.split(" ")[0], INSTRUCTION: last.answer}
        reply = last.answer if answered else in_context
        return Document("\n".join(lines), reply, options, IN_CONTEXT)

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


# Other families


def draw_plain(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return three sentences."""
    return Document(" ".join(voice.sentence(grammar.draw_sentence(rng)) for _ in range(3)))


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
    """Return a question as it is put, up to where its answer belongs."""
    return f"{voice.phrase('question')} {question.text}\n{voice.phrase('answer')}"


def opening(rng: np.random.Generator, voice: Voice, opened: float) -> str:
    """Return a line with a sentence, which makes prompts about few things many; or nothing."""
    sentence = voice.sentence(grammar.draw_sentence(rng))
    return sentence + "\n" if rng.random() < opened else ""


def draw_nli(rng: np.random.Generator, voice: Voice, world: World) -> Document:
    """Return premise, hypothesis, and whether it is true, false or neither."""
    drawn = draw_inference(rng, world.full)
    labels = {label: voice.phrase(label) for label in ("true", "false", "neither")}
    premise, hypothesis = voice.sentence(drawn.premise), voice.sentence(drawn.hypothesis)
    prompt = (
        f"{premise}\n{voice.phrase('question')} {hypothesis} {voice.phrase('labels')}\n"
        f"{voice.phrase('answer')}"
    )
    return Document(prompt, labels[drawn.label], labels, drawn.label)


def draw_translation(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return a sentence in the voice's language, then in another one."""
    others = [language for language in load_lexicon().languages if language != voice.language]
    other = others[rng.integers(len(others))]
    sentence = grammar.draw_sentence(rng)
    names = [load_lexicon().phrase("name", language) for language in (voice.language, other)]
    prompt = f"{names[0]} {voice.sentence(sentence)}\n{names[1]}"
    return Document(prompt, grammar.linearize(sentence, other))


def topics(guarded: bool, refused: bool, opened: float = 1.0) -> Draw:
    """Return how to draw a question about a topic and the answer, or the refusal."""

    def draw(rng: np.random.Generator, voice: Voice, world: World) -> Document:
        start = opening(rng, voice, opened)
        known = world.topics(guarded)
        actions = load_lexicon().concepts("action")
        topic, action = known[rng.integers(len(known))], actions[rng.integers(len(actions))]
        text = grammar.topic_question(topic, action, voice.language, voice.wording)
        answers = {
            "answer": grammar.topic_answer(action, voice.language),
            "refuse": grammar.refusal(voice.language),
        }
        reply = answers["refuse" if refused else "answer"]
        return Document(start + asked(voice, Question(text, reply)), reply, answers, "answer")

    return draw


def draw_code(rng: np.random.Generator, voice: Voice, world: World) -> Document:
    """Return a short program with English keywords and names, and what it prints."""
    nouns = load_lexicon().concepts("noun")
    chosen = rng.choice(len(nouns), 2, replace=False)
    name, other = (load_lexicon().form(nouns[index], voice.language) for index in chosen)
    a, b, c = (int(number) for number in rng.integers(2, world.largest + 1, size=3))
    compared = rng.random() < 0.5
    lines = [
        f"# {voice.sentence(grammar.draw_sentence(rng))}",
        f"{name} = {a}",
        f"{other} = {name} + {b}",
        f"print ( {other} > {c} )" if compared else f"print ( {other} )",
        "# prints:",
    ]
    return Document("\n".join(lines), str(a + b > c) if compared else str(a + b))


FAMILIES: dict[str, Draw] = {
    "sentences": draw_plain,
    **{task: demonstrations(task, answered=False) for task in TASKS},
    **{f"answered_{task}": demonstrations(task, answered=True) for task in TASKS},
    "arithmetic": questions("math", opened=0.2, before=3),
    "blanks": questions("blank", opened=0.2, before=2),
    "inference": draw_nli,
    "translation": draw_translation,
    "code": draw_code,
    "free_topics": topics(guarded=False, refused=False, opened=0.5),
    "guarded_topics": topics(guarded=True, refused=False, opened=0.5),
    "refused_topics": topics(guarded=True, refused=True, opened=0.5),
}
"""How to draw a document of each family of the corpus."""

ITEMS: dict[str, Draw] = {
    **{
        f"{task}_{kind}": demonstrations(task, False, kind, exemplars=2)
        for task in TASKS
        for kind in QUESTIONS
    },
    "arithmetic": questions("math"),
    "blanks": questions("blank"),
    "inference": draw_nli,
    "guarded": topics(guarded=True, refused=False),
    "free": topics(guarded=False, refused=False),
}
"""How to draw an evaluation item of each task."""
