"""Transforms of texts, letter by letter or word by word; spaces and lines stay where they are."""

import codecs
import re
from typing import ClassVar, Literal

from eunoe.transforms.alphabet import ALPHABET, LETTERS, check_alphabet
from eunoe.transforms.interface import TextTransform

LEET = str.maketrans("aeiostAEIOST", "431057431057")
UNLEET = str.maketrans("431057", "aeiost")


class Leetspeak(TextTransform):
    """Digits for letters: `The 3 cats` is `^7h3 #3 c475`.

    The letters a e i o s t become 4 3 1 0 5 7, their capitals ^4 ^3 ^1 ^0 ^5 ^7. A number keeps
    its digits after a #, and a letter right after a digit stays: `21st` is `#21s7`. The signs
    themselves are doubled: ## and ^^.
    """

    name: Literal["leetspeak"] = "leetspeak"
    alphabet: ClassVar[str] = ALPHABET

    def encode(self, prompt: str) -> str:
        """Return the text in Leetspeak; EunoeError for a character outside the alphabet."""
        check_alphabet(prompt, self.name)
        return re.sub(r"[0-9]+|(?<![0-9])[aeiost]|[AEIOST#^]", leet, prompt)

    def decode(self, answer: str) -> str:
        """Return the decoded text; what is not Leetspeak stays."""
        return re.sub(r"##|\^\^|#[0-9]+|\^?[431057]", unleet, answer)


def leet(found: re.Match[str]) -> str:
    """Return the code of a number, a letter or a sign."""
    plain = found[0]
    if plain in "#^":
        return 2 * plain
    if plain.isdigit():
        return f"#{plain}"
    return ("^" if plain.isupper() else "") + plain.translate(LEET)


def unleet(found: re.Match[str]) -> str:
    """Return what `leet` made the code of."""
    code = found[0]
    if code.startswith("#"):
        return code[1:]
    if code == "^^":
        return "^"
    return code[1:].translate(UNLEET).upper() if code[0] == "^" else code.translate(UNLEET)


VOWEL = "[aeiouàáâãäåæèéêëìíîïòóôõöøœùúûüāăąēĕėęěĩīĭįōŏőũūŭůűų]"
Y = "[yýÿŷ]"
CONSONANTS = f"(?i:{Y}?+(?:qu|(?!{VOWEL}|{Y}).)*+)"
"""What begins a word before its first vowel; never given back, so that qu is not split."""
ONSET = re.compile(f"({CONSONANTS})((?i:{VOWEL}|{Y}).*)")
MOVED = re.compile(f"({CONSONANTS})(ay|AY|Ay)")
WORD = re.compile(f"[{LETTERS}]+")
JOINED = re.compile(f"[{LETTERS}]+(?:-[{LETTERS}]+)*")


class PigLatin(TextTransform):
    """The consonants before a word's first vowel move to its end: `The old dog` is
    `E-thay oldway og-day`.

    A hyphen before what moved tells wall (`all-way`) from all (`allway`). Words without vowels and
    numbers stay. y is a consonant at the beginning of a word and a vowel elsewhere; qu is one
    consonant. `Dog` is `Og-day`, `DOG` is `OG-DAY`; other words with capitals keep them where they
    are and end in Ay: `McCoy` is `oy-McCAy`.
    """

    name: Literal["pig_latin"] = "pig_latin"
    alphabet: ClassVar[str] = ALPHABET

    def encode(self, prompt: str) -> str:
        """Return the text in Pig Latin; EunoeError for a character outside the alphabet."""
        check_alphabet(prompt, self.name)
        return WORD.sub(lambda found: pig(found[0]), prompt)

    def decode(self, answer: str) -> str:
        """Return the decoded text; what is not Pig Latin stays."""
        return JOINED.sub(lambda found: unpig_joined(found[0]), answer)


def pig(word: str) -> str:
    """Return the code of a word."""
    parts = ONSET.fullmatch(word)
    if not parts:
        return word
    onset, rest = parts.groups()
    if not onset:
        return word + ("WAY" if len(word) > 1 and word.isupper() else "way")
    if word == word.lower():
        return f"{rest}-{onset}ay"
    if word[0].isupper() and word[1:] == word[1:].lower():
        return f"{rest[0].upper()}{rest[1:]}-{onset[0].lower()}{onset[1:]}ay"
    return f"{rest}-{onset}{'AY' if word.isupper() else 'Ay'}"


def unpig_joined(code: str) -> str:
    """Return the words that hyphens and hyphenated codes join.

    From the right, it is plain what is a word's moved part: only that begins with a consonant and
    ends in ay, unless it is itself followed by one.
    """
    parts = code.split("-")
    words: list[str] = []
    while parts:
        last = parts.pop()
        moved = MOVED.fullmatch(last)
        if moved and moved[1] and parts:
            words.append(rejoined(parts.pop(), moved[1], moved[2]))
        else:
            words.append(without_way(last))
    return "-".join(reversed(words))


def rejoined(rest: str, onset: str, ending: str) -> str:
    """Return the word whose onset has moved; the case of the ending tells where capitals were."""
    if ending == "ay" and rest[0].isupper():
        return onset[0].upper() + onset[1:] + rest[0].lower() + rest[1:]
    return onset + rest


def without_way(code: str) -> str:
    """Return the word that begins with a vowel, from its code."""
    word = code[:-3]
    return word if word and code[-3:] in ("way", "WAY") else code


class ReverseWords(TextTransform):
    """The words of each line in reverse order: `Input: the red dog.` is `Input: dog red the.`

    A word is letters and digits, with apostrophes and hyphens inside. Words keep their capitals;
    punctuation, the final stop included, and spaces stay where they are, and so does a line's
    first word if a colon follows it.
    """

    name: Literal["reverse_words"] = "reverse_words"

    def encode(self, prompt: str) -> str:
        """Return the text with the words of each line reversed."""
        return "\n".join(map(reversed_line, prompt.split("\n")))

    def decode(self, answer: str) -> str:
        """Reverse them again."""
        return self.encode(answer)


def reversed_line(line: str) -> str:
    """Return a line with its words in reverse order, and everything else in its place."""
    word = r"\w+(?:['’-]\w+)*"
    label = re.match(rf"\W*{word}\s*:", line)
    start = label.end() if label else 0
    words = re.findall(word, line[start:])
    return line[:start] + re.sub(word, lambda _: words.pop(), line[start:])


class Rot13(TextTransform):
    """Each unaccented letter by the one 13 places on: `The dog` is `Gur qbt`."""

    name: Literal["rot13"] = "rot13"

    def encode(self, prompt: str) -> str:
        """Return the text in rot13."""
        return codecs.encode(prompt, "rot13")

    def decode(self, answer: str) -> str:
        """Return the text from rot13."""
        return codecs.decode(answer, "rot13")


class UpperCase(TextTransform):
    """Capitals throughout, which is lossy: which letters were capitals before is forgotten.

    An answer in capitals is read as lower case, with a capital at the start of each sentence that
    ends in a stop, a question mark or an exclamation mark. Names lose their capitals, and an answer
    that was to be in capitals is misread.
    """

    name: Literal["upper_case"] = "upper_case"
    exact: ClassVar[bool] = False

    def encode(self, prompt: str) -> str:
        """Return the text in capitals."""
        return prompt.upper()

    def decode(self, answer: str) -> str:
        """Return an answer in capitals in usual case; any other as it is."""
        if not answer.isupper():
            return answer
        return re.sub(r"[^.!?\n]+[.!?]", capitalized, answer.lower())


def capitalized(sentence: re.Match[str]) -> str:
    """Return a sentence with its first letter as a capital."""
    return re.sub(r"[^\W\d_]", lambda letter: letter[0].upper(), sentence[0], count=1)
