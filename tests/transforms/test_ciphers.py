"""Transforms of text: what they look like, and that they are undone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eunoe.errors import EunoeError
from eunoe.transforms import TextTransform
from eunoe.transforms.alphabet import ALPHABET, LETTERS
from eunoe.transforms.chain import Chain
from eunoe.transforms.ciphers import Leetspeak, PigLatin, ReverseWords, Rot13, UpperCase

LEET, PIG = Leetspeak(), PigLatin()
# many collisions: what codes are made of, beside any text
TRICKY = st.text(alphabet="aAyYqQuUwWmM-- 4739#^'éßĳ\n")
TEXTS = st.one_of(st.text(alphabet=ALPHABET), TRICKY)
WORDS = st.text(alphabet=sorted(set(ALPHABET) - set(" \t\r\n\u00a0\u202f")), min_size=1)
BOTH = pytest.mark.parametrize("cipher", [LEET, PIG], ids=lambda cipher: cipher.name)


@pytest.mark.parametrize(
    ("plain", "code"),
    [
        ("The red cats", "^7h3 r3d c475"),
        ("2 + 37 = 39?", "#2 + #37 = #39?"),
        ("21st, 3a, R2D2", "#21s7, #3a, R#2D#2"),
        ("OSTIA ostia", "^0^5^7^1^4 05714"),
        ("#1 ^ C# 3#a", "###1 ^^ C## #3##4"),
        ("l'été ő ß ñ", "l'é7é ő ß ñ"),
    ],
)
def test_leetspeak(plain: str, code: str) -> None:
    assert LEET.encode(plain) == code
    assert LEET.decode(code) == plain


@pytest.mark.parametrize(
    ("plain", "code"),
    [
        ("the dog sleeps", "e-thay og-day eeps-slay"),
        ("The DOG, Al!", "E-thay OG-DAY, Alway!"),
        ("wall all way", "all-way allway ay-way"),
        ("A IDEA I", "Away IDEAWAY Iway"),
        ("McCoy iPhone dOg", "oy-McCAy iPhoneway Og-dAy"),
        ("queen yellow my rhythm y", "een-quay ellow-yay y-may ythm-rhay y"),
        ("2 hmm 3rd x2 NP", "2 hmm 3rd x2 NP"),
        ("l'eau don't", "l'eauway on-day't"),
        ("Élan ñu Straße œuf", "Élanway u-ñay Aße-stray œufway"),
        ("og-day a-myay", "ogway-ay-day away-yay-may"),
    ],
)
def test_pig_latin(plain: str, code: str) -> None:
    assert PIG.encode(plain) == code
    assert PIG.decode(code) == plain


@BOTH
@given(text=TEXTS)
def test_ciphers_are_undone(cipher: TextTransform, text: str) -> None:
    assert cipher.exact
    assert cipher.decode(cipher.encode(text)) == text


@BOTH
@given(text=TEXTS)
def test_codes_can_be_encoded_again(cipher: TextTransform, text: str) -> None:
    twice = Chain(transforms=[LEET, cipher, PIG])
    assert twice.decode(twice.encode(text)) == text


@BOTH
@given(words=st.lists(WORDS), spaces=st.lists(st.sampled_from([" ", "\n", "  ", "\n\n"])))
def test_a_word_has_one_code_whatever_is_beside_it(
    cipher: TextTransform, words: list[str], spaces: list[str]
) -> None:
    pairs = list(zip(words, spaces, strict=False))
    text = "".join(word + space for word, space in pairs)
    assert cipher.encode(text) == "".join(cipher.encode(word) + space for word, space in pairs)


@BOTH
@given(text=TEXTS)
def test_codes_of_texts_that_differ_differ(cipher: TextTransform, text: str) -> None:
    for other in (text.lower(), text.upper(), text.replace("-", ""), text + "w"):
        if other != text and set(other) <= set(ALPHABET):
            assert cipher.encode(other) != cipher.encode(text)


@BOTH
@given(before=TEXTS, outside=st.characters(exclude_characters=ALPHABET), after=st.text())
def test_a_character_outside_the_alphabet_is_named(
    cipher: TextTransform, before: str, outside: str, after: str
) -> None:
    with pytest.raises(EunoeError) as error:
        cipher.encode(before + outside + after)
    message = str(error.value)
    assert f"{outside!r} (U+{ord(outside):04X}) at position {len(before)} of" in message
    assert message.startswith(f"{cipher.name}: ")
    assert len(message.splitlines()) == 1


@BOTH
@pytest.mark.parametrize("text", ["Œuvre naïve, garçon !", "¿Dónde está el niño?", "Größe „süß“"])
def test_the_alphabet_has_what_european_languages_write(cipher: TextTransform, text: str) -> None:
    assert cipher.decode(cipher.encode(text)) == text


def test_the_alphabet_states_each_character_once() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert set("aZéőßñĳçŵ") <= set(LETTERS)
    assert not set("ıſİ\u00ad\u0301я") & set(ALPHABET)


@given(
    answer=st.text(),
    cipher=st.sampled_from([LEET, PIG, ReverseWords(), Rot13(), UpperCase()]),
)
def test_any_answer_can_be_decoded(answer: str, cipher: TextTransform) -> None:
    assert isinstance(cipher.decode(answer), str)


@pytest.mark.parametrize("answer", ["The dog.", "way", "ay -day y-", "og-dog", "Yes-no", "日本 ɐ"])
def test_what_is_no_pig_latin_stays(answer: str) -> None:
    assert PIG.decode(answer) == answer


@pytest.mark.parametrize("answer", ["dog #", "^", "^x 2689", "日本 ɐ", "# ^ a"])
def test_what_is_no_leetspeak_stays(answer: str) -> None:
    assert LEET.decode(answer) == answer


# Reversed words


@pytest.mark.parametrize(
    ("plain", "code"),
    [
        ("the red dog", "dog red the"),
        ("The cat, the dog.", "dog the, cat The."),
        ("Input: the red dog\nOutput:", "Input: dog red the\nOutput:"),
        ("Entrée : l'eau froide", "Entrée : froide l'eau"),
        ("  a  b c\n\n d", "  c  b a\n\n d"),
        ("the task is:", "is task the:"),
        ("2 + 3 = 5", "5 + 3 = 2"),
    ],
)
def test_reversed_words(plain: str, code: str) -> None:
    assert ReverseWords().encode(plain) == code


@given(st.one_of(st.text(), st.text(alphabet="ab1_ .,:'’-\n\té")))
def test_reversing_words_twice_is_nothing(text: str) -> None:
    reverse = ReverseWords()
    assert reverse.exact
    assert reverse.decode(reverse.encode(text)) == text


# Rot13 and capitals


@given(st.text())
def test_rot13_is_undone(text: str) -> None:
    assert Rot13().decode(Rot13().encode(text)) == text


def test_rot13_moves_13_places() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    assert Rot13().encode(letters) == letters[13:] + letters[:13]
    assert Rot13().encode("Été 3!") == "Égé 3!"


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ("THE DOG SLEEPS. IT EATS!", "The dog sleeps. It eats!"),
        ("DOG", "dog"),
        ("«ÉTÉ?»\nNO", "«Été?»\nno"),
        ("3.5", "3.5"),
        ("The Dog", "The Dog"),
    ],
)
def test_answers_in_capitals_are_read_in_usual_case(answer: str, read: str) -> None:
    assert UpperCase().decode(answer) == read


def test_capitals_are_lossy() -> None:
    upper = UpperCase()
    assert not upper.exact
    assert upper.decode(upper.encode("Mr Smith is 3.")) == "Mr smith is 3."
