"""Shipped texts: sentences, pairs for inference and fixed phrases.

They are read from `data/inputs/sentences.csv`, `nli.csv` and `phrases.csv`, whose README says what
stands in a cell. Each row says the same thing in every language.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

import pandas as pd

from eunoe.config.worlds.text import WORDINGS
from eunoe.errors import EunoeError

FOLDER = Path(__file__).parents[5] / "data" / "inputs"
"""Where the shipped texts are kept."""

LANGUAGES = ("en", "fr", "es", "de", "nl", "hu")
"""Languages of the sentences and phrases."""

NLI_LANGUAGES = ("en", "fr", "es", "de")
"""Languages of the pairs for inference."""

FEWEST_SENTENCES = 3
"""Fewest sentences: a prompt shows two and asks about a third."""

LABELS = ("true", "false", "neither")
"""Labels of a hypothesis given its premise; also the keys of the words for them."""

PHRASES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("repeat", "capslock", "input", "output", "question", "answer"), ()),
    **dict.fromkeys(("plus", "minus", "times"), ("a", "b")),
    "nli": ("hypothesis", *LABELS),
    **dict.fromkeys(LABELS, ()),
}
"""Keys of the phrases, with the placeholders of each."""


@dataclass(frozen=True)
class Texts:
    """All shipped texts."""

    sentences: pd.DataFrame
    """A row for each sentence: id, and a column for each language."""
    nli: pd.DataFrame
    """A row for each pair: id, gold, premise_{language} and hypothesis_{language}."""
    phrases: pd.DataFrame
    """A row for each phrase, indexed by key and wording, and a column for each language."""


@cache
def read_texts(folder: Path = FOLDER) -> Texts:
    """Return the texts in a folder; EunoeError with file, row and column if something is wrong."""
    return Texts(
        read_sentences(folder / "sentences.csv"),
        read_nli(folder / "nli.csv"),
        read_phrases(folder / "phrases.csv"),
    )


def read_sentences(path: Path) -> pd.DataFrame:
    """Return sentences, of which each begins with a word that can be blanked."""
    rows = read_rows(path, ["id"], LANGUAGES)
    if len(rows) < FEWEST_SENTENCES:
        raise EunoeError(f"{path}: holds {len(rows)} rows; allowed: at least {FEWEST_SENTENCES}")
    for language in LANGUAGES:
        for row, sentence in rows[language].items():
            word, _, rest = sentence.partition(" ")
            if not (word.isalpha() and rest):
                raise EunoeError(
                    f"{path}: row {row}, column {language}: begins with {word!r};"
                    " allowed: a word of letters only, then a space and more words"
                )
    return rows


def read_nli(path: Path) -> pd.DataFrame:
    """Return pairs of premise and hypothesis with their labels."""
    columns = [
        f"{part}_{language}" for language in NLI_LANGUAGES for part in ("premise", "hypothesis")
    ]
    rows = read_rows(path, ["id"], ["gold", *columns])
    check_values(path, rows["gold"], LABELS)
    return rows


def read_phrases(path: Path) -> pd.DataFrame:
    """Return the phrases, complete and with the placeholders that they need."""
    rows = read_rows(path, ["key", "wording"], LANGUAGES)
    check_values(path, rows["key"], list(PHRASES))
    check_values(path, rows["wording"], WORDINGS)
    for language in LANGUAGES:
        for row, key, phrase in zip(rows.index, rows["key"], rows[language], strict=True):
            check_placeholders(f"{path}: row {row}, column {language}", phrase, key)
    phrases = rows.set_index(["key", "wording"])
    for key in PHRASES:
        for wording in WORDINGS:
            if (key, wording) not in phrases.index:
                raise EunoeError(f"{path}: {key} in wording {wording} is missing; allowed: a row")
    return phrases


def read_rows(path: Path, keys: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """Return a CSV file whose index is the number of the row, the first after the header being 1.

    `keys` are the columns that together name a row. EunoeError for a file that is missing or not
    UTF-8, a column that is missing or not known, a row of another length (its texts would not line
    up across languages), a missing value, or a name that occurs twice.
    """
    wanted = [*keys, *columns]
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *lines = list(csv.reader(file, strict=True)) or [[]]
    except FileNotFoundError:
        raise EunoeError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EunoeError(f"{path}: not a readable CSV file ({error}); allowed: UTF-8") from None
    check_header(path, header, wanted)
    for row, cells in enumerate(lines, start=1):
        check_cells(f"{path}: row {row}", header, cells)
    rows = pd.DataFrame(lines, columns=header, index=range(1, len(lines) + 1), dtype=str)[wanted]
    if rows.empty:
        raise EunoeError(f"{path}: holds no rows; allowed: at least 1")
    for row in rows.index[rows.duplicated(list(keys))]:
        name = ", ".join(rows.loc[row, list(keys)])
        raise EunoeError(f"{path}: row {row}, column {keys[0]}: {name} is there twice")
    return rows


def check_header(path: Path, header: list[str], wanted: list[str]) -> None:
    """Raise an EunoeError unless a header has every wanted column once, in any order."""
    allowed = f"allowed: {', '.join(wanted)}"
    for column in header:
        if column not in wanted:
            raise EunoeError(f"{path}: column {column!r} is not known; {allowed}")
        if header.count(column) > 1:
            raise EunoeError(f"{path}: column {column} is there twice; {allowed}")
    for column in wanted:
        if column not in header:
            raise EunoeError(f"{path}: column {column} is missing; {allowed}")


def check_cells(where: str, header: list[str], cells: list[str]) -> None:
    """Raise an EunoeError unless a row has one text for each column."""
    if len(cells) != len(header):
        raise EunoeError(
            f"{where}: has {len(cells)} cells and does not line up; allowed: {len(header)},"
            f" one for each of {', '.join(header)}"
        )
    for column, cell in zip(header, cells, strict=True):
        if not cell.strip():
            raise EunoeError(f"{where}, column {column}: a value is missing")
        if cell != cell.strip() or "\n" in cell:
            raise EunoeError(
                f"{where}, column {column}: {cell!r} has spaces at its ends or several lines;"
                " allowed: one line without"
            )


def check_values(path: Path, column: pd.Series[str], allowed: Sequence[str]) -> None:
    """Raise an EunoeError for a value of a column that is not among the allowed ones."""
    for row, value in column.items():
        if value not in allowed:
            raise EunoeError(
                f"{path}: row {row}, column {column.name}: {value} is not known;"
                f" allowed: {', '.join(allowed)}"
            )


def check_placeholders(where: str, phrase: str, key: str) -> None:
    """Raise an EunoeError unless a phrase has its placeholders, once each and never first."""
    wanted = sorted(PHRASES[key])
    try:
        parts = list(Formatter().parse(phrase))
    except ValueError as error:
        raise EunoeError(f"{where}: {phrase!r} is no pattern ({error})") from None
    found = sorted(name for _, name, _, _ in parts if name is not None)
    if found != wanted:
        names = ", ".join(f"{{{name}}}" for name in wanted) or "no placeholder"
        raise EunoeError(f"{where}: {phrase!r} has other placeholders; allowed: {names}, once each")
    # A question that begins with a number would have a number as its first word, as an answer is.
    if "a" in wanted and not parts[0][0]:
        raise EunoeError(f"{where}: {phrase!r} begins with a number; allowed: a word first")
