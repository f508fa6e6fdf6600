"""The letters and signs that the exact ciphers take."""

from eunoe.errors import EunoeError


def keeps_its_case(letter: str) -> bool:
    """Tell whether a letter comes back when its case is changed twice."""
    other = letter.swapcase()
    return len(other) == 1 and other.swapcase() == letter


LETTERS = "".join(
    letter
    for letter in map(chr, [*range(0x41, 0x180), *range(0x218, 0x21C)])
    if letter == "ß" or (letter.isalpha() and keeps_its_case(letter))
)
"""Latin letters of European languages, accents included, each a single (composed) character."""
LATIN_1 = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0xAD), *range(0xAE, 0x100)]))
"""Printable characters of ISO 8859-1: digits and ASCII punctuation, ¿ « » ° and so on."""
SIGNS = "".join(sign for sign in LATIN_1 if sign not in LETTERS) + "\t\r\n–—‘’‚“”„…•€\u202f"
"""Digits, punctuation and spaces, those of European typesetting included."""
ALPHABET = LETTERS + SIGNS
"""Characters that Leetspeak and Pig Latin take."""
_KNOWN = frozenset(ALPHABET)


def check_alphabet(text: str, transform: str) -> None:
    """Raise an EunoeError that names the first character of a text outside the alphabet."""
    for position, character in enumerate(text):
        if character not in _KNOWN:
            raise EunoeError(
                f"{transform}: {character!r} (U+{ord(character):04X}) at position {position} of"
                f" {text[:40]!r} is outside the alphabet; allowed: Latin letters, composed"
                " accents, digits and common punctuation"
            )
