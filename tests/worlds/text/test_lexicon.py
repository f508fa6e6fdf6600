"""The lexicon: no gaps, no collisions, no foreign letters, and errors that say where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copy

import pandas as pd
import pytest

from eunoe.errors import EunoeError
from eunoe.worlds.text.lexicon import FOLDER, LANGUAGES, load_lexicon, words_of

ALPHABETS = {
    "en": "",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "es": "áéíóúüñ",
    "de": "äöü",
    "nl": "éëïóöü",
    "hu": "áéíóöőúüű",
}
"""Letters besides a to z."""

CYCLES = {"day": 7, "month": 12}


def table(name: str = "lexicon") -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", dtype=str, keep_default_na=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_cell_is_empty(language: str) -> None:
    assert (table()[language] != "").all()
    assert (table("lexicon_phrases")[language] != "").all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_concepts_of_a_category_have_the_same_word(language: str) -> None:
    rows = table()
    words = rows[language].str.split().str[0].str.lower()
    content = rows["category"] != "function"
    assert (
        not pd.DataFrame({"category": rows["category"], "word": words})[content].duplicated().any()
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_are_those_of_the_language(language: str) -> None:
    allowed = set("abcdefghijklmnopqrstuvwxyz'" + ALPHABETS[language])
    for form in load_lexicon().forms(language):
        assert set(form) <= allowed, form


@pytest.mark.parametrize("language", LANGUAGES)
def test_capitals_can_be_taken_back(language: str) -> None:
    forms = load_lexicon().forms(language)
    assert {form.upper().lower() for form in forms} == forms


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_vocabulary_is_small(language: str) -> None:
    assert 150 <= len(load_lexicon().forms(language)) <= 300


def test_there_are_enough_concepts() -> None:
    assert len(load_lexicon().entries) >= 120
    assert len(load_lexicon().concepts("noun")) >= 32
    assert len(load_lexicon().concepts("topic")) >= 10
    assert len(load_lexicon().concepts("action")) >= 6


def test_the_taxonomy_has_two_levels() -> None:
    lexicon = load_lexicon()
    assert lexicon.kinds == ["animal", "person", "fruit", "object"]
    for noun in lexicon.concepts("noun"):
        assert lexicon.kind(lexicon.kind(noun)) == lexicon.kind(noun)


def test_opposites_are_mutual_and_said_of_the_same_things() -> None:
    lexicon = load_lexicon()
    for adjective in lexicon.concepts("adjective"):
        opposite = lexicon.opposite(adjective)
        assert opposite != adjective
        assert lexicon.opposite(opposite) == adjective
        both = (lexicon.concept("adjective", each) for each in (adjective, opposite))
        assert len({concept.subjects for concept in both}) == 1


@pytest.mark.parametrize("category", CYCLES)
def test_days_and_months_come_round(category: str) -> None:
    lexicon = load_lexicon()
    names = lexicon.concepts(category)
    assert [lexicon.concept(category, name).kin for name in names] == [*names[1:], names[0]]
    assert len(names) == CYCLES[category]


def test_each_action_has_a_tool_of_its_own() -> None:
    lexicon = load_lexicon()
    tools = [lexicon.concept("action", name).kin for name in lexicon.concepts("action")]
    assert sorted(tools) == sorted(lexicon.concepts("tool"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_are_single_words_that_differ(language: str) -> None:
    lexicon = load_lexicon()
    labels = [lexicon.phrase(key, language) for key in ("true", "false", "neither")]
    assert len(set(labels)) == 3
    for label in labels:
        assert words_of(label) == [label]
        assert label in words_of(lexicon.phrase("labels", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_other_wording_differs(language: str) -> None:
    phrases = table("lexicon_phrases").set_index(["key", "wording"])[language]
    for key in ("input", "output", "question", "answer", "repeat", "capslock", "reverse"):
        assert phrases[key, "plain"] != phrases[key, "other"]
        assert load_lexicon().phrase(key, language, "other") == phrases[key, "other"]
    assert load_lexicon().phrase("refusal", language, "other") == phrases["refusal", "plain"]


def test_unknown_names_are_one_line() -> None:
    lexicon = load_lexicon()
    with pytest.raises(EunoeError, match="language xx has no lexicon; allowed: en, fr, es, de"):
        lexicon.phrase("input", "xx")
    with pytest.raises(EunoeError, match="phrase inptu is unknown; allowed: input, output"):
        lexicon.phrase("inptu", "en")
    with pytest.raises(EunoeError, match="noun unicorn is unknown; allowed: animal, dog"):
        lexicon.form("unicorn", "en")
    with pytest.raises(EunoeError, match="category nouns is unknown; allowed: noun, topic"):
        lexicon.concepts("nouns")


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


FAULTS = [
    ("lexicon", replaced("chien m", ""), "row 3, column fr: noun dog has 0 forms; allowed: 2"),
    ("lexicon", replaced("kutya kutyát", "kutya"), "row 3, column hu: noun dog has 1 forms"),
    ("lexicon", replaced("Hund m", "Hund k"), "row 3, column de: noun dog: gender k; allowed: m"),
    ("lexicon", replaced("vaca f", "perro m"), "column es: noun cow is perro, as dog is; allowed"),
    ("lexicon", replaced("noun,dog", "nuon,dog"), "row 3: category nuon; allowed: noun, topic"),
    ("lexicon", replaced("noun,cat", "noun,dog"), "row 4: noun dog stands there twice"),
    ("lexicon", replaced("noun,dog,animal", "noun,dog,animl"), "noun dog: kin is animl; allowed"),
    (
        "lexicon",
        replaced("old,young", "old,"),
        "adjective old: kin is ; allowed: the name of a row of category adj",
    ),
    ("lexicon", replaced(",hu\n", ",xx\n"), "row 1: wrong columns; allowed: category, concept"),
    ("lexicon", replaced("hond de,", ""), "row 3: 10 cells; allowed: 11"),
    ("lexicon_phrases", replaced("Entrada:", ""), "row 2, column es: input is empty"),
    ("lexicon_phrases", replaced("input,other", "input,plain"), "row 3: input plain; allowed"),
    ("lexicon_phrases", replaced("{tool}", "{tol}"), "column en: topic_answer has the slots tol"),
]


@pytest.mark.parametrize(("name", "spoil", "message"), FAULTS)
def test_faults_are_refused_in_one_line(
    tmp_path: Path, name: str, spoil: Callable[[str], str], message: str
) -> None:
    for each in ("lexicon", "lexicon_phrases"):
        copy(FOLDER / f"{each}.csv", tmp_path)
    path = tmp_path / f"{name}.csv"
    path.write_text(spoil(path.read_text()))
    with pytest.raises(EunoeError) as caught:
        load_lexicon(tmp_path)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert message in text
    assert "\n" not in text


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EunoeError, match=r"lexicon\.csv: cannot be read"):
        load_lexicon(tmp_path)
