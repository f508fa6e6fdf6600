"""What the rules share: the validated config, how a rule's one param is made from it, and where the
results are that the last rules collect.
"""

import json
import os
import sys

# The package runs from this checkout, in whatever environment a rule has.
SOURCE = os.path.join(workflow.basedir, "src")
sys.path.insert(0, SOURCE)
shell.prefix(f"export PYTHONPATH='{SOURCE}'; ")

from eunoe.audit.checkpoints import files_of
from eunoe.code_digest import code_digest
from eunoe.config.figures import FIGURES_OF
from eunoe.config.load import load_config
from eunoe.config.probes import items_of
from eunoe.errors import EunoeError
from eunoe.transforms import modules_behind

try:
    CONFIG = load_config(config)
except EunoeError as error:
    sys.exit(str(error))

REGRESSION = CONFIG.chapters.regression
LANGUAGE = CONFIG.chapters.language
CHAPTERS = [chapter for chapter, parts in CONFIG.chapters if parts]
TABLES = ["errors", "mean_errors", "task_weights", "forgetting", "curves"]
LANGUAGE_TABLES = ["accuracies", "changes", "curves"]

# Snakemake puts no wildcards into the path of a caption: workflow/report/figure.rst looks it up here.
config["captions"] = {
    figure: open(
        os.path.join(workflow.basedir, f"workflow/report/captions/{figure}.rst")
    ).read()
    for chapter in CHAPTERS
    for figure in FIGURES_OF[chapter]
}


def one_of(names):
    """Return a wildcard's constraint; a hyphen, which no name has, if there are no names."""
    return "|".join(names) or "-"


wildcard_constraints:
    seed=r"\d+",
    world=one_of(CONFIG.worlds),
    base=one_of(CONFIG.bases),
    run=one_of(CONFIG.runs),
    probe=one_of(CONFIG.probes),
    kind="bases|runs",
    audit=one_of(CONFIG.audits),
    side="base|tuned",


def canonical(*modules, **parts):
    """Return a rule's one param: JSON of config values and a digest of the modules' code.

    Keys are sorted and types fixed by the config's models, so that only a changed meaning changes
    the text. Nothing here may come from input, output, threads or resources: Snakemake would not
    notice.
    """

    def plain(part):
        if hasattr(part, "model_dump"):
            return part.model_dump(mode="json")
        if isinstance(part, dict):
            return {key: plain(value) for key, value in part.items()}
        if isinstance(part, (list, tuple)):
            return [plain(value) for value in part]
        return part

    return json.dumps({"code": code_digest(*modules), **plain(parts)}, sort_keys=True)


def world_of(wildcards):
    """Return the settings of the world that a job works in."""
    return CONFIG.worlds[world_name(wildcards)]


def world_name(wildcards):
    """Return the name of that world, whichever wildcard leads to it."""
    names = dict(wildcards.items())
    if "world" in names:
        return names["world"]
    if "probe" in names:
        return CONFIG.probes[names["probe"]].world
    base = CONFIG.runs[names["run"]].base if "run" in names else names["base"]
    return CONFIG.bases[base].world


def texts_of(wildcards):
    """Return the files that a language world's words come from, none in regression."""
    files = ["data/inputs/lexicon.csv", "data/inputs/lexicon_phrases.csv"]
    return files if world_of(wildcards).kind == "language" else []


def world_table(wildcards):
    """Return the table of that world, for the job's seed."""
    return f"data/worlds/{world_name(wildcards)}/{wildcards.seed}/world.parquet"


def base_of(kind, model):
    """Return the settings of a base, or of the base that a run starts from."""
    return CONFIG.bases[CONFIG.runs[model].base if kind == "runs" else model]


def phases_of(run):
    """Return the phases of training that a run's recipe describes."""
    return [
        {
            "name": f"finetune.{index}",
            "data": stage.data,
            "training": CONFIG.trainings[stage.training],
        }
        for index, stage in enumerate(CONFIG.recipes[CONFIG.runs[run].recipe].stages)
    ]


def tuned_bank(kind, model):
    """Return the bank that a model has last been trained on: the one its task weight refers to."""
    if kind == "bases":
        return "bank"
    last = CONFIG.recipes[CONFIG.runs[model].recipe].stages[-1]
    return "fresh_bank" if "fresh_bank" in last.data else "bank"


def mixture_alphas(probe):
    """Return the alphas of ideal mixtures: those asked for, and those of the world's bases."""
    bases = CONFIG.bases_in(CONFIG.probes[probe].world)
    alphas = {CONFIG.bases[base].alpha for base in bases} - {0, 1}
    return sorted(alphas | set(CONFIG.probes[probe].mixture_alphas))


def models_of(probe):
    """Return kind (bases or runs) and name of what a probe measures: its world's bases, and runs."""
    world = CONFIG.probes[probe].world
    bases = [("bases", name) for name in CONFIG.bases_in(world)]
    return bases + [("runs", name) for name in CONFIG.runs_measured(probe)]


def measured(table, models=True):
    """Return an input function: the tables of that name of all seeds and models of a regression probe."""

    def paths(wildcards):
        probe = getattr(wildcards, "probe", None) or REGRESSION.probe
        found = [f"{kind}/{name}" for kind, name in models_of(probe)] if models else []
        return expand(
            f"data/probes/{probe}/{{seed}}/{{model}}/{table}.parquet",
            seed=CONFIG.seeds,
            model=found + ["ideals"],
        )

    return paths


def outcomes_of(probes):
    """Return the outcome tables of all seeds and models of language probes."""
    return [
        f"data/probes/{probe}/{seed}/{kind}/{name}/outcomes.parquet"
        for probe in probes
        for seed in CONFIG.seeds
        for kind, name in models_of(probe)
    ]


def curves_of(wildcards):
    """Return the training curves of all seeds and models of a probe's world."""
    return expand(
        "data/{model}/{seed}/curve.parquet",
        model=map("/".join, models_of(wildcards.probe)),
        seed=CONFIG.seeds,
    )


def language_probes():
    """Return the names of the probes that play a part in the language chapter."""
    parts = (
        [LANGUAGE.learning, LANGUAGE.reasoning, LANGUAGE.refusals] if LANGUAGE else []
    )
    return list(dict.fromkeys(name for name in parts if name))


def language_runs():
    """Return the base of each run in the language chapter's world."""
    world = CONFIG.probes[LANGUAGE.learning].world
    return {name: CONFIG.runs[name].base for name in CONFIG.runs_in(world)}


def for_figures(pattern):
    """Return a path for each figure of each chapter, in the order of the report."""
    return [
        pattern.format(chapter=chapter, figure=figure)
        for chapter in CHAPTERS
        for figure in FIGURES_OF[chapter]
    ]


def compared_alphas():
    """Return the alphas of the bases that differ in nothing else from the tuned run's base.

    The chapter's controls are among them in any case. Ablations, which change the network or the
    training, would make the figures about alpha unreadable.
    """
    names = CONFIG.bases_in(CONFIG.probes[REGRESSION.probe].world)
    if REGRESSION.tuned:
        base = base_of("runs", REGRESSION.tuned)
        names = [
            name
            for name in names
            if name in (REGRESSION.continuous, REGRESSION.discrete)
            or CONFIG.bases[name].model_copy(update={"alpha": base.alpha}) == base
        ]
    return {name: CONFIG.bases[name].alpha for name in names}


def config_of_labs():
    """Return the configuration without the audits, which have pages of their own."""
    return CONFIG.model_copy(update={"audits": {}})


def audit_parts(audit, *keys):
    """Return some of an audit's settings by key."""
    return {key: getattr(CONFIG.audits[audit], key) for key in keys}


def template_owner(audit):
    """Return where the model is whose chat template an audit uses, None if it is no model's."""
    settings = CONFIG.audits[audit]
    owners = {"base": settings.base, "tuned": settings.tuned}
    return owners.get(settings.chat_template)


def template_file(audit):
    """Return the file of an audit's chat template; EunoeError if it is not there."""
    path = CONFIG.audits[audit].chat_template
    if not os.path.isfile(path):
        raise EunoeError(
            f"audits.{audit}.chat_template = {path}: no such file;"
            " allowed: base, tuned, or a file with a Jinja template"
        )
    return path


def audited_files(wildcards):
    """Return the files of one of an audit's models, and of its chat template, that are here."""
    settings = CONFIG.audits[wildcards.audit]
    where = f"audits.{wildcards.audit}.{wildcards.side}"
    template = settings.chat_template
    try:
        found = files_of(getattr(settings, wildcards.side), where)
        if owner := template_owner(wildcards.audit):
            found += files_of(
                owner, f"audits.{wildcards.audit}.{template}", weights=False
            )
        elif template:
            found.append(template_file(wildcards.audit))
    except EunoeError as error:
        sys.exit(str(error))  # Snakemake would print a traceback of the rule
    return list(dict.fromkeys(found))


def used(kind):
    """Return the names of the bases, or runs, that a probe measures."""
    models = {model for probe in CONFIG.probes for model in models_of(probe)}
    return sorted(name for group, name in models if group == kind)


def used_worlds():
    """Return the names of the worlds that a probe works in."""
    return sorted({probe.world for probe in CONFIG.probes.values()})


def benchmarks(wildcards):
    """Return the benchmark files of every job but the report's."""
    folder = "data/benchmarks"
    return (
        expand(
            f"{folder}/worlds/{{world}}.{{seed}}.tsv",
            world=used_worlds(),
            seed=CONFIG.seeds,
        )
        + expand(
            f"{folder}/bases/{{base}}.{{seed}}.tsv",
            base=used("bases"),
            seed=CONFIG.seeds,
        )
        + expand(
            f"{folder}/runs/{{run}}.{{seed}}.tsv", run=used("runs"), seed=CONFIG.seeds
        )
        + [
            f"{folder}/probes/{probe}/{name}.{seed}.tsv"
            for probe in CONFIG.probes
            for seed in CONFIG.seeds
            for name in ["prompts", *map(".".join, models_of(probe))]
        ]
        + expand(
            f"{folder}/probes/{{probe}}/ideals.{{seed}}.tsv",
            probe=CONFIG.probes_of("regression"),
            seed=CONFIG.seeds,
        )
        + expand(f"{folder}/render/tables.{{probe}}.tsv", probe=CONFIG.probes)
        + expand(f"{folder}/render/claims.{{chapter}}.tsv", chapter=CHAPTERS)
        + for_figures(f"{folder}/render/figures/{{chapter}}.{{figure}}.tsv")
    )
