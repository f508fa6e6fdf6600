"""What rules ask of the configuration, without Snakemake: files, names, settings, and one line."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.iocontainers import Wildcards

from eunoe.code_digest import code_digest, modules_of
from eunoe.config.checkpoints import Checkpoint
from eunoe.config.study import Study
from eunoe.config.trainings import Training
from eunoe.config.worlds.text import NOTHING
from eunoe.errors import EunoeError
from eunoe.workflow.jobs import Plan
from eunoe.workflow.params import canonical, or_exit
from eunoe.workflow.templates import chat_template, template_files
from tests.workflow.checkout import ROOT, WHOLE

RULES = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
LABS = ("language", "recipes", "regression")
STAGE = "eunoe.stages.pretrain"
FILES = {"train": "a.jsonl", "validation": "b.jsonl", "test": "c.jsonl"}


def w(**values: str) -> Any:
    """Wildcards as a rule has them."""
    return Wildcards(fromdict=values)


def planned(**sections: Any) -> Plan:
    """The plan of the committed configuration, with more entries in some sections."""
    values = deepcopy(WHOLE)
    for section, entries in sections.items():
        if isinstance(entries, dict):
            values[section] = {**values.get(section, {}), **entries}
        else:
            values[section] = entries
    return Plan(values, str(ROOT))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned()


# A rule's one param


def test_a_param_is_what_the_parts_mean_and_the_code() -> None:
    found = json.loads(canonical(STAGE, model="a", training=Training(steps=4), names=("x", "y")))
    assert found["code"] == code_digest(STAGE)
    assert found["training"] == Training(steps=4).model_dump()
    assert (found["model"], found["names"]) == ("a", ["x", "y"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}),
        ({"a": Training(steps=4)}, {"a": Training.model_validate({"steps": "4.0", "clip": 1})}),
        ({"a": [Training(steps=4)]}, {"a": (Training(steps=4, batch=64),)}),
    ],
)
def test_a_param_of_the_same_meaning_is_the_same(one: Any, other: Any) -> None:
    assert canonical(STAGE, **one) == canonical(STAGE, **other)


def test_a_param_of_another_meaning_or_code_is_another() -> None:
    params = [
        canonical(STAGE, a={"steps": 4}),
        canonical(STAGE, a={"steps": 5}),
        canonical(STAGE, b={"steps": 4}),
        canonical("eunoe.stages.finetune_text", a={"steps": 4}),
        canonical(STAGE, "eunoe.worlds.regression.measures", a={"steps": 4}),
    ]
    assert len(set(params)) == len(params)


@pytest.mark.parametrize("lab", LABS)
def test_a_study_is_said_without_defaults_and_read_back(plan: Plan, lab: str) -> None:
    study = plan.study(lab)
    said = json.loads(canonical(STAGE, study=study))["study"]
    assert Study.model_validate(said).model_dump() == study.model_dump()
    assert "clip" not in said["trainings"].get("tuning", {})
    assert len(json.dumps(said)) < len(study.model_dump_json())


# One line


def test_an_error_ends_in_its_line() -> None:
    @or_exit
    def fails(reason: str) -> str:
        raise EunoeError(f"config: {reason}")

    with pytest.raises(SystemExit) as ended:
        fails("no such thing")
    assert ended.value.code == "config: no such thing"


def test_what_does_not_fail_is_returned() -> None:
    assert or_exit(lambda a, b: a + b)(1, b=2) == 3


def test_other_errors_are_not_caught() -> None:
    with pytest.raises(ZeroDivisionError):
        or_exit(lambda: 1 / 0)()


@pytest.mark.parametrize(
    ("sections", "ask", "line"),
    [
        (
            {"seeds": []},
            lambda plan: plan,
            "config: seeds = []: allowed: a list",
        ),
        (
            {"worlds": {"mine": {"kind": "text", "files": FILES, "context": 64}}},
            lambda plan: plan.item_files(w(world="mine", seed="0")),
            "worlds.mine.files.train = a.jsonl: no such file; allowed: a .jsonl or .parquet file",
        ),
        (
            {"bases": {"mine": {"world": "village", "model": "./nowhere"}}},
            lambda plan: plan.model_files(w(kind="bases", model="mine", seed="0")),
            "bases.mine.model = ./nowhere: no such folder; allowed: ",
        ),
        (
            {"runs": {"x": {"base": "village", "model": "./nowhere"}}},
            lambda plan: plan.model_files(w(kind="runs", model="x", seed="0")),
            "runs.x.model = ./nowhere: no such folder; allowed: ",
        ),
        (
            {"runs": {"x": {"base": "village", "model": {"model": "a/b", "tokenizer": "./no"}}}},
            lambda plan: plan.model_files(w(kind="runs", model="x", seed="0")),
            "runs.x.model.tokenizer = ./no: no such folder; allowed: ",
        ),
        (
            {"audits": {"mine": {"base": "./nowhere", "tuned": "a/b"}}},
            lambda plan: plan.model_files(w(kind="bases", model="mine", seed="0")),
            "audits.mine.base = ./nowhere: no such folder; allowed: ",
        ),
        (
            {"audits": {"mine": {"base": "a/b", "tuned": "c/d", "chat_template": "x.jinja"}}},
            lambda plan: template_files(plan.config, "mine"),
            "audits.mine.chat_template = x.jinja: no such file; allowed: base, tuned, or a file",
        ),
    ],
)
def test_what_is_wrong_ends_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sections: Any, ask: Any, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        ask(planned(**sections))
    assert str(ended.value.code).startswith(line)
    assert "\n" not in str(ended.value.code)


# Worlds and models


@pytest.mark.parametrize(
    ("wildcards", "world"),
    [
        ({"world": "tongues"}, "tongues"),
        ({"probe": "labels"}, "linear"),
        ({"base": "village"}, "village"),
        ({"run": "mix50_to_bank"}, "linear"),
        ({"probe": "retention", "kind": "runs", "model": "plain"}, "village"),
    ],
)
def test_a_job_knows_its_world(plan: Plan, wildcards: dict[str, str], world: str) -> None:
    job = w(**wildcards, seed="3")
    assert plan.world_name(job) == world
    assert plan.world(job) == plan.config.worlds[world]
    assert plan.world_table(job) == f"data/worlds/{world}/3/world.parquet"
    assert bool(plan.lexicon(job)) == (world != "linear")


def parts_that_change(world: str, changed: dict[str, Any]) -> set[str]:
    """Which parts of a world's settings are others with some keys changed."""
    job = w(world=world, seed="0")
    usual = planned()
    other = planned(
        worlds={world: {**WHOLE["worlds"][world], **changed}},
        labs={"recipes": None, "language": None},
        default_labs=[],
    )
    parts = ("world", "base_world", "material")
    return {part for part in parts if getattr(usual, part)(job) != getattr(other, part)(job)}


COUNTS = WHOLE["worlds"]["village"]["items"]
OF_RUNS: list[dict[str, Any]] = [{"levels": [0.1, 0.8]}, {"selected_on": 7}]
OF_BASES: list[dict[str, Any]] = [
    {"monitored": ["blanks.en"]},
    {"monitored": []},
    {"reply_weight": 2.0},
]
OF_MATERIAL: list[dict[str, Any]] = [
    {"context": 65},
    {"largest": 8},
    {"inference": "full"},
    {"parallel": False},
    {"guarded": ["beehive"]},
    {"languages": ["en", "fr", "leet", "pig"]},
    {"tasks": [*WHOLE["worlds"]["village"]["tasks"], "running"]},
    {"items": {**COUNTS, "train": 2001}},
    {"items": {**COUNTS, "validation": 401}},
    {"items": {**COUNTS, "test": 201}},
    # validation items of what is not trained on are made for the monitor alone
    {"monitored": ["blanks.en", "capslock_math.en"]},
]


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({}, set()),
        *((changed, {"world"}) for changed in OF_RUNS),
        *((changed, {"world", "base_world"}) for changed in OF_BASES),
        *((changed, {"world", "base_world", "material"}) for changed in OF_MATERIAL),
    ],
)
def test_material_and_bases_depend_on_parts_of_a_world_of_text(
    changed: dict[str, Any], parts: set[str]
) -> None:
    assert parts_that_change("village", changed) == parts


def test_monitored_sources_are_material_only_where_they_are_not_made_anyway() -> None:
    monitored = WHOLE["worlds"]["tongues"]["monitored"]
    assert "repeat_math.en" in monitored
    beside = [source for source in monitored if source != "inference.en"]
    assert parts_that_change("tongues", {"monitored": beside}) == {"world", "base_world"}
    fewer = [source for source in monitored if source != "repeat_math.en"]
    every = {"world", "base_world", "material"}
    assert parts_that_change("tongues", {"monitored": fewer}) == every


def test_regression_depends_on_its_world_as_it_is() -> None:
    every = {"world", "base_world", "material"}
    assert parts_that_change("linear", {"sigma": 0.25}) == every


def test_a_world_of_files_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in FILES.values():
        Path(name).touch()
    found = planned(worlds={"mine": {"kind": "text", "files": FILES, "context": 64}})
    assert found.item_files(w(world="mine", seed="0")) == list(FILES.values())
    assert found.item_files(w(world="village", seed="0")) == []
    assert found.item_files(w(world="linear", seed="0")) == []


def test_what_a_run_starts_from_and_is_tuned_by(plan: Plan) -> None:
    run = w(run="promot", seed="2")
    assert plan.base_file("config.json")(run) == "data/bases/village/2/config.json"
    assert plan.network("runs", "promot") == plan.network("bases", "village")
    assert plan.network("bases", "village") == plan.config.networks["little"]
    stages = WHOLE["recipes"]["promot"]["stages"]
    assert {*plan.trainings("promot")} == {stage["training"] for stage in stages}
    phases = plan.phases("mix50_to_bank")
    assert [(phase["name"], phase["data"]) for phase in phases] == [("finetune.0", {"bank": 1.0})]
    assert phases[0]["training"] == plan.config.trainings["gentle"]


def test_a_merge_waits_for_the_runs_of_its_recipes(plan: Plan) -> None:
    merged = WHOLE["recipes"]["wise"]["stages"][0]["merge"]
    weights = [f"data/runs/{name}/1/model.safetensors" for name in sorted(merged)]
    assert plan.merged_weights(w(run="wise", seed="1")) == weights
    assert plan.merged_weights(w(run="plain", seed="1")) == []


def test_merged_weights_are_ordered_by_the_names_of_recipes() -> None:
    found = planned(
        recipes={"both": {"stages": [{"merge": {"plain_cool": 0.5, "dft": 0.5}}]}},
        runs={"a_both": {"base": "village", "recipe": "both"}},
    )
    assert found.merged_weights(w(run="a_both", seed="0")) == [
        f"data/runs/{name}/0/model.safetensors" for name in ("dft", "plain_cool")
    ]


def test_only_runs_leave_adapters(plan: Plan) -> None:
    ask, scope = plan.of_recipe("adapters.json"), plan.adapter_scope
    promot = w(kind="runs", model="promot", seed="0")
    assert ask(promot) == ["data/runs/promot/0/adapters.json"]
    assert scope(promot).sources == ["entailment.en"]
    instructed = w(kind="runs", model="tongues_instructed", seed="1")
    assert ask(instructed) == ["data/runs/tongues_instructed/1/adapters.json"]
    for model in ("village", "tongues", "promot"):
        assert ask(w(kind="bases", model=model, seed="0")) == []
    assert scope(w(kind="bases", model="village", seed="0")) is None
    assert scope(w(kind="runs", model="tongues_instructed", seed="0")) is None


def test_bases_that_are_there_are_opened() -> None:
    found = planned(bases={"mine": {"world": "village", "model": "a/b"}})
    assert found.config.checkpoint("bases", "mine") == Checkpoint(model="a/b")
    assert found.model_files(w(kind="bases", model="mine", seed="0")) == []
    assert found.network("bases", "mine") is None
    assert "mine" not in found.pretrained_text_bases()


def test_a_base_in_a_folder_is_asked_and_tuned_where_it_is(tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    found = planned(
        bases={"mine": {"world": "village", "model": str(tmp_path)}},
        runs={"tuned": {"base": "mine", "recipe": "plain"}},
    )
    asked = found.model_files(w(kind="bases", model="mine", seed="0"))
    assert asked == found.base_files(w(run="tuned", seed="1"))
    assert set(map(Path, asked)) == set(tmp_path.iterdir())
    assert found.config.checkpoint("runs", "tuned") is None
    own = found.model_files(w(kind="runs", model="tuned", seed="1"))
    assert own[0] == "data/runs/tuned/1/model.safetensors"


GIVEN = {"base": "village", "model": "a/b"}
"""A run that was there."""


def test_nothing_is_made_for_a_run_that_was_there() -> None:
    """It is asked, and that is all: no tuning, curve, record or time of one."""
    usual = planned()
    found = planned(runs={"given": GIVEN})
    job = w(kind="runs", model="given", run="given", seed="0")
    assert ("runs", "given") in found.config.models_of("abilities")
    assert "given" not in found.tuned_text_runs()
    assert set(found.tuned_text_runs()) == set(usual.tuned_text_runs())
    assert found.of_recipe("adapters.json")(job) == found.of_recipe("levels.safetensors")(job) == []
    assert found.adapter_scope(job) is None
    assert "given" not in found.adapter_scopes("abilities")
    assert found.merged_weights(job) == []
    for table in ("curve", "costs", "mixture"):
        assert found.tuned("abilities", table) == usual.tuned("abilities", table)
    assert found.networks("recipes") == usual.networks("recipes")
    more = {path for path in found.results("recipes") if path not in usual.results("recipes")}
    assert more == {f"data/probes/abilities/{seed}/runs/given/replies.parquet" for seed in range(3)}
    more = {path for path in found.benchmarks("recipes") if path not in usual.benchmarks("recipes")}
    assert more == {f"data/benchmarks/probes/abilities/runs.given.{seed}.tsv" for seed in range(3)}


def test_a_run_in_a_folder_is_asked_where_it_is(tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    found = planned(runs={"given": {"base": "village", "model": str(tmp_path)}})
    asked = found.model_files(w(kind="runs", model="given", seed="1"))
    assert set(map(Path, asked)) == set(tmp_path.iterdir())
    assert found.config.checkpoint("runs", "given") == Checkpoint(model=str(tmp_path))
    assert planned(runs={"given": GIVEN}).model_files(w(kind="runs", model="given", seed="1")) == []


def test_a_base_and_a_run_of_it_may_each_be_made_or_there() -> None:
    found = planned(
        bases={"mine": {"world": "village", "model": "a/b"}},
        runs={
            "tuned_mine": {"base": "mine", "recipe": "only_maths"},
            "given_mine": {"base": "mine", "model": "c/d"},
            "given": GIVEN,
        },
    )
    runs = ("only_maths", "given", "tuned_mine", "given_mine")
    assert set(runs) <= {*found.config.runs_measured("abilities")}
    there = [name for name in runs if found.config.checkpoint("runs", name)]
    assert there == ["given", "given_mine"]
    assert {*found.config.models_of("abilities")} >= {
        *(("bases", name) for name in ("village", "mine")),
        *(("runs", name) for name in runs),
    }
    bases = {name: found.config.base_of("runs", name) for name in runs}
    assert [*bases.values()] == ["village", "village", "mine", "mine"]
    study = json.loads(canonical(STAGE, study=found.study("recipes")))["study"]
    assert Study.model_validate(study).model_dump() == found.study("recipes").model_dump()
    assert study["runs"]["given_mine"] == {"base": "mine", "model": {"model": "c/d"}}


def test_probes_take_runs_that_were_there_if_they_have_no_target_or_name_them() -> None:
    named = {**WHOLE["probes"]["retention"], "runs": ["plain", "given"]}
    found = planned(runs={"given": GIVEN}, probes={"named": named}).config
    assert "given" in found.runs_measured("abilities")  # of no target, as nobody knows its own
    assert "given" not in found.runs_measured("retention")
    assert found.runs_measured("named") == ["plain", "given"]
    for probe in ("learning", "labels"):  # of other worlds
        assert "given" not in found.runs_measured(probe)


def test_a_merge_is_of_runs_that_were_tuned() -> None:
    """Whatever is there beside them on the same base, before or behind."""
    runs = {"given": GIVEN, **WHOLE["runs"], "given_too": {"base": "village", "model": "c/d"}}
    values = {**deepcopy(WHOLE), "runs": runs}
    found, usual = Plan(values, str(ROOT)), planned()
    for run in ("wise", "wise_plain", "task_arithmetic"):
        job = w(run=run, seed="1")
        assert found.merged_weights(job) == usual.merged_weights(job) != []


def test_ideal_mixtures_are_those_asked_for_and_those_of_bases(plan: Plan) -> None:
    asked = WHOLE["probes"]["labels"]["mixture_alphas"]
    assert plan.mixture_alphas("labels") == sorted({*asked, 0.5, 0.8})


# Labs


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_is_told_its_parts_without_its_figures(plan: Plan, lab: str) -> None:
    settings = WHOLE["labs"][lab]
    parts = plan.parts(lab)
    assert "figures" not in parts
    assert plan.figures(lab) == list(settings["figures"])
    for key in {*settings} - {"figures", "dmt", "single", "mixed", "ratio", "scaling"}:
        assert parts[key] == settings[key], key


def test_a_lab_that_is_null_has_no_page() -> None:
    found = planned(labs={"language": None}, default_labs=["regression"])
    assert [*found.labs] == ["recipes", "regression"]
    assert "languages" not in found.figure_names()
    assert "ideals" in found.figure_names()


def test_a_lab_reads_its_own_probes_and_those_that_it_shows() -> None:
    labels = WHOLE["probes"]["labels"]
    more = {"again": labels, "unseen": labels}
    settings = {**WHOLE["labs"]["regression"], "others": ["again"]}
    found = planned(probes=more, labs={"regression": settings})
    assert [*found.study("regression").probes] == ["labels", "again"]
    assert {path.split("/")[2] for path in found.estimates("regression")} == {"labels", "again"}
    assert {path.split("/")[2] for path in found.results("regression")} == {"labels"}


def test_a_study_is_what_the_probes_measure_and_no_more(plan: Plan) -> None:
    study = plan.study("regression")
    assert [*study.worlds] == ["linear"]
    assert [*study.networks] == ["small"]
    assert {*study.trainings} == {"thorough", "gentle"}
    assert [*study.bases] == plan.config.bases_in("linear")
    assert [*study.runs] == plan.config.runs_in("linear")
    assert {*study.recipes} == {"to_bank", "to_fresh_bank"}
    assert study.probes["labels"].model_dump(exclude={"mixture_alphas"}) == (
        plan.config.probes["labels"].model_dump(exclude={"mixture_alphas"})
    )
    for lab in ("language", "recipes"):
        for section, entries in plan.study(lab):
            for name, entry in entries.items():
                assert getattr(plan.config, section)[name] == entry


def test_a_study_holds_every_ideal_mixture_that_is_evaluated(plan: Plan) -> None:
    (probe,) = plan.study("regression").probes.values()
    assert getattr(probe, "mixture_alphas", None) == plan.mixture_alphas("labels")


def test_claims_are_judged_by_every_row_of_every_model_and_seed(plan: Plan) -> None:
    seeds, bases = (0, 1, 2), ("continuous", "mix50", "mix80", "discrete")
    models = [f"bases/{name}" for name in bases] + ["ideals"]
    models += [f"runs/{name}" for name in ("mix50_to_bank", "mix50_to_fresh_bank")]
    folder = "data/probes/labels"
    wanted = {
        f"{folder}/{seed}/{model}/{table}.parquet"
        for seed in seeds
        for model in models
        for table in ("answers", "task_weights")
    } | {f"{folder}/{seed}/ideals/likelihoods.parquet" for seed in seeds}
    assert set(plan.results("regression")) == wanted


@pytest.mark.parametrize(
    ("lab", "base", "probes"),
    [
        ("language", "tongues", ("learning", "reasoning", "refusals")),
        ("recipes", "village", ("retention", "abilities")),
    ],
)
def test_texts_are_judged_by_replies_and_what_tuning_left_too(
    plan: Plan, lab: str, base: str, probes: tuple[str, ...]
) -> None:
    found = plan.results(lab)
    assert len(found) == len(set(found))
    replies = {path for path in found if path.endswith("/replies.parquet")}
    assert replies == {
        f"data/probes/{probe}/{seed}/{'/'.join(model)}/replies.parquet"
        for probe in probes
        for model in plan.config.models_of(probe)
        for seed in range(3)
    }
    runs = {run for probe in probes for run in plan.config.runs_measured(probe)}
    for table in ("curve", "costs", "mixture"):
        own = {path for path in found if path.endswith(f"/{table}.parquet")}
        assert own == {
            f"data/runs/{run}/{seed}/{table}.parquet" for run in runs for seed in range(3)
        }
    weights = [path for path in found if path.endswith(".safetensors")]
    assert weights == [f"data/bases/{base}/0/model.safetensors"]
    assert len(found) == len(replies) + 3 * 3 * len(runs) + 1


def patterns(directive: str) -> list[str]:
    """The paths under a directive of every rule, as regular expressions."""
    blocks = re.findall(rf"^    {directive}:\n((?:        .*\n)+)", RULES, re.MULTILINE)
    paths = [path for block in blocks for path in re.findall(r'"((?:data|reports)/[^"]+)"', block)]
    return [re.sub(r"\\\{\w+\\\}", r"[\\w]+", re.escape(path)) for path in paths]


@pytest.mark.parametrize("lab", LABS)
def test_what_a_lab_asks_for_some_rule_makes(plan: Plan, lab: str) -> None:
    asked = plan.results(lab) + plan.estimates(lab) + plan.networks(lab)
    for path in asked:
        assert any(re.fullmatch(pattern, path) for pattern in patterns("output")), path
    for path in plan.benchmarks(lab):
        assert any(re.fullmatch(pattern, path) for pattern in patterns("benchmark")), path


def test_the_page_counts_every_job_of_the_lab_but_its_own(plan: Plan) -> None:
    """Of each seed a world, a base, four runs, evaluations and items; then what is rendered."""
    found = plan.benchmarks("language")
    assert len(found) == len(set(found))
    measured = sum(len(plan.config.models_of(probe)) for probe in plan.labs["language"].probes)
    per_seed = 1 + 1 + 4 + measured + 3
    assert len(found) == 3 * per_seed + 3 + 1 + len(plan.figures("language"))
    assert "data/benchmarks/render/claims.language.tsv" in found
    assert "data/benchmarks/render/language.tsv" not in found
    assert "data/benchmarks/probes/learning/runs.tongues_instructed.2.tsv" in found


@pytest.mark.parametrize("lab", LABS)
def test_every_figure_has_a_module_and_a_caption(plan: Plan, lab: str) -> None:
    captions = plan.captions()[lab]
    assert list(captions) == plan.figures(lab)
    for name, words in captions.items():
        assert words == (ROOT / plan.caption(lab, name)).read_text()
        (module,) = plan.lab_code(lab, f"figures.{name}")
        assert (ROOT / "src" / f"{module.replace('.', '/')}.py").is_file()


def test_code_of_a_lab_is_of_modules_that_are_there(plan: Plan) -> None:
    folder = "eunoe.labs.language"
    assert plan.lab_code("language", "settings", "published") == [
        *(f"{folder}.settings", f"{folder}.published")
    ]
    assert plan.lab_code("regression", "settings", "published") == [
        "eunoe.labs.regression.settings"
    ]
    assert plan.published("language") == ["data/inputs/published.csv"]
    assert plan.published("regression") == []


# Audits


@pytest.mark.parametrize(("template", "owner"), [("base", "a/b"), ("tuned", "c/d")])
def test_a_chat_template_belongs_to_a_model(template: str, owner: str) -> None:
    pair = {"base": "a/b", "tuned": "c/d", "chat_template": template}
    found = chat_template(planned(audits={"mine": pair}).config, "mine")
    assert found is not None
    assert (found["name"], found["owner"].model) == (template, owner)


def test_without_a_chat_template_no_file_is_read() -> None:
    config = planned(audits={"mine": {"base": "a/b", "tuned": "c/d"}}).config
    assert chat_template(config, "mine") is None
    assert template_files(config, "mine") == []


def test_given_texts_depend_on_their_own_files_and_code_and_on_no_world(tmp_path: Path) -> None:
    audit = {"base": "a/b", "tuned": "c/d", "prompts": ["my/prompts.csv"]}
    texts = {"tasks": ["nli"]}
    probe = {"kind": "text", "world": "village", "texts": texts, "transforms": ["identity"]}
    found = planned(audits={"mine": audit}, probes={"given": probe})
    for name in ("mine", "given"):
        job = w(probe=name, seed="0")
        assert found.material_of_items(job) == []
        assert found.items_world(job) == NOTHING
        reached = modules_of("eunoe.stages.evaluate_text", *found.asking_code(name))
        assert not [module for module in reached if module.endswith(("grammar", "lexicon"))]
        assert "eunoe.worlds.text.given.asking" in reached
        assert not [file for file in found.texts_of_replies(job) if "lexicon" in file]
    assert "my/prompts.csv" in found.texts_of_items(w(probe="mine", seed="0"))


def test_a_probe_of_a_world_depends_on_its_grammar_and_on_no_given_text(plan: Plan) -> None:
    job = w(probe="retention", seed="0")
    reached = modules_of(
        "eunoe.stages.evaluate_text", *plan.asking_code("retention"), plan.items_code(job)
    )
    assert "eunoe.worlds.text.grammar" in reached
    assert not [module for module in reached if ".text.given." in module]
    assert plan.texts_of_items(job) == plan.texts_of_replies(job) == plan.lexicon(job)


def test_every_target_asks_for_pages() -> None:
    found = planned(audits={"mine": {"base": "a/b", "tuned": "c/d"}})
    assert found.targets() == {
        "all": [f"reports/{lab}.html" for lab in ("regression", "language")],
        **{lab: [f"reports/{lab}.html"] for lab in LABS},
        "audit": ["reports/audits/mine/index.html"],
    }
    assert "mine" not in {name for lab in LABS for name in found.study(lab).probes}


def test_the_default_targets_are_labs(plan: Plan) -> None:
    default = yaml.safe_load((ROOT / "config.yaml").read_text())["default_labs"]
    assert plan.config.default_labs == default
    assert {*default} <= {*plan.labs}
