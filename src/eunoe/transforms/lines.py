"""Translation of texts by an engine that knows nothing of lines and spaces."""

import re
from collections.abc import Callable, Sequence

LETTER = r"[^\W\d_]"

Translate = Callable[[list[str]], list[str]]
"""Returns a translation of each line; the lines are neither empty nor have outer spaces."""


def translate_lines(texts: Sequence[str], translate: Translate) -> list[str]:
    """Return texts with each line translated, all lines at once and the same ones only once.

    Lines, blank ones included, and the spaces around them stay as they are. Lines in
    capitals come back in capitals, and a line that begins with a small letter still does.
    """
    lines = dict.fromkeys(line.strip() for text in texts for line in text.split("\n"))
    wanted = [line for line in lines if line]
    found = translate(wanted) if wanted else []
    known = {line: tidy(line, new) for line, new in zip(wanted, found, strict=True)} | {"": ""}
    return ["\n".join(in_place(line, known) for line in text.split("\n")) for text in texts]


def in_place(line: str, known: dict[str, str]) -> str:
    """Return the translation of a line with the line's own outer spaces."""
    core = line.strip()
    before, _, after = line.partition(core) if core else (line, "", "")
    return before + known[core] + after


def tidy(line: str, translation: str) -> str:
    """Return a translation on one line, without new doubled spaces, in the line's capitals."""
    words = translation.split() if "  " not in line else translation.splitlines()
    text = " ".join(words).strip()
    first, *others = re.findall(LETTER, line) or [""]
    if others and line.isupper():
        return text.upper()
    if first.islower():
        return re.sub(LETTER, lambda letter: letter[0].lower(), text, count=1)
    return text
