"""Is a reply right, and is it in the format that was asked for? Wrong is not wrong format.

A reply and the example are read in the language that a cipher stands for. Spaces around a reply do
not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eunoe.worlds.text.documents import cipher_of
from eunoe.worlds.text.grammar import linearize, read
from eunoe.worlds.text.interpreter import ProgramError, inputs_of, parse, run
from eunoe.worlds.text.lexicon import load_lexicon
from eunoe.worlds.text.questions import OPERATORS, patterns
from eunoe.worlds.text.tasks import TASKS, target_of

Example = Mapping[str, Any]
"""At least task, language, response and labels, as in `EXAMPLES`."""


@dataclass(frozen=True)
class Score:
    """What a reply is worth."""

    right: bool
    """It does what was asked."""
    formatted: bool
    """It looks as a right reply does, whatever it says."""
    credit: float
    """From 0 to 1, which a right reply has."""


@dataclass(frozen=True)
class Question:
    """What a reply is compared to, in a natural language."""

    language: str
    response: str
    labels: Sequence[str]


@dataclass(frozen=True)
class Scorer:
    """How the replies to a task are scored."""

    right: Callable[[Question, str], bool]
    formatted: Callable[[Question, str], bool]
    credit: Callable[[Question, str], float] | None = None
    """Of a reply that is not right; None: no credit."""
    own_format: bool = True
    """Whether `formatted` needs no response, so that it can tell one task's format from others'."""


def score(example: Example, reply: str) -> Score:
    """Return what a reply to an example is worth."""
    question, bare = read_plainly(example, reply)
    scorer = scorer_of(example)
    right = scorer.right(question, bare)
    part = scorer.credit(question, bare) if scorer.credit and not right else 0.0
    return Score(right, scorer.formatted(question, bare), 1.0 if right else part)


def has_format_of(example: Example, reply: str) -> bool:
    """Tell whether a reply, to whatever prompt, has the format of the replies to an example.

    Any example of a source will do. Of a source whose replies have no format of their own (general
    instructions; free texts of a user's files) it is never told.
    """
    scorer = scorer_of(example)
    question, bare = read_plainly(example, reply)
    return scorer.own_format and scorer.formatted(question, bare)


def scorer_of(example: Example) -> Scorer:
    """Return how replies to an example are scored; tasks of a user's files may have labels."""
    name = "label" if len(example["labels"]) else "exact"
    return SCORERS[TASKS[example["task"]].scorer if example["task"] in TASKS else name]


def read_plainly(example: Example, reply: str) -> tuple[Question, str]:
    """Return an example and a reply to it, both taken out of a cipher."""
    cipher = cipher_of(example["language"])
    texts = [example["response"], reply, *example["labels"]]
    if cipher:
        texts = [cipher.decode(text) for text in texts]
    response, said, *labels = (text.strip() for text in texts)
    return Question("en" if cipher else example["language"], response, labels), said


def normalized(text: str) -> str:
    """Return a text without final punctuation and capitals."""
    return text.strip().rstrip(".,!?;:").rstrip().casefold()


# Labels and words


def is_same(question: Question, reply: str) -> bool:
    """The response, but for capitals and final punctuation."""
    return normalized(reply) == normalized(question.response)


def is_label(question: Question, reply: str) -> bool:
    """One of the labels."""
    return normalized(reply) in {normalized(label) for label in question.labels}


WORD = re.compile(r"¿?[^\W\d_]+(?:['-][^\W\d_]+)*[.?!]?")


def is_word(_: Question, reply: str) -> bool:
    """One word."""
    return bool(WORD.fullmatch(reply))


def is_first_word(question: Question, reply: str) -> bool:
    """The response, or that and a word more: L'homme is one word, translated it is two."""
    words = reply.split()
    return 0 < len(words) < 3 and normalized(words[0]) == normalized(question.response)


def is_word_or_two(question: Question, reply: str) -> bool:
    """One word, or an article and a noun."""
    return 0 < len(words := reply.split()) < 3 and all(is_word(question, each) for each in words)


def is_exact(question: Question, reply: str) -> bool:
    """The response, or its first line, to the letter."""
    return reply == first_line(question.response)


def first_line(text: str) -> str:
    """Return where a reply to be of this text would end."""
    return text.strip().split("\n")[0].strip()


def says_something(_: Question, reply: str) -> bool:
    """Not nothing."""
    return bool(reply)


def overlap(question: Question, reply: str) -> float:
    """Words in common in the same order, as ROUGE-L has it: their F1 (Lin 2004, section 3)."""
    wanted, found = first_line(question.response).split(), reply.split()
    common = common_length(wanted, found)
    return 2 * common / (len(wanted) + len(found)) if common else 0.0


def common_length(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for first in one:
        before = 0
        for place, second in enumerate(other, 1):
            before, row[place] = (
                row[place],
                before + 1 if first == second else max(row[place], row[place - 1]),
            )
    return row[-1]


# Sentences


def is_sentence_of(text: str, language: str) -> bool:
    """Tell whether a text is a sentence, as the grammar has it."""
    sentence = read(text, language)
    return sentence is not None and linearize(sentence, language) == text


def is_sentence(question: Question, reply: str) -> bool:
    """A sentence of the language."""
    return is_sentence_of(reply, question.language)


def is_capitals(question: Question, reply: str) -> bool:
    """A sentence in capitals."""
    return reply == reply.upper() and read(reply, question.language) is not None


def is_reversed(question: Question, reply: str) -> bool:
    """A sentence from its last word to its first."""
    return is_sentence_of(" ".join(reversed(reply.split(" "))), question.language)


def is_translation(question: Question, reply: str) -> bool:
    """A sentence of the language that this one is translated into."""
    return is_sentence_of(reply, target_of(question.language))


def is_advice(question: Question, reply: str) -> bool:
    """What tool to use."""
    found = patterns(question.language).get(reply.lower())
    return found is not None and found[0].key == "topic_answer"


# Numbers


def is_numbers(_: Question, reply: str) -> bool:
    """One number, or several with spaces between them."""
    return bool(re.fullmatch(r"-?[0-9]+(?: -?[0-9]+)*\.?", reply))


def is_same_numbers(question: Question, reply: str) -> bool:
    """The numbers of the response, and nothing else."""
    return is_numbers(question, reply) and numbers_in(reply) == numbers_in(question.response)


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text, without zeros before them."""
    return [re.sub(r"^(-?)0+(?=[0-9])", r"\1", each) for each in re.findall(r"-?[0-9]+", text)]


def ends_in_same_number(question: Question, reply: str) -> bool:
    """The last number is that of the response, whatever comes before (as for GSM8K)."""
    return numbers_in(reply)[-1:] == numbers_in(question.response)[-1:]


def is_steps(question: Question, reply: str) -> bool:
    """Worked steps: equations with a comma between them."""
    names = (load_lexicon().parts("operator", name, question.language) for name in OPERATORS)
    operators = "|".join(re.escape(form) for forms in names for form in forms)
    step = rf"-?[0-9]+ (?:{operators}) [0-9]+ = -?[0-9]+"
    return bool(re.fullmatch(rf"{step}(?: ?, {step})*\.?", reply))


def shared_steps(question: Question, reply: str) -> float:
    """Share of the steps that are there, each in its place."""
    wanted, found = steps_of(question.response), steps_of(reply)
    same = sum(one == other for one, other in zip(wanted, found, strict=False))
    return same / max(len(wanted), len(found))


def steps_of(text: str) -> list[str]:
    """Return the steps of a solution."""
    return [step.strip() for step in text.rstrip(".").split(",")]


# Programs


TRIALS = (
    (3, 8, 5),
    (8, 3, 1),
    (5, 5, 5),
    (0, 9, 4),
    (12, 7, 2),
    (1, 2, 9),
    (6, 0, 7),
    (20, 11, 30),
)
"""Values of up to three inputs that a program is tried with: in either order, alike, and 0."""


def is_program(question: Question, reply: str) -> bool:
    """A program of the toy language."""
    try:
        return bool(parse(reply, question.language))
    except ProgramError:
        return False


def prints_the_same(question: Question, reply: str) -> bool:
    """A program that prints what the response prints, whatever its inputs are."""
    return passed(question.response, reply, question.language) == 1.0


def share_passed(question: Question, reply: str) -> float:
    """Share of the trials in which it does."""
    return passed(question.response, reply, question.language)


@lru_cache(maxsize=100_000)
def passed(response: str, reply: str, language: str) -> float:
    """Return the share of the trials in which two programs print the same; 0 if one is none."""
    try:
        wanted, found = parse(response, language), parse(reply, language)
    except ProgramError:
        return 0.0
    names = inputs_of(wanted)
    trials = [dict(zip(names, values, strict=False)) for values in TRIALS]
    return sum(
        (printed := prints(found, trial)) is not None and printed == prints(wanted, trial)
        for trial in trials
    ) / len(trials)


def prints(program: Any, inputs: Mapping[str, int]) -> list[int] | None:
    """Return what a program prints, None if it cannot go on."""
    try:
        return run(program, inputs)
    except ProgramError:
        return None


# Any format


def has_shape(question: Question, reply: str) -> bool:
    """Words, numbers, marks and sentences where the response has them."""
    return shape_of(reply, question.language) == shape_of(question.response, question.language)


def shape_of(text: str, language: str) -> str:
    """Return what a text is made of: `s` for a sentence, `w` for a word, `0` for a number."""
    units = re.split(r"(?<=[.?]) ", text)
    if all(is_sentence_of(unit, language) for unit in units):
        return "s" * len(units)
    return re.sub(r"[^\W\d_]+(?:['-][^\W\d_]+)*", "w", re.sub(r"[0-9]+", "0", text))


SCORERS: dict[str, Scorer] = {
    "label": Scorer(is_same, is_label),
    "word": Scorer(is_same, is_word),
    "first_word": Scorer(is_first_word, is_word_or_two),
    "sentence": Scorer(is_exact, is_sentence, overlap),
    "continuation": Scorer(is_sentence, is_sentence),
    "capitals": Scorer(is_exact, is_capitals, overlap),
    "reversed": Scorer(is_exact, is_reversed, overlap),
    "translation": Scorer(is_exact, is_translation, overlap),
    "advice": Scorer(is_exact, is_advice, overlap),
    "numbers": Scorer(is_same_numbers, is_numbers),
    "steps": Scorer(ends_in_same_number, is_steps, shared_steps),
    "program": Scorer(prints_the_same, is_program, share_passed),
    "shape": Scorer(is_exact, has_shape, overlap, own_format=False),
    "exact": Scorer(is_exact, says_something, overlap, own_format=False),
}
"""Every scorer, by name."""
