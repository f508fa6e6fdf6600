"""Translation by Apertium, for real where it is installed."""

from __future__ import annotations

import shutil

import pytest
from pydantic import ValidationError

from eunoe.errors import EunoeError
from eunoe.transforms import apertium, parse_transform
from eunoe.transforms.apertium import Apertium, installed_modes

SPANISH = Apertium(source="en", to="es")


def is_installed() -> bool:
    return shutil.which("apertium") is not None and {"eng-spa", "spa-eng"} <= {*installed_modes()}


real = pytest.mark.skipif(
    not is_installed(), reason="needs apertium and apertium-eng-spa (Debian packages)"
)


@real
def test_english_is_shown_in_spanish_and_answers_come_back() -> None:
    assert SPANISH.encode("The red house is big.") == "La casa roja es grande."
    assert SPANISH.decode("La casa roja es grande.") == "The red house is big."
    assert SPANISH.decode("azul") == "blue"


@real
def test_lines_capitals_and_signs_come_back() -> None:
    prompt = "Input: the red dog\nOutput: THE RED DOG\n\n  Question: 2 + 3 = ?\n \nblue\nBLUE "
    lines = SPANISH.encode(prompt).split("\n")
    assert lines[:2] == ["Entrada: el perro rojo", "Salida: EL PERRO ROJO"]
    assert lines[3].startswith("  ")
    assert lines[3].endswith(": 2 + 3 = ?")
    assert lines[2:5:2] == ["", " "]
    assert lines[5:] == ["azul", "AZUL "]


@real
@pytest.mark.parametrize(
    "prompt", ["", " \n\n ", "[]\n\\\n@x *y ^z$ {a} <b>\n/", "1\x002\n\x00\n3", "日本"]
)
def test_any_text_keeps_its_lines(prompt: str) -> None:
    assert SPANISH.encode(prompt).count("\n") == prompt.count("\n")
    assert SPANISH.decode(prompt).count("\n") == prompt.count("\n")


@real
def test_many_texts_are_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []
    run = apertium.run

    def counted(command: list[str], text: str) -> str:
        calls.append(command)
        return run(command, text)

    monkeypatch.setattr(apertium, "run", counted)
    texts = ["The dog.\nThe cat.", "the house", "The dog."]
    found = SPANISH.encode_all(texts)
    assert calls == [["apertium", "-u", "eng-spa"]]
    assert found == [SPANISH.encode(text) for text in texts]


@real
def test_a_pair_that_is_missing_is_named() -> None:
    with pytest.raises(EunoeError) as error:
        Apertium(source="en", to="fr").encode("dog")
    assert str(error.value).startswith("apertium: direction eng-fra is not installed; allowed: ")
    assert "eng-spa" in str(error.value)


@real
def test_a_failing_command_is_one_line() -> None:
    with pytest.raises(EunoeError) as error:
        apertium.run(["apertium", "xxx-yyy"], "dog")
    assert str(error.value).startswith("apertium: apertium xxx-yyy failed: ")
    assert "\n" not in str(error.value)


def test_paragraphs_that_are_lost_are_asked_for_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts: list[str] = []

    def merging(command: list[str], text: str) -> str:
        texts.append(text)
        return text.replace("\n\n", "\n")

    monkeypatch.setattr(apertium, "run", merging)
    assert apertium.run_apertium("eng-spa", ["a b", "c"]) == ["a b", "c"]
    assert texts == ["a b\n\nc\n", "a b\n", "c\n"]


def test_a_missing_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    installed_modes.cache_clear()
    with pytest.raises(EunoeError, match=r"^apertium: no such command; install it \(Debian: apt"):
        SPANISH.encode("dog")


def test_yaml_names_a_direction() -> None:
    parsed = parse_transform({"name": "apertium", "source": "en", "to": "es"})
    assert parsed == SPANISH
    assert parsed.label == "apertium(en-es)"
    with pytest.raises(ValidationError, match="to"):
        parse_transform({"name": "apertium", "source": "en", "to": "-d /"})
