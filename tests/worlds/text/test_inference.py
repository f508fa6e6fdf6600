"""Inference: labels against every small model, written examples, and what drawing promises."""

from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from numpy.typing import NDArray

from eunoe.errors import EunoeError
from eunoe.worlds.text.grammar import Nominal, Sentence, draw_sentence, linearize, parse
from eunoe.worlds.text.inference import (
    FULL,
    LABELS,
    decide,
    draw_hypothesis,
    draw_inference,
    draw_premise,
    is_informative,
)
from eunoe.worlds.text.lexicon import LANGUAGES, load_lexicon

Table = dict[str, NDArray[np.bool_]]
"""Of each noun and property: whether each individual of each model is so, (models, individuals)."""


def symbols_of(*sentences: Sentence) -> tuple[list[str], list[str]]:
    """Return the nouns and the properties of sentences."""
    nouns = {sentence.subject.noun for sentence in sentences}
    properties = {
        word
        for sentence in sentences
        for word in (sentence.verb, sentence.adjective, sentence.subject.adjective)
        if word
    }
    return sorted(nouns), sorted(properties)


def kinds_of_individuals(nouns: list[str], properties: list[str]) -> list[set[str]]:
    """Return every set of nouns and properties that an individual can have."""
    lexicon = load_lexicon()
    found = []
    for chosen in product((False, True), repeat=len(nouns) + len(properties)):
        has = {word for word, yes in zip(nouns + properties, chosen, strict=True) if yes}
        kinds = {lexicon.hypernym(noun) for noun in nouns if noun in has} & set(nouns)
        opposites = {
            lexicon.opposite(word) for word in has if word in lexicon.concepts("adjective")
        }
        if kinds <= has and not opposites & has:
            found.append(has)
    return found


def holds(sentence: Sentence, table: Table, picked: dict[str, int]) -> NDArray[np.bool_]:
    """Return whether a sentence holds in each model; picked: the individual that "the" means."""
    subject = sentence.subject
    noun, said = table[subject.noun], table[sentence.verb or sentence.adjective or ""]
    beside = table[subject.adjective] if subject.adjective else np.ones_like(noun)
    if subject.determiner == "definite":
        it = picked[subject.noun]
        return beside[:, it] & (said[:, it] ^ sentence.negated)
    if subject.determiner == "every":
        return np.all(~noun | said, axis=1)
    some: NDArray[np.bool_] = np.any(noun & beside & said, axis=1)
    return ~some if subject.determiner == "no" else some


def decide_by_models(premise: Sentence, hypothesis: Sentence, size: int) -> str:
    """Return the label over all models with up to `size` different individuals."""
    nouns, properties = symbols_of(premise, hypothesis)
    kinds = kinds_of_individuals(nouns, properties)
    models = np.array(list(combinations_with_replacement(range(len(kinds)), size)))
    table = {
        word: np.array([word in kind for kind in kinds])[models] for word in nouns + properties
    }
    outcomes: set[bool] = set()
    for places in product(range(size), repeat=len(nouns)):
        picked = dict(zip(nouns, places, strict=True))
        usable = np.all([table[noun][:, picked[noun]] for noun in nouns], axis=0)
        usable &= holds(premise, table, picked)
        outcomes |= set(holds(hypothesis, table, picked)[usable].tolist())
    assert outcomes, "the premise contradicts itself"
    return "neither" if len(outcomes) == 2 else "true" if outcomes == {True} else "false"


def test_labels_of_drawn_inferences_hold_in_every_small_model() -> None:
    rng = np.random.default_rng(0)
    for _ in range(250):
        drawn = draw_inference(rng)
        assert drawn.label == decide(drawn.premise, drawn.hypothesis)
        assert drawn.label == decide_by_models(drawn.premise, drawn.hypothesis, size=3), drawn


def test_labels_of_other_pairs_hold_in_every_small_model() -> None:
    """Pairs that are never drawn too, such as "a dog sleeps", "the dog sleeps"."""
    rng = np.random.default_rng(1)
    checked = 0
    while checked < 250:
        premise = draw_premise(rng, FULL[rng.integers(1, 5)], full=True)
        determiner = FULL[rng.integers(1, 5)]
        negated = determiner == "definite" and bool(rng.random() < 0.5)
        hypothesis = draw_hypothesis(rng, premise, determiner, negated)
        if is_informative(premise) and is_informative(hypothesis):
            label = decide(premise, hypothesis)
            assert label == decide_by_models(premise, hypothesis, size=3), (premise, hypothesis)
            checked += 1


WRITTEN = [
    ("The dog sleeps.", "An animal sleeps.", "true"),
    ("The old dog sleeps.", "The dog is old.", "true"),
    ("The clean dog does not sleep.", "The dog is not dirty.", "true"),
    ("Every animal waits.", "The cow waits.", "true"),
    ("No person works.", "No baker works.", "true"),
    ("Every apple is cold.", "No apple is warm.", "true"),
    ("The dog sleeps.", "The dog does not sleep.", "false"),
    ("The queen is happy.", "The queen is sad.", "false"),
    ("No person sings.", "A painter sings.", "false"),
    ("The horse is fast.", "No animal is fast.", "false"),
    ("Every table is dry.", "A wet table is heavy.", "false"),
    ("The dog sleeps.", "Every dog sleeps.", "neither"),
    ("The dog sleeps.", "The cat sleeps.", "neither"),
    ("An animal sleeps.", "A dog sleeps.", "neither"),
    ("The dog is not old.", "The dog is young.", "neither"),
    ("No dog sleeps.", "No animal sleeps.", "neither"),
]


@pytest.mark.parametrize(("premise", "hypothesis", "label"), WRITTEN)
def test_labels_are_those_written_by_hand(premise: str, hypothesis: str, label: str) -> None:
    assert decide(parse(premise, "en"), parse(hypothesis, "en")) == label


def test_labels_are_balanced_and_sentences_short() -> None:
    rng = np.random.default_rng(2)
    drawn = [draw_inference(rng) for _ in range(900)]
    counts = Counter(each.label for each in drawn)
    assert set(counts) == set(LABELS)
    for count in counts.values():
        assert abs(count - 300) < 5 * np.sqrt(900 * 2 / 9)
    for each in drawn:
        assert each.premise != each.hypothesis
        for sentence, language in product((each.premise, each.hypothesis), LANGUAGES):
            assert len(linearize(sentence, language).split(" ")) <= 7


def test_the_determiner_of_the_hypothesis_does_not_tell_the_label() -> None:
    rng = np.random.default_rng(3)
    drawn = [draw_inference(rng) for _ in range(1500)]
    pairs = Counter((each.hypothesis.subject.determiner, each.label) for each in drawn)
    for determiner in FULL:
        counts = np.array([pairs[determiner, label] for label in LABELS])
        assert np.abs(counts / counts.sum() - 1 / 3).max() < 0.12


def test_drawing_repeats_itself() -> None:
    first, second = (draw_inference(np.random.default_rng(4)) for _ in range(2))
    assert first == second


def test_objects_are_refused() -> None:
    seen = Sentence(Nominal("dog"), "see", object=Nominal("cat"))
    with pytest.raises(EunoeError, match="see has an object; allowed: verbs without one"):
        decide(seen, draw_sentence(np.random.default_rng(0)))
