"""Line by line through an engine: lines, spaces and capitals stay."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eunoe.transforms.lines import tidy, translate_lines


@given(st.lists(st.text(alphabet="aZé1 \n\t\r.\u00a0")))
def test_an_engine_that_changes_nothing_changes_nothing(texts: list[str]) -> None:
    asked: list[str] = []

    def translate(lines: list[str]) -> list[str]:
        asked.extend(lines)
        return lines

    found = translate_lines(texts, translate)
    for text, new in zip(texts, found, strict=True):
        assert new.count("\n") == text.count("\n")
        assert new.split() == text.split()
    # not an empty line, no outer spaces, none twice
    assert all(line and line == line.strip() for line in asked)
    assert len(asked) == len(set(asked))


def test_lines_and_outer_spaces_stay() -> None:
    words = {"the dog": "El perro", "Output:": "Salida:"}
    text = "  the dog \n\n \nOutput:\nthe dog"
    found = translate_lines([text, "", "the dog"], lambda lines: [words[line] for line in lines])
    assert found == ["  el perro \n\n \nSalida:\nel perro", "", "el perro"]


def test_capitals_and_spaces_are_tidied() -> None:
    assert tidy("blue", "Azul") == "azul"
    assert tidy("Blue", "azul") == "azul"  # the engine's choice: sky, Himmel
    assert tidy("BLUE SKY", "Cielo azul") == "CIELO AZUL"
    assert tidy("I", "Yo") == "Yo"
    assert tidy("One. Two.", "Uno.  Dos.") == "Uno. Dos."
    assert tidy("One.  Two.", "Uno.  Dos.") == "Uno.  Dos."
    assert tidy("one", "uno\ndos") == "uno dos"
    assert tidy("3 - 2", "3 - 2") == "3 - 2"
    assert tidy("one", "") == ""
