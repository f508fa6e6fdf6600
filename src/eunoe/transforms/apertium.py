"""Translation by Apertium, a rule-based engine (apertium.org), through its command line."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from typing import ClassVar, Literal

from pydantic import Field

from eunoe.errors import EunoeError
from eunoe.transforms.interface import TextTransform
from eunoe.transforms.lines import translate_lines

CODES = {"ca": "cat", "de": "deu", "en": "eng", "es": "spa", "fr": "fra", "gl": "glg"}
CODES |= {"hu": "hun", "it": "ita", "nl": "nld", "pt": "por", "ro": "ron"}
"""Apertium's codes by ours; any other language is named by Apertium's own code."""


class Apertium(TextTransform):
    """Translate prompts into another language, and answers back.

    Line by line, all texts in one process. Lossy: the way there and the way back may each choose
    other words.
    """

    name: Literal["apertium"] = "apertium"
    exact: ClassVar[bool] = False
    source: str = Field(pattern=r"^[a-z]{2,3}$")
    """Language of the prompts, such as en."""
    to: str = Field(pattern=r"^[a-z]{2,3}$")
    """Language that the model sees, such as es."""

    @property
    def label(self) -> str:
        """`apertium(en-es)`."""
        return f"{self.name}({self.source}-{self.to})"

    @property
    def languages(self) -> tuple[str, ...]:
        """The source alone."""
        return (self.source,)

    def encode(self, prompt: str) -> str:
        """Return the translation; EunoeError where Apertium or the pair is not installed."""
        return self.encode_all([prompt])[0]

    def decode(self, answer: str) -> str:
        """Return the translation back."""
        return self.decode_all([answer])[0]

    def encode_all(self, prompts: Sequence[str]) -> list[str]:
        """Return all translations, by one process."""
        mode = mode_of(self.source, self.to)
        return translate_lines(prompts, lambda lines: run_apertium(mode, lines))

    def decode_all(self, answers: Sequence[str]) -> list[str]:
        """Return all translations back, by one process."""
        mode = mode_of(self.to, self.source)
        return translate_lines(answers, lambda lines: run_apertium(mode, lines))


def mode_of(source: str, to: str) -> str:
    """Return Apertium's name of a direction; EunoeError if it is not installed."""
    mode = f"{CODES.get(source, source)}-{CODES.get(to, to)}"
    if mode not in (modes := installed_modes()):
        raise EunoeError(
            f"apertium: direction {mode} is not installed; allowed: {', '.join(modes) or 'none'}"
            " (Debian's package apertium-eng-spa has eng-spa and spa-eng)"
        )
    return mode


@cache
def installed_modes() -> tuple[str, ...]:
    """Return the directions that Apertium knows; EunoeError if the command is missing."""
    if not shutil.which("apertium"):
        raise EunoeError(
            "apertium: no such command; install it (Debian: apt-get install apertium"
            " apertium-eng-spa)"
        )
    return tuple(run(["apertium", "-l"], "").split())


def run_apertium(mode: str, lines: list[str]) -> list[str]:
    """Return the translation of each line.

    Apertium moves words across the end of a line but not across a blank line, so each line is
    shown as a paragraph. Should a paragraph be lost all the same, each line has its own process.
    """
    found = paragraphs(mode, lines)
    if len(found) != len(lines):
        found = [" ".join(paragraphs(mode, [line])) for line in lines]
    return found


def paragraphs(mode: str, lines: list[str]) -> list[str]:
    """Return the paragraphs of the translation, without marks for unknown words."""
    output = run(["apertium", "-u", mode], "\n\n".join(lines) + "\n")
    return re.split(r"\n[ \t]*\n", output.strip("\n"))


def run(command: list[str], text: str) -> str:
    """Return what a command prints; EunoeError with its last words if it fails."""
    done = subprocess.run(
        command, input=text, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise EunoeError(f"apertium: {' '.join(command)} failed: {said}")
    return done.stdout
