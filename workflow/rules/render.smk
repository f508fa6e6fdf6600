"""render: tables with intervals, the claims ledger, figures and the report.

needs   data/probes/{probe}/{seed}/**/*.parquet, data/{bases,runs}/{model}/{seed}/curve.parquet
makes   reports/tables/{probe}/{errors,mean_errors,task_weights,forgetting,curves}.parquet in regression
        reports/tables/{probe}/{accuracies,changes,curves}.parquet in a language world
        reports/tables/{chapter}.claims.parquet
        reports/tables/{chapter}.published.parquet of the language chapter
        reports/figures/{chapter}/{figure}.{png,svg}
        reports/report.html
"""


rule render_tables:
    """Aggregate what probe {probe} measured over prompts and seeds, with intervals."""
    input:
        answers=measured("answers"),
        task_weights=measured("task_weights"),
        likelihoods=measured("likelihoods", models=False),
        curves=curves_of,
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
    wildcard_constraints:
        probe=one_of(CONFIG.probes_of("regression")),
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_tables",
            probe=w.probe,
            world=world_of(w),
            bootstrap=CONFIG.bootstrap,
            few=REGRESSION.few if REGRESSION else 1,
            bins=REGRESSION.bins if REGRESSION else 2,
            runs={
                name: {
                    "base": CONFIG.runs[name].base,
                    "bank": tuned_bank("runs", name),
                }
                for name in CONFIG.runs_in(CONFIG.probes[w.probe].world)
            },
        ),
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
    wildcard_constraints:
        chapter="regression",
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_claims",
            f"eunoe.claims.{w.chapter}",
            chapter=w.chapter,
            world=CONFIG.worlds[CONFIG.probes[REGRESSION.probe].world],
            parts=REGRESSION,
            tuned_base=(
                CONFIG.runs[REGRESSION.tuned].base if REGRESSION.tuned else None
            ),
            tuned_alpha=(
                base_of("runs", REGRESSION.tuned).alpha if REGRESSION.tuned else None
            ),
            seeds=CONFIG.seeds,
            bootstrap=CONFIG.bootstrap,
        ),
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
        tables=expand(
            "reports/tables/{probe}/{table}.parquet",
            probe=CONFIG.probes_of("regression"),
            table=TABLES,
        ),
    output:
        png=report(
            "reports/figures/{chapter}/{figure}.png",
            caption="../report/figure.rst",
            category="{chapter}",
            labels={"figure": "{figure}"},
        ),
        svg="reports/figures/{chapter}/{figure}.svg",
    log:
        "data/logs/render/figures/{chapter}.{figure}.log",
    benchmark:
        "data/benchmarks/render/figures/{chapter}.{figure}.tsv"
    wildcard_constraints:
        chapter="regression",
        figure=one_of(FIGURES_OF["regression"]),
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_figure",
            f"eunoe.figures.{w.figure}",
            name=w.figure,
            world=CONFIG.worlds[CONFIG.probes[REGRESSION.probe].world],
            parts=REGRESSION,
            runs={
                name: CONFIG.runs[name].base for name in CONFIG.runs_of("regression")
            },
            alphas=compared_alphas(),
            figure=getattr(CONFIG.figures, w.figure),
            style=CONFIG.style,
        ),
    shell:
        """
        python -m eunoe.stages.render_figure \
            --settings {params.settings:q} \
            --tables {input.tables:q} \
            --png {output.png:q} \
            --svg {output.svg:q} \
            --log {log:q}
        """


rule render_language_tables:
    """Aggregate what the language probe {probe} measured over items and seeds, with intervals."""
    input:
        outcomes=lambda w: outcomes_of([w.probe]),
        curves=curves_of,
    output:
        accuracies="reports/tables/{probe}/accuracies.parquet",
        changes="reports/tables/{probe}/changes.parquet",
        curves="reports/tables/{probe}/curves.parquet",
    log:
        "data/logs/render/tables.{probe}.log",
    benchmark:
        "data/benchmarks/render/tables.{probe}.tsv"
    wildcard_constraints:
        probe=one_of(CONFIG.probes_of("language")),
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_language_tables",
            probe=w.probe,
            runs={
                name: CONFIG.runs[name].base for name in CONFIG.runs_measured(w.probe)
            },
            bootstrap=CONFIG.bootstrap,
        ),
    shell:
        """
        python -m eunoe.stages.render_language_tables \
            --settings {params.settings:q} \
            --outcomes {input.outcomes:q} \
            --curves {input.curves:q} \
            --accuracies-table {output.accuracies:q} \
            --changes-table {output.changes:q} \
            --curves-table {output.curves:q} \
            --log {log:q}
        """


rule render_language_claims:
    """Judge every claim of the chapter {chapter} over the item rows of its probes."""
    input:
        outcomes=lambda w: outcomes_of(language_probes()),
        numbers="data/inputs/published.csv",
    output:
        claims="reports/tables/{chapter}.claims.parquet",
        published="reports/tables/{chapter}.published.parquet",
    log:
        "data/logs/render/claims.{chapter}.log",
    benchmark:
        "data/benchmarks/render/claims.{chapter}.tsv"
    wildcard_constraints:
        chapter="language",
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_language_claims",
            chapter=w.chapter,
            parts=LANGUAGE,
            runs=language_runs(),
            seeds=CONFIG.seeds,
            bootstrap=CONFIG.bootstrap,
        ),
    shell:
        """
        python -m eunoe.stages.render_language_claims \
            --settings {params.settings:q} \
            --outcomes {input.outcomes:q} \
            --numbers {input.numbers:q} \
            --claims {output.claims:q} \
            --published {output.published:q} \
            --log {log:q}
        """


rule render_language_figure:
    """Draw figure {figure} of the chapter {chapter}."""
    input:
        tables=lambda w: expand(
            "reports/tables/{probe}/{table}.parquet",
            probe=language_probes(),
            table=LANGUAGE_TABLES,
        ),
    output:
        png=report(
            "reports/figures/{chapter}/{figure}.png",
            caption="../report/figure.rst",
            category="{chapter}",
            labels={"figure": "{figure}"},
        ),
        svg="reports/figures/{chapter}/{figure}.svg",
    log:
        "data/logs/render/figures/{chapter}.{figure}.log",
    benchmark:
        "data/benchmarks/render/figures/{chapter}.{figure}.tsv"
    wildcard_constraints:
        chapter="language",
        figure=one_of(FIGURES_OF["language"]),
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_language_figure",
            f"eunoe.figures.{w.figure}",
            name=w.figure,
            parts=LANGUAGE,
            runs=language_runs(),
            figure=getattr(CONFIG.figures, w.figure),
            style=CONFIG.style,
        ),
    shell:
        """
        python -m eunoe.stages.render_language_figure \
            --settings {params.settings:q} \
            --tables {input.tables:q} \
            --png {output.png:q} \
            --svg {output.svg:q} \
            --log {log:q}
        """


rule render_report:
    """Put claims, figures and how they were made into one file that needs no other."""
    input:
        template="src/eunoe/report/page.html",
        claims=expand("reports/tables/{chapter}.claims.parquet", chapter=CHAPTERS),
        mean_errors=expand(
            "reports/tables/{probe}/mean_errors.parquet",
            probe=CONFIG.probes_of("regression"),
        ),
        accuracies=expand(
            "reports/tables/{probe}/accuracies.parquet",
            probe=CONFIG.probes_of("language"),
        ),
        published="reports/tables/language.published.parquet" if LANGUAGE else [],
        networks=expand(
            "data/bases/{base}/{seed}/network.json",
            base=used("bases"),
            seed=CONFIG.seeds,
        ),
        figures=for_figures("reports/figures/{chapter}/{figure}.svg"),
        captions=for_figures("workflow/report/captions/{figure}.rst"),
        benchmarks=benchmarks,
    output:
        report="reports/report.html",
    log:
        "data/logs/render/report.log",
    benchmark:
        "data/benchmarks/render/report.tsv"
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=10,
    params:
        settings=canonical("eunoe.stages.render_report", config=config_of_labs()),
    shell:
        """
        python -m eunoe.stages.render_report \
            --settings {params.settings:q} \
            --template {input.template:q} \
            --claims {input.claims:q} \
            --mean-errors {input.mean_errors:q} \
            --accuracies {input.accuracies:q} \
            --published {input.published:q} \
            --networks {input.networks:q} \
            --figures {input.figures:q} \
            --captions {input.captions:q} \
            --benchmarks {input.benchmarks:q} \
            --report {output.report:q} \
            --log {log:q}
        """
