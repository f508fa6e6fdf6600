"""Each key of the configuration, edited alone, runs exactly the jobs that depend on it."""

from __future__ import annotations

import re
import shutil
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest

from eunoe.config.model import Settings
from eunoe.labs.recipes.settings import RECIPE_PARTS
from eunoe.workflow.configuration import full_model
from tests.workflow.checkout import (
    LEARNING,
    PROBE,
    REMOVED,
    RETENTION,
    TONGUES,
    TRIED,
    Checkout,
    Edits,
)
from tests.workflow.jobs import (
    AGGREGATES,
    CLAIMS,
    EVERYTHING,
    FIGURES,
    FROM_EVALUATION,
    FROM_FINETUNING,
    FROM_MIX50,
    FROM_PRETRAINING,
    FROM_PROMPTS,
    FROM_READING,
    FROM_RETENTION,
    FROM_SCHOOLING,
    FROM_TUNING,
    FROM_VILLAGE,
    LANGUAGE_AGGREGATES,
    LANGUAGE_CLAIMS,
    LANGUAGE_EVERYTHING,
    LANGUAGE_FIGURES,
    LANGUAGE_PAGE,
    NOTHING,
    PAGE,
    RECIPES_AGGREGATES,
    RECIPES_FIGURES,
    RECIPES_PAGE,
    RECIPES_SHOWN,
    Jobs,
    adapted,
    figures,
    finetuned,
    ideals,
    items,
    language_figures,
    language_of_seed,
    language_tables,
    networks,
    of_probe,
    of_seed,
    pretrained,
    read,
    recipes_figures,
    recipes_of_seed,
    recipes_tables,
    replies,
    scores,
    tuned,
    worlds,
)

Case = tuple[Edits, Jobs]


def each(place: str, values: Mapping[str, Any], jobs: Jobs) -> list[Case]:
    """Return a case for each key at a place, all of which run the same jobs."""
    return [({f"{place}.{key}": value}, jobs) for key, value in values.items()]


WORLD = {"kind": "regression", "dimension": 2, "tasks": 3, "points": 5, "sigma": 0.5, "tau": 2.0}
TRAINING = {
    "optimizer": "adam",
    "steps": 6,
    "batch": 4,
    "learning_rate": 0.01,
    "matrix_learning_rate": 0.01,
    "weight_decay": 0.1,
    "warmup": 2,
    "decay": 0.2,
    "clip": None,
    "monitor_every": 3,
    "monitor_prompts": 4,
}
MIX50 = {"world": "linear", "network": "small", "training": "thorough", "alpha": 0.5}
THERE = {
    "model": "a/b",
    "revision": "main",
    "tokenizer": "c/d",
    "dtype": "bfloat16",
    "trust_remote_code": True,
}
GIVEN = {
    "kind": "text",
    "world": "tongues",
    "texts": {
        "languages": ["en"],
        "home": "fr",
        "tasks": ["nli"],
        "prompts": [{"file": "data/inputs/lexicon.csv", "kind": "refusals", "keep_texts": True}],
        "xnli": True,
        "items": 3,
    },
    "transforms": ["identity"],
    "crossed": True,
}
LANGUAGE_BASE = {
    "world": "tongues",
    "network": "tiny",
    "training": "tuning",
    "mixture": {"languages": {"en": 1}, "tasks": {"blanks_quiz": 1}},
}
WIDE = {"layers": 1, "heads": 2, "width": 16}
SMALL = {"layers": 1, "heads": 2, "width": 8}
HALF = {"stages": [{"data": {"bank": 0.5, "continuous": 0.5}, "training": "gentle"}]}
DATA = "recipes.to_bank.stages.0.data"
SHOWN = LANGUAGE_CLAIMS | language_figures() | LANGUAGE_PAGE
FROM_LEARNING = replies(["learning"]) | language_tables(["learning"]) | SHOWN
"""One of the two language probes, from its evaluation on."""
IN_FRENCH = {"stages": [{"data": {"arithmetic_quiz.fr.plain": 1}, "training": "tuning"}]}

KEYS: list[Case] = [
    (
        {"seeds": [0, 1]},
        of_seed(1) | language_of_seed(1) | AGGREGATES | LANGUAGE_AGGREGATES,
    ),
    *each(
        "worlds.linear",
        {"dimension": 3, "tasks": 4, "points": 6, "sigma": 0.7, "tau": 2.0},
        EVERYTHING,
    ),
    *each("networks.small", {"layers": 2, "heads": 1, "width": 16}, FROM_PRETRAINING),
    *each("trainings.thorough", TRAINING, FROM_PRETRAINING),
    *each("trainings.gentle", TRAINING, FROM_FINETUNING),
    ({"trainings.thorough.checkpoint_every": 3, "trainings.gentle.checkpoint_every": 1}, NOTHING),
    ({"trainings.reading.checkpoint_every": 3, "trainings.tuning.checkpoint_every": 1}, NOTHING),
    # No probe is in that world: the base is neither made nor measured.
    (
        {
            "bases.discrete.world": "other",
            "worlds.other": WORLD,
            "labs.regression.discrete": None,
        },
        AGGREGATES,
    ),
    ({"bases.mix50.network": "wide", "networks.wide": WIDE}, FROM_MIX50),
    ({"bases.mix50.training": "gentle"}, FROM_MIX50),
    # The ideal predictor of each base's mixture is evaluated beside it.
    ({"bases.mix50.alpha": 0.6}, FROM_MIX50 | ideals()),
    ({f"{DATA}.bank": 0.5, f"{DATA}.continuous": 0.5}, FROM_FINETUNING),
    ({"recipes.to_bank.stages.0.training": "thorough"}, FROM_FINETUNING),
    ({"runs.mix50_to_bank.base": "discrete"}, FROM_FINETUNING),
    ({"runs.mix50_to_bank.recipe": "half", "recipes.half": HALF}, FROM_FINETUNING),
    (
        {
            "probes.labels.world": "other",
            "worlds.other": WORLD,
            **{f"bases.{base}.world": "other" for base in ("continuous", "mix50", "discrete")},
        },
        EVERYTHING - worlds() | worlds("other"),
    ),
    *each("probes.labels.prompts", {"validation": 5, "test": 25}, FROM_PROMPTS),
    ({"probes.labels.transforms": ["identity", {"name": "scale", "gamma": 3}]}, FROM_EVALUATION),
    ({"probes.labels.mixture_alphas": [0.4]}, ideals() | AGGREGATES),
    *each(
        "probes.labels.task_weights",
        {"contexts": 5, "queries": 4, "exemplars": [1, 3]},
        FROM_EVALUATION,
    ),
    (
        {"labs.regression.probe": "again", "probes.again": PROBE},
        of_probe("again") | CLAIMS | figures() | PAGE,
    ),
    # Another probe is shown beside the lab's own, and no claim is about it.
    (
        {"labs.regression.others": ["again"], "probes.again": PROBE},
        of_probe("again") | figures() | PAGE,
    ),
    *each(
        "labs.regression",
        {"tuned": None, "fresh": "mix50_to_bank", "continuous": None, "discrete": None},
        CLAIMS | figures() | PAGE,
    ),
    *each("probes.labels", {"few": 3, "bins": 3}, AGGREGATES),
    # the language lab
    *each(
        "worlds.tongues",
        {
            "tasks": [*TONGUES["tasks"], "prose"],
            "languages": ["en", "fr", "es"],
            "parallel": True,
            "context": 97,
            "largest": 8,
            "inference": "full",
            "guarded": ["beehive"],
            # its validation items are made to be monitored
            "monitored": ["few_shot_repeat.en", "capslock_math.en"],
        },
        LANGUAGE_EVERYTHING,
    ),
    *each("worlds.tongues.items", {"train": 5, "validation": 2, "test": 2}, LANGUAGE_EVERYTHING),
    *each(
        "worlds.tongues",
        {"reply_weight": 2.0, "monitored": ["answered_repeat.fr", "repeat_math.en"]},
        FROM_READING,
    ),
    *each("worlds.tongues", {"levels": [0.5], "selected_on": 3}, FROM_TUNING),
    *each(
        "networks.tiny",
        {"layers": 2, "heads": 1, "width": 16, "architecture": "gpt2"},
        FROM_READING,
    ),
    ({"trainings.reading.steps": 6}, FROM_READING),
    ({"trainings.tuning.steps": 6}, FROM_TUNING),
    ({"bases.tongues.mixture.languages.fr": 2}, FROM_READING),
    ({"bases.tongues.mixture.tasks.few_shot_repeat": 2}, FROM_READING),
    ({"bases.tongues.mixture": {"few_shot_repeat.en": 1}}, FROM_READING),
    ({"recipes.instruct_en.stages.0.data": {"arithmetic_quiz.en": 1}}, FROM_TUNING),
    ({"recipes.instruct_en.stages.0.layout": "packed"}, FROM_TUNING),
    ({"runs.tongues_instructed.recipe": "french", "recipes.french": IN_FRENCH}, FROM_TUNING),
    *each(
        "probes.learning",
        {"tasks": ["repeat_math"], "languages": ["fr", "en"], "format": None},
        items(["learning"]) | FROM_LEARNING,
    ),
    *each(
        "probes.learning.items",
        {"validation": 3, "test": 3},
        items(["learning"]) | FROM_LEARNING,
    ),
    ({"probes.learning.transforms": ["identity"]}, FROM_LEARNING),
    *each(
        "probes.learning",
        {
            "home": "fr",
            "new_tokens": 3,
            "likelihood": False,
            "batch_size": 8,
            "keep_texts": False,
            "chat_template": "config.yaml",
        },
        FROM_LEARNING,
    ),
    # how results are put together: nothing is asked again
    *each(
        "probes.learning",
        {
            "crossed": False,
            "pools": {"all": ["repeat_math", "arithmetic"], "more": ["arithmetic"]},
            "same_format": ["arithmetic.en"],
            "rehearsed": ["arithmetic.en"],
        },
        language_tables(["learning"]) | SHOWN,
    ),
    ({"probes.reasoning.runs": []}, language_tables(["reasoning"]) | SHOWN),
    (
        {"labs.language.learning": "again", "probes.again": LEARNING},
        items(["again"]) | replies(["again"]) | language_tables(["again"]) | SHOWN,
    ),
    (
        {"labs.language.others": ["again"], "probes.again": LEARNING},
        items(["again"])
        | replies(["again"])
        | language_tables(["again"])
        | language_figures()
        | LANGUAGE_PAGE,
    ),
    (
        {"labs.language.others": ["given"], "probes.given": GIVEN},
        items(["given"])
        | replies(["given"])
        | language_tables(["given"])
        | language_figures()
        | LANGUAGE_PAGE,
    ),
    *each(
        "labs.language",
        {
            "reasoning": None,
            "refusals": "reasoning",
            "instructed": None,
            "instructed_elsewhere": "tongues_instructed",
            "coded": "tongues_instructed",
            "refusing": "tongues_instructed",
        },
        SHOWN,
    ),
    # both labs
    *each("bootstrap", {"replicates": 60, "level": 0.9}, AGGREGATES | LANGUAGE_AGGREGATES),
    *each(
        "style",
        {"font_size": 9, "dots_per_inch": 60},
        figures() | language_figures() | PAGE | LANGUAGE_PAGE,
    ),
    # which pages are asked for, of those that are there
    *(({"default_labs": names}, NOTHING) for names in ([], ["recipes", "language"])),
]
for lab, names, drawn, page in (
    ("regression", FIGURES, figures, PAGE),
    ("language", LANGUAGE_FIGURES, language_figures, LANGUAGE_PAGE),
):
    for name in names:
        sizes = {"width": 5.5, "height": 3.5}
        KEYS += each(f"labs.{lab}.figures.{name}", sizes, drawn([name]) | page)

OWN = {
    "target": "entailment.en",
    "stages": [{"data": {"entailment.en": 1}, "training": "adapting"}],
}
SOME = {"repeat.en": 1.0}
STAGES = [
    {"train": ["soft_prompt"], "data": {"entailment.en": {"share": 1}}, "training": "prompting"},
    {"data": {"entailment.en": {"tokens": 1}}, "training": "prompting", "pick": "best"},
    {
        "train": ["all"],
        "frozen": ["soft_prompt"],
        "frozen_layers": 1,
        "data": {"entailment.en": {"fraction": 0.5}, "repeat.en": {"count": 4, "replies": "base"}},
        "layout": "packed",
        "demonstrations": 1,
        "loss": "dft",
        "penalties": {
            "kl": {"weight": 1, "data": SOME},
            "l2_sp": {"weight": 1},
            "ewc": {"weight": 1, "data": SOME, "examples": 4},
        },
        "training": "adapting",
    },
]
RUNS = {"1": "plain"}
ABILITIES = {"mathematics": RUNS, "code": RUNS, "general": RUNS}
STRATEGIES = {
    "multi_task": "plain",
    "sequential": "plain",
    "mixed_sequential": "plain",
    "dmt": RUNS,
    "single": ABILITIES,
    "mixed": RUNS,
    "ratio": {"specialised": RUNS, "general": RUNS},
}

RECIPES_KEYS: dict[str, Case] = {
    # A run's world, recipe and so on are whole in its param: what is edited together runs the same.
    "material": (
        {
            "worlds.village.tasks": ["entailment", "repeat", "reverse"],
            "worlds.village.languages": ["en", "fr"],
            "worlds.village.items.train": 9,
            "worlds.village.items.test": 3,
            "worlds.village.parallel": False,
            "worlds.village.context": 65,
            "worlds.village.largest": 8,
            "worlds.village.inference": "full",
            "worlds.village.guarded": ["beehive"],
        },
        FROM_VILLAGE,
    ),
    "validation items": ({"worlds.village.items.validation": 3}, FROM_VILLAGE),
    "a monitored source that is not trained on": (
        {"worlds.village.monitored": ["entailment.en", "repeat.en", "capslock_math.en"]},
        FROM_VILLAGE,
    ),
    "files": (
        {
            "worlds.village.tasks": [],
            "worlds.village.files": {
                "train": "data/inputs/nli.csv",
                "validation": "data/inputs/nli.csv",
                "test": "data/inputs/nli.csv",
            },
        },
        FROM_VILLAGE,
    ),
    "what training alone needs of a world": (
        {
            "worlds.village.monitored": ["repeat.en"],
            "worlds.village.reply_weight": 2.0,
        },
        FROM_SCHOOLING,
    ),
    "what runs alone need of a world": (
        {"worlds.village.levels": [0.2, 0.4], "worlds.village.selected_on": 1},
        adapted() | scores([]) | RECIPES_AGGREGATES,
    ),
    "a base's mixture": ({"bases.village.mixture": {"entailment.en": 1}}, FROM_SCHOOLING),
    "a model that is there": (
        {"bases.opened.model": THERE},
        scores(["opened"], []) | RECIPES_AGGREGATES,
    ),
    "a run that is there": (
        {
            "runs.given": {"base": "village", "model": THERE},
            "probes.retention.runs": [*TRIED, "given"],
        },
        scores([], ["given"]) | RECIPES_AGGREGATES,
    ),
    "a run that is there, in place of one of a recipe": (
        {"runs.promot": {"base": "village", "model": "a/b"}, "probes.retention.runs": list(TRIED)},
        scores([], ["promot"]) | RECIPES_AGGREGATES,
    ),
    "a run that is there, which no probe measures": (
        {"runs.there": {"base": "opened", "model": THERE}},
        NOTHING,
    ),
    "a training, for which a merge waits": (
        {"trainings.adapting.accumulate": 2, "trainings.adapting.recompute": True},
        adapted() | scores([]) | RECIPES_AGGREGATES,
    ),
    "a recipe": (
        {
            "recipes.promot.target": "repeat.en",
            "recipes.promot.adapter_scope": "everywhere",
            "recipes.promot.soft_prompt": {"vectors": 2, "init": "random", "per": "source"},
            "recipes.promot.lora": {"rank": 2, "alpha": 4},
            "recipes.promot.stages": STAGES,
            "probes.retention.runs": list(TRIED),
            "probes.retention.rehearsed": ["repeat.en"],
        },
        adapted(["promot"]) | scores([], ["promot"]) | RECIPES_AGGREGATES,
    ),
    "a merge": (
        {"recipes.wise.stages.0.merge.plain": 0.4},
        adapted(["wise"]) | scores([], ["wise"]) | RECIPES_AGGREGATES,
    ),
    "a probe": (
        {
            "probes.retention.sources": ["repeat.en", "entailment.en", "repeat.en.plain"],
            "probes.retention.target": "repeat.en",
            "probes.retention.items": {"validation": 2, "test": 2},
            "probes.retention.home": "fr",
            "probes.retention.demonstrations": 1,
            "probes.retention.likelihood": True,
            "probes.retention.runs": list(TRIED),
            "probes.retention.rehearsed": ["entailment.en"],
        },
        FROM_RETENTION,
    ),
    "what a probe asks, by tasks and languages": (
        {
            "probes.retention.sources": [],
            "probes.retention.tasks": ["entailment", "repeat", "capslock_math"],
            "probes.retention.languages": ["en"],
        },
        FROM_RETENTION,
    ),
    "what stands before what a probe asks": (
        {"probes.retention.demonstrations": 2},
        FROM_RETENTION,
    ),
    "how a probe's results are put together": (
        {"probes.retention.crossed": True, "probes.retention.pools": {"both": ["repeat"]}},
        RECIPES_AGGREGATES,
    ),
    "the parts of the lab": (
        {
            **{f"labs.recipes.{part}": "plain" for part in RECIPE_PARTS},
            **{f"labs.recipes.{part}": value for part, value in STRATEGIES.items()},
            "labs.recipes.abilities": "retention",
            "labs.recipes.mathematics": "repeat.en",
            "labs.recipes.code": "repeat.en",
            "labs.recipes.general": "repeat.en",
            "labs.recipes.sizes": ["village"],
            "labs.recipes.scaling": {"village": STRATEGIES},
        },
        RECIPES_SHOWN,
    ),
    "the probe of the lab": (
        {"labs.recipes.retention": "again", "probes.again": RETENTION},
        items(["again"]) | scores(probe="again") | recipes_tables("again") | RECIPES_SHOWN,
    ),
    "another probe beside the lab's own": (
        {"labs.recipes.others": ["again"], "probes.again": RETENTION},
        items(["again"])
        | scores(probe="again")
        | recipes_tables("again")
        | recipes_figures()
        | RECIPES_PAGE,
    ),
    "sources with the target's format": (
        {"probes.retention.same_format": ["repeat.en"]},
        RECIPES_AGGREGATES,
    ),
    "what recipes may train on": (
        {"probes.retention.rehearsed": ["repeat.en"]},
        RECIPES_AGGREGATES,
    ),
    "the level of the lab": ({"labs.recipes.level": 0.5}, RECIPES_SHOWN),
    "the bootstrap": (
        {"bootstrap.replicates": 60},
        RECIPES_AGGREGATES,
    ),
    "figures": (
        {
            f"labs.recipes.figures.{name}.{key}": 4.5
            for name in RECIPES_FIGURES
            for key in ("width", "height")
        },
        recipes_figures() | RECIPES_PAGE,
    ),
    "another seed": ({"seeds": [0, 1]}, recipes_of_seed(1) | RECIPES_AGGREGATES),
    "a recipe of one's own": (
        {"recipes.mine": OWN, "runs.mine": {"base": "village", "recipe": "mine"}},
        adapted(["mine"]) | scores([], ["mine"]) | RECIPES_AGGREGATES,
    ),
    "another lab": (
        {
            "worlds.linear.sigma": 2,
            "worlds.tongues.items.train": 5,
            "trainings.gentle.steps": 3,
            "probes.labels.few": 1,
            "probes.learning.pools": {},
            "labs.regression.figures.ideals.width": 4,
        },
        NOTHING,
    ),
}
"""What `snakemake recipes` runs."""

NAMES: dict[str, Case] = {
    "another lab, the recipes'": (
        {
            "worlds.village.context": 65,
            "trainings.adapting.steps": 3,
            "recipes.plain.stages.0.training": "prompting",
            "labs.recipes.wise": None,
            "labs.recipes.figures.costs.width": 4,
        },
        NOTHING,
    ),
    "unused network": ({"networks.wide": WIDE}, NOTHING),
    "unused training": ({"trainings.short": {"steps": 1}}, NOTHING),
    "unused recipe": ({"recipes.half": HALF}, NOTHING),
    "unused world": ({"worlds.other": WORLD}, NOTHING),
    "base in a world without a probe": (
        {
            "worlds.other": WORLD,
            "bases.more": {**MIX50, "world": "other"},
        },
        NOTHING,
    ),
    "mixtures that a base has anyway": ({"probes.labels.mixture_alphas": []}, NOTHING),
    "more bases": (
        {"bases.more": {**MIX50, "training": "gentle"}},
        pretrained(["more"]) | networks(["more"], []) | AGGREGATES,
    ),
    "more runs": (
        {"runs.more": {"base": "mix50", "recipe": "half"}, "recipes.half": HALF},
        finetuned(["more"]) | networks([], ["more"]) | AGGREGATES,
    ),
    "a probe that no lab shows": ({"probes.again": PROBE}, NOTHING),
    "fewer bases": (
        {"bases.discrete": REMOVED, "labs.regression.discrete": None},
        AGGREGATES,
    ),
    "fewer runs": (
        {"runs.mix50_to_bank": REMOVED, "labs.regression.tuned": None},
        AGGREGATES,
    ),
    "no page of regression": (
        {"labs.regression": None, "default_labs": ["language"], "worlds.linear.sigma": 2},
        NOTHING,
    ),
    "another seed": (
        {"seeds": [1]},
        of_seed(1) | language_of_seed(1) | AGGREGATES | LANGUAGE_AGGREGATES,
    ),
    "another name for a network": (
        {
            "networks.small": REMOVED,
            "networks.little": SMALL,
            **{f"bases.{base}.network": "little" for base in ("continuous", "mix50", "discrete")},
        },
        CLAIMS | figures() | PAGE,  # they compare bases by what these are made of
    ),
    "another name for a base": (
        {
            "bases.mix50": REMOVED,
            "bases.half": MIX50,
            "runs.mix50_to_bank.base": "half",
        },
        pretrained(["half"]) | finetuned() | networks(["half"]) | AGGREGATES,
    ),
    "another name for a run": (
        {
            "runs.mix50_to_bank": REMOVED,
            "runs.tuned": {"base": "mix50", "recipe": "to_bank"},
            "labs.regression.tuned": "tuned",
        },
        finetuned(["tuned"]) | networks([], ["tuned"]) | AGGREGATES,
    ),
    "another name for a probe": (
        {
            "probes.labels": REMOVED,
            "probes.again": PROBE,
            "labs.regression.probe": "again",
        },
        of_probe("again") | CLAIMS | figures() | PAGE,
    ),
    "no page of language": (
        {"labs.language": None, "default_labs": ["regression"], "worlds.tongues.items.train": 5},
        NOTHING,
    ),
    "a mixture that is said by sources": (
        {
            "bases.tongues.mixture": {
                "few_shot_repeat.en": 2,
                "few_shot_repeat.fr": 1,
                "answered_repeat.en": 4,
                "answered_repeat.fr": 2,
            }
        },
        NOTHING,
    ),
    "more language models": (
        {"bases.more": LANGUAGE_BASE, "runs.more_tuned": {"base": "more", "recipe": "instruct_en"}},
        read(["more"])
        | tuned(["more_tuned"])
        | replies(bases=["more"], runs=["more_tuned"])
        | LANGUAGE_AGGREGATES,
    ),
    "no language lab": (
        {
            "worlds.tongues": REMOVED,
            "bases.tongues": REMOVED,
            "recipes.instruct_en": REMOVED,
            "runs.tongues_instructed": REMOVED,
            "probes.learning": REMOVED,
            "probes.reasoning": REMOVED,
            "labs.language": None,
            "default_labs": ["regression"],
        },
        NOTHING,
    ),
    "no regression lab": (
        {
            "worlds.linear": REMOVED,
            **{f"bases.{base}": REMOVED for base in ("continuous", "mix50", "discrete")},
            "recipes.to_bank": REMOVED,
            "runs.mix50_to_bank": REMOVED,
            "probes.labels": REMOVED,
            "labs.regression": None,
            "default_labs": ["language"],
        },
        NOTHING,
    ),
    # `snakemake audit` makes their pages
    "audits": ({"audits.pair": {"base": "some/base", "tuned": "some/tuned"}}, NOTHING),
}

SWAPS: list[tuple[str, str, Jobs]] = [
    ("worlds.linear.sigma", "worlds.linear.tau", EVERYTHING),
    ("worlds.linear.dimension", "worlds.linear.tasks", EVERYTHING),
    ("networks.small.layers", "networks.small.heads", FROM_PRETRAINING),
    (
        "trainings.thorough.learning_rate",
        "trainings.thorough.matrix_learning_rate",
        FROM_PRETRAINING,
    ),
    (
        "trainings.thorough.learning_rate",
        "trainings.gentle.learning_rate",
        FROM_PRETRAINING,
    ),
    (
        "probes.labels.task_weights.contexts",
        "probes.labels.task_weights.queries",
        FROM_EVALUATION,
    ),
    (
        "labs.regression.figures.tradeoff.height",
        "labs.regression.figures.forgetting.height",
        figures(["tradeoff", "forgetting"]) | PAGE,
    ),
]


def leaves(kind: Any, place: str = "") -> Iterator[str]:
    """Yield the dotted keys that a type of the configuration has, with * for names and positions.

    A key that only one value is allowed for is none: it cannot be edited.
    """
    origin, parts = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, Settings):
        for key, field in kind.model_fields.items():
            yield from leaves(field.annotation, f"{place}.{key}".removeprefix("."))
    elif origin is dict or (origin is list and isinstance(parts[0], type(Settings))):
        yield from leaves(parts[-1], f"{place}.*")
    elif origin is Annotated:
        yield from leaves(parts[0], place)
    elif origin in (Union, types.UnionType):
        yield from dict.fromkeys(leaf for part in parts for leaf in leaves(part, place))
    elif kind is not types.NoneType and (origin is not Literal or len(parts) > 1):
        yield place


LEAVES = [leaf for leaf in leaves(full_model()) if not leaf.startswith("audits.")]
"""Audits have tests of their own."""


def places(place: str, value: Any) -> Iterator[str]:
    """Yield a key and, of a mapping or a list, those within."""
    yield place
    inner = value.items() if isinstance(value, Mapping) else ()
    for key, part in enumerate(value) if isinstance(value, list) else inner:
        yield from places(f"{place}.{key}", part)


EDITED = {
    found
    for edits, _ in [*KEYS, *RECIPES_KEYS.values()]
    for place, value in edits.items()
    for found in places(place, value)
}


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_key_has_a_case(leaf: str) -> None:
    pattern = re.escape(leaf).replace(r"\*", r"[\w./]+")

    assert any(re.fullmatch(pattern, place) for place in EDITED), f"KEYS has no edit of {leaf}"


@pytest.mark.slow
@pytest.mark.parametrize(("edits", "jobs"), KEYS, ids=["+".join(edits) for edits, _ in KEYS])
def test_a_key(checkout: Checkout, edits: Edits, jobs: Jobs) -> None:
    checkout.configure(edits)

    assert checkout.jobs() == jobs


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES_KEYS)
def test_the_recipes_lab(checkout: Checkout, name: str) -> None:
    edits, jobs = RECIPES_KEYS[name]

    checkout.configure(edits)

    assert checkout.jobs("recipes") == jobs


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_names(checkout: Checkout, name: str) -> None:
    edits, jobs = NAMES[name]

    checkout.configure(edits)

    assert checkout.jobs() == jobs


@pytest.mark.slow
@pytest.mark.parametrize(("one", "other", "jobs"), SWAPS)
def test_a_swap_of_two_values(checkout: Checkout, one: str, other: str, jobs: Jobs) -> None:
    values = checkout.read_config()
    checkout.configure({one: value_at(values, other), other: value_at(values, one)})

    assert checkout.jobs() == jobs


@pytest.mark.slow
def test_fewer_seeds(checkout: Checkout) -> None:
    forge_second_seed(checkout)
    assert checkout.jobs() == NOTHING

    checkout.configure({"seeds": [0]})

    assert checkout.jobs() == AGGREGATES | LANGUAGE_AGGREGATES


def forge_second_seed(checkout: Checkout) -> None:
    """Let the results of seed 0 pass for those of seed 1, too."""
    data = checkout.folder / "data"
    for folder in [*data.glob("*/*/0")]:
        shutil.copytree(folder, folder.with_name("1"))
    for file in [*data.glob("benchmarks/*/*.0.tsv")]:
        shutil.copy2(file, file.with_name(file.name.replace(".0.", ".1.")))
    checkout.configure({"seeds": [0, 1]})
    checkout.snakemake("--cores", "1", "--touch")


def value_at(values: Any, place: str) -> Any:
    """Return the value of a dotted key."""
    for key in place.split("."):
        values = values[key]
    return values
