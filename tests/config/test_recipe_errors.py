"""A wrong recipe, or what else the recipes lab is configured with, ends in one line, too."""

from __future__ import annotations

from typing import Any

import pytest

from eunoe.config.worlds.text import TASKS
from eunoe.errors import EunoeError
from eunoe.workflow.configuration import load
from tests.config.test_errors import (
    COMPOSED,
    DELETED,
    IN_VILLAGE,
    TARGET,
    TARGETED,
    TRAININGS,
    WHOLE,
    change,
)

STAGE = {"data": {TARGET: 1}, "training": "adapting"}
PLAIN = "recipes.plain.stages.0"
DATA = f"{PLAIN}.data"
SECOND = "recipes.promot.stages.1"
MERGE = "recipes.wise.stages.0.merge"
REHEARSED = WHOLE["probes"]["retention"]["rehearsed"]
FILES = {"train": "a.jsonl", "validation": "b.jsonl", "test": "c.jsonl"}
AMOUNTS = "one of share, tokens, fraction and count"
NO_SOURCE = f"no source of world village; allowed: {IN_VILLAGE}"
SHARES_ONLY = (
    "run mix50_to_bank is of a regression world, which knows data as shares and training only"
)
A_FRACTION = "a number above 0 and at most 1, a fraction such as 1/256 or null"
HELD_OUT = (
    "held out by probes.retention; allowed: any other, or add it to probes.retention.rehearsed"
)
A_LOCATION = "allowed: a text"
UNFILLED = "allowed: padded or packed"
LEVELS = "not rising; allowed: each larger than the one before"

WRONG: list[tuple[str, object, str]] = [
    # amounts
    (
        DATA,
        {TARGET: 0.5, "repeat.en": 0.4},
        f'= {{"{TARGET}": 0.5, "repeat.en": 0.4}}: shares that add up to 0.9; allowed: a sum of 1',
    ),
    (
        DATA,
        {TARGET: {"tokens": 0.5}},
        f'= {{"{TARGET}": 0.5}}: shares that add up to 0.5; allowed: a sum of 1',
    ),
    (
        DATA,
        {TARGET: 0.5, "repeat.en": {"fraction": 0.5}},
        '= ["share", "fraction"]: kinds of amounts that do not mix; allowed: shares, shares of'
        " tokens, or fractions and counts",
    ),
    (
        DATA,
        {TARGET: {}},
        f"{DATA}.{TARGET} = {{}}: says no amount; allowed: {AMOUNTS}",
    ),
    (
        DATA,
        {TARGET: {"share": 1, "count": 3}},
        f'{DATA}.{TARGET} = {{"share": 1.0, "count": 3}}: more than one amount; allowed: {AMOUNTS}',
    ),
    (
        DATA,
        {TARGET: {"fraction": "1/0"}},
        f'{DATA}.{TARGET}.fraction = "1/0": allowed: {A_FRACTION}',
    ),
    (
        DATA,
        {TARGET: {"fraction": "3/2"}},
        f"{DATA}.{TARGET}.fraction = 1.5: allowed: {A_FRACTION}",
    ),
    (
        DATA,
        {TARGET: {"count": 3, "replies": "mine"}},
        f"{DATA}.{TARGET}.replies = mine: allowed: given or base",
    ),
    # stages
    (DATA, DELETED, "= {}: nothing to train on; allowed: a mapping with at least one name"),
    (f"{PLAIN}.training", DELETED, "= null: missing; allowed: a key of trainings"),
    (f"{PLAIN}.training", "hard", f"= hard: no such name; allowed: {TRAININGS}"),
    (
        f"{PLAIN}.train",
        [],
        "= []: a stage that trains nothing; allowed: all, soft_prompt or lora",
    ),
    (f"{PLAIN}.train", ["all", "all"], '= ["all", "all"]: all is given twice; allowed: each once'),
    (
        f"{PLAIN}.frozen",
        ["soft_prompt"],
        '= ["soft_prompt"]: no earlier stage trains soft_prompt; allowed: random_prompt',
    ),
    (
        f"{SECOND}.frozen",
        ["lora"],
        '= ["lora"]: no earlier stage trains lora; allowed: soft_prompt, random_prompt',
    ),
    (
        f"{SECOND}.frozen",
        ["soft_prompt", "random_prompt"],
        '= ["soft_prompt", "random_prompt"]: beside a soft_prompt; allowed: one prompt',
    ),
    (
        "recipes.unfrozen.stages.1.frozen",
        ["soft_prompt"],
        '= ["soft_prompt"]: soft_prompt is trained; allowed: parts not in train',
    ),
    (
        DATA,
        {TARGET: {"count": 2001}},
        f"{DATA}.{TARGET}.count = 2001: more than are made; allowed: an integer from 1 to 2000",
    ),
    (
        f"{PLAIN}.frozen_layers",
        5,
        "= 5: more than village has; allowed: an integer from 0 to 4",
    ),
    (
        "recipes.only_maths.stages.0.pick",
        "best",
        "= best: without a target; allowed: last, or a target",
    ),
    (
        f"{PLAIN}.penalties",
        {"kl": {"weight": 1, "data": {"repeat.en": 0.5}}},
        f'{PLAIN}.penalties.kl.data = {{"repeat.en": 0.5}}: shares that add up to 0.5; allowed:'
        " a sum of 1",
    ),
    (
        f"{PLAIN}.penalties",
        {"ewc": {"weight": 1}},
        f"{PLAIN}.penalties.ewc.data: missing; allowed: a mapping with at least one name",
    ),
    (
        f"{PLAIN}.penalties",
        {"ewc": {"weight": 1, "data": {"inference.es": 1}}},
        f"{PLAIN}.penalties.ewc.data = inference.es: no source of world village, the one of run"
        f" plain; allowed: {IN_VILLAGE}",
    ),
    # layouts
    (f"{PLAIN}.layout", "full", "= full: allowed: padded, packed or filled"),
    ("recipes.promot.stages.0.layout", "filled", f"= filled: with a soft_prompt; {UNFILLED}"),
    (f"{SECOND}.layout", "filled", f"= filled: with a soft_prompt; {UNFILLED}"),
    (
        "recipes.random_prompt.stages.0.layout",
        "filled",
        f"= filled: with a random_prompt; {UNFILLED}",
    ),
    ("recipes.kl.stages.0.layout", "filled", f"= filled: with penalties.kl; {UNFILLED}"),
    # merges
    (f"{PLAIN}.merge", {"plain": 0.5}, "beside merge; allowed: merge alone"),
    (
        "recipes.plain.stages",
        [STAGE, {"merge": {"promot": 1}}],
        'recipes.plain.stages.1.merge = {"promot": 1.0}: not the first stage; allowed: stage 0',
    ),
    (
        MERGE,
        {"to_bank": 0.5},
        "= to_bank: no run of that recipe on village, the base of run wise; allowed:"
        f" {TARGETED}, {COMPOSED}",
    ),
    (
        MERGE,
        {"prompt_tuning": 0.5},
        "= prompt_tuning: leaves the base's weights; allowed: recipes that train all",
    ),
    # regression
    (
        "recipes.to_bank.stages.0.layout",
        "packed",
        f"= packed: {SHARES_ONLY}; allowed: padded",
    ),
    (
        "recipes.to_bank.stages.0.loss",
        "dft",
        f"= dft: {SHARES_ONLY}; allowed: cross_entropy",
    ),
    (
        "recipes.to_bank.stages.0.data",
        {"bank": {"fraction": 0.5}},
        'recipes.to_bank.stages.0.data.bank = {"fraction": 0.5, "replies": "given"}:'
        f" {SHARES_ONLY}; allowed: a number above 0 and at most 1",
    ),
    ("recipes.to_bank.target", "bank", f"= bank: {SHARES_ONLY}; allowed: null"),
    # bases and worlds
    (
        "bases.village.mixture",
        DELETED,
        "= null: village is a text world; allowed: a mapping of sources, or of tasks and languages;"
        " or a model",
    ),
    ("bases.village.mixture", {"coding.fr": 1}, f"= coding.fr: {NO_SOURCE}"),
    (
        "bases.village.mixture",
        {"repeat.en": 0},
        "bases.village.mixture.repeat.en = 0: allowed: a number above 0",
    ),
    (
        "bases.village.model",
        "some/model",
        "bases.village.network = little: the base is a model that is there; allowed: null",
    ),
    (
        "bases.mix50.model",
        "some/model",
        '= {"model": "some/model", "revision": null, "tokenizer": nu...: linear is a regression'
        " world; allowed: null",
    ),
    ("bases.village.network", DELETED, "= null: missing; allowed: small, tiny, little"),
    # runs that were there
    (
        "runs.x",
        {"base": "mix50", "model": "some/model"},
        'runs.x.model = "some/model": linear is a regression world; allowed: null, and a recipe',
    ),
    ("runs.x", {"base": "village", "model": ""}, f'runs.x.model.model = "": {A_LOCATION}'),
    (
        "runs.x",
        {"base": "village", "model": {"model": "a/b", "commit": "c"}},
        "runs.x.model.commit = c: unknown key; allowed: model, revision, tokenizer, dtype,"
        " trust_remote_code",
    ),
    ("worlds.village.tasks", [], "= []: neither tasks nor files; allowed: tasks or files"),
    ("worlds.village.files", FILES, "= given: beside tasks; allowed: tasks or files"),
    (
        "worlds.village.items",
        DELETED,
        "= null: tasks without items; allowed: a mapping with the keys train, validation, test",
    ),
    (
        "worlds.village.monitored",
        ["repeat.es"],
        f"= repeat.es: no such source; allowed: task.language, of the tasks {', '.join(TASKS)} and"
        " the languages en, fr, leet",
    ),
    ("worlds.village.levels", [0.7, 0.7], f"= [0.7, 0.7]: {LEVELS}"),
    ("worlds.village.levels", [0.8, 0.7], f"= [0.8, 0.7]: {LEVELS}"),
    (
        "worlds.village.levels",
        [1.0],
        "worlds.village.levels.0 = 1.0: allowed: a number above 0 and below 1",
    ),
    ("worlds.village.selected_on", 0, "= 0: allowed: an integer of at least 1"),
    # probes
    (
        "probes.retention.transforms",
        ["identity", {"name": "scale", "gamma": 2}],
        'probes.retention.transforms.1 = "scale(2)": takes prompts of regression only; allowed:'
        " transforms that take language",
    ),
    # the lab
    ("labs.recipes.retention", "abilities", "= abilities: has no target; allowed: retention"),
    (
        "labs.recipes.abilities",
        "labels",
        "= labels: no text probe; allowed: learning, reasoning, refusals, retention, abilities",
    ),
    (
        "labs.recipes.plain",
        "multi_task",
        f"= multi_task: not among the runs of probes.retention; allowed: {TARGETED}",
    ),
    (
        "labs.recipes.dmt",
        {"1/4": "plain"},
        "labs.recipes.dmt.1/4 = plain: not among the runs of probes.abilities; allowed:"
        f" {COMPOSED}",
    ),
    (
        "labs.recipes.dmt",
        {"2/3": "dmt_16"},
        'labs.recipes.dmt: "2/3" is no name; allowed: "0", "1" or a fraction such as 1/16',
    ),
    (
        "labs.recipes.mathematics",
        "repeat.en",
        "= repeat.en: no source of probes.abilities; allowed: maths.en, coding.en, general.en",
    ),
    (
        DATA,
        {TARGET: 0.5, "blanks.en": 0.5},
        f"{DATA} = blanks.en: {HELD_OUT}",
    ),
    (
        DATA,
        {TARGET: 0.5, "blanks.en.other": 0.5},
        f"{DATA} = blanks.en.other: {HELD_OUT}",
    ),
    (
        "recipes.ewc.stages.0.penalties.ewc.data",
        {"capslock.en": 1},
        f"= capslock.en: {HELD_OUT}",
    ),
    ("labs.recipes.level", 0.75, "= 0.75: no level of worlds.village; allowed: 0.7, 0.8, 0.9"),
    ("labs.recipes.sizes", ["tongues"], "= tongues: no base of that world; allowed: village"),
]


@pytest.mark.parametrize(("key", "value", "message"), WRONG)
def test_one_line_names_key_value_and_what_is_allowed(
    values: dict[str, Any], key: str, value: object, message: str
) -> None:
    change(values, key, value)
    with pytest.raises(EunoeError) as caught:
        load(values)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("config: ")
    assert line.endswith(f"{key} {message}" if message.startswith("= ") else message)


def test_a_run_that_was_there_is_checked_with_the_rest(values: dict[str, Any]) -> None:
    """It merges with nothing, no recipe is held against it, and labs may name it."""
    change(values, "runs.given", {"base": "village", "recipe": None, "model": "some/model"})
    change(values, "probes.retention.runs", [*TARGETED.split(", "), "given"])
    change(values, "labs.recipes.plain_several", "given")
    config = load(values)
    assert config.recipe_of("given").stages == []
    assert config.tuned_in("given") is None
    assert config.runs_merged("given") == []
    change(values, MERGE, {"given": 0.5})
    with pytest.raises(EunoeError, match=r"merge = given: no such name; allowed: "):
        load(values)


def test_a_run_that_was_there_is_of_no_recipe_to_merge(values: dict[str, Any]) -> None:
    change(values, "bases.mine", {"world": "village", "model": "a/b"})
    change(values, "runs.given", {"base": "mine", "model": "c/d"})
    change(values, "runs.mine_wise", {"base": "mine", "recipe": "wise"})
    line = "no run of that recipe on mine, the base of run mine_wise; allowed: wise$"
    with pytest.raises(EunoeError, match=line):
        load(values)


def test_what_a_merged_recipe_trains_on_is_not_held_out_either(values: dict[str, Any]) -> None:
    """The recipe itself has no target, so that the probe does not measure its run."""
    beside = {"stages": [{"data": {"blanks.en": 1.0}, "training": "adapting"}]}
    change(values, "recipes.beside", beside)
    change(values, "runs.beside", {"base": "village", "recipe": "beside"})
    assert "beside" not in load(values).runs_measured("retention")
    change(values, MERGE, {"plain_cool": 0.5, "beside": 0.5})
    with pytest.raises(EunoeError, match=r"beside\.stages\.0\.data = blanks\.en: held out"):
        load(values)
    change(values, "probes.retention.rehearsed", ["blanks.en", *REHEARSED])
    load(values)


def test_what_has_the_targets_format_is_not_held_out(values: dict[str, Any]) -> None:
    change(values, DATA, {TARGET: 0.5, "inference.en": 0.5})
    load(values)
    change(values, "probes.retention.same_format", [])
    with pytest.raises(EunoeError, match=r"data = inference\.en: held out by probes\.retention"):
        load(values)


@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"train": ["lora"]},
        {"penalties": {"l2_sp": {"weight": 1}}},
        {"penalties": {"ewc": {"weight": 1, "data": {"repeat.en": 1.0}}}},
        {"loss": "dft", "frozen_layers": 1, "demonstrations": 1, "pick": "best"},
    ],
)
def test_whole_examples_can_be_read_end_to_end(
    values: dict[str, Any], beside: dict[str, Any]
) -> None:
    change(values, "recipes.ewc.stages.0", {**STAGE, **beside, "layout": "filled"})
    assert load(values).recipes["ewc"].stages[0].layout == "filled"


def test_rows_can_be_packed_beside_a_prompt_and_a_penalty(values: dict[str, Any]) -> None:
    for recipe, index in (("promot", 0), ("promot", 1), ("random_prompt", 0), ("kl", 0)):
        change(values, f"recipes.{recipe}.stages.{index}.layout", "packed")
    load(values)


def test_a_retention_probe_may_hold_nothing_out(values: dict[str, Any]) -> None:
    change(values, "labs.recipes", None)
    change(values, DATA, {TARGET: 0.5, "blanks.en": 0.5})
    load(values)


def test_recipes_do_not_merge_each_other(values: dict[str, Any]) -> None:
    stages = [STAGE]
    change(values, "recipes.one", {"stages": [{"merge": {"two": 1}}]})
    change(values, "recipes.two", {"stages": [{"merge": {"one": 1}}]})
    change(values, "runs.one", {"base": "village", "recipe": "one"})
    change(values, "runs.two", {"base": "village", "recipe": "two"})
    with pytest.raises(EunoeError, match="two: merges one itself"):
        load(values)
    change(values, "recipes.two.stages", stages)
    assert load(values).runs_merged("one") == ["two"]


def test_sources_of_files_are_known_when_they_are_read(values: dict[str, Any]) -> None:
    change(values, "worlds.mine", {"kind": "text", "files": FILES, "context": 64})
    change(values, "bases.mine", {"world": "mine", "model": "some/model"})
    change(values, "recipes.mine", {"target": "letters", "stages": [{**STAGE, "data": {"a": 1}}]})
    change(values, "runs.on_mine", {"base": "mine", "recipe": "mine"})
    config = load(values)
    assert config.bases["mine"].model is not None
    assert config.worlds["mine"].sources is None
    assert config.runs_measured("retention") == TARGETED.split(", ")


def test_counts_of_what_would_be_made_say_nothing_of_files(values: dict[str, Any]) -> None:
    """An overlay that reads files in place of tasks leaves the counts as they were."""
    change(values, "worlds.village.tasks", [])
    change(values, "worlds.village.monitored", [])
    change(values, "worlds.village.files", FILES)
    change(values, DATA, {TARGET: {"count": 2001}})
    change(values, "probes.abilities.items", {"validation": 401, "test": 201})
    change(values, "probes.abilities.sources", ["letters", "maths.en", "coding.en", "general.en"])
    change(values, "probes.abilities.demonstrations", 1)
    assert load(values).worlds["village"].sources is None


def test_a_run_is_tuned_in_a_language_if_all_its_examples_are(values: dict[str, Any]) -> None:
    config = load(values)
    assert config.tuned_in("tongues_instructed") == config.tuned_in("tongues_coded") == "en"
    assert config.tuned_in("tongues_instructed_fr") == "fr"
    data = {"arithmetic_quiz.en": 0.5, "arithmetic_quiz.fr": 0.5}
    change(values, "recipes.instruct_fr.stages.0.data", data)
    assert load(values).tuned_in("tongues_instructed_fr") is None


def test_a_probe_measures_the_runs_of_its_target(values: dict[str, Any]) -> None:
    change(values, "runs.mine", {"base": "village", "recipe": "plain"})
    assert "mine" in load(values).runs_measured("retention")
    assert "mine" not in load(values).runs_measured("abilities")
    change(values, "probes.abilities.runs", ["mine"])
    change(values, "labs.recipes", None)
    assert load(values).runs_measured("abilities") == ["mine"]


def test_a_fraction_may_be_written_as_one(values: dict[str, Any]) -> None:
    for given in ("1/256", 0.00390625, "0.00390625"):
        change(values, DATA, {TARGET: {"fraction": given}})
        stage = load(values).recipes["plain"].stages[0]
        assert stage.data[TARGET].measure == "fraction"
        assert stage.data[TARGET].value == 1 / 256


def test_a_recipe_can_be_read_back(values: dict[str, Any]) -> None:
    recipes = load(values).recipes
    for recipe in recipes.values():
        assert type(recipe).model_validate_json(recipe.model_dump_json()) == recipe
