"""render: tables with intervals, the claims ledger, figures and the report.

needs   data/probes/{probe}/{seed}/**/*.parquet, data/{bases,runs}/{model}/{seed}/curve.parquet
makes   reports/tables/{probe}/{errors,mean_errors,task_weights,forgetting,curves}.parquet in regression
        reports/tables/{probe}/{scores,changes,curves,costs,mixtures,checkpoints,equal_target}.parquet
            of a text probe
        reports/tables/{chapter}.claims.parquet
        reports/tables/{chapter}.published.parquet of the language chapter
        reports/figures/{chapter}/{figure}.{png,svg}
        reports/{page}.html, the pages report (regression and language) and recipes
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
            f"eunoe.labs.{w.chapter}.claims",
            chapter=w.chapter,
            world=CONFIG.worlds[CONFIG.probes[REGRESSION.probe].world],
            parts=REGRESSION,
            tuned_base=(
                CONFIG.runs[REGRESSION.tuned].base if REGRESSION.tuned else None
            ),
            tuned_alpha=(
                base_of("runs", REGRESSION.tuned).alpha if REGRESSION.tuned else None
            ),
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
            f"eunoe.labs.{w.chapter}.figures.{w.figure}",
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


rule render_text_tables:
    """Aggregate what the text probe {probe} measured over items and seeds, with intervals."""
    input:
        replies=lambda w: replies_of([w.probe]),
        curves=trained_curves,
        costs=lambda w: recorded("costs", tuned_by_recipes(w.probe)),
        mixtures=lambda w: recorded("mixture", tuned_by_recipes(w.probe)),
    output:
        scores="reports/tables/{probe}/scores.parquet",
        changes="reports/tables/{probe}/changes.parquet",
        curves="reports/tables/{probe}/curves.parquet",
        costs="reports/tables/{probe}/costs.parquet",
        mixtures="reports/tables/{probe}/mixtures.parquet",
        checkpoints="reports/tables/{probe}/checkpoints.parquet",
        equal_target="reports/tables/{probe}/equal_target.parquet",
    log:
        "data/logs/render/tables.{probe}.log",
    benchmark:
        "data/benchmarks/render/tables.{probe}.tsv"
    wildcard_constraints:
        probe=one_of(TEXT_PROBES),
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_text_tables",
            probe=w.probe,
            design=design_of(w.probe),
            runs=runs_of_probes([w.probe]),
            deployments=deployments(tuned_by_recipes(w.probe)),
            target=getattr(CONFIG.probes[w.probe], "target", None),
            same_format=same_format(w.probe),
            rehearsed=rehearsed(w.probe),
            levels=levels_in(w.probe),
            bootstrap=CONFIG.bootstrap,
        ),
    shell:
        """
        python -m eunoe.stages.render_text_tables \
            --settings {params.settings:q} \
            --replies {input.replies:q} \
            --curves {input.curves:q} \
            --costs {input.costs:q} \
            --mixtures {input.mixtures:q} \
            --scores-table {output.scores:q} \
            --changes-table {output.changes:q} \
            --curves-table {output.curves:q} \
            --costs-table {output.costs:q} \
            --mixtures-table {output.mixtures:q} \
            --checkpoints-table {output.checkpoints:q} \
            --equal-target-table {output.equal_target:q} \
            --log {log:q}
        """


rule render_language_claims:
    """Judge every claim of the chapter {chapter} over the item rows of its probes."""
    input:
        outcomes=lambda w: replies_of(language_probes()),
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
            tuned_in=tuned_in(),
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
            table=TEXT_TABLES,
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
            f"eunoe.labs.{w.chapter}.figures.{w.figure}",
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


rule render_recipes_claims:
    """Judge every claim of the chapter {chapter} over the rows of its probes."""
    input:
        scores=lambda w: replies_of(recipes_probes()),
        curves=lambda w: recorded("curve", recipes_probes()),
        costs=lambda w: recorded("costs", recipes_probes()),
        mixtures=lambda w: recorded("mixture", recipes_probes()),
        weights=lambda w: weights_of_bases(recipes_probes()),
    output:
        claims="reports/tables/{chapter}.claims.parquet",
    log:
        "data/logs/render/claims.{chapter}.log",
    benchmark:
        "data/benchmarks/render/claims.{chapter}.tsv"
    wildcard_constraints:
        chapter="recipes",
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_recipes_claims",
            chapter=w.chapter,
            parts=RECIPES,
            target=recipes_target(),
            runs=runs_of_probes(recipes_probes()),
            deployments=deployments(recipes_probes()),
            monitored=prompts_monitored(recipes_probes()),
            levels=levels_in(RECIPES.retention),
            bootstrap=CONFIG.bootstrap,
        ),
    shell:
        """
        python -m eunoe.stages.render_recipes_claims \
            --settings {params.settings:q} \
            --scores {input.scores:q} \
            --curves {input.curves:q} \
            --costs {input.costs:q} \
            --mixtures {input.mixtures:q} \
            --weights {input.weights:q} \
            --claims {output.claims:q} \
            --log {log:q}
        """


rule render_recipes_figure:
    """Draw figure {figure} of the chapter {chapter}."""
    input:
        tables=lambda w: expand(
            "reports/tables/{probe}/{table}.parquet",
            probe=recipes_probes(),
            table=TEXT_TABLES,
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
        chapter="recipes",
        figure=one_of(FIGURES_OF["recipes"]),
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_recipes_figure",
            f"eunoe.labs.{w.chapter}.figures.{w.figure}",
            name=w.figure,
            parts=RECIPES,
            target=recipes_target(),
            runs=runs_of_probes(recipes_probes()),
            figure=getattr(CONFIG.figures, w.figure),
            style=CONFIG.style,
        ),
    shell:
        """
        python -m eunoe.stages.render_recipes_figure \
            --settings {params.settings:q} \
            --tables {input.tables:q} \
            --png {output.png:q} \
            --svg {output.svg:q} \
            --log {log:q}
        """


rule render_report:
    """Put claims, figures and how they were made into one file, page {page}, that needs no other."""
    input:
        template="src/eunoe/report/page.html",
        claims=for_chapters("reports/tables/{chapter}.claims.parquet"),
        mean_errors=for_probes("regression", "mean_errors"),
        accuracies=for_probes("language", "scores"),
        published=lambda w: (
            ["reports/tables/language.published.parquet"]
            if "language" in CHAPTERS_OF[w.page]
            else []
        ),
        scores=for_probes("examples", "scores"),
        costs=for_probes("examples", "costs"),
        mixtures=for_probes("examples", "mixtures"),
        equal_target=for_probes("examples", "equal_target"),
        weights=lambda w: (
            weights_of_bases(probes_on("recipes")) if w.page == "recipes" else []
        ),
        networks=networks_of,
        figures=for_figures("reports/figures/{chapter}/{figure}.svg"),
        captions=for_figures("src/eunoe/labs/{chapter}/captions/{figure}.rst"),
        benchmarks=benchmarks,
    output:
        report="reports/{page}.html",
    log:
        "data/logs/render/{page}.log",
    benchmark:
        "data/benchmarks/render/{page}.tsv"
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_report", page=w.page, config=config_of_page(w.page)
        ),
    shell:
        """
        python -m eunoe.stages.render_report \
            --settings {params.settings:q} \
            --template {input.template:q} \
            --claims {input.claims:q} \
            --mean-errors {input.mean_errors:q} \
            --accuracies {input.accuracies:q} \
            --published {input.published:q} \
            --scores {input.scores:q} \
            --costs {input.costs:q} \
            --mixtures {input.mixtures:q} \
            --equal-target {input.equal_target:q} \
            --weights {input.weights:q} \
            --networks {input.networks:q} \
            --figures {input.figures:q} \
            --captions {input.captions:q} \
            --benchmarks {input.benchmarks:q} \
            --report {output.report:q} \
            --log {log:q}
        """
