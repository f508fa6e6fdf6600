"""XNLI (Conneau et al. 2018), aligned over languages, where the package `datasets` can get it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pandas as pd

from eunoe.errors import EunoeError
from eunoe.tables.items import ITEMS

DATASET, TASK = "facebook/xnli", "xnli"
LABELS = ("true", "neither", "false")
"""Outcomes in the order of XNLI's labels: entailment, neutral, contradiction."""
WORDS = {
    "en": ("True", "Neither", "False", "Question: {} True, False or Neither?\nAnswer:"),
    "fr": ("Vrai", "Ni", "Faux", "Question : {} Vrai, Faux ou Ni ?\nRéponse :"),
    "es": ("Verdadero", "Ni", "Falso", "Pregunta: {} ¿Verdadero, Falso o Ni?\nRespuesta:"),
    "de": ("Wahr", "Weder", "Falsch", "Frage: {} Wahr, Falsch oder Weder?\nAntwort:"),
}
"""How the labels read in each language, and the question (Kotha et al. 2024, section 4.2)."""


def xnli_items(languages: list[str], count: int) -> pd.DataFrame:
    """Return the first `count` validation pairs in each language as rows of `ITEMS`.

    EunoeError with one line if `datasets` is not installed or does not get them.
    """
    try:
        datasets = import_module("datasets")
    except ImportError:
        raise EunoeError(
            "xnli = true: the package datasets is not installed; allowed: false, or pip install"
            " datasets"
        ) from None
    rows = [
        item_of(pair, index, language)
        for language in languages
        for index, pair in enumerate(load(datasets, language, count))
    ]
    return pd.DataFrame(rows, columns=ITEMS.names)


def load(datasets: Any, language: str, count: int) -> list[dict[str, Any]]:
    """Return premise, hypothesis and label of the first pairs in a language."""
    try:
        return list(datasets.load_dataset(DATASET, language, split=f"validation[:{count}]"))
    except Exception as error:  # of the network, the hub or the file format
        reason = " ".join(str(error).split())[:200]
        raise EunoeError(
            f"xnli = true: {DATASET} ({language}) cannot be had ({reason}); allowed: false, or a"
            " machine that reaches the hub or has it in its cache"
        ) from error


def item_of(pair: dict[str, Any], index: int, language: str) -> dict[str, Any]:
    """Return one pair as an item; its number is the same in every language."""
    *texts, question = WORDS[language]
    return {
        "item": f"{index:04d}",
        "source": f"{TASK}.{language}",
        "task": TASK,
        "language": language,
        "wording": "plain",
        "split": "validation",
        "prompt": f"{pair['premise']}\n{question.format(pair['hypothesis'])}",
        "reply": texts[pair["label"]],
        "options": [
            {"outcome": outcome, "text": text} for outcome, text in zip(LABELS, texts, strict=True)
        ],
        "gold": LABELS[pair["label"]],
        "format": "option",
    }
