"""The files, settings and names that a job needs, from the validated configuration."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from eunoe.config.study import Study
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.config.worlds.text import NOTHING
from eunoe.errors import EunoeError
from eunoe.recipes.adapter_scope import adapter_scope_of, adapter_scopes_of
from eunoe.transforms import modules_behind
from eunoe.workflow.configuration import load, modules_of
from eunoe.workflow.params import or_exit
from eunoe.worlds.text.checkpoints import files_of
from eunoe.worlds.text.formats.registry import modules_behind as modules_behind_formats

Wildcards = Any
"""Snakemake's: an attribute for each wildcard."""

TABLES = {
    "regression": ("errors", "mean_errors", "task_weights", "forgetting", "curves"),
    "text": ("scores", "changes", "curves", "costs", "mixtures", "checkpoints", "equal_target"),
}
"""Tables of estimates by kind of probe."""
ITEM_TABLES = {"regression": ("answers", "task_weights"), "text": ("replies",)}
"""Tables that evaluating a model writes, by kind of probe."""
MARKERS = "data/inputs/refusal_markers.csv"
"""The file of words that mark refusals."""
SHIPPED = [f"data/inputs/{name}.csv" for name in ("sentences", "nli", "phrases")]
"""The files of the texts of shipped tasks."""
MODEL_FILES = ("model.safetensors", "config.json", "tokenizer.json")
"""The files from which a model of text is opened."""
TUNING_TABLES = {"regression": (), "text": ("curve", "costs", "mixture")}
"""Tables that tuning writes for claims, by kind of probe."""


class Plan:
    """Answers to everything that the rules need from the configuration."""

    @or_exit
    def __init__(self, values: Mapping[str, Any], root: str) -> None:
        """Take the configuration as Snakemake has it, and the folder of the Snakefile."""
        self.root = Path(root)
        self.config = load(values)
        self.labs = {name: lab for name, lab in self.config.labs if lab is not None}

    # worlds

    def world_name(self, w: Wildcards) -> str:
        """Return the name of a job's world, from whichever wildcard determines it."""
        names = dict(w.items())
        if "world" in names:
            return str(names["world"])
        if "probe" in names:
            return self.config.probes[names["probe"]].world
        base = self.config.runs[names["run"]].base if "run" in names else names["base"]
        return self.config.bases[base].world

    def world(self, w: Wildcards) -> Any:
        """Return the settings of that world."""
        return self.config.worlds[self.world_name(w)]

    def world_table(self, w: Wildcards) -> str:
        """Return the table of that world, for the job's seed."""
        return f"data/worlds/{self.world_name(w)}/{w.seed}/world.parquet"

    def base_world(self, w: Wildcards) -> Any:
        """Return the part of a world's settings that its bases depend on."""
        world = self.world(w)
        if isinstance(world, RegressionWorld):
            return world
        return world.model_copy(update={"levels": [], "selected_on": 400})

    def material(self, w: Wildcards) -> Any:
        """Return the part of a world's settings that its table depends on."""
        world = self.base_world(w)
        if isinstance(world, RegressionWorld):
            return world
        beside = [source for source in world.monitored if source not in world.made]
        return world.model_copy(update={"monitored": beside, "reply_weight": 1.0})

    def lexicon(self, w: Wildcards) -> list[str]:
        """Return the files that the words of texts come from, none in regression."""
        files = ["data/inputs/lexicon.csv", "data/inputs/lexicon_phrases.csv"]
        return [] if isinstance(self.world(w), RegressionWorld) else files

    @or_exit
    def item_files(self, w: Wildcards) -> list[str]:
        """Return the files that a world's items are read from, none if it makes them."""
        files = getattr(self.world(w), "files", None)
        for split, path in files or []:
            if not os.path.isfile(path):  # Snakemake would not say which key
                where = f"worlds.{w.world}.files.{split} = {path}"
                raise EunoeError(f"{where}: no such file; allowed: a .jsonl or .parquet file")
        return [path for _, path in files or []]

    # models

    def pretrained_text_bases(self) -> list[str]:
        """Return the names of the bases of text that are pretrained."""
        of_text = self.config.bases_of("text")
        return [name for name in of_text if self.config.bases[name].model is None]

    def made(self, study: Study) -> list[str]:
        """Return the folders of a study's bases and runs, without existing models."""
        models = [("bases", name) for name in study.bases] + [("runs", name) for name in study.runs]
        return [f"{kind}/{name}" for kind, name in models if not study.checkpoint(kind, name)]

    def tuned_text_runs(self) -> list[str]:
        """Return the names of the runs of text that a recipe makes."""
        of_text = self.config.runs_of("text")
        return [name for name in of_text if self.config.runs[name].recipe]

    @or_exit
    def files_of_model(self, kind: str, model: str, seed: str) -> list[str]:
        """Return the files that a base or a run of text is opened from.

        For an existing model these are its own files; those of a hub id are downloaded by the job.
        """
        if checkpoint := self.config.checkpoint(kind, model):
            return files_of(checkpoint, self.config.key_of_model(kind, model))
        return [f"data/{kind}/{model}/{seed}/{name}" for name in MODEL_FILES]

    def model_files(self, w: Wildcards) -> list[str]:
        """Return the files of the model that a job evaluates."""
        return self.files_of_model(w.kind, w.model, w.seed)

    def base_files(self, w: Wildcards) -> list[str]:
        """Return the files of the base that a run of text starts from."""
        return self.files_of_model("bases", self.config.runs[w.run].base, w.seed)

    def network(self, kind: str, model: str) -> Any:
        """Return the shape of a base's or a run's network."""
        name = self.config.bases[self.config.base_of(kind, model)].network
        return self.config.networks[name] if name else None

    def phases(self, run: str) -> list[dict[str, Any]]:
        """Return the phases of training that a run's recipe describes."""
        return [
            {
                "name": f"finetune.{index}",
                "data": stage.shares,
                "training": self.config.trainings[stage.training or ""],
            }
            for index, stage in enumerate(self.config.recipe_of(run).stages)
        ]

    def trainings(self, run: str) -> dict[str, Any]:
        """Return the trainings that the stages of a run's recipe name."""
        names = {stage.training for stage in self.config.recipe_of(run).stages if stage.training}
        return {name: self.config.trainings[name] for name in names}

    def base_file(self, name: str) -> Callable[[Wildcards], str]:
        """Return an input function: a file of the base that a run starts from."""
        return lambda w: f"data/bases/{self.config.runs[w.run].base}/{w.seed}/{name}"

    def merged_weights(self, w: Wildcards) -> list[str]:
        """Return the weights of the runs that a run merges, ordered by the names of recipes."""
        merged = dict(
            zip(self.config.recipe_of(w.run).merged, self.config.runs_merged(w.run), strict=True)
        )
        runs = [merged[recipe] for recipe in sorted(merged)]
        return [f"data/runs/{run}/{w.seed}/model.safetensors" for run in runs]

    def of_recipe(self, name: str) -> Callable[[Wildcards], list[str]]:
        """Return an input function: a file that tuning writes for a run of text, else none."""
        file = f"data/runs/{{}}/{{}}/{name}"

        def of_run(w: Wildcards) -> list[str]:
            tuned = w.kind == "runs" and self.config.runs[w.model].recipe
            return [file.format(w.model, w.seed)] if tuned else []

        return of_run

    # probes

    def items_world(self, w: Wildcards) -> Any:
        """Return the world's settings that a probe's items depend on: none for given texts."""
        return NOTHING if self.config.texts_of(w.probe) else self.material(w)

    def items_code(self, w: Wildcards) -> str:
        """Return the module that makes a probe's items, which the stage imports by name."""
        given = ".given" if self.config.texts_of(w.probe) else ""
        return f"eunoe.worlds.{self.world(w).kind}{given}.items"

    def material_of_items(self, w: Wildcards) -> list[str]:
        """Return the table that a probe's items are taken from, none for given texts."""
        return [] if self.config.texts_of(w.probe) else [self.world_table(w)]

    def texts_of_items(self, w: Wildcards) -> list[str]:
        """Return the files of texts that a probe's items are made of."""
        texts = self.config.texts_of(w.probe)
        return [*SHIPPED, *self.texts_of_replies(w)] if texts else self.lexicon(w)

    def texts_of_replies(self, w: Wildcards) -> list[str]:
        """Return the files of texts that evaluating and scoring a text probe reads."""
        texts = self.config.texts_of(w.probe)
        if texts is None:
            return self.lexicon(w)
        return [MARKERS, *(entry.file for entry in texts.prompts)]

    def asking_code(self, probe: str) -> list[str]:
        """Return the modules that evaluate and score a text probe, imported by name."""
        transforms = modules_behind(self.config.probes[probe].transforms)
        if self.config.texts_of(probe) is None:
            return [*transforms, *modules_behind_formats()]
        formats = modules_behind_formats(["option", "refusal"])
        return [*transforms, *formats, "eunoe.worlds.text.given.asking"]

    def adapter_scope(self, w: Wildcards) -> Any:
        """Return the scope of a run's adapters, None for a base or a run without any."""
        return adapter_scope_of(self.config.recipe_of(w.model)) if w.kind == "runs" else None

    def mixture_alphas(self, probe: str) -> list[float]:
        """Return the alphas of ideal mixtures: those asked for, and those of the world's bases."""
        settings: Any = self.config.probes[probe]
        bases = self.config.bases_in(settings.world)
        alphas = [self.config.bases[base].alpha for base in bases]
        own = [alpha for alpha in alphas if alpha is not None and 0 < alpha < 1]
        return sorted({*own, *settings.mixture_alphas})

    def per_seed(self, *names: str) -> list[str]:
        """Return paths in data/ with {seed} filled in, the seeds of one name together."""
        return [f"data/{name}".format(seed=seed) for name in names for seed in self.config.seeds]

    def trained(
        self, probe: str, table: str, kinds: Iterable[str] = ("bases", "runs")
    ) -> list[str]:
        """Return a table that training writes for each model that a probe measures."""
        models = [
            (kind, name)
            for kind, name in self.config.models_of(probe)
            if kind in kinds and not self.config.checkpoint(kind, name)
        ]
        return self.per_seed(*(f"{kind}/{name}/{{seed}}/{table}.parquet" for kind, name in models))

    def measured(self, probe: str, table: str, ideals: bool = False) -> list[str]:
        """Return an item-level table of each model that a probe measures, with ideals if asked."""
        models = ["/".join(model) for model in self.config.models_of(probe)]
        folders = [*models, "ideals"] if ideals else models
        return [
            f"data/probes/{probe}/{seed}/{folder}/{table}.parquet"
            for seed in self.config.seeds
            for folder in folders
        ]

    def tuned(self, probe: str, table: str) -> list[str]:
        """Return a table that tuning writes for each run that a probe measures."""
        return self.trained(probe, table, ["runs"])

    def adapter_scopes(self, probe: str) -> dict[str, Any]:
        """Return the scopes of the adapters of the runs that a text probe measures."""
        runs = self.config.runs_measured(probe)
        return adapter_scopes_of({run: self.config.recipe_of(run) for run in runs})

    def ideal_likelihoods(self, probe: str) -> list[str]:
        """Return the likelihoods of a regression probe's prompts."""
        return self.per_seed(f"probes/{probe}/{{seed}}/ideals/likelihoods.parquet")

    # labs

    def study(self, lab: str) -> Study:
        """Return the part of the configuration that a lab's figures and page are about."""
        return self.part(self.labs[lab].probes)

    def judged(self, lab: str) -> Study:
        """Return the part of the configuration that a lab's claims are about."""
        return self.part(name for name in self.labs[lab].own_probes if name)

    def part(self, probes: Iterable[str]) -> Study:
        """Return the study of some probes, with every ideal mixture that is evaluated."""
        study = self.config.part(probes)
        asked = {
            name: probe.model_copy(update={"mixture_alphas": self.mixture_alphas(name)})
            if probe.kind == "regression"
            else probe
            for name, probe in study.probes.items()
        }
        return study.model_copy(update={"probes": asked})

    def transforms(self, lab: str) -> list[Any]:
        """Return the transforms of a lab's probes, which reading its study imports."""
        return [entry for probe in self.study(lab).probes.values() for entry in probe.transforms]

    def parts(self, lab: str, *left_out: str) -> dict[str, Any]:
        """Return a lab's settings without its figures, and without other keys that are left out."""
        excluded = {"figures", *left_out}
        found: dict[str, Any] = self.labs[lab].model_dump(mode="json", exclude=excluded)
        return found

    def figures(self, lab: str) -> list[str]:
        """Return the names of a lab's figures, in the order of its page."""
        return [name for name, _ in self.labs[lab].figures]

    def targets(self) -> dict[str, list[str]]:
        """Return the pages that each target asks for: all, a lab's name, audit."""
        pages = {lab: [f"reports/{lab}.html"] for lab in self.labs}
        default = [page for lab in self.config.default_labs for page in pages[lab]]
        audits = [f"reports/audits/{audit}/index.html" for audit in self.config.audits]
        return {"all": default, **pages, "audit": audits}

    def figure_names(self) -> list[str]:
        """Return the names of the figures of all labs."""
        return [name for lab in self.labs for name in self.figures(lab)]

    def results(self, lab: str) -> list[str]:
        """Return all tables of evaluation and training that a lab's claims judge."""
        found = []
        study = self.judged(lab)
        for probe, settings in study.probes.items():
            for table in ITEM_TABLES[settings.kind]:
                found += self.measured(probe, table, ideals=settings.kind == "regression")
            if settings.kind == "regression":
                found += self.ideal_likelihoods(probe)
            for table in TUNING_TABLES[settings.kind]:
                found += self.tuned(probe, table)
        return list(dict.fromkeys(found)) + self.weights(study)

    def weights(self, study: Study) -> list[str]:
        """Return the weights of each base of text, of one seed, as all seeds have the same size."""
        bases = [name for name in study.bases_of("text") if not study.bases[name].model]
        return [f"data/bases/{base}/{self.config.seeds[0]}/model.safetensors" for base in bases]

    def estimates(self, lab: str) -> list[str]:
        """Return the tables of estimates of a lab's probes."""
        return [
            f"reports/tables/{probe}/{table}.parquet"
            for probe in self.labs[lab].probes
            for table in TABLES[self.config.probes[probe].kind]
        ]

    def published(self, lab: str) -> list[str]:
        """Return the file of published numbers if a lab has some."""
        return ["data/inputs/published.csv"] if "published" in self.modules(lab) else []

    def modules(self, lab: str) -> list[str]:
        """Return the names of the modules in a lab's folder."""
        return [module.name for module in modules_of(lab)]

    def lab_code(self, lab: str, *names: str) -> list[str]:
        """Return the existing modules of a lab that a stage imports by name."""
        return [
            f"eunoe.labs.{lab}.{name}" for name in names if name.split(".")[0] in self.modules(lab)
        ]

    def captions(self) -> dict[str, dict[str, str]]:
        """Return the caption of each figure of each lab."""
        return {
            lab: {
                figure: (self.root / self.caption(lab, figure)).read_text()
                for figure in self.figures(lab)
            }
            for lab in self.labs
        }

    def caption(self, lab: str, figure: str) -> str:
        """Return the file of a figure's caption."""
        return f"src/eunoe/labs/{lab}/captions/{figure}.rst"

    def networks(self, lab: str) -> list[str]:
        """Return the records of how each base and run of a lab was made."""
        made = self.made(self.study(lab))
        return self.per_seed(*(f"{name}/{{seed}}/network.json" for name in made))

    def benchmarks(self, lab: str) -> list[str]:
        """Return the benchmark files of every job but the page's own."""
        study = self.study(lab)
        made = [*(f"worlds/{name}" for name in study.worlds), *self.made(study)]
        for name, probe in study.probes.items():
            made += [f"probes/{name}/{kind}.{model}" for kind, model in study.models_of(name)]
            made.append(f"probes/{name}/items")
            if probe.kind == "regression":
                made.append(f"probes/{name}/ideals")
        rendered = [
            *(f"tables.{name}" for name in study.probes),
            f"claims.{lab}",
            *(f"figures/{lab}.{figure}" for figure in self.figures(lab)),
        ]
        return self.per_seed(*(f"benchmarks/{name}.{{seed}}.tsv" for name in made)) + [
            f"data/benchmarks/render/{name}.tsv" for name in rendered
        ]
