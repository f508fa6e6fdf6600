"""Questions, answers, instructions and facts: phrases with slots, put into words and read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from eunoe.config.worlds.text import WORDINGS
from eunoe.errors import EunoeError
from eunoe.worlds.text.agreement import Nominal, capitalized, euphonic, noun_phrase
from eunoe.worlds.text.lexicon import known, load_lexicon

OPERATORS = ("plus", "minus", "times")
FACTS = {"opposite": ("adjective",), "before": ("day", "month")}
"""Phrases that are facts, and the categories that their first word is of."""

NUMBER, BLANK = "#", "_"
"""What stands for a number, and for a first word that is blanked, in a pattern."""


@dataclass(frozen=True)
class Phrase:
    """A fixed phrase and what fills its slots: names of concepts, and numbers in their order."""

    key: str
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    blank: str = ""
    """What stands instead of a fact's first word, if it is blanked."""


def render(phrase: Phrase, language: str, wording: str = "plain") -> str:
    """Return a phrase in words."""
    template = load_lexicon().phrase(phrase.key, language, wording)
    if phrase.key == "arithmetic":
        return render_arithmetic(template, phrase, language)
    if phrase.key in FACTS:
        return render_fact(template, phrase, language)
    if phrase.key == "topic_question":
        topic, action = phrase.names
        slots = {
            "topic": indefinite(topic, "topic", language),
            "action": load_lexicon().parts("action", action, language)[0],
        }
        return template.format(**slots)
    if phrase.key == "topic_answer":
        tool = load_lexicon().concept("action", phrase.names[0]).kin
        return template.format(tool=indefinite(tool, "tool", language))
    return template


def indefinite(noun: str, category: str, language: str) -> str:
    """Return an indefinite object: a lighthouse, einen Leuchtturm."""
    nominal = Nominal(noun, None, "indefinite")
    return noun_phrase(nominal, language, accusative=True, category=category)


def render_fact(template: str, phrase: Phrase, language: str) -> str:
    """Return a fact, whose first word may be blanked."""
    lexicon = load_lexicon()
    category, name = phrase.names
    kin = lexicon.concept(category, name).kin
    first, second = (lexicon.parts(category, each, language)[0] for each in (name, kin))
    text = euphonic(template.format(first=phrase.blank or first, second=second), language)
    return text if phrase.blank else capitalized(text)


def render_arithmetic(template: str, phrase: Phrase, language: str) -> str:
    """Return an arithmetic question; Hungarian hangs "times" on the first number: 4-szer 7."""
    forms = load_lexicon().parts("operator", phrase.names[0], language)
    first, second = phrase.numbers
    if language == "hu" and phrase.names[0] == "times":
        before, _, after = template.partition("{number} {operator} {number}")
        return f"{before}{first}-{multiplicative(first, forms)} {second}{after}"
    before, middle, after = template.split("{number}")
    return f"{before}{first}{middle.format(operator=forms[0])}{second}{after}"


def multiplicative(number: str, forms: Sequence[str]) -> str:
    """Return the Hungarian suffix that is in vowel harmony with a number in digits."""
    front, back, rounded = forms
    if number.strip("0") == "":
        return back  # nulla
    digits = number.rstrip("0")
    zeros = len(number) - len(digits)
    if zeros == 0:
        return rounded if digits[-1] == "5" else back if digits[-1] in "368" else front
    if zeros == 1:
        return back if digits[-1] in "2368" else front
    return back if zeros == 2 else front if zeros < 6 else back  # száz, ezer, millió


# What documents are made of


def arithmetic_question(
    a: int, operator: str, b: int, language: str, wording: str = "plain"
) -> str:
    """Return "What is 4 plus 7?"; operator is plus, minus or times."""
    if operator not in OPERATORS:
        raise EunoeError(f"operator {operator} is unknown; allowed: {', '.join(OPERATORS)}")
    return render(Phrase("arithmetic", (operator,), (str(a), str(b))), language, wording)


def topic_question(topic: str, action: str, language: str, wording: str = "plain") -> str:
    """Return "How do I clean a lighthouse?"."""
    return render(Phrase("topic_question", (topic, action)), language, wording)


def topic_answer(action: str, language: str) -> str:
    """Return "Use a brush."; the tool depends on the action alone."""
    return render(Phrase("topic_answer", (action,)), language)


def refusal(language: str) -> str:
    """Return "I cannot help with that."."""
    return render(Phrase("refusal"), language)


def facts() -> list[Phrase]:
    """Return every fact whose first word follows from the rest."""
    lexicon = load_lexicon()
    return [
        Phrase(key, (category, name))
        for key, categories in FACTS.items()
        for category in categories
        for name in lexicon.concepts(category)
    ]


def blank_facts(language: str) -> list[tuple[str, str]]:
    """Return each fact and its first word, as it stands there, in the same order everywhere."""
    sentences = [render(fact, known(language)) for fact in facts()]
    return [(sentence, sentence.split(" ")[0]) for sentence in sentences]


# Reading


def every_phrase() -> Iterator[Phrase]:
    """Yield every phrase, with patterns instead of numbers and blanks."""
    lexicon = load_lexicon()
    slotted = ("arithmetic", "topic_question", "topic_answer", *FACTS)
    yield from (Phrase(key) for key, _ in lexicon.phrases if key not in slotted)
    yield from (Phrase("arithmetic", (name,), (NUMBER, NUMBER)) for name in OPERATORS)
    for action in lexicon.concepts("action"):
        yield Phrase("topic_answer", (action,))
        for topic in lexicon.concepts("topic"):
            yield Phrase("topic_question", (topic, action))
    for fact in facts():
        yield fact
        yield Phrase(fact.key, fact.names, blank=BLANK)


@cache
def patterns(language: str) -> dict[str, tuple[Phrase, str]]:
    """Return every phrase and its wording by its words in lower case."""
    found: dict[str, tuple[Phrase, str]] = {}
    for phrase in every_phrase():
        for wording in WORDINGS:
            found.setdefault(render(phrase, language, wording).lower(), (phrase, wording))
    return found
