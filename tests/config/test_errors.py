"""A wrong configuration ends in one line that names the key, the value and what is allowed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from eunoe.config.worlds.text import FAMILIES, SPOKEN
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
    "train, frozen, frozen_layers, data, demonstrations, loss, penalties, training, pick, merge"
)
EXAMPLES = ", ".join(
    f"{task}.{language}"
    for task in WHOLE["worlds"]["village"]["tasks"]
    for language in ("en", "fr", "leet")
    if language in SPOKEN.get(task, ("en", "fr", "leet"))
)
EXAMPLES = f"{EXAMPLES}, or one with a wording (plain, other) after it"
BASE_KEYS = "world, network, training, alpha, corpus, mixture, model"
LANGUAGES = "en, fr, es, de, nl, hu, leet, pig"
TEXTS = (
    f"family.language or family.language.wording, of the families {', '.join(FAMILIES)},"
    f" the languages {LANGUAGES} and the wordings plain, other"
)
TRANSFORMS = ", ".join(registry())
CORPUS = "bases.tongues.corpus"
CORPUS_KEYS = "a mapping with the keys languages, families"
PROBE_KEYS = "kind, tasks, languages, items, world, transforms, home, runs, new_tokens, likelihood"
TWICE = '= ["blanks", "blanks"]: blanks is given twice; allowed: each once'
LANGUAGE_PROBES = "learning, reasoning, refusals"
PROBES = ", ".join(WHOLE["probes"])
LANGUAGE_RUNS = "tongues_instructed, tongues_instructed_fr, tongues_coded, tongues_refusing"
LABS = "language, recipes, regression"
REGRESSION_KEYS = "others, probe, tuned, fresh, continuous, discrete, few, bins, figures"
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
        "worlds.linear = [1]: allowed: a mapping with a kind, regression, language or examples",
    ),
    ("trainings.gentle.steps", "many", "= many: allowed: an integer of at least 1"),
    ("trainings.gentle.steps", 2.5, "= 2.5: allowed: an integer of at least 1"),
    ("trainings.gentle.steps", True, "= true: allowed: an integer of at least 1"),
    ("trainings.gentle.clip", "none", "= none: allowed: a number above 0 or null"),
    ("trainings.gentle.optimizer", "sgd", "= sgd: allowed: muon, adamw or adam"),
    ("worlds.linear.kind", "moon", "= moon: allowed: regression, language or examples"),
    ("worlds.linear.kind", [1], "= [1]: allowed: regression, language or examples"),
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
    ("runs.x", {"base": "mix50"}, "runs.x.recipe: missing; allowed: a key of recipes"),
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
        DATA,
        {"moon": 1},
        f"{DATA} = moon: no such name; allowed: {TEXTS}; {EXAMPLES}; continuous, bank, fresh_bank",
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
        "labs.regression.few",
        17,
        "= 17: not below worlds.linear.points; allowed: an integer from 1 to 16",
    ),
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
        "worlds.linear.kind: missing; allowed: regression, language or examples",
    ),
    ("probes.learning.kind", "moon", "= moon: allowed: regression, language or examples"),
    (
        "probes.labels.kind",
        DELETED,
        "probes.labels.kind: missing; allowed: regression, language or examples",
    ),
    (
        "worlds.linear.regression",
        1,
        "= 1: unknown key; allowed: kind, dimension, tasks, points, sigma, tau",
    ),
    (
        "worlds.tongues.tau",
        1,
        "= 1: unknown key; allowed: kind, languages, documents, context, reply_weight, largest,"
        " inference, guarded",
    ),
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
    ("probes.learning.prompts", 1, f"= 1: unknown key; allowed: {PROBE_KEYS}"),
    ("probes.learning.likelihood", 3, "= 3: allowed: true or false"),
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
    ("probes.learning.world", "linear", "= linear: no language world; allowed: tongues"),
    ("probes.labels.world", "tongues", "= tongues: no regression world; allowed: linear"),
    (
        "worlds.tongues.languages",
        ["en", "fr", "es", "de", "nl", "leet", "pig"],
        f"{CORPUS}.languages = hu: no language of world tongues; allowed:"
        " en, fr, es, de, nl, leet, pig",
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
    (
        f"{CORPUS}.languages",
        {"it": 1},
        f"{CORPUS}.languages: it is no name; allowed: en, fr, es, de, nl, hu, leet or pig",
    ),
    (
        f"{CORPUS}.families",
        {"blanks_quiz": 0},
        f"{CORPUS}.families.blanks_quiz = 0: allowed: a number above 0",
    ),
    (CORPUS, DELETED, f"{CORPUS} = null: tongues is a language world; allowed: {CORPUS_KEYS}"),
    ("bases.tongues.alpha", 0.5, "= 0.5: tongues is a language world; allowed: null"),
    (
        "bases.mix50.alpha",
        DELETED,
        "bases.mix50.alpha = null: linear is a regression world; allowed: a number from 0 to 1",
    ),
    (
        "bases.mix50.corpus",
        {"languages": {"en": 1}, "families": {"blanks_quiz": 1}},
        '= {"languages": {"en": 1.0}, "families": {"blanks_quiz": 1.0}}: linear is a'
        " regression world; allowed: null",
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
        f" tongues_coded; allowed: {TEXTS}",
    ),
    (
        "labs.language.learning",
        "x",
        f"= x: no such name; allowed: {PROBES}",
    ),
    (
        "labs.language.learning",
        "labels",
        f"= labels: no language probe; allowed: {LANGUAGE_PROBES}",
    ),
    (
        "labs.language.refusals",
        "labels",
        f"= labels: no language probe; allowed: {LANGUAGE_PROBES}",
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


@pytest.mark.parametrize("kind", ["regression", "language", "examples"])
def test_worlds_of_one_kind_are_enough(values: dict[str, Any], kind: str) -> None:
    labs = {"regression": "regression", "language": "language", "examples": "recipes"}
    others = set(labs) - {kind}
    kept = {name for name, world in values["worlds"].items() if world["kind"] == kind}
    for section in ("bases", "probes"):
        entries = values[section].items()
        values[section] = {name: entry for name, entry in entries if entry["world"] in kept}
    values["runs"] = {n: r for n, r in values["runs"].items() if r["base"] in values["bases"]}
    used = {run["recipe"] for run in values["runs"].values()}
    values["recipes"] = {n: recipe for n, recipe in values["recipes"].items() if n in used}
    values["worlds"] = {name: values["worlds"][name] for name in kept}
    for other in others:
        del values["labs"][labs[other]]
    values["default_labs"] = [labs[kind]]
    config = load(values)
    for other in others:
        assert config.probes_of(other) == config.bases_of(other) == config.runs_of(other) == []
    assert config.probes_of(kind) == list(config.probes)
    assert config.bases_of(kind) == list(config.bases)
    assert config.runs_of(kind) == list(config.runs)


def test_an_audit_needs_no_world_and_no_lab() -> None:
    audit = {"base": {"model": "a/b"}, "tuned": {"model": "c/d"}}
    config = load({"seeds": [0], "audits": {"mine": audit}})
    assert [*config.audits] == ["mine"]
    assert not config.worlds
    assert not config.bases
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
