"""The toy language: what programs print, checked by Python, and that nothing runs on."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eunoe.errors import EunoeError
from eunoe.worlds.text.documents import World, spoken
from eunoe.worlds.text.interpreter import (
    LARGEST,
    ProgramError,
    inputs_of,
    keywords,
    parse,
    run,
)
from eunoe.worlds.text.lexicon import LANGUAGES
from eunoe.worlds.text.tasks import TASKS


def in_python(statement: str, indent: str = "") -> str:
    """Return a statement as Python, by text alone."""
    if found := re.fullmatch(r"print (.+)", statement):
        return f"{indent}printed.append({found[1]})\n"
    if found := re.fullmatch(r"repeat (\d+) (.+)", statement):
        return f"{indent}for _ in range({found[1]}):\n" + in_python(found[2], indent + " ")
    if found := re.fullmatch(r"if (\w+ \S+ \w+) (.+) else (.+)", statement):
        then, otherwise = (in_python(part, indent + " ") for part in found.groups()[1:])
        return f"{indent}if {found[1]}:\n{then}{indent}else:\n{otherwise}"
    return f"{indent}{statement}\n"


def printed_by_python(program: str, inputs: dict[str, int]) -> list[int]:
    names: dict[str, object] = {"printed": [], **inputs}
    exec("".join(in_python(statement) for statement in program.split(" ; ")), names)
    printed = names["printed"]
    assert isinstance(printed, list)
    return printed


def programs(task: str) -> list[str]:
    """Programs that the task draws."""
    numbers, world = np.random.default_rng(3), World(9, ())
    documents = [spoken(TASKS[task].draw, numbers, "en", "plain", world) for _ in range(300)]
    if task == "coding":
        return [document.reply for document in documents]
    return [document.prompt.split("\n")[1].removeprefix("Input: ") for document in documents]


@pytest.mark.parametrize("task", ["running", "coding"])
def test_programs_print_what_python_prints(task: str) -> None:
    for program in programs(task):
        read = parse(program)
        for value in (0, 4, 13):
            inputs = {name: value + place for place, name in enumerate(inputs_of(read))}
            assert run(read, inputs) == printed_by_python(program, inputs)


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("print 7", [7]),
        ("dog = 4 ; print dog ; print 3", [4, 3]),
        ("dog = 2 - 5 ; print dog * dog", [9]),
        ("if 3 > 2 print 1 else print 2", [1]),
        ("if 2 > 2 print 1 else print 2", [2]),
        ("if 2 == 2 print 1 else print 2", [1]),
        ("if 2 < 1 print 1 else if 1 < 2 print 2 else print 3", [2]),
        ("dog = 1 ; repeat 3 dog = dog * 2 ; print dog", [8]),
        ("repeat 2 repeat 3 print 5", [5] * 6),
        ("repeat 0 print 5 ; print 6", [6]),
        ("print 007", [7]),
    ],
)
def test_written_programs(program: str, printed: list[int]) -> None:
    assert run(parse(program)) == printed


@pytest.mark.parametrize(
    ("program", "inputs"),
    [
        ("print dog * 2 ; print cat", ["dog", "cat"]),
        ("dog = 3 ; print dog", []),
        ("dog = dog + cat ; print dog", ["dog", "cat"]),
        ("if cat > 3 dog = 1 else cow = 1 ; print dog", ["cat", "dog"]),
        ("if cat > 3 dog = 1 else dog = 2 ; print dog", ["cat"]),
        ("repeat 2 dog = dog + 1 ; print dog", ["dog"]),
    ],
)
def test_the_names_that_need_values(program: str, inputs: list[str]) -> None:
    assert inputs_of(parse(program)) == inputs


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("", "word 1 is the end; allowed: a name"),
        ("print", "word 2 is the end; allowed: a name"),
        ("print 1 2", "word 3 is '2'; allowed: ;"),
        ("print 1 ;", "word 4 is the end; allowed: a name"),
        ("dog + 1", "word 2 is '+'; allowed: ="),
        ("dog = print", "word 3 is 'print'; allowed: a name"),
        ("repeat dog print 1", "word 2 is 'dog'; allowed: a number of up to six digits"),
        ("print 1234567", "word 2 is '1234567'; allowed: a name"),
        ("if dog print 1 else print 2", "word 3 is 'print'; allowed: > < =="),
        ("if 1 > 2 print 1", "word 7 is the end; allowed: else"),
        ("print __import__", "word 2 is '__import__'; allowed: a name"),
        ("print " * 300, "300 words; allowed: at most 200"),
    ],
)
def test_what_is_no_program_is_refused(program: str, message: str) -> None:
    with pytest.raises(ProgramError) as caught:
        parse(program)
    assert str(caught.value) == f"program: {message}"
    assert isinstance(caught.value, EunoeError)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("print dog", "dog has no value; allowed: none"),
        ("repeat 999999 dog = 1", "runs on; allowed: at most 1000 statements"),
        ("repeat 999 repeat 999 repeat 999 print 1", "runs on"),
        ("repeat 999999 repeat 0 print 1", "runs on"),
        ("dog = 9 ; repeat 99 dog = dog * dog", f"allowed: up to {LARGEST}"),
    ],
)
def test_what_cannot_go_on_stops(program: str, message: str) -> None:
    began = time.monotonic()
    with pytest.raises(ProgramError, match=message):
        run(parse(program))
    assert time.monotonic() - began < 1


WORDS = ["print", "repeat", "if", "else", "=", ";", "+", "*", ">", "3", "99", "dog", "cat", "if 1"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join) | st.text(max_size=30))
def test_any_text_is_run_or_refused(text: str) -> None:
    with suppress(ProgramError):
        assert all(abs(each) <= LARGEST for each in run(parse(text), {"dog": 1, "cat": 2}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_programs_of_any_language_run(language: str) -> None:
    words = keywords(language)
    assert len(set(words.all)) == 4
    program = f"{words.when} 2 > 1 {words.repeat} 2 {words.print} 4 {words.otherwise} x = 1"
    assert run(parse(program, language)) == [4, 4]
