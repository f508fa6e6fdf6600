"""The toy language of the micro-world's programs, and its interpreter.

A program is one line: statements with semicolons between them, everything between spaces.

    statement:   name = expression
                 print expression
                 repeat number statement
                 if term sign term statement else statement      sign: > < ==
    expression:  term, or term operator term                     operator: + - *
    term:        a name (letters), or a number of up to six digits

The words print, repeat, if and else are those of the program's language. Every program ends: the
length of its text, the statements that it runs, and the size of its numbers are bounded. Nothing
is handed to Python to evaluate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from eunoe.errors import EunoeError
from eunoe.worlds.text.lexicon import load_lexicon

LONGEST = 200
"""Words and signs that a program may have; it bounds how deep statements stand in one another."""
STEPS = 1000
"""Statements that a program may run."""
LARGEST = 999_999
"""Largest absolute value of a number."""

OPERATORS = ("+", "-", "*")
SIGNS = (">", "<", "==")

NUMBER = re.compile(r"[0-9]{1,6}")


class ProgramError(EunoeError):
    """What is wrong with a program, in one line."""


@dataclass(frozen=True)
class Keywords:
    """The words of a language that have a meaning in programs."""

    print: str
    repeat: str
    when: str
    otherwise: str

    @property
    def all(self) -> tuple[str, ...]:
        """None of them can name a number."""
        return (self.print, self.repeat, self.when, self.otherwise)


@cache
def keywords(language: str) -> Keywords:
    """Return the keywords of a language of the lexicon."""
    names = ("word_print", "word_repeat", "word_if", "word_else")
    return Keywords(*(load_lexicon().phrase(name, language) for name in names))


# Programs


Term = int | str
"""A number, or the name of one."""


@dataclass(frozen=True)
class Expression:
    """A term, or two with an operator between them."""

    left: Term
    operator: str = ""
    right: Term = 0

    @property
    def names(self) -> Iterator[str]:
        """The names in it."""
        return (term for term in (self.left, self.right) if isinstance(term, str))


@dataclass(frozen=True)
class Assign:
    """Give a name a value."""

    name: str
    value: Expression


@dataclass(frozen=True)
class Print:
    """Print a value."""

    value: Expression


@dataclass(frozen=True)
class Repeat:
    """Run a statement so many times."""

    count: int
    body: Statement


@dataclass(frozen=True)
class Branch:
    """Run one of two statements."""

    condition: Expression
    """Its operator is one of SIGNS."""
    then: Statement
    otherwise: Statement


Statement = Assign | Print | Repeat | Branch
Program = tuple[Statement, ...]


# Reading


class Reader:
    """Reads a program word by word."""

    def __init__(self, text: str, words: Keywords) -> None:
        self.pieces = text.split()
        self.place = 0
        self.words = words
        if len(self.pieces) > LONGEST:
            raise ProgramError(f"program: {len(self.pieces)} words; allowed: at most {LONGEST}")

    @property
    def next(self) -> str:
        """The next word, empty at the end."""
        return self.pieces[self.place] if self.place < len(self.pieces) else ""

    def take(self) -> str:
        """Return the next word and go past it."""
        piece = self.next
        self.place += 1
        return piece

    def refuse(self, allowed: str) -> ProgramError:
        """Return the error for the next word."""
        found = repr(self.next) if self.next else "the end"
        return ProgramError(f"program: word {self.place + 1} is {found}; allowed: {allowed}")

    def expect(self, piece: str) -> None:
        """Go past a word that has to be there."""
        if self.next != piece:
            raise self.refuse(piece)
        self.take()

    def program(self) -> Program:
        """Return the statements, to the end of the text."""
        statements = [self.statement()]
        while self.next:
            self.expect(";")
            statements.append(self.statement())
        return tuple(statements)

    def statement(self) -> Statement:
        """Return one statement."""
        if self.next == self.words.print:
            self.take()
            return Print(self.expression(OPERATORS))
        if self.next == self.words.repeat:
            self.take()
            return Repeat(self.number(), self.statement())
        if self.next == self.words.when:
            return self.branch()
        name = self.name()
        self.expect("=")
        return Assign(name, self.expression(OPERATORS))

    def branch(self) -> Branch:
        """Return two statements with their condition."""
        self.expect(self.words.when)
        condition = self.expression(SIGNS)
        if not condition.operator:
            raise self.refuse(" ".join(SIGNS))
        then = self.statement()
        self.expect(self.words.otherwise)
        return Branch(condition, then, self.statement())

    def expression(self, operators: tuple[str, ...]) -> Expression:
        """Return a term, or two with one of the operators."""
        left = self.term()
        if self.next not in operators:
            return Expression(left)
        return Expression(left, self.take(), self.term())

    def term(self) -> Term:
        """Return a number, or a name."""
        return self.number() if NUMBER.fullmatch(self.next) else self.name()

    def number(self) -> int:
        """Return a number."""
        if not NUMBER.fullmatch(self.next):
            raise self.refuse("a number of up to six digits")
        return int(self.take())

    def name(self) -> str:
        """Return a name."""
        if not self.next.isalpha() or self.next in self.words.all:
            raise self.refuse("a name")
        return self.take()


def parse(text: str, language: str = "en") -> Program:
    """Return the program that a text is; ProgramError names the word that does not fit."""
    return Reader(text, keywords(language)).program()


def inputs_of(program: Program) -> list[str]:
    """Return the names whose values a program needs, in the order in which it reads them."""
    found: dict[str, None] = {}
    given: set[str] = set()

    def read(statement: Statement) -> None:
        if isinstance(statement, Repeat):
            read(statement.body)
            return
        if isinstance(statement, Branch):
            note(statement.condition)
            read_either(statement)
            return
        note(statement.value)
        if isinstance(statement, Assign):
            given.add(statement.name)

    def read_either(branch: Branch) -> None:
        before = set(given)
        read(branch.then)
        after = set(given)
        given.intersection_update(before)
        read(branch.otherwise)
        given.intersection_update(after)  # given whichever statement runs

    def note(expression: Expression) -> None:
        found.update(dict.fromkeys(name for name in expression.names if name not in given))

    for statement in program:
        read(statement)
    return list(found)


# Running


class Machine:
    """Runs statements, and keeps what they print."""

    def __init__(self, inputs: Mapping[str, int]) -> None:
        self.values = dict(inputs)
        self.printed: list[int] = []
        self.steps = 0

    def run(self, statement: Statement) -> None:
        """Run a statement."""
        self.steps += 1
        if self.steps > STEPS:
            raise ProgramError(f"program: runs on; allowed: at most {STEPS} statements")
        if isinstance(statement, Assign):
            self.values[statement.name] = self.value(statement.value)
        elif isinstance(statement, Print):
            self.printed.append(self.value(statement.value))
        elif isinstance(statement, Repeat):
            for _ in range(statement.count):
                self.run(statement.body)
        else:
            self.run(statement.then if self.holds(statement.condition) else statement.otherwise)

    def holds(self, condition: Expression) -> bool:
        """Tell whether a comparison is true."""
        left, right = self.term(condition.left), self.term(condition.right)
        return {">": left > right, "<": left < right, "==": left == right}[condition.operator]

    def value(self, expression: Expression) -> int:
        """Return what an expression is worth."""
        left, right = self.term(expression.left), self.term(expression.right)
        results = {"": left, "+": left + right, "-": left - right, "*": left * right}
        value = results[expression.operator]
        if abs(value) > LARGEST:
            raise ProgramError(f"program: a number of {value}; allowed: up to {LARGEST}")
        return value

    def term(self, term: Term) -> int:
        """Return what a term is worth."""
        if isinstance(term, int):
            return term
        if term not in self.values:
            allowed = ", ".join(self.values) or "none"
            raise ProgramError(f"program: {term} has no value; allowed: {allowed}")
        return self.values[term]


def run(program: Program, inputs: Mapping[str, int] | None = None) -> list[int]:
    """Return what a program prints, given values of its inputs; ProgramError if it cannot go on."""
    machine = Machine(inputs or {})
    for statement in program:
        machine.run(statement)
    return machine.printed
