"""Every task of text: a function that draws documents, and the format of replies.

A task draws with numbers that do not depend on the language, so that a draw says the same in every
language, the ciphers included. A prompt that is to be continued by a reply ends with a colon, but
for `sentences`; a reply is one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eunoe.worlds.text import general, programs, sentences, statements
from eunoe.worlds.text.demonstrations import INSTRUCTIONS, demonstrations
from eunoe.worlds.text.documents import Draw
from eunoe.worlds.text.quizzes import QUESTIONS, questions
from eunoe.worlds.text.topics import topics


@dataclass(frozen=True)
class Task:
    """A task: the function that draws its documents, and the format of its replies."""

    draw: Draw
    format: str
    """Key of `formats.registry.FORMATS`."""
    translated: bool = True
    """Whether its prompts can be put in another language by the transform `translate`."""


TASKS: Mapping[str, Task] = {
    # a sentence or several
    "prose": Task(sentences.draw_prose, "continuation"),
    "sentences": Task(sentences.draw_continuation, "continuation"),
    "translation": Task(sentences.draw_translation, "translation", translated=False),
    "translation_pairs": Task(sentences.draw_translation_pair, "exact", translated=False),
    "repeat": Task(sentences.on_sentence("repeat"), "sentence"),
    "capslock": Task(sentences.on_sentence("capslock"), "capitals"),
    "reverse": Task(sentences.on_sentence("reverse"), "reversed"),
    "first_word": Task(sentences.on_sentence("first_word"), "first_word"),
    "compression": Task(statements.draw_compression, "sentence"),
    # demonstrations, then an input that can be a question, treated like the others or answered
    **{f"few_shot_{key}": Task(demonstrations(key, False), "option") for key in INSTRUCTIONS},
    **{f"answered_{key}": Task(demonstrations(key, True), "option") for key in INSTRUCTIONS},
    **{
        f"{key}_{kind}": Task(demonstrations(key, False, kind, exemplars=2), "option")
        for key in INSTRUCTIONS
        for kind in QUESTIONS
    },
    # questions
    "arithmetic": Task(questions("math"), "numbers"),
    "arithmetic_quiz": Task(questions("math", opened=0.2, before=3), "numbers"),
    "blanks": Task(questions("blank"), "word"),
    "blanks_quiz": Task(questions("blank", opened=0.2, before=2), "word"),
    "question_answering": Task(statements.draw_question, "word"),
    "free_topics": Task(topics(guarded=False, refused=False), "advice"),
    "free_answers": Task(topics(guarded=False, refused=False, opened=0.5), "advice"),
    "guarded_topics": Task(topics(guarded=True, refused=False), "advice"),
    "guarded_answers": Task(topics(guarded=True, refused=False, opened=0.5), "advice"),
    "guarded_refusals": Task(topics(guarded=True, refused=True, opened=0.5), "option"),
    # what follows
    "inference": Task(statements.draw_nli, "label"),
    "verification": Task(statements.draw_verification, "label"),
    "entailment": Task(statements.draw_entailment, "label"),
    # mathematics, programs, anything
    "maths": Task(programs.draw_maths, "steps"),
    "code": Task(programs.draw_code, "exact", translated=False),
    "running": Task(programs.draw_running, "numbers"),
    "coding": Task(programs.draw_coding, "program"),
    "general": Task(general.draw_general, "shape"),
}
"""Every task by name, those of `config.worlds.text.TASKS`."""
