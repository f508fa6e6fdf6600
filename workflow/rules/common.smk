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

from eunoe.code_digest import code_digest
from eunoe.config.load import load_config
from eunoe.errors import EunoeError

try:
    CONFIG = load_config(config)
except EunoeError as error:
    sys.exit(str(error))

CHAPTER = CONFIG.chapters.regression
CHAPTERS = ["regression"] if CHAPTER else []
FIGURES = list(type(CONFIG.figures).model_fields)
TABLES = ["errors", "mean_errors", "task_weights", "forgetting", "curves"]

# Snakemake puts no wildcards into the path of a caption: workflow/report/figure.rst looks it up here.
config["captions"] = {
    figure: open(
        os.path.join(workflow.basedir, f"workflow/report/captions/{figure}.rst")
    ).read()
    for figure in FIGURES
}


wildcard_constraints:
    seed=r"\d+",
    world="|".join(CONFIG.worlds),
    base="|".join(CONFIG.bases),
    run="|".join(CONFIG.runs) or "none",
    probe="|".join(CONFIG.probes),
    kind="bases|runs",
    chapter="|".join(CHAPTERS) or "none",
    figure="|".join(FIGURES),


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
    if "probe" in names:
        return CONFIG.probes[names["probe"]].world
    base = CONFIG.runs[names["run"]].base if "run" in names else names["base"]
    return CONFIG.bases[base].world


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
    """Return kind and name of every base and run of a probe's world."""
    world = CONFIG.probes[probe].world
    bases = [("bases", name) for name in CONFIG.bases_in(world)]
    return bases + [("runs", name) for name in CONFIG.runs_in(world)]


def measured(table, models=True):
    """Return an input function: the tables of that name of all seeds and models of a probe."""

    def paths(wildcards):
        probe = getattr(wildcards, "probe", None) or CHAPTER.probe
        found = [f"{kind}/{name}" for kind, name in models_of(probe)] if models else []
        return expand(
            f"data/probes/{probe}/{{seed}}/{{model}}/{table}.parquet",
            seed=CONFIG.seeds,
            model=found + ["ideals"],
        )

    return paths


def compared_alphas():
    """Return the alphas of the bases that differ in nothing else from the tuned run's base.

    The chapter's controls are among them in any case. Ablations, which change the network or the
    training, would make the figures about alpha unreadable.
    """
    names = CONFIG.bases_in(CONFIG.probes[CHAPTER.probe].world)
    if CHAPTER.tuned:
        base = base_of("runs", CHAPTER.tuned)
        names = [
            name
            for name in names
            if name in (CHAPTER.continuous, CHAPTER.discrete)
            or CONFIG.bases[name].model_copy(update={"alpha": base.alpha}) == base
        ]
    return {name: CONFIG.bases[name].alpha for name in names}


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
            for name in ["prompts", "ideals", *map(".".join, models_of(probe))]
        ]
        + expand(f"{folder}/render/tables.{{probe}}.tsv", probe=CONFIG.probes)
        + expand(f"{folder}/render/claims.{{chapter}}.tsv", chapter=CHAPTERS)
        + expand(
            f"{folder}/render/figures/{{chapter}}.{{figure}}.tsv",
            chapter=CHAPTERS,
            figure=FIGURES,
        )
    )
