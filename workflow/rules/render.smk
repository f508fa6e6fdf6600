"""render: tables with intervals, the claims ledger, figures and the report.

needs   data/probes/{probe}/{seed}/**/*.parquet, data/{bases,runs}/{model}/{seed}/curve.parquet
makes   reports/tables/{probe}/{errors,mean_errors,task_weights,forgetting,curves}.parquet
        reports/tables/{chapter}.claims.parquet
        reports/figures/{chapter}/{figure}.{png,svg}
        reports/report.html
"""

CHAPTER = CONFIG.chapters.regression
CHAPTERS = ["regression"] if CHAPTER else []
FIGURES = list(type(CONFIG.figures).model_fields)
TABLES = ["errors", "mean_errors", "task_weights", "forgetting", "curves"]


wildcard_constraints:
    chapter="|".join(CHAPTERS) or "none",
    figure="|".join(FIGURES),


def models_of(probe):
    """Return kind/name of every base and run of a probe's world."""
    world = CONFIG.probes[probe].world
    bases = [f"bases/{name}" for name in CONFIG.bases_in(world)]
    return bases + [f"runs/{name}" for name in CONFIG.runs_in(world)]


def measured(table, models=True):
    """Return an input function: the tables of that name of all seeds and models of a probe."""

    def paths(wildcards):
        probe = getattr(wildcards, "probe", None) or CHAPTER.probe
        found = (models_of(probe) if models else []) + ["ideals"]
        return expand(
            f"data/probes/{probe}/{{seed}}/{{model}}/{table}.parquet",
            seed=CONFIG.seeds,
            model=found,
        )

    return paths


rule render_tables:
    """Aggregate what probe {probe} measured over prompts and seeds, with intervals."""
    input:
        answers=measured("answers"),
        task_weights=measured("task_weights"),
        likelihoods=measured("likelihoods", models=False),
        curves=lambda w: expand(
            "data/{model}/{seed}/curve.parquet", model=models_of(w.probe), seed=CONFIG.seeds
        ),
    output:
        errors="reports/tables/{probe}/errors.parquet",
        mean_errors="reports/tables/{probe}/mean_errors.parquet",
        task_weights="reports/tables/{probe}/task_weights.parquet",
        forgetting="reports/tables/{probe}/forgetting.parquet",
        curves="reports/tables/{probe}/curves.parquet",
    log:
        "data/logs/render/tables.{probe}.log",
    benchmark:
        "data/benchmarks/render/tables.{probe}.tsv"
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_tables",
            probe=w.probe,
            world=world_of(w),
            bootstrap=CONFIG.bootstrap,
            few=CHAPTER.few if CHAPTER else 1,
            bins=CHAPTER.bins if CHAPTER else 2,
            runs={
                name: {"base": CONFIG.runs[name].base, "bank": tuned_bank("runs", name)}
                for name in CONFIG.runs_in(CONFIG.probes[w.probe].world)
            },
        ),
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    conda:
        "../../envs/render.yaml"
    shell:
        """
        python -m eunoe.stages.render_tables \
            --settings {params.settings:q} \
            --answers {input.answers:q} \
            --task-weights {input.task_weights:q} \
            --likelihoods {input.likelihoods:q} \
            --curves {input.curves:q} \
            --errors-table {output.errors:q} \
            --mean-errors-table {output.mean_errors:q} \
            --task-weights-table {output.task_weights:q} \
            --forgetting-table {output.forgetting:q} \
            --curves-table {output.curves:q} \
            --log {log:q}
        """


rule render_claims:
    """Judge every claim of chapter {chapter} over the item rows of its probe."""
    input:
        answers=measured("answers"),
        task_weights=measured("task_weights"),
        likelihoods=measured("likelihoods", models=False),
    output:
        claims="reports/tables/{chapter}.claims.parquet",
    log:
        "data/logs/render/claims.{chapter}.log",
    benchmark:
        "data/benchmarks/render/claims.{chapter}.tsv"
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_claims",
            f"eunoe.claims.{w.chapter}",
            chapter=w.chapter,
            world=CONFIG.worlds[CONFIG.probes[CHAPTER.probe].world],
            parts=CHAPTER,
            tuned_base=CONFIG.runs[CHAPTER.tuned].base if CHAPTER.tuned else None,
            tuned_alpha=base_of("runs", CHAPTER.tuned).alpha if CHAPTER.tuned else None,
            seeds=CONFIG.seeds,
            bootstrap=CONFIG.bootstrap,
        ),
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    conda:
        "../../envs/render.yaml"
    shell:
        """
        python -m eunoe.stages.render_claims \
            --settings {params.settings:q} \
            --answers {input.answers:q} \
            --task-weights {input.task_weights:q} \
            --likelihoods {input.likelihoods:q} \
            --claims {output.claims:q} \
            --log {log:q}
        """


rule render_figure:
    """Draw figure {figure} of chapter {chapter}."""
    input:
        tables=expand("reports/tables/{probe}/{table}.parquet", probe=CONFIG.probes, table=TABLES),
    output:
        png=report(
            "reports/figures/{chapter}/{figure}.png",
            caption="../report/{figure}.rst",
            category="{chapter}",
            labels={"figure": "{figure}"},
        ),
        svg="reports/figures/{chapter}/{figure}.svg",
    log:
        "data/logs/render/figures/{chapter}.{figure}.log",
    benchmark:
        "data/benchmarks/render/figures/{chapter}.{figure}.tsv"
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_figure",
            f"eunoe.figures.{w.figure}",
            name=w.figure,
            world=CONFIG.worlds[CONFIG.probes[CHAPTER.probe].world],
            parts=CHAPTER,
            runs={name: run.base for name, run in CONFIG.runs.items()},
            alphas={
                name: CONFIG.bases[name].alpha
                for name in CONFIG.bases_in(CONFIG.probes[CHAPTER.probe].world)
            },
            figure=getattr(CONFIG.figures, w.figure),
            style=CONFIG.style,
        ),
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=10,
    conda:
        "../../envs/render.yaml"
    shell:
        """
        python -m eunoe.stages.render_figure \
            --settings {params.settings:q} \
            --tables {input.tables:q} \
            --png {output.png:q} \
            --svg {output.svg:q} \
            --log {log:q}
        """


def benchmarks(wildcards):
    """Return the benchmark files of every job but the report's."""
    return (
        expand("data/benchmarks/worlds/{world}.{seed}.tsv", world=used_worlds(), seed=CONFIG.seeds)
        + expand("data/benchmarks/bases/{base}.{seed}.tsv", base=used("bases"), seed=CONFIG.seeds)
        + expand("data/benchmarks/runs/{run}.{seed}.tsv", run=used("runs"), seed=CONFIG.seeds)
        + [
            f"data/benchmarks/probes/{probe}/{name}.{seed}.tsv"
            for probe in CONFIG.probes
            for seed in CONFIG.seeds
            for name in ["prompts", "ideals"] + [m.replace("/", ".") for m in models_of(probe)]
        ]
        + expand("data/benchmarks/render/tables.{probe}.tsv", probe=CONFIG.probes)
        + expand("data/benchmarks/render/claims.{chapter}.tsv", chapter=CHAPTERS)
        + expand(
            "data/benchmarks/render/figures/{chapter}.{figure}.tsv",
            chapter=CHAPTERS,
            figure=FIGURES,
        )
    )


def used(kind):
    """Return the names of the bases, or runs, that a probe measures."""
    models = {model for probe in CONFIG.probes for model in models_of(probe)}
    return sorted(name for group, name in (m.split("/") for m in models) if group == kind)


def used_worlds():
    """Return the names of the worlds that a probe works in."""
    return sorted({probe.world for probe in CONFIG.probes.values()})


rule render_report:
    """Put claims, figures and how they were made into one file that needs no other."""
    input:
        template="src/eunoe/report/page.html",
        claims=expand("reports/tables/{chapter}.claims.parquet", chapter=CHAPTERS),
        mean_errors=expand("reports/tables/{probe}/mean_errors.parquet", probe=CONFIG.probes),
        networks=expand("data/bases/{base}/{seed}/network.json", base=used("bases"), seed=CONFIG.seeds),
        figures=expand(
            "reports/figures/{chapter}/{figure}.svg", chapter=CHAPTERS, figure=FIGURES
        ),
        captions=expand("workflow/report/{figure}.rst", figure=FIGURES if CHAPTERS else []),
        benchmarks=benchmarks,
    output:
        report="reports/report.html",
    log:
        "data/logs/render/report.log",
    benchmark:
        "data/benchmarks/render/report.tsv"
    params:
        settings=canonical("eunoe.stages.render_report", config=CONFIG),
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=10,
    conda:
        "../../envs/render.yaml"
    shell:
        """
        python -m eunoe.stages.render_report \
            --settings {params.settings:q} \
            --template {input.template:q} \
            --claims {input.claims:q} \
            --mean-errors {input.mean_errors:q} \
            --networks {input.networks:q} \
            --figures {input.figures:q} \
            --captions {input.captions:q} \
            --benchmarks {input.benchmarks:q} \
            --report {output.report:q} \
            --log {log:q}
        """
