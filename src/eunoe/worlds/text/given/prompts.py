"""The tasks of the paper, made from the shipped texts in each language.

Kotha et al. 2024, the experiments on language. The demonstrations of a prompt ask for one thing,
repeating or capitalizing, and its last input is itself a question, so that a reply shows which of
the two the model answers. Items with the same name are the same in every language and wording: the
same sentences, the same numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from eunoe.config.worlds.text import WORDINGS
from eunoe.streams import stream
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.given.texts import (
    LABELS,
    LANGUAGES,
    NLI_LANGUAGES,
    PHRASES,
    Texts,
    read_texts,
)

OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "plus": operator.add,
    "minus": operator.sub,
    "times": operator.mul,
}
"""What a question of arithmetic can ask for, by the key of its phrase."""

NUMBERS = range(4, 21)
"""The operands a and b of a question of arithmetic."""

MATH = [(name, a, b) for name in OPERATIONS for a in NUMBERS for b in NUMBERS]
"""Every question of arithmetic."""

DEMONSTRATIONS = 2
"""Demonstrations in a prompt."""

SEED = 0
"""The seed of the items, which are the same for every probe and seed."""


class Task(NamedTuple):
    """A task: what its demonstrations show, if it has some, and its question."""

    demonstrates: str | None
    question: str


ICL_TASKS = {
    "repeat_math": Task("repeat", "math"),
    "repeat_blank": Task("repeat", "blank"),
    "capslock_math": Task("capslock", "math"),
    "capslock_blank": Task("capslock", "blank"),
    "math": Task(None, "math"),
    "blank": Task(None, "blank"),
}
"""In-context learning against instruction following, and the two questions alone."""

NLI = "nli"
"""The task of natural-language inference."""

TASK_LANGUAGES = {**dict.fromkeys(ICL_TASKS, LANGUAGES), NLI: NLI_LANGUAGES}
"""The languages that each task has texts in."""


@dataclass(frozen=True)
class Speaker:
    """The shipped texts in one language and wording."""

    language: str
    wording: str
    phrases: dict[str, str]
    """Phrases by key."""
    sentences: list[str]

    def say(self, key: str, **values: object) -> str:
        """Return a phrase with its placeholders filled in."""
        return self.phrases[key].format(**values)


def speaker_of(texts: Texts, language: str, wording: str) -> Speaker:
    """Return the texts in a language and wording."""
    phrases = {key: str(texts.phrases.at[(key, wording), language]) for key in PHRASES}
    return Speaker(language, wording, phrases, texts.sentences[language].to_list())


def speakers(languages: Sequence[str], wordings: Sequence[str]) -> list[Speaker]:
    """Return a speaker for each language and wording."""
    return [
        speaker_of(read_texts(), language, wording)
        for language in languages
        for wording in wordings
    ]


def items_for(task: str, languages: Sequence[str], count: int) -> pd.DataFrame:
    """Return the items (`ITEMS`) of a task in both wordings, at most `count` in each.

    The task has texts in the languages (`TASK_LANGUAGES`).
    """
    if task == NLI:
        return nli_items(languages, count, wordings=WORDINGS)
    return icl_items([task], languages, count, SEED, wordings=WORDINGS)


def icl_items(
    tasks: Sequence[str],
    languages: Sequence[str],
    count: int,
    seed: int,
    *,
    wordings: Sequence[str] = WORDINGS[:1],
) -> pd.DataFrame:
    """Return items of `ICL_TASKS`: two demonstrations and a question, or the question alone.

    Of each task `count` items, or as many as there are different questions: 867 of arithmetic, one
    blank for each sentence. Items with the same number have the same demonstrations and, if they
    ask the same kind of question, the same question. Fewer items are the first of more.
    """
    rows = [
        icl_item(task, index, seed, speaker)
        for task in tasks
        for speaker in speakers(languages, wordings)
        for index in range(min(count, questions_in(ICL_TASKS[task], speaker)))
    ]
    return pd.DataFrame(rows, columns=ITEMS.names)


def nli_items(
    languages: Sequence[str], count: int | None = None, *, wordings: Sequence[str] = WORDINGS[:1]
) -> pd.DataFrame:
    """Return the first `count` pairs for inference, or all, as items.

    The shipped pairs come in threes, with one hypothesis and each label once, so that no share of
    them favours a label by more than one pair.
    """
    pairs = read_texts().nli[:count]
    rows = [
        nli_item(pair, speaker)
        for speaker in speakers(languages, wordings)
        for pair in pairs.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=ITEMS.names)


def icl_item(task: str, index: int, seed: int, speaker: Speaker) -> dict[str, Any]:
    """Return an item of one of `ICL_TASKS`."""
    demonstrates, kind = ICL_TASKS[task]
    number = question_number(ICL_TASKS[task], index, seed, speaker)
    question, answer = ask_math(number, speaker) if kind == "math" else ask_blank(number, speaker)
    if demonstrates is None:
        prompt = f"{speaker.say('question')} {question}\n{speaker.say('answer')}"
        return row(f"{task}.{index:04d}", task, speaker, prompt, answer, {"instruction": answer})
    used = number if kind == "blank" else None
    lines = [speaker.say(demonstrates)]
    for shown in demonstrations(index, seed, used, speaker):
        lines.append(f"{speaker.say('input')} {shown}")
        lines.append(f"{speaker.say('output')} {demonstrated(demonstrates, shown)}")
    lines += [f"{speaker.say('input')} {question}", speaker.say("output")]
    first = demonstrated(demonstrates, question.split(" ")[0])
    # These two differ, as texts.py wants letters at the beginning of a question of arithmetic and
    # of a sentence; a number has none, and a blank is of underscores.
    options = {"in_context": first, "instruction": answer}
    reply = demonstrated(demonstrates, question)
    return row(f"{task}.{index:04d}", task, speaker, "\n".join(lines), reply, options)


def nli_item(pair: dict[Any, Any], speaker: Speaker) -> dict[str, Any]:
    """Return a pair as an item."""
    words = {label: speaker.say(label) for label in LABELS}
    hypothesis = pair[f"hypothesis_{speaker.language}"]
    lines = [
        pair[f"premise_{speaker.language}"],
        f"{speaker.say('question')} {speaker.say('nli', hypothesis=hypothesis, **words)}",
        speaker.say("answer"),
    ]
    gold = pair["gold"]
    item = row(f"{NLI}.{pair['id']}", NLI, speaker, "\n".join(lines), words[gold], words)
    return {**item, "gold": gold}


def row(
    item: str, task: str, speaker: Speaker, prompt: str, reply: str, options: dict[str, str]
) -> dict[str, Any]:
    """Return a row of `ITEMS` whose gold is the first option; it may be replaced."""
    return {
        "item": item,
        "source": f"{task}.{speaker.language}",
        "task": task,
        "language": speaker.language,
        "wording": speaker.wording,
        "split": "test",
        "prompt": prompt,
        "reply": reply,
        "options": [{"outcome": outcome, "text": text} for outcome, text in options.items()],
        "gold": next(iter(options)),
        "format": "option",
    }


def ask_math(number: int, speaker: Speaker) -> tuple[str, str]:
    """Return a question of arithmetic, and the number that answers it."""
    name, a, b = MATH[number]
    return speaker.say(name, a=a, b=b), str(OPERATIONS[name](a, b))


def ask_blank(number: int, speaker: Speaker) -> tuple[str, str]:
    """Return a sentence with underscores instead of its first word's letters, and that word."""
    word, _, rest = speaker.sentences[number].partition(" ")
    return f"{'_' * len(word)} {rest}", word


def demonstrated(task: str, text: str) -> str:
    """Return a text as a task's demonstrations treat it: unchanged, or in capitals."""
    return text.upper() if task == "capslock" else text


def questions_in(task: Task, speaker: Speaker) -> int:
    """Return how many different questions a task has."""
    return len(MATH) if task.question == "math" else len(speaker.sentences)


def question_number(task: Task, index: int, seed: int, speaker: Speaker) -> int:
    """Return the question of item `index`, a position in `MATH` or of a sentence, each used
    once."""
    order = stream(seed, f"audit/{task.question}").permutation(questions_in(task, speaker))
    return int(order[index])


def demonstrations(index: int, seed: int, used: int | None, speaker: Speaker) -> list[str]:
    """Return different sentences to demonstrate with, none of them the question's, `used`."""
    order = stream(seed, "audit/demonstrations", index).permutation(len(speaker.sentences))
    return [speaker.sentences[number] for number in order if number != used][:DEMONSTRATIONS]
