"""The shipped texts line up and read well, and files that do not are refused in one line."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from eunoe.errors import EunoeError
from eunoe.worlds.text.given import texts
from eunoe.worlds.text.given.texts import LABELS, LANGUAGES, NLI_LANGUAGES, read_texts

SHIPPED = read_texts()

ACCENTS = {
    "en": "",
    "fr": "àâçéèêëîïôùûœ",
    "es": "áéíóúñü",
    "de": "äöüß",
    "nl": "éëï",
    "hu": "áéíóöőúüű",
}
"""Letters of each language beyond a to z."""

REQUIRED = {"fr": "àâçéèêîôûœ", "es": "áéíóúñ", "de": "äöüß", "nl": "éë", "hu": "áéíóöőúüű"}
"""Letters that so many natural sentences cannot do without."""


def everything_in(language: str) -> list[str]:
    """All texts of a language."""
    found = SHIPPED.sentences[language].to_list()
    found += re.sub(r"\{\w+\}", "", "\n".join(SHIPPED.phrases[language])).splitlines()
    if language in NLI_LANGUAGES:
        found += SHIPPED.nli[f"premise_{language}"].to_list()
        found += SHIPPED.nli[f"hypothesis_{language}"].to_list()
    return found


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def test_there_are_as_many_as_the_audit_promises() -> None:
    assert len(SHIPPED.sentences) >= 104
    assert len(SHIPPED.nli) >= 66
    assert min(Counter(SHIPPED.nli["gold"]).values()) >= 22
    assert set(SHIPPED.nli["gold"]) == set(LABELS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_and_marks_are_those_of_the_language(language: str) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz" + ACCENTS[language]
    spanish = "¿" if language == "es" else ""
    allowed = set(letters + letters.upper() + " .,?:'-" + spanish)
    for text in everything_in(language):
        assert not set(text) - allowed, (text, set(text) - allowed)
    used = set("".join(everything_in(language)).lower())
    assert set(REQUIRED.get(language, "")) <= used


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_sentences_of_a_common_length(language: str) -> None:
    least, most = (7, 14) if language == "en" else (5, 16)
    for sentence in SHIPPED.sentences[language]:
        assert re.fullmatch(r"[^\W\d_a-z][^.?:]*[^\W\d_]\.", sentence), sentence
        assert least <= len(sentence.split()) <= most, sentence
        assert "  " not in sentence
    assert SHIPPED.sentences[language].is_unique


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_words_differ_across_the_sentences(language: str) -> None:
    first = Counter(sentence.split()[0] for sentence in SHIPPED.sentences[language])
    assert max(first.values()) <= 4
    assert len(first) >= 0.95 * len(SHIPPED.sentences)


def test_no_sentence_is_left_untranslated_or_keeps_a_name() -> None:
    # a word in capitals inside a sentence is a name; German writes its nouns so
    for row in SHIPPED.sentences.to_dict("records"):
        assert len({row[language] for language in LANGUAGES}) == len(LANGUAGES)
        names = set(re.findall(r"(?<=[a-z,] )[A-Z]\w+", row["en"]))
        for language in ("fr", "es", "nl", "hu"):
            assert not names & set(row[language].split()), row


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_lengths_of_translations_go_together_only_row_by_row(language: str) -> None:
    """Were a column shifted, long sentences would no longer meet long ones."""
    english, other = (SHIPPED.sentences[name].map(len).to_numpy() for name in ("en", language))
    assert ((other / english > 0.55) & (other / english < 1.6)).all()
    shifted = [np.corrcoef(english, np.roll(other, by))[0, 1] for by in range(len(english))]
    assert np.argmax(shifted) == 0


def test_every_pair_is_there_once_and_no_premise_is_a_hypothesis() -> None:
    for language in NLI_LANGUAGES:
        premises, hypotheses = (
            SHIPPED.nli[f"{part}_{language}"] for part in ("premise", "hypothesis")
        )
        assert premises.is_unique
        assert not set(premises) & set(hypotheses)
        assert [text for text in [*premises, *hypotheses] if text[-1] != "."] == []


def test_every_hypothesis_comes_once_with_each_label_in_every_language() -> None:
    for language in NLI_LANGUAGES:
        groups = SHIPPED.nli.groupby(f"hypothesis_{language}")["gold"]
        assert groups.apply(sorted).map(lambda found: found == sorted(LABELS)).all()


def bayes_accuracy(documents: list[str], labels: list[str], groups: list[str]) -> float:
    """Share that naive Bayes over words gets right in each group, trained on the others."""
    vocabulary = sorted({word for document in documents for word in words_of(document)})
    present = np.array([[word in words_of(text) for word in vocabulary] for text in documents])
    truth = np.array([LABELS.index(label) for label in labels])
    right = 0.0
    for index, group in enumerate(groups):
        kept = np.array(groups) != group
        scores = []
        for label in range(len(LABELS)):
            chosen = present[kept & (truth == label)]
            rates = (chosen.sum(0) + 1) / (len(chosen) + 2)
            likelihood = np.log(np.where(present[index], rates, 1 - rates)).sum()
            scores.append(likelihood + np.log(len(chosen)))
        best = np.isclose(scores, max(scores))
        right += best[truth[index]] / best.sum()  # equally likely labels share
    return right / len(documents)


def accuracy_with(part: str) -> float:
    """What that baseline gets from one part of the pairs, on hypotheses that it never saw."""
    groups = SHIPPED.nli["hypothesis_en"].to_list()
    return bayes_accuracy(SHIPPED.nli[part].to_list(), SHIPPED.nli["gold"].to_list(), groups)


def test_the_baseline_finds_a_label_that_words_give_away() -> None:
    documents = ["it is so", "it is not so", "perhaps it is so"] * 9
    groups = [str(index // 3) for index in range(27)]
    assert bayes_accuracy(documents, [*LABELS] * 9, groups) == 1


@pytest.mark.parametrize("language", NLI_LANGUAGES)
def test_neither_part_of_a_pair_gives_its_label_away(language: str) -> None:
    assert accuracy_with(f"hypothesis_{language}") == pytest.approx(1 / 3)
    assert accuracy_with(f"premise_{language}") < 0.55


NEGATIONS = {
    "en": r"\b(?:not|no|none|nobody|nothing|cannot|never)\b",
    "fr": r"\b(?:ne|n|aucune?|sans)\b",
    "es": r"\b(?:no|ni|ningun[ao]|nadie|nada|nunca|sin)\b",
    "de": r"\b(?:nicht|kein\w*|nichts|niemand|nie|ohne)\b",
}


@pytest.mark.parametrize("language", NLI_LANGUAGES)
def test_negation_in_the_premise_favours_no_label(language: str) -> None:
    premises = SHIPPED.nli[f"premise_{language}"].str.lower()
    negated = SHIPPED.nli["gold"][premises.str.contains(NEGATIONS[language], regex=True)]
    counts = negated.value_counts().reindex(LABELS, fill_value=0)
    assert counts.min() >= 3
    assert counts.max() - counts.min() <= 3, counts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("sentences", "nli", "phrases"):
        (tmp_path / f"{name}.csv").write_bytes((texts.FOLDER / f"{name}.csv").read_bytes())
    return tmp_path


def edited(path: Path, edit: Callable[[list[list[str]]], None]) -> Path:
    """Change the rows of a CSV file, of which 0 is the header."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    edit(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def put(row: int, column: int, value: str) -> Callable[[list[list[str]]], None]:
    def edit(rows: list[list[str]]) -> None:
        rows[row][column] = value

    return edit


BROKEN = [
    ("sentences", put(5, 3, " "), "row 5, column es: a value is missing"),
    ("sentences", put(5, 0, "0004"), "row 5, column id: 0004 is there twice"),
    ("sentences", lambda rows: rows[7].pop(), "row 7: has 6 cells and does not line up"),
    ("sentences", lambda rows: rows[7].append("x"), "row 7: has 8 cells and does not line up"),
    ("sentences", put(0, 4, "pt"), "column 'pt' is not known; allowed: id, en, fr, es, de, nl, hu"),
    ("sentences", put(0, 4, "en"), "column en is there twice"),
    (
        "sentences",
        lambda rows: [row.pop() for row in rows],
        "column hu is missing; allowed: id, en, fr, es, de, nl, hu",
    ),
    ("sentences", lambda rows: rows.__delitem__(slice(1, None)), "holds no rows"),
    (
        "sentences",
        lambda rows: rows.__delitem__(slice(3, None)),
        "holds 2 rows; allowed: at least 3",
    ),
    ("sentences", lambda rows: rows.clear(), "column id is missing"),
    ("sentences", put(2, 2, "L'été est chaud."), 'row 2, column fr: begins with "L\'été"'),
    ("sentences", put(2, 2, "Oui"), "row 2, column fr: begins with 'Oui'"),
    ("sentences", put(2, 2, "Il fait\nbeau."), "row 2, column fr: 'Il fait\\nbeau.' has spaces"),
    ("nli", put(3, 1, "maybe"), "row 3, column gold: maybe is not known; allowed: true, false"),
    (
        "nli",
        put(0, 2, "premise_hu"),
        "column 'premise_hu' is not known; allowed: id, gold, premise",
    ),
    ("phrases", put(1, 0, "echo"), "row 1, column key: echo is not known; allowed: repeat"),
    ("phrases", put(1, 1, "odd"), "row 1, column wording: odd is not known; allowed: plain, other"),
    ("phrases", lambda rows: rows.pop(1), "repeat in wording plain is missing"),
    ("phrases", lambda rows: rows.append(rows[1]), "column key: repeat, plain is there twice"),
    ("phrases", put(13, 2, "What is {a}?"), "row 13, column en: 'What is {a}?' has other placeh"),
    ("phrases", put(13, 2, "{a} plus {b}"), "row 13, column en: '{a} plus {b}' begins with a num"),
    ("phrases", put(13, 2, "What is {a"), "row 13, column en: 'What is {a' is no pattern"),
    ("phrases", put(1, 2, "Repeat {a}."), "'Repeat {a}.' has other placeholders; allowed: no pl"),
]


@pytest.mark.parametrize(
    ("name", "edit", "message"), BROKEN, ids=[f"{each[0]}: {each[2]}" for each in BROKEN]
)
def test_a_broken_file_is_refused_in_one_line(
    folder: Path, name: str, edit: Callable[[list[list[str]]], None], message: str
) -> None:
    path = edited(folder / f"{name}.csv", edit)
    with pytest.raises(EunoeError) as caught:
        read_texts(folder)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_or_unreadable_file_is_refused(folder: Path) -> None:
    (folder / "nli.csv").write_bytes("é".encode("latin-1"))
    with pytest.raises(EunoeError, match=r"nli.csv: not a readable CSV file .*UTF-8$"):
        read_texts(folder)
    (folder / "nli.csv").unlink()
    with pytest.raises(EunoeError, match=r"nli.csv: no such file$"):
        read_texts(folder)


def test_columns_may_come_in_any_order(folder: Path) -> None:
    def turn(rows: list[list[str]]) -> None:
        for row in rows:
            row.reverse()

    edited(folder / "sentences.csv", turn)
    assert read_texts(folder).sentences.equals(SHIPPED.sentences)
