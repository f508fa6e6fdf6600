"""Tasks of mathematics with worked steps, and of programs to run and to write."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eunoe.worlds.text import grammar
from eunoe.worlds.text.documents import Document, Voice, World
from eunoe.worlds.text.general import choose, instructed, word
from eunoe.worlds.text.grammar import one_of
from eunoe.worlds.text.interpreter import OPERATORS, ProgramError, keywords, parse, run
from eunoe.worlds.text.lexicon import load_lexicon
from eunoe.worlds.text.quizzes import Question, asked

SIGN = {"plus": "+", "minus": "-", "times": "*"}
APPLY: dict[str, Callable[[int, int], int]] = {
    "plus": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "times": lambda a, b: a * b,
}
BOUND = 99
"""Largest number in worked steps and in what programs print; the smallest is 0."""


def largest_in(world: World) -> int:
    """Return the largest operand that is drawn."""
    return min(world.largest, BOUND)


def draw_maths(rng: np.random.Generator, voice: Voice, world: World) -> Document:
    """Return a chain of two to four operations, and it worked out step by step on one line.

    All numbers are from 0 to 99. "Question: 4 plus 7, times 3?" is "4 plus 7 = 11, 11 times 3 =
    33". In Hungarian, too, "times" stands between the numbers here.
    """
    largest = largest_in(world)
    value = int(rng.integers(2, min(3 * largest, BOUND) + 1))
    asked_for, steps = str(value), list[str]()
    for number in range(int(rng.integers(2, 5))):
        operator, operand = draw_step(rng, value, largest)
        said = f"{word(voice, 'operator', operator)} {operand}"
        result = APPLY[operator](value, operand)
        asked_for += f"{',' if number else ''} {said}"
        steps.append(f"{value} {said} = {result}")
        value = result
    question = Question(f"{asked_for}?", ", ".join(steps))
    return Document(asked(voice, question), question.answer)


def draw_step(rng: np.random.Generator, value: int, largest: int) -> tuple[str, int]:
    """Return an operation that keeps a value within bounds."""
    while True:
        operator, operand = one_of(rng, list(APPLY)), int(rng.integers(2, largest + 1))
        if 0 <= APPLY[operator](value, operand) <= BOUND:
            return operator, operand


def names_in(voice: Voice, rng: np.random.Generator, count: int) -> list[str]:
    """Return different words for things, to name numbers in a program."""
    return [
        word(voice, "noun", noun) for noun in choose(rng, load_lexicon().concepts("noun"), count)
    ]


def draw_running(rng: np.random.Generator, voice: Voice, world: World) -> Document:
    """Return a program and what it prints: one or two numbers from 0 to 99."""
    first, second = names_in(voice, rng, 2)
    while True:
        program = draw_program(rng, voice, first, second, largest_in(world))
        try:
            printed = run(parse(program, voice.language))
        except ProgramError:  # a number that is too large
            continue
        if all(0 <= number <= BOUND for number in printed):
            return instructed(voice, "run", program, " ".join(map(str, printed)))


def draw_program(
    rng: np.random.Generator, voice: Voice, first: str, second: str, largest: int
) -> str:
    """Return a program of three statements, without inputs."""
    words = keywords(voice.language)
    a, b, c, d = (int(number) for number in rng.integers(2, largest + 1, size=4))
    one, two = (one_of(rng, OPERATORS) for _ in range(2))
    sign = one_of(rng, (">", "<"))
    middle = (
        f"{second} = {first} {one} {b}",
        f"{second} = {b} ; {second} = {first} {one} {second}",
        f"{words.when} {first} {sign} {b} {second} = {c} {words.otherwise} {second} = {first}",
        f"{second} = {b} ; {words.repeat} {min(c, 4)} {second} = {second} + {first}",
    )[rng.integers(4)]
    last = (
        f"{words.print} {second}",
        f"{words.print} {second} {two} {d}",
        f"{words.print} {second} ; {words.print} {first}",
    )[rng.integers(3)]
    return f"{first} = {a} ; {middle} ; {last}"


def draw_coding(rng: np.random.Generator, voice: Voice, world: World) -> Document:
    """Return what to print, in words, and a program that prints it.

    The names in it are inputs. "maximum dog cat, times 3, then cat" is "if dog > cat print dog * 3
    else print cat * 3 ; print cat"; any program that prints the same is right.
    """
    first, second = names_in(voice, rng, 2)
    number, factor = (int(each) for each in rng.integers(2, largest_in(world) + 1, size=2))
    operator = one_of(rng, list(APPLY)) if rng.random() < 0.5 else ""
    after = f" {SIGN[operator]} {factor}" if operator else ""
    wanted = one_of(rng, list(WANTED))
    said, program = WANTED[wanted](rng, voice, first, second, number, after)
    if operator:
        said += f", {word(voice, 'operator', operator)} {factor}"
    if rng.random() < 0.3:
        said += f", {voice.phrase('word_then')} {second}"
        program += f" ; {keywords(voice.language).print} {second}"
    return instructed(voice, "write", said, program)


Wanted = Callable[[np.random.Generator, Voice, str, str, int, str], tuple[str, str]]
"""A function that returns an instruction and its program. The program applies `after` before it
prints, and does not change the second name."""


def combined(
    rng: np.random.Generator, voice: Voice, first: str, second: str, number: int, after: str
) -> tuple[str, str]:
    """Combine two inputs, or an input and a number."""
    operator = one_of(rng, list(APPLY))
    other = second if rng.random() < 0.5 else str(number)
    said = f"{first} {word(voice, 'operator', operator)} {other}"
    value = f"{first} {SIGN[operator]} {other}"
    return said, printing(voice, first, value, after)


def printing(voice: Voice, name: str, value: str, after: str) -> str:
    """Return a program that prints a value, which a second operation first goes through a name."""
    out = keywords(voice.language).print
    return f"{name} = {value} ; {out} {name}{after}" if after else f"{out} {value}"


def double(
    _: np.random.Generator, voice: Voice, first: str, second: str, number: int, after: str
) -> tuple[str, str]:
    """Twice an input."""
    return f"{voice.phrase('word_double')} {first}", printing(voice, first, f"{first} * 2", after)


def square(
    _: np.random.Generator, voice: Voice, first: str, second: str, number: int, after: str
) -> tuple[str, str]:
    """An input times itself."""
    value = f"{first} * {first}"
    return f"{voice.phrase('word_square')} {first}", printing(voice, first, value, after)


def extreme(key: str, sign: str) -> Wanted:
    """Return how to ask for the larger or the smaller one of two inputs."""

    def put(
        _: np.random.Generator, voice: Voice, first: str, second: str, number: int, after: str
    ) -> tuple[str, str]:
        words = keywords(voice.language)
        program = (
            f"{words.when} {first} {sign} {second} {words.print} {first}{after}"
            f" {words.otherwise} {words.print} {second}{after}"
        )
        return f"{voice.phrase(key)} {first} {second}", program

    return put


def difference(
    _: np.random.Generator, voice: Voice, first: str, second: str, number: int, after: str
) -> tuple[str, str]:
    """The larger one of two inputs minus the smaller one."""
    words = keywords(voice.language)
    program = (
        f"{words.when} {first} > {second} {first} = {first} - {second}"
        f" {words.otherwise} {first} = {second} - {first} ; {words.print} {first}{after}"
    )
    return f"{voice.phrase('word_difference')} {first} {second}", program


def repeated(
    rng: np.random.Generator, voice: Voice, first: str, second: str, number: int, after: str
) -> tuple[str, str]:
    """An operation so many times."""
    words, count = keywords(voice.language), int(rng.integers(2, 5))
    operator = one_of(rng, ("plus", "minus"))
    said = f"{words.repeat} {count} {first} {word(voice, 'operator', operator)} {number}"
    program = (
        f"{words.repeat} {count} {first} = {first} {SIGN[operator]} {number}"
        f" ; {words.print} {first}{after}"
    )
    return said, program


WANTED: dict[str, Wanted] = {
    "combined": combined,
    "double": double,
    "square": square,
    "maximum": extreme("word_maximum", ">"),
    "minimum": extreme("word_minimum", "<"),
    "difference": difference,
    "repeated": repeated,
}
"""What a program can be asked to print."""


# Python


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
