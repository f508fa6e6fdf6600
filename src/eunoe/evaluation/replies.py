"""Evaluation of items through transforms: encode, reply, decode, score."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.errors import EunoeError
from eunoe.evaluation.engine import Engine
from eunoe.evaluation.options import Option
from eunoe.evaluation.resume import Journal
from eunoe.tables.replies import REPLIES
from eunoe.transforms import LANGUAGE, Transform

OF_THE_CALLER = ("probe", "kind", "model", "seed", "attached", "level")
"""Columns that name the model, and how it was used; the caller adds them."""
COLUMNS = [name for name in REPLIES.names if name not in OF_THE_CALLER]

Check = Callable[[Mapping[str, Any], str], Mapping[str, Any]]
"""A function from an item (`ITEMS`) and a decoded reply to the columns outcome, right, formatted,
credit and specialised."""


@dataclass(frozen=True)
class Case:
    """One item through one transform."""

    item: Mapping[str, Any]
    transform: Transform
    prompt: str
    """Encoded."""
    shown: list[str]
    """The texts of the options, encoded, in the item's order; none without likelihoods."""

    @property
    def name(self) -> str:
        """Its name in errors and in the resume file."""
        return name_of(self.item, self.transform)

    @property
    def options(self) -> list[Option]:
        """The item's options as they read without a transform."""
        return [(option["outcome"], option["text"]) for option in self.item["options"]]

    @property
    def scored_by(self) -> list[Any]:
        """The item that replies are compared to."""
        return [self.options, *(self.item[key] for key in ("reply", "gold", "format"))]

    @property
    def digest(self) -> str:
        """SHA-256 of the encoded prompt."""
        return hashlib.sha256(self.prompt.encode()).hexdigest()


def name_of(item: Mapping[str, Any], transform: Transform) -> str:
    """Return the name of an item through a transform, unique within an evaluation."""
    parts = [str(item[key]) for key in ("task", "split", "language", "wording")]
    return f"{item['item']} ({', '.join([*parts, transform.label])})"


def takes(transform: Transform, language: str) -> bool:
    """Tell whether a transform is for text in a language."""
    known = transform.languages is None or language in transform.languages
    return LANGUAGE in transform.takes and known


def evaluate_items(
    engine: Engine,
    items: pd.DataFrame,
    transforms: Sequence[Transform],
    check: Check,
    *,
    home: str | None = None,
    new_tokens: int,
    likelihood: bool,
    prompt_likelihood: bool,
    keep_texts: bool,
    resume: Path | None,
    digest: str,
) -> pd.DataFrame:
    """Return rows of `REPLIES`, without the columns of the caller, for items (`ITEMS`).

    `check` scores a decoded reply to an item.

    Every item is asked through every transform that takes its language, unless it is not in the
    language `home`, if that is given: then through identity alone. Cases that look the same to the
    model, such as an item in French and the English one translated, are asked once. `choice` is
    the outcome of the option with the largest total log-probability, as `acc` of common harnesses
    has it: without a normalisation by length, so that it goes with `gold_share`, the probability of
    the gold outcome's texts over that of all options (for two answers the inferred task weight).
    Both need two options; without, and without `likelihood`, they are null, and so are texts that
    are not kept.

    Finished batches are kept in the file `resume`, which the caller deletes. A later call with the
    same digest, prompts and options goes on from them and returns the same rows as an undisturbed
    one. EunoeError names the item that cannot be asked, and the transform that raises.
    """
    cases = encode_items(items, transforms, home, likelihood)
    alike = same_questions(cases)
    batches = engine.batches({name: cases[name].prompt for name in alike}, new_tokens)
    settings = [digest, new_tokens, likelihood, prompt_likelihood, keep_texts, batches]
    content = [[case.name, case.prompt, case.shown, *case.scored_by] for case in cases.values()]
    journal = None if resume is None else Journal(resume, digest_of([settings, content]))
    done = {} if journal is None else dict(journal.done)
    for batch in batches:
        if all(name in done for name in batch):
            continue
        asked = [cases[name] for name in batch]
        answers = measure(engine, asked, new_tokens, likelihood, prompt_likelihood)
        answered = [(case, answers[name]) for name in batch for case in alike[name]]
        rows = rows_of(answered, check, keep_texts)
        if journal is not None:
            journal.append(rows)
        done.update(rows)
    return pd.DataFrame(
        [described(case) | done[name] for name, case in cases.items()], None, COLUMNS
    )


def digest_of(content: Any) -> str:
    """Return a digest of a value that JSON can hold."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


# Encoding


def encode_items(
    items: pd.DataFrame, transforms: Sequence[Transform], home: str | None, likelihood: bool
) -> dict[str, Case]:
    """Return all cases by name, those of a transform and language encoded together.

    Options are encoded where their likelihood is asked for.
    """
    records: list[Any] = items.to_dict("records")
    cases: dict[str, Case] = {}
    for transform in transforms:
        for language in items["language"].unique():
            at_home = home in (None, language) or transform.label == "identity"
            if at_home and takes(transform, language):
                chosen = [record for record in records if record["language"] == language]
                for case in encode_records(transform, chosen, likelihood):
                    if case.name in cases:
                        raise EunoeError(f"item {case.name} is there twice; allowed: once")
                    cases[case.name] = case
    return cases


def same_questions(cases: Mapping[str, Case]) -> dict[str, list[Case]]:
    """Return the cases with the same prompt and options, by the name of the first of them."""
    groups: dict[tuple[str, ...], list[Case]] = {}
    for case in cases.values():
        groups.setdefault((case.prompt, *case.shown), []).append(case)
    return {group[0].name: group for group in groups.values()}


def encode_records(
    transform: Transform, records: Sequence[Mapping[str, Any]], likelihood: bool
) -> list[Case]:
    """Return the cases of items in one language."""
    names = [name_of(record, transform) for record in records]
    encode, label = transform.encode_all, transform.label
    prompts = apply(encode, label, names, [record["prompt"] for record in records])
    owners = [name for name, record in zip(names, records, strict=True) for _ in record["options"]]
    texts = [option["text"] for record in records for option in record["options"]]
    for name, text in zip(owners, texts, strict=True):
        if not text:
            raise EunoeError(f"item {name}: the text of an option is empty; allowed: some text")
    if not likelihood:
        pairs = zip(records, prompts, strict=True)
        return [Case(record, transform, prompt, []) for record, prompt in pairs]
    shown = iter(apply(encode, label, owners, texts))
    return [
        Case(record, transform, prompt, [next(shown) for _ in record["options"]])
        for record, prompt in zip(records, prompts, strict=True)
    ]


def apply(
    change: Callable[[list[str]], list[str]], label: str, names: list[str], texts: list[str]
) -> list[str]:
    """Return texts changed by a transform's encode_all or decode_all.

    EunoeError with the transform's label and the name of the text that makes it raise.
    """
    if not texts:
        return []
    try:
        changed = list(change(texts))
    except Exception as error:
        for name, text in zip(names, texts, strict=True):
            try:
                change([text])
            except Exception as culprit:
                raise failed(label, f"item {name}", culprit) from culprit
        raise failed(label, f"{len(texts)} texts together", error) from error
    if len(changed) != len(texts):
        raise EunoeError(
            f"transform {label}: {len(texts)} texts became {len(changed)}; allowed: one for each"
        )
    return changed


def failed(label: str, where: str, error: Exception) -> EunoeError:
    """Return the one-line error of a transform that raised."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return EunoeError(f"transform {label}, {where}: {reason}")


# Measuring


@dataclass(frozen=True)
class Answers:
    """A model's reply to one question, and the likelihoods."""

    reply: str
    options: list[float] | None
    """Log-probability of each option (nats)."""
    prompt: float | None
    """Log-probability of the prompt per character (nats)."""


def measure(
    engine: Engine,
    cases: Sequence[Case],
    new_tokens: int,
    likelihood: bool,
    prompt_likelihood: bool,
) -> dict[str, Answers]:
    """Return the answers to one batch of cases by name."""
    prompts = {case.name: case.prompt for case in cases}
    replies = engine.generate(prompts, new_tokens)
    compared = {case.name: case.shown for case in cases if likelihood and len(case.shown) > 1}
    options = engine.log_likelihoods({name: prompts[name] for name in compared}, compared)
    surprise = engine.prompt_log_likelihoods(prompts) if prompt_likelihood else {}
    return {name: Answers(replies[name], options.get(name), surprise.get(name)) for name in prompts}


def decode(answered: Sequence[tuple[Case, Answers]]) -> dict[str, str]:
    """Return the replies decoded, by the case's name; those of a transform together."""
    decoded: dict[str, str] = {}
    for transform in {case.transform.label: case.transform for case, _ in answered}.values():
        replies = {
            case.name: answers.reply
            for case, answers in answered
            if case.transform.label == transform.label
        }
        found = apply(transform.decode_all, transform.label, list(replies), list(replies.values()))
        decoded.update(zip(replies, found, strict=True))
    return decoded


# Scoring


def described(case: Case) -> dict[str, Any]:
    """Return the columns of a row that are known before the model is asked."""
    names = ("item", "source", "task", "split", "language", "wording", "gold")
    kept = {name: case.item[name] for name in names}
    return {**kept, "transform": case.transform.label, "digest": case.digest}


def rows_of(
    answered: Sequence[tuple[Case, Answers]], check: Check, keep_texts: bool
) -> dict[str, dict[str, Any]]:
    """Return the columns with the model's reply and scores, by the case's name."""
    found = {}
    decoded = decode(answered)
    for case, answers in answered:
        reply = decoded[case.name]
        choice, gold_share = chosen(case, answers.options)
        found[case.name] = {
            "prompt": case.prompt if keep_texts else None,
            "reply": answers.reply if keep_texts else None,
            "decoded": reply if keep_texts else None,
            **check(case.item, reply),
            "choice": choice,
            "gold_share": gold_share,
            "prompt_log_likelihood": answers.prompt,
        }
    return found


def chosen(case: Case, totals: list[float] | None) -> tuple[str | None, float | None]:
    """Return the most likely outcome and the gold outcome's share of the probability."""
    if totals is None:
        return None, None
    outcomes = [outcome for outcome, _ in case.options]
    largest = max(totals)
    weights = [math.exp(total - largest) for total in totals]
    of_gold = [
        weight
        for weight, outcome in zip(weights, outcomes, strict=True)
        if outcome == case.item["gold"]
    ]
    share = math.fsum(of_gold) / math.fsum(weights) if of_gold else None
    return outcomes[totals.index(largest)], share
