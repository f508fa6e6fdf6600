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

from eunoe.worlds.text.checkpoints import files_of
from eunoe.code_digest import code_digest
from eunoe.config.figures import FIGURES_OF
from eunoe.config.load import load_config
from eunoe.config.probes import items_of
from eunoe.errors import EunoeError
from eunoe.labs.language.tasks import DESIGN
from eunoe.recipes.deployment import deployment_of, deployments_of
from eunoe.results.text.cells import Design
from eunoe.transforms import modules_behind

try:
    CONFIG = load_config(config)
except EunoeError as error:
    sys.exit(str(error))

REGRESSION = CONFIG.chapters.regression
LANGUAGE = CONFIG.chapters.language
RECIPES = CONFIG.chapters.recipes
CHAPTERS = [chapter for chapter, parts in CONFIG.chapters if parts]
PAGES = {"report": ("regression", "language"), "recipes": ("examples",)}
"""The kinds of worlds that each page is about."""
CHAPTERS_OF = {
    "report": [name for name in CHAPTERS if name != "recipes"],
    "recipes": [name for name in CHAPTERS if name == "recipes"],
}
TABLES = ["errors", "mean_errors", "task_weights", "forgetting", "curves"]
TEXT_TABLES = [
    "scores",
    "changes",
    "curves",
    "costs",
    "mixtures",
    "checkpoints",
    "equal_target",
]

TEXT_PROBES = CONFIG.probes_of("language") + CONFIG.probes_of("examples")

# Snakemake puts no wildcards into the path of a caption: workflow/report/figure.rst looks it up here.
config["captions"] = {
    figure: open(
        os.path.join(
            workflow.basedir, f"src/eunoe/labs/{chapter}/captions/{figure}.rst"
        )
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
    page="|".join(PAGES),


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
    """Return the files that the words of texts come from, none in regression."""
    files = ["data/inputs/lexicon.csv", "data/inputs/lexicon_phrases.csv"]
    return [] if world_of(wildcards).kind == "regression" else files


def files_of_examples(wildcards):
    """Return the files that a world's examples are read from, none if it makes them."""
    files = getattr(world_of(wildcards), "files", None)
    for split, path in files or []:
        if not os.path.isfile(path):  # Snakemake would not say which key
            where = f"worlds.{wildcards.world}.files.{split}"
            sys.exit(
                f"{where} = {path}: no such file; allowed: a .jsonl or .parquet file"
            )
    return [path for _, path in files or []]


def material_of(wildcards):
    """Return the part of a world's settings that its material depends on."""
    world = base_world_of(wildcards)
    if world.kind != "examples":
        return world
    return world.model_copy(
        update={"monitored": [], "packed": False, "reply_weight": 1.0}
    )


def base_world_of(wildcards):
    """Return the part of a world's settings that its bases depend on: not what runs alone need."""
    world = world_of(wildcards)
    if world.kind != "examples":
        return world
    return world.model_copy(update={"levels": [], "selected_on": 400})


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
            "data": stage.shares,
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


def recipe_parts(run):
    """Return what a run in a world of examples is tuned by: its recipe, and the trainings of that."""
    recipe = CONFIG.recipe_of(run)
    names = {stage.training for stage in recipe.stages if stage.training}
    return {
        "recipe": recipe,
        "trainings": {name: CONFIG.trainings[name] for name in names},
    }


def merged_weights(wildcards):
    """Return the weights of the runs that a run merges, in the order of their recipes' names."""
    runs = CONFIG.runs_merged(wildcards.run)
    runs.sort(key=lambda run: CONFIG.runs[run].recipe)
    return [f"data/runs/{run}/{wildcards.seed}/model.safetensors" for run in runs]


def adapters_of(wildcards):
    """Return the folder of a run's soft prompts and LoRA; none of a base."""
    folder = f"data/runs/{wildcards.model}/{wildcards.seed}/adapters"
    return [folder] if wildcards.kind == "runs" else []


def levels_of(wildcards):
    """Return the file of a run's checkpoints at the world's levels; none of a base."""
    path = f"data/runs/{wildcards.model}/{wildcards.seed}/levels.safetensors"
    return [path] if wildcards.kind == "runs" else []


def opened_files(wildcards):
    """Return the files of a base that is a model in a folder; those on the hub are fetched."""
    try:
        return files_of(
            CONFIG.bases[wildcards.base].model, f"bases.{wildcards.base}.model"
        )
    except EunoeError as error:
        sys.exit(str(error))  # Snakemake would print a traceback of the rule


def tuned_by_recipes(probe):
    """Return a probe whose runs are tuned by recipes, none if they are not."""
    return [probe] if CONFIG.probes[probe].kind == "examples" else []


def trained_curves(wildcards):
    """Return the training curves of the models of a text probe."""
    if tuned_by_recipes(wildcards.probe):
        return recorded("curve", [wildcards.probe])
    return curves_of(wildcards)


def design_of(probe):
    """Return how the items of a text probe belong together."""
    return DESIGN if CONFIG.probes[probe].kind == "language" else Design()


def recipes_probes():
    """Return the names of the probes that play a part in the recipes chapter."""
    parts = [RECIPES.retention, RECIPES.abilities] if RECIPES else []
    return list(dict.fromkeys(name for name in parts if name))


def runs_of_probes(probes):
    """Return the base of each run that probes measure."""
    names = dict.fromkeys(
        run for probe in probes for run in CONFIG.runs_measured(probe)
    )
    return {name: CONFIG.runs[name].base for name in names}


def deployments(probes):
    """Return for which sources the soft prompt or LoRA of each run that probes measure is attached."""
    return deployments_of(
        {name: CONFIG.recipe_of(name) for name in runs_of_probes(probes)}
    )


def recorded(table, probes):
    """Return the tables of that name which tuning the runs that probes measure has left."""
    return expand(
        f"data/runs/{{run}}/{{seed}}/{table}.parquet",
        run=runs_of_probes(probes),
        seed=CONFIG.seeds,
    )


def weights_of_bases(probes):
    """Return the weights of each base that probes measure, of the first seed: sizes are alike."""
    bases = dict.fromkeys(
        name for probe in probes for kind, name in models_of(probe) if kind == "bases"
    )
    return [f"data/bases/{base}/{CONFIG.seeds[0]}/model.safetensors" for base in bases]


def recipes_target():
    """Return the source that the recipes chapter's recipes are for."""
    return CONFIG.probes[RECIPES.retention].target


def same_format(probe):
    """Return the sources whose answers have the format of the target, if the probe is the chapter's."""
    chosen = RECIPES and RECIPES.retention == probe and RECIPES.same_format
    return [chosen] if chosen else []


def rehearsed(probe):
    """Return the held-out sources that recipes may train on, if the probe is the chapter's."""
    return RECIPES.rehearsed if RECIPES and RECIPES.retention == probe else []


def levels_in(probe):
    """Return the target scores at which a probe's world keeps checkpoints."""
    return getattr(CONFIG.worlds[CONFIG.probes[probe].world], "levels", [])


def prompts_monitored(probes):
    """Return how many validation examples of each source the last stage of runs is measured on."""
    return {
        run: CONFIG.trainings[stage.training].monitor_prompts
        for run in runs_of_probes(probes)
        if (stage := CONFIG.recipe_of(run).stages[-1]).training
    }


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


def replies_of(probes):
    """Return the tables of replies of all seeds and models of text probes."""
    tables = {"language": "outcomes", "examples": "scores"}
    return [
        f"data/probes/{probe}/{seed}/{kind}/{name}/{tables[CONFIG.probes[probe].kind]}.parquet"
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


def tuned_in():
    """Return the language of each of these runs that is tuned in one."""
    found = {name: CONFIG.tuned_in(name) for name in language_runs()}
    return {name: language for name, language in found.items() if language}


def for_chapters(pattern):
    """Return an input function: a path for each chapter of a page."""
    return lambda w: [
        pattern.format(chapter=chapter) for chapter in CHAPTERS_OF[w.page]
    ]


def for_figures(pattern):
    """Return an input function: a path for each figure of each chapter of a page, in its order."""
    return lambda w: [
        pattern.format(chapter=chapter, figure=figure)
        for chapter in CHAPTERS_OF[w.page]
        for figure in FIGURES_OF[chapter]
    ]


def for_probes(kind, table):
    """Return an input function: a table of each probe of a kind, if the page is about that kind."""
    return lambda w: [
        f"reports/tables/{probe}/{table}.parquet"
        for probe in CONFIG.probes_of(kind)
        if kind in PAGES[w.page]
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


def config_of_page(page):
    """Return the part of the configuration that a page is about; audits have pages of their own.

    What several labs may share, such as trainings, is there unless another lab alone uses it.
    """
    kinds = PAGES[page]
    others = [kind for kind in sum(PAGES.values(), ()) if kind not in kinds]
    bases = sum(map(CONFIG.bases_of, others), [])
    runs = sum(map(CONFIG.runs_of, others), [])
    left_out = parts_behind(bases, runs)
    for section, kept in parts_behind(
        *(sum(map(find, kinds), []) for find in (CONFIG.bases_of, CONFIG.runs_of))
    ).items():
        left_out[section] -= kept
    left_out |= {
        "worlds": set(sum(map(CONFIG.worlds_of, others), [])),
        "bases": set(bases),
        "runs": set(runs),
        "probes": set(sum(map(CONFIG.probes_of, others), [])),
        "chapters": {name for name, _ in CONFIG.chapters} - set(CHAPTERS_OF[page]),
        "figures": {
            figure
            for chapter in FIGURES_OF
            if not chapter_on(page, chapter)
            for figure in FIGURES_OF[chapter]
        },
    }
    values = CONFIG.model_dump(mode="json", exclude={"audits"})
    for section, names in left_out.items():
        values[section] = {
            name: value for name, value in values[section].items() if name not in names
        }
    return values


def chapter_on(page, chapter):
    """Tell whether a page is the one that a chapter belongs to."""
    return (page == "recipes") == (chapter == "recipes")


def parts_behind(bases, runs):
    """Return, by section, what bases and runs are made with."""
    bases = [CONFIG.bases[name] for name in bases]
    recipes = {CONFIG.runs[name].recipe for name in runs}
    stages = [stage for name in recipes for stage in CONFIG.recipes[name].stages]
    return {
        "networks": {base.network for base in bases},
        "trainings": {part.training for part in (*bases, *stages)},
        "recipes": recipes,
    }


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


def probes_on(page):
    """Return the names of the probes of the kinds that a page is about."""
    return [name for name, probe in CONFIG.probes.items() if probe.kind in PAGES[page]]


def used(page, kind):
    """Return the names of the bases, or runs, that a probe on a page measures."""
    models = {model for probe in probes_on(page) for model in models_of(probe)}
    return sorted(name for group, name in models if group == kind)


def networks_of(wildcards):
    """Return the records of how each base on a page was made."""
    return expand(
        "data/bases/{base}/{seed}/network.json",
        base=used(wildcards.page, "bases"),
        seed=CONFIG.seeds,
    )


def benchmarks(wildcards):
    """Return the benchmark files of every job but the page's own."""
    page, folder = wildcards.page, "data/benchmarks"
    probes = probes_on(page)
    drawn = [name for name in probes if CONFIG.probes[name].kind != "examples"]
    made = [
        *(
            f"worlds/{name}"
            for name in {CONFIG.probes[probe].world for probe in probes}
        ),
        *(f"bases/{name}" for name in used(page, "bases")),
        *(f"runs/{name}" for name in used(page, "runs")),
        *(f"probes/{name}/prompts" for name in drawn),
        *(
            f"probes/{probe}/{kind}.{name}"
            for probe in probes
            for kind, name in models_of(probe)
        ),
        *(
            f"probes/{probe}/ideals"
            for probe in probes
            if CONFIG.probes[probe].kind == "regression"
        ),
    ]
    return (
        expand(f"{folder}/{{made}}.{{seed}}.tsv", made=sorted(made), seed=CONFIG.seeds)
        + expand(f"{folder}/render/tables.{{probe}}.tsv", probe=probes)
        + expand(f"{folder}/render/claims.{{chapter}}.tsv", chapter=CHAPTERS_OF[page])
        + for_figures(f"{folder}/render/figures/{{chapter}}.{{figure}}.tsv")(wildcards)
    )
