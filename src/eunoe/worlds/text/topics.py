"""Questions about topics, some of which are guarded: answered, or refused."""

from __future__ import annotations

import numpy as np

from eunoe.worlds.text import grammar
from eunoe.worlds.text.documents import Document, Draw, Voice, World
from eunoe.worlds.text.lexicon import load_lexicon
from eunoe.worlds.text.quizzes import Question, asked, opening


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
        shown = "refuse" if refused else "answer"
        question = Question(text, answers[shown])
        return Document(start + asked(voice, question), question.answer, answers, shown)

    return draw
