"""A wrong configuration ends in one line that names the key, the value and what is allowed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from eunoe.config.worlds.text import TASKS
from eunoe.errors import EunoeError
from eunoe.transforms import registry
from eunoe.workflow.configuration import load, read_config

ROOT = Path(__file__).parents[2]
DELETED = object()
MIXED = {"world": "linear", "network": "small", "training": "thorough", "alpha": 0.5}
TRANSFORM = "probes.labels.transforms.3"
DATA = "recipes.to_bank.stages.0.data"
AN_AMOUNT = (
    "a number above 0 and at most 1 or a mapping with the keys share, tokens, fraction, count,"
    " replies"
)
A_NAME = "lower-case letters, digits and underscores, a letter first"
BASES = "tongues, village, continuous, mix50, mix80, discrete"
DIVISORS = "1, 2, 4, 8, 16, 32, 64"
WHOLE = read_config(ROOT)
TRAININGS = ", ".join(WHOLE["trainings"])
TARGET: str = WHOLE["probes"]["retention"]["target"]
ON_VILLAGE = {
    name: run["recipe"] for name, run in WHOLE["runs"].items() if run["base"] == "village"
}
RECIPES = ", ".join(WHOLE["recipes"])
TARGETED = ", ".join(run for run, name in ON_VILLAGE.items() if "target" in WHOLE["recipes"][name])
COMPOSED = ", ".join(
    run for run, name in ON_VILLAGE.items() if "target" not in WHOLE["recipes"][name]
)
STAGE_KEYS = (
    "train, frozen, frozen_layers, data, layout, demonstrations, loss, penalties, training, pick,"
    " merge"
)


def sources_in_words(world: str) -> str:
    """What an error says of the sources of a world of text."""
    tasks, languages = (", ".join(WHOLE["worlds"][world][key]) for key in ("tasks", "languages"))
    return (
        f"task.language or task.language.wording, of the tasks {tasks}, the languages {languages}"
        " and the wordings plain, other"
    )


IN_TONGUES, IN_VILLAGE = sources_in_words("tongues"), sources_in_words("village")
NO_TASK = "and no task to draw items of"
ANY_TASK = "or task.language of any task"
TUNED_OR_THERE = "allowed: a key of recipes, or a model"
BASE_KEYS = "world, network, training, alpha, mixture, model"
LANGUAGES = "en, fr, es, de, nl, hu, leet, pig"
TRANSFORMS = ", ".join(registry())
MIXTURE = "bases.tongues.mixture"
NO_WEIGHTS = (
    "no weights of tasks and languages; allowed: a mapping with the keys tasks, languages, each of"
    " names with numbers above 0"
)
CROSSED: dict[str, object] = {"languages": {"en": 1}, "tasks": {"prose": 1}}
NO_MIXTURES: list[dict[str, object]] = [
    {"languages": {"en": 1}},
    {"tasks": {"prose": 1}},
    {**CROSSED, "tasks": {"A moon": 1}},
    {**CROSSED, "tasks": {"prose": 0}},
    {**CROSSED, "tasks": {"prose": "often"}},
    {**CROSSED, "tasks": {"prose": float("inf")}},
    {**CROSSED, "tasks": {}},
    {**CROSSED, "tasks": None},
    {**CROSSED, "languages": ["en"]},
    {**CROSSED, "languages": {"en": -1}},
    {**CROSSED, "x": 1},
]
WORLD_KEYS = (
    "kind, tasks, languages, items, files, parallel, context, reply_weight, largest, inference,"
    " guarded, monitored, levels, selected_on"
)
PROBE_KEYS = (
    "kind, sources, tasks, languages, texts, items, demonstrations, format, transforms, world,"
    " target, home, runs, new_tokens, likelihood, batch_size, chat_template, keep_texts, crossed,"
    " pools, same_format, rehearsed"
)
EITHER = "sources, or tasks and languages"
TWICE = '= ["blanks", "blanks"]: blanks is given twice; allowed: each once'
TEXT_PROBES = "learning, reasoning, refusals, retention, abilities"
ASKED_IN_RETENTION = ", ".join(WHOLE["probes"]["retention"]["sources"])
PROBES = ", ".join(WHOLE["probes"])
LANGUAGE_RUNS = "tongues_instructed, tongues_instructed_fr, tongues_coded, tongues_refusing"
LABS = "language, recipes, regression"
REGRESSION_KEYS = "others, probe, tuned, fresh, continuous, discrete, figures"
SECTIONS = (
    "worlds, networks, trainings, bases, recipes, runs, probes, seeds, default_labs, labs, audits,"
    " bootstrap, style"
)

WRONG: list[tuple[str, object, str]] = [
    # types
    ("seeds", 5, "seeds = 5: allowed: a list with at least one entry"),
    ("seeds", None, "seeds = null: allowed: a list with at least one entry"),
    ("seeds", DELETED, "seeds: missing; allowed: a list with at least one entry"),
    ("recipes", None, "recipes = null: allowed: a mapping"),
    ("default_labs", "regression", "= regression: allowed: a list"),
    ("default_labs", ["A lab"], f'default_labs.0 = "A lab": allowed: {A_NAME}'),
    ("labs", None, f"labs = null: allowed: a mapping with the keys {LABS}"),
    ("labs.regression", 3, f"= 3: allowed: a mapping with the keys {REGRESSION_KEYS}"),
    (
        "bases.mix50",
        None,
        f"bases.mix50 = null: allowed: a mapping with the keys {BASE_KEYS}",
    ),
    (
        "worlds.linear",
        [1],
        "worlds.linear = [1]: allowed: a mapping with a kind, regression or text",
    ),
    ("trainings.gentle.steps", "many", "= many: allowed: an integer of at least 1"),
    ("trainings.gentle.steps", 2.5, "= 2.5: allowed: an integer of at least 1"),
    ("trainings.gentle.steps", True, "= true: allowed: an integer of at least 1"),
    ("trainings.gentle.clip", "none", "= none: allowed: a number above 0 or null"),
    ("trainings.gentle.optimizer", "sgd", "= sgd: allowed: muon, adamw or adam"),
    ("worlds.linear.kind", "moon", "= moon: allowed: regression or text"),
    ("worlds.linear.kind", [1], "= [1]: allowed: regression or text"),
    ("seeds", [3, False], "seeds.1 = false: allowed: an integer from 0 to 2147483647"),
    (DATA, {"bank": True}, f"{DATA}.bank = true: allowed: {AN_AMOUNT}"),
    ("bases.mix50.alpha", "two\nlines", r'= "two\nlines": allowed: a number from 0 to 1 or null'),
    # ranges
    ("bases.mix50.alpha", 1.5, "= 1.5: allowed: a number from 0 to 1 or null"),
    ("bases.mix50.alpha", "-0.5", "= -0.5: allowed: a number from 0 to 1 or null"),
    ("worlds.linear.sigma", 0, "= 0: allowed: a number above 0"),
    ("worlds.linear.sigma", float("nan"), "= NaN: allowed: a number above 0"),
    ("worlds.linear.tau", float("inf"), "= Infinity: allowed: a number above 0"),
    ("trainings.gentle.learning_rate", ".inf", "= .inf: allowed: a number above 0"),
    ("seeds", [-1], "seeds.0 = -1: allowed: an integer from 0 to 2147483647"),
    ("bootstrap.level", 1, "= 1: allowed: a number above 0 and below 1"),
    (
        "probes.labels.mixture_alphas",
        [0.5, 1],
        "probes.labels.mixture_alphas.1 = 1: allowed: a number above 0 and below 1",
    ),
    # unknown, missing and empty
    ("seed", 1, f"seed = 1: unknown key; allowed: {SECTIONS}"),
    ("labs.regression.figures.ideals.heigth", 3, "= 3: unknown key; allowed: width, height"),
    ("labs.moon", {}, f"= {{}}: unknown key; allowed: {LABS}"),
    ("labs.regression.tunde", "mix50", f"= mix50: unknown key; allowed: {REGRESSION_KEYS}"),
    ("labs.regression.probe", DELETED, "labs.regression.probe: missing; allowed: a key of probes"),
    ("bases.mix50.alhpa", 1, f"= 1: unknown key; allowed: {BASE_KEYS}"),
    (
        "recipes.to_bank.stages.0",
        {"data": {"bank": 1}, "trainig": "gentle"},
        f"recipes.to_bank.stages.0.trainig = gentle: unknown key; allowed: {STAGE_KEYS}",
    ),
    ("worlds.linear.sigma", DELETED, "worlds.linear.sigma: missing; allowed: a number above 0"),
    ("runs.x", {"recipe": "to_bank"}, "runs.x.base: missing; allowed: a key of bases"),
    (
        "runs.x",
        {"base": "mix50"},
        f"runs.x.recipe = null: neither recipe nor model; {TUNED_OR_THERE}",
    ),
    (
        "runs.x",
        {"base": "mix50", "recipe": "to_bank", "model": "some/model"},
        f"runs.x.recipe = to_bank: beside a model; {TUNED_OR_THERE}",
    ),
    ("seeds", [], "seeds = []: allowed: a list with at least one entry"),
    (
        DATA,
        {},
        f"{DATA} = {{}}: nothing to train on; allowed: a mapping with at least one name",
    ),
    (
        "recipes.to_bank.stages",
        [],
        "recipes.to_bank.stages = []: allowed: a list with at least one entry",
    ),
    # names
    ("bases.Mix 50", MIXED, f'bases: "Mix 50" is no name; allowed: {A_NAME}'),
    ("bases.a/b", MIXED, f'bases: "a/b" is no name; allowed: {A_NAME}'),
    ("bases.a.b", MIXED, f"bases: a.b is no name; allowed: {A_NAME}"),
    ("bases.50", MIXED, f"bases: 50 is no name; allowed: {A_NAME}"),
    (
        "runs.mix50",
        {"base": "mix50", "recipe": "to_bank"},
        f"runs = mix50: a base has that name; allowed: any but {BASES}",
    ),
    # references
    ("bases.mix50.world", "moon", "= moon: no such name; allowed: tongues, village, linear"),
    ("bases.mix50.network", "big", "= big: no such name; allowed: small, tiny, little"),
    ("bases.mix50.training", "hard", f"= hard: no such name; allowed: {TRAININGS}"),
    ("runs.mix50_to_bank.base", "mix5", f"= mix5: no such name; allowed: {BASES}"),
    ("runs.mix50_to_bank.recipe", "x", f"= x: no such name; allowed: {RECIPES}"),
    (
        "runs.x",
        {"base": "mix5", "model": "a/b"},
        f"runs.x.base = mix5: no such name; allowed: {BASES}",
    ),
    (
        "runs.mix50",
        {"base": "village", "model": "a/b"},
        f"runs = mix50: a base has that name; allowed: any but {BASES}",
    ),
    (
        DATA,
        {"moon": 1},
        f"{DATA} = moon: no such name; allowed: {IN_TONGUES}; {IN_VILLAGE}; continuous, bank,"
        " fresh_bank",
    ),
    ("recipes.to_bank.stages.0.training", "x", f"= x: no such name; allowed: {TRAININGS}"),
    (
        "labs.regression.probe",
        "x",
        f"= x: no such name; allowed: {PROBES}",
    ),
    ("labs.regression.others", ["labels", "x"], f"= x: no such name; allowed: {PROBES}"),
    (
        "labs.regression.others",
        ["learning"],
        "= learning: not of the kind of the lab's probes; allowed: labels",
    ),
    ("default_labs", ["recipes", "moon"], f"= moon: no lab of that name in labs; allowed: {LABS}"),
    (
        "labs.language",
        None,
        "default_labs = language: no lab of that name in labs; allowed: recipes, regression",
    ),
    ("labs.regression.probe", "learning", "= learning: no regression probe; allowed: labels"),
    (
        "labs.regression.tuned",
        "mix50",
        "= mix50: no run in world linear; allowed: mix50_to_bank, mix50_to_fresh_bank",
    ),
    (
        "labs.regression.discrete",
        "mix80",
        "= mix80: no base of world linear with alpha 1; allowed: discrete",
    ),
    # what has to fit together
    ("seeds", [3, 4, 3], "seeds = [3, 4, 3]: 3 is given twice; allowed: each once"),
    ("networks.small.heads", 3, f"= 3: does not divide the width, 64; allowed: {DIVISORS}"),
    ("networks.small.heads", 128, f"= 128: does not divide the width, 64; allowed: {DIVISORS}"),
    (DATA, {"bank": 0.9}, '= {"bank": 0.9}: shares that add up to 0.9; allowed: a sum of 1'),
    (
        "probes.labels.few",
        17,
        "= 17: not below worlds.linear.points; allowed: an integer from 1 to 16",
    ),
    ("probes.labels.few", 0, "= 0: allowed: an integer of at least 1"),
    ("probes.labels.bins", 1, "= 1: allowed: an integer of at least 2"),
    (
        "probes.labels.task_weights.exemplars",
        [1, 17],
        "= [1, 17]: 17 is not below worlds.linear.points; allowed: integers from 1 to 16",
    ),
    (
        "probes.labels.task_weights.exemplars",
        [2, 2],
        "= [2, 2]: 2 is given twice; allowed: each once",
    ),
    (
        "probes.labels.task_weights.contexts",
        601,
        "= 601: more than probes.labels.prompts.test; allowed: an integer from 2 to 600",
    ),
    # transforms
    (TRANSFORM, "scal", f"= scal: no such transform; allowed: {TRANSFORMS}"),
    (TRANSFORM, 7, f"= 7: no such transform; allowed: {TRANSFORMS}"),
    (
        TRANSFORM,
        {"gamma": 2},
        f'= {{"gamma": 2}}: no such transform; allowed: {TRANSFORMS}',
    ),
    (TRANSFORM, "scale", f"{TRANSFORM}.gamma: missing; allowed: a number above 0"),
    (TRANSFORM + ".gama", 2, "= 2: unknown key; allowed: name, gamma"),
    (TRANSFORM + ".gamma", 0, "= 0: allowed: a number above 0"),
    (TRANSFORM + ".gamma", float("nan"), "= NaN: allowed: a number above 0"),
    (
        "probes.labels.transforms",
        ["identity", {"name": "scale", "gamma": 2}, {"name": "scale", "gamma": "2"}],
        '= ["identity", "scale(2)", "scale(2)"]: scale(2) is given twice; allowed: each once',
    ),
    (
        "probes.labels.transforms",
        [{"name": "scale", "gamma": 2}],
        '= ["scale(2)"]: identity is not among them; allowed: identity and others',
    ),
    # kinds of worlds, probes and what is in them
    (
        "worlds.linear.kind",
        DELETED,
        "worlds.linear.kind: missing; allowed: regression or text",
    ),
    ("probes.learning.kind", "moon", "= moon: allowed: regression or text"),
    ("probes.labels.kind", DELETED, "probes.labels.kind: missing; allowed: regression or text"),
    (
        "worlds.linear.regression",
        1,
        "= 1: unknown key; allowed: kind, dimension, tasks, points, sigma, tau",
    ),
    ("worlds.tongues.tau", 1, f"= 1: unknown key; allowed: {WORLD_KEYS}"),
    ("worlds.tongues.context", 1, "= 1: allowed: an integer of at least 16"),
    ("worlds.tongues.languages", [], "= []: allowed: a list with at least one entry"),
    (
        "worlds.tongues.languages.1",
        "it",
        "= it: allowed: en, fr, es, de, nl, hu, leet or pig",
    ),
    (
        "worlds.tongues.languages",
        ["en", "fr", "en"],
        '= ["en", "fr", "en"]: en is given twice; allowed: each once',
    ),
    (
        "worlds.tongues.guarded",
        ["beehive", "beehive"],
        '= ["beehive", "beehive"]: beehive is given twice; allowed: each once',
    ),
    (
        "worlds.tongues.languages",
        ["en", "fr", "es", "de", "nl", "leet", "pig"],
        "worlds.tongues.monitored = repeat_math.hu: no such source; allowed: task.language, of the"
        f" tasks {', '.join(TASKS)} and the languages en, fr, es, de, nl, leet, pig",
    ),
    (
        "worlds.tongues.monitored",
        ["coding.fr"],
        f"= coding.fr: no such source; allowed: task.language, of the tasks {', '.join(TASKS)} and"
        f" the languages {LANGUAGES}",
    ),
    (
        "worlds.tongues.items.validation",
        0,
        "= 0: sources are monitored; allowed: an integer of at least 1",
    ),
    ("worlds.tongues.items.train", 0, "= 0: allowed: an integer of at least 1"),
    ("worlds.tongues.parallel", 1.5, "= 1.5: allowed: true or false"),
    ("probes.learning.prompts", 1, f"= 1: unknown key; allowed: {PROBE_KEYS}"),
    ("probes.learning.likelihood", 3, "= 3: allowed: true or false"),
    ("probes.learning.crossed", 3, "= 3: allowed: true or false"),
    ("probes.learning.format", "label", "= label: allowed: option or null"),
    (
        "probes.learning.pools",
        {"all": ["moon"]},
        f"probes.learning.pools.all.0 = moon: allowed: {', '.join(TASKS[:-1])} or {TASKS[-1]}",
    ),
    ("probes.learning.items.test", 1, "= 1: allowed: an integer of at least 2"),
    (
        "probes.reasoning.home",
        "hu",
        "= hu: no language of the probe; allowed: en, fr, es, de",
    ),
    (
        "probes.learning.runs",
        ["mix50_to_bank"],
        "= mix50_to_bank: no run in world tongues; allowed: " + LANGUAGE_RUNS,
    ),
    ("probes.learning.tasks", ["blanks", "blanks"], TWICE),
    ("probes.learning.world", "linear", "= linear: no text world; allowed: tongues, village"),
    ("probes.labels.world", "tongues", "= tongues: no regression world; allowed: linear"),
    # what a probe of text asks
    (
        "probes.refusals.tasks",
        [],
        f"probes.refusals.sources = []: neither sources nor tasks; allowed: {EITHER}",
    ),
    (
        "probes.refusals.sources",
        ["inference.en"],
        f'= ["inference.en"]: beside tasks; allowed: {EITHER}',
    ),
    (
        "probes.refusals.languages",
        DELETED,
        "= []: tasks without languages; allowed: tasks and languages, or sources",
    ),
    (
        "probes.abilities.languages",
        ["en"],
        '= ["en"]: beside sources; allowed: tasks and languages, or sources',
    ),
    (
        "probes.abilities.sources",
        ["maths.en", "maths.en"],
        '= ["maths.en", "maths.en"]: maths.en is given twice; allowed: each once',
    ),
    (
        "probes.refusals.languages",
        ["en", "en"],
        '= ["en", "en"]: en is given twice; allowed: each once',
    ),
    (
        "probes.reasoning.target",
        "blanks.en",
        "= blanks.en: is not asked; allowed: inference.en, inference.fr, inference.es,"
        " inference.de",
    ),
    (
        "probes.retention.target",
        "maths.en",
        f"= maths.en: is not asked; allowed: {ASKED_IN_RETENTION}",
    ),
    (
        "probes.retention.same_format",
        ["inference.en", "maths.en"],
        f"= maths.en: is not asked; allowed: {ASKED_IN_RETENTION}",
    ),
    (
        "probes.retention.rehearsed",
        ["maths.en"],
        f"= maths.en: is not asked; allowed: {ASKED_IN_RETENTION}",
    ),
    (
        "probes.retention.sources.3",
        "repeat.es",
        f"probes.retention.sources = repeat.es: no source of world village, {NO_TASK}; allowed:"
        f" {IN_VILLAGE}; {ANY_TASK}",
    ),
    (
        "probes.abilities.sources",
        ["maths.en", "coding.fr", "general.en"],
        f"= coding.fr: no source of world village, {NO_TASK}; allowed: {IN_VILLAGE}; {ANY_TASK}",
    ),
    (
        "probes.abilities.sources",
        ["maths.en", "coding.en", "general.en", "capslock_math.en.plain"],
        "= capslock_math.en.plain: no source of world village,"
        f" {NO_TASK}; allowed: {IN_VILLAGE}; {ANY_TASK}",
    ),
    (
        "probes.reasoning.tasks",
        ["inference", "running"],
        f"= running.fr: no source of world tongues, {NO_TASK}; allowed: {IN_TONGUES}; {ANY_TASK}",
    ),
    (
        "probes.retention.items.test",
        201,
        "= 201: more than worlds.village.items.test; allowed: an integer from 2 to 200",
    ),
    (
        "probes.abilities.items.validation",
        401,
        "= 401: more than worlds.village.items.validation; allowed: an integer from 2 to 400",
    ),
    (
        "probes.learning.demonstrations",
        1,
        "= 1: repeat_math.en has no training items to demonstrate with; allowed: 0",
    ),
    (
        "probes.learning.transforms",
        ["identity", {"name": "scale", "gamma": 2}],
        'probes.learning.transforms.1 = "scale(2)": takes prompts of regression only; allowed:'
        " transforms that take language",
    ),
    (
        "probes.labels.transforms",
        ["identity", "rot13"],
        "probes.labels.transforms.1 = rot13: takes prompts of language only; allowed:"
        " transforms that take regression",
    ),
    # mixtures, by tasks and languages or by sources
    (
        MIXTURE,
        DELETED,
        "= null: tongues is a text world; allowed: a mapping of sources, or of tasks and languages;"
        " or a model",
    ),
    (MIXTURE, {}, "= {}: allowed: a mapping with at least one name"),
    (
        f"{MIXTURE}.languages",
        {"it": 1},
        f"{MIXTURE} = few_shot_repeat.it: no source of world tongues; allowed: {IN_TONGUES}",
    ),
    (
        f"{MIXTURE}.tasks",
        {"moon": 1},
        f"{MIXTURE} = moon.en: no source of world tongues; allowed: {IN_TONGUES}",
    ),
    (
        MIXTURE,
        {"A moon.en": 1},
        f'{MIXTURE}: "A moon.en" is no name; allowed: one to three names with dots between them',
    ),
    *((MIXTURE, wrong, f"= {json.dumps(wrong)}: {NO_WEIGHTS}") for wrong in NO_MIXTURES),
    (MIXTURE, {"prose.en": 0}, f"{MIXTURE}.prose.en = 0: allowed: a number above 0"),
    (
        MIXTURE,
        {"tasks": {"prose": True}, "languages": {"en": 1}},
        f"{MIXTURE}.tasks.prose = true: allowed: a number above 0",
    ),
    ("bases.tongues.alpha", 0.5, "= 0.5: tongues is a text world; allowed: null"),
    (
        "bases.mix50.alpha",
        DELETED,
        "bases.mix50.alpha = null: linear is a regression world; allowed: a number from 0 to 1",
    ),
    (
        "bases.mix50.mixture",
        CROSSED,
        '= {"prose.en": 1.0}: linear is a regression world; allowed: null',
    ),
    (
        "bases.mix50.network",
        "tiny",
        "= tiny: its architecture is llama, which regression does not know; allowed: small",
    ),
    ("networks.tiny.architecture", "opt", "= opt: allowed: gpt2 or llama"),
    (
        DATA,
        {"a.b.c.d": 1},
        f"{DATA}: a.b.c.d is no name; allowed: one to three names with dots between them",
    ),
    (
        DATA,
        {"blanks.en": 1},
        f"{DATA} = blanks.en: no source of world linear, the one of run mix50_to_bank; allowed:"
        " continuous, bank, fresh_bank",
    ),
    (
        "recipes.code_en.stages.0.data",
        {"bank": 1},
        "recipes.code_en.stages.0.data = bank: no source of world tongues, the one of run"
        f" tongues_coded; allowed: {IN_TONGUES}",
    ),
    (
        "labs.language.learning",
        "x",
        f"= x: no such name; allowed: {PROBES}",
    ),
    (
        "labs.language.learning",
        "labels",
        f"= labels: no text probe; allowed: {TEXT_PROBES}",
    ),
    (
        "labs.language.refusals",
        "labels",
        f"= labels: no text probe; allowed: {TEXT_PROBES}",
    ),
    (
        "labs.language.refusals",
        "abilities",
        "= abilities: no probe of world tongues; allowed: learning, reasoning, refusals",
    ),
    (
        "labs.language.coded",
        "mix50_to_bank",
        f"= mix50_to_bank: no run in world tongues; allowed: {LANGUAGE_RUNS}",
    ),
]


def change(values: Any, key: str, value: object) -> None:
    """Set or delete a key; a dot in a name is kept if what precedes it is no key."""
    head, _, rest = key.partition(".")
    step: Any = int(head) if isinstance(values, list) else head
    if rest and (isinstance(values, list) or step in values):
        change(values[step], rest, value)
    elif value is DELETED:
        del values[key]
    else:
        values[int(key) if key.isdigit() else key] = value


def test_a_second_language_world_is_another_one(values: dict[str, Any]) -> None:
    """Parts of the language lab are of one world; the run elsewhere shares the base."""
    change(values, "worlds.second", dict(values["worlds"]["tongues"]))
    second = {**values["probes"]["reasoning"], "world": "second", "runs": None}
    change(values, "probes.second", second)
    change(values, "bases.second", {**values["bases"]["tongues"], "world": "second"})
    change(values, "bases.third", dict(values["bases"]["tongues"]))
    change(values, "runs.other", {"base": "third", "recipe": "instruct_fr"})
    change(values, "probes.learning.runs", None)
    load(values)
    for part, name, message in (
        (
            "reasoning",
            "second",
            "no probe of world tongues; allowed: learning, reasoning, refusals",
        ),
        (
            "instructed_elsewhere",
            "other",
            f"no run of tongues, the instructed run's base; allowed: {LANGUAGE_RUNS}",
        ),
    ):
        wrong = {**values, "labs": {"language": {"learning": "learning", part: name}}}
        wrong["labs"]["language"]["instructed"] = "tongues_instructed"
        with pytest.raises(EunoeError) as caught:
            load(wrong)
        assert str(caught.value) == f"config: labs.language.{part} = {name}: {message}"


@pytest.mark.parametrize("lab", ["regression", "language", "recipes"])
def test_the_world_of_one_lab_is_enough(values: dict[str, Any], lab: str) -> None:
    kinds = {"regression": "regression", "language": "text", "recipes": "text"}
    kind, other = kinds[lab], ({*kinds.values()} - {kinds[lab]}).pop()
    kept = {"regression": "linear", "language": "tongues", "recipes": "village"}[lab]
    for section in ("bases", "probes"):
        entries = values[section].items()
        values[section] = {name: entry for name, entry in entries if entry["world"] == kept}
    values["runs"] = {n: r for n, r in values["runs"].items() if r["base"] in values["bases"]}
    used = {run["recipe"] for run in values["runs"].values()}
    values["recipes"] = {n: recipe for n, recipe in values["recipes"].items() if n in used}
    values["worlds"] = {kept: values["worlds"][kept]}
    values["labs"] = {lab: values["labs"][lab]}
    values["default_labs"] = [lab]
    config = load(values)
    assert config.probes_of(other) == config.bases_of(other) == config.runs_of(other) == []
    assert config.probes_of(kind) == list(config.probes)
    assert config.bases_of(kind) == list(config.bases)
    assert config.runs_of(kind) == list(config.runs)


def test_an_audit_needs_no_world_and_no_lab() -> None:
    audit = {"base": {"model": "a/b"}, "tuned": {"model": "c/d"}}
    config = load({"seeds": [0], "audits": {"mine": audit}})
    assert [*config.audits] == ["mine"]
    assert [lab for _, lab in config.labs] == [None] * 3


@pytest.mark.parametrize(("key", "value", "message"), WRONG)
def test_one_line_names_key_value_and_what_is_allowed(
    values: dict[str, Any], key: str, value: object, message: str
) -> None:
    change(values, key, value)
    with pytest.raises(EunoeError) as caught:
        load(values)
    expected = f"{key} {message}" if message.startswith("= ") else message
    assert str(caught.value) == f"config: {expected}"


@pytest.mark.parametrize(("values", "text"), [([1], "[1]"), (None, "null"), ("seeds", "seeds")])
def test_a_configuration_that_is_no_mapping(values: Any, text: str) -> None:
    with pytest.raises(EunoeError) as caught:
        load(values)
    assert str(caught.value) == f"config = {text}: allowed: a mapping with the keys {SECTIONS}"


def test_weights_of_tasks_and_languages_are_those_of_their_sources(values: dict[str, Any]) -> None:
    tasks = {"prose": 1, "inference": "2e-1", "blanks_quiz": 3.0}
    languages = {"hu": 2, "en": "5"}
    change(values, MIXTURE, {"languages": languages, "tasks": tasks})
    found = load(values).bases["tongues"]
    expected = {
        "prose.hu": 2.0,
        "prose.en": 5.0,
        "inference.hu": 0.4,
        "inference.en": 1.0,
        "blanks_quiz.hu": 6.0,
        "blanks_quiz.en": 15.0,
    }
    assert found.mixture == pytest.approx(expected)
    assert list(found.mixture or {}) == list(expected)
    assert found.data == pytest.approx({source: often / 29.4 for source, often in expected.items()})
    change(values, MIXTURE, found.mixture)
    assert load(values).bases["tongues"] == found


def test_a_mixture_of_sources_may_have_wordings(values: dict[str, Any]) -> None:
    change(values, MIXTURE, {"prose.en": 1, "inference.fr.other": 3})
    assert load(values).bases["tongues"].data == {"prose.en": 0.25, "inference.fr.other": 0.75}


def test_a_probe_asks_each_task_in_each_language_or_the_sources_that_it_names(
    values: dict[str, Any],
) -> None:
    change(values, "probes.reasoning.tasks", ["inference", "blanks"])
    change(values, "probes.reasoning.languages", ["fr", "en"])
    change(values, "probes.reasoning.target", "blanks.fr")
    change(values, "runs.coded_in_french", {"base": "tongues", "recipe": "code_en"})
    probes = load(values).probes
    asked = ["inference.fr", "inference.en", "blanks.fr", "blanks.en"]
    assert getattr(probes["reasoning"], "asked", None) == asked
    assert getattr(probes["abilities"], "asked", None) == ["maths.en", "coding.en", "general.en"]


@pytest.mark.parametrize(
    ("probe", "edits"),
    [
        # a world that holds nothing out lets every probe draw its own items, as many as it likes
        ("learning", {"items": {"validation": 1000, "test": 5000}}),
        ("learning", {"tasks": ["few_shot_repeat", "prose"], "languages": ["en", "pig"]}),
        ("learning", {"tasks": ["few_shot_repeat"], "languages": ["en"], "demonstrations": 2}),
        # so does one that holds others out, in its own languages
        (
            "abilities",
            {
                "sources": ["maths.en", "coding.en", "general.en", "capslock_math.leet"],
                "items": {"validation": 400, "test": 200},
            },
        ),
        ("abilities", {"sources": [], "tasks": ["compression"], "languages": ["en", "fr"]}),
        ("abilities", {"demonstrations": 3}),
    ],
)
def test_what_can_be_asked(values: dict[str, Any], probe: str, edits: dict[str, Any]) -> None:
    change(values, "labs", {})
    change(values, "default_labs", [])
    values["probes"][probe] |= edits
    load(values)


def test_items_that_are_all_drawn_anew_are_as_many_as_one_likes(values: dict[str, Any]) -> None:
    """Only a source that the world holds out has a number of items that are there."""
    change(values, "labs", {})
    change(values, "default_labs", [])
    values["probes"]["abilities"] |= {
        "sources": ["capslock_math.en"],
        "items": {"validation": 401, "test": 201},
    }
    load(values)
    values["probes"]["abilities"]["sources"].append("maths.en")
    with pytest.raises(EunoeError, match=r"abilities\.items\.validation = 401: more than worlds"):
        load(values)


def test_numbers_may_come_as_strings(values: dict[str, Any]) -> None:
    change(values, "trainings.gentle.learning_rate", "1e-3")
    change(values, "trainings.gentle.steps", "40")
    change(values, "bases.mix50.alpha", "0.5")
    config = load(values)
    assert config.trainings["gentle"].learning_rate == 0.001
    assert config.trainings["gentle"].steps == 40
    assert config.bases["mix50"].alpha == 0.5


def test_further_errors_are_counted(values: dict[str, Any]) -> None:
    change(values, "worlds.linear.sigma", -1)
    change(values, "bases.mix50.alpha", 2)
    with pytest.raises(EunoeError, match=r"sigma = -1: .* \(and 1 more\)$"):
        load(values)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ({"bases": {"mix50": {"alpha": 1.5}}}, "bases.mix50.alpha = 1.5: allowed: a number from 0"),
        ({"probes": {"labels": {"transform": []}}}, "probes.labels.transform = []: unknown key;"),
    ],
)
def test_snakemake_ends_with_that_line(
    tmp_path: Path, environment: dict[str, str], overlay: dict[str, Any], message: str
) -> None:
    overlay_file = tmp_path / "mine.yaml"
    overlay_file.write_text(yaml.safe_dump(overlay))
    command = [sys.executable, "-m", "snakemake", "-n", "--cores", "1"]
    command += ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(tmp_path)]
    command += ["--configfile", str(ROOT / "config.yaml"), str(overlay_file)]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    assert ended.stderr.strip().splitlines()[-1].startswith(f"config: {message}")
