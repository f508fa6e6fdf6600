"""Tasks about sentences: verification, inference, compression, and questions about the subject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from eunoe.worlds.text import grammar
from eunoe.worlds.text.documents import Document, Voice, World
from eunoe.worlds.text.general import instructed
from eunoe.worlds.text.grammar import Sentence, adjectives_of, nouns_of, one_of
from eunoe.worlds.text.inference import LABELS, draw_inference
from eunoe.worlds.text.lexicon import load_lexicon
from eunoe.worlds.text.quizzes import Question, asked

TRUTH = ("true", "false")


def judged(voice: Voice, premise: Sentence, hypothesis: Sentence, true: bool) -> Document:
    """Return two sentences and whether the second one is true, without any instruction."""
    labels, gold = {label: voice.phrase(label) for label in TRUTH}, TRUTH[0 if true else 1]
    question = Question(voice.sentence(hypothesis), labels[gold])
    return Document(
        f"{voice.sentence(premise)}\n{asked(voice, question)}", labels[gold], labels, gold
    )


def draw_verification(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return a sentence, and a statement that says the same or differs in one word.

    What differs is the subject, the verb or adjective, the object, or that one is negated. The
    statement is drawn first, and the sentence is what is changed: so statements alone do not tell
    whether they are true.
    """
    true = bool(rng.random() < 0.5)
    hypothesis = grammar.draw_sentence(rng)
    if can_be_negated(hypothesis):  # as often as not, so that a premise alone does not tell either
        hypothesis = replace(hypothesis, negated=bool(rng.random() < 0.5))
    premise = hypothesis if true else changed(rng, hypothesis)
    return judged(voice, premise, hypothesis, true)


def can_be_negated(sentence: Sentence) -> bool:
    """Tell whether a sentence has a negation, or could have one."""
    definite = sentence.object is None or sentence.object.determiner == "definite"
    return sentence.subject.determiner == "definite" and definite


Change = Callable[[np.random.Generator, Sentence], Sentence]


def changed(rng: np.random.Generator, sentence: Sentence) -> Sentence:
    """Return a sentence that differs in one word, or in a negation."""
    changes: list[Change] = [with_other_subject, with_other_predicate]
    changes += [with_other_object] if sentence.object else []
    changes += [with_other_polarity] if can_be_negated(sentence) else []
    return changes[int(rng.integers(len(changes)))](rng, sentence)


def with_other_subject(rng: np.random.Generator, sentence: Sentence) -> Sentence:
    """Return the sentence about another thing of the same kind."""
    subject = sentence.subject
    taken = {subject.noun, sentence.object.noun if sentence.object else ""}
    nouns = [noun for noun in same_kind(subject.noun) if noun not in taken]
    return replace(sentence, subject=replace(subject, noun=one_of(rng, nouns)))


def with_other_object(rng: np.random.Generator, sentence: Sentence) -> Sentence:
    """Return the sentence with another object of the same kind."""
    assert sentence.object is not None
    taken = {sentence.subject.noun, sentence.object.noun}
    nouns = [noun for noun in same_kind(sentence.object.noun) if noun not in taken]
    return replace(sentence, object=replace(sentence.object, noun=one_of(rng, nouns)))


def same_kind(noun: str) -> tuple[str, ...]:
    """Return the nouns of a noun's kind."""
    return nouns_of(load_lexicon().kind(noun))


def with_other_predicate(rng: np.random.Generator, sentence: Sentence) -> Sentence:
    """Return the sentence with another verb, or another adjective after the verb to be."""
    if sentence.adjective:
        lexicon, beside = load_lexicon(), sentence.subject.adjective
        taken = {sentence.adjective, beside, lexicon.opposite(beside) if beside else None}
        names = [name for name in adjectives_of(sentence.subject.noun) if name not in taken]
        return replace(sentence, adjective=one_of(rng, names))
    return replace(sentence, verb=one_of(rng, [*verbs_like(sentence)]))


def verbs_like(sentence: Sentence) -> list[str]:
    """Return the other verbs that can be said of the subject and the object."""
    lexicon = load_lexicon()
    category = "transitive" if sentence.object else "intransitive"
    kind = lexicon.kind(sentence.subject.noun)
    thing = lexicon.kind(sentence.object.noun) if sentence.object else ""
    concepts = ((name, lexicon.concept(category, name)) for name in lexicon.concepts(category))
    return [
        name
        for name, verb in concepts
        if name != sentence.verb and kind in verb.subjects and (not thing or thing in verb.objects)
    ]


def with_other_polarity(_: np.random.Generator, sentence: Sentence) -> Sentence:
    """Return the sentence negated, or no longer so."""
    return replace(sentence, negated=not sentence.negated)


def draw_entailment(rng: np.random.Generator, voice: Voice, world: World) -> Document:
    """Return premise and hypothesis, and whether the latter is true or false."""
    while (drawn := draw_inference(rng, world.full)).label == "neither":
        pass
    return judged(voice, drawn.premise, drawn.hypothesis, drawn.label == "true")


def draw_nli(rng: np.random.Generator, voice: Voice, world: World) -> Document:
    """Return premise, hypothesis, and whether it is true, false or neither."""
    drawn = draw_inference(rng, world.full)
    labels: dict[str, str] = {label: voice.phrase(label) for label in LABELS}
    premise, hypothesis = voice.sentence(drawn.premise), voice.sentence(drawn.hypothesis)
    prompt = (
        f"{premise}\n{voice.phrase('question')} {hypothesis} {voice.phrase('labels')}\n"
        f"{voice.phrase('answer')}"
    )
    return Document(prompt, labels[drawn.label], labels, drawn.label)


def draw_compression(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return a sentence with adjectives beside its nouns, and the same without them."""
    while (short := without_adjectives(sentence := grammar.draw_sentence(rng))) == sentence:
        pass
    return instructed(voice, "shorten", voice.sentence(sentence), voice.sentence(short))


def without_adjectives(sentence: Sentence) -> Sentence:
    """Return a sentence without the adjectives beside its nouns; a negation stays."""
    thing = replace(sentence.object, adjective=None) if sentence.object else None
    return replace(sentence, subject=replace(sentence.subject, adjective=None), object=thing)


def draw_question(rng: np.random.Generator, voice: Voice, _: World) -> Document:
    """Return two sentences, about different things, and who or what one of them is about."""
    first = second = grammar.draw_sentence(rng)
    while second.subject.noun == first.subject.noun:
        second = grammar.draw_sentence(rng)
    key, meant = (("about_first", first), ("about_second", second))[rng.integers(2)]
    answer = load_lexicon().form(meant.subject.noun, voice.language)
    passage = f"{voice.sentence(first)} {voice.sentence(second)}"
    return Document(f"{passage}\n{asked(voice, Question(voice.phrase(key), answer))}", answer)
