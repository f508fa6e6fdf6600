"""render: tables with intervals, the claims ledger, figures and the report.

needs   data/probes/{probe}/{seed}/**/*.parquet, data/{bases,runs}/{model}/{seed}/curve.parquet
makes   reports/tables/{probe}/{errors,mean_errors,task_weights,forgetting,curves}.parquet in regression
        reports/tables/{probe}/{scores,changes,curves,costs,mixtures,checkpoints,equal_target}.parquet
            of texts
        reports/tables/{lab}.{claims,published}.parquet
        reports/figures/{lab}/{figure}.{png,svg}
        reports/{lab}.html
        reports/audits/{audit}/verdicts.parquet, heatmap.{png,svg}, index.html
"""


rule render_tables:
    """Aggregate what probe {probe} measured over prompts and seeds, with intervals."""
    input:
        answers=lambda w: PLAN.measured(w.probe, "answers", ideals=True),
        task_weights=lambda w: PLAN.measured(w.probe, "task_weights", ideals=True),
        likelihoods=lambda w: PLAN.ideal_likelihoods(w.probe),
        curves=lambda w: PLAN.trained(w.probe, "curve"),
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
            world=PLAN.world(w),
            bootstrap=CONFIG.bootstrap,
            few=CONFIG.probes[w.probe].few,
            bins=CONFIG.probes[w.probe].bins,
            runs={
                name: {
                    "base": CONFIG.runs[name].base,
                    "bank": CONFIG.tuned_bank(name),
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


rule render_text_tables:
    """Aggregate what the text probe {probe} measured over items and seeds, with intervals."""
    input:
        questions=lambda w: PLAN.per_seed(f"probes/{w.probe}/{{seed}}/items.parquet"),
        replies=lambda w: PLAN.measured(w.probe, "replies"),
        curves=lambda w: PLAN.tuned(w.probe, "curve"),
        costs=lambda w: PLAN.tuned(w.probe, "costs"),
        mixtures=lambda w: PLAN.tuned(w.probe, "mixture"),
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
        probe=one_of(CONFIG.probes_of("text")),
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
            crossed=CONFIG.probes[w.probe].crossed,
            pools=CONFIG.probes[w.probe].pools,
            runs=CONFIG.part([w.probe]).base_of_runs,
            adapter_scopes=PLAN.adapter_scopes(w.probe),
            target=CONFIG.probes[w.probe].target,
            same_format=CONFIG.probes[w.probe].same_format,
            rehearsed=CONFIG.probes[w.probe].rehearsed,
            levels=PLAN.world(w).levels,
            bootstrap=CONFIG.bootstrap,
        ),
    shell:
        """
        python -m eunoe.stages.render_text_tables \
            --settings {params.settings:q} \
            --items {input.questions:q} \
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


rule render_claims:
    """Judge every claim of lab {lab} over the rows that its probes have left."""
    input:
        results=lambda w: PLAN.results(w.lab),
        numbers=lambda w: PLAN.published(w.lab),
    output:
        claims="reports/tables/{lab}.claims.parquet",
        published="reports/tables/{lab}.published.parquet",
    log:
        "data/logs/render/claims.{lab}.log",
    benchmark:
        "data/benchmarks/render/claims.{lab}.tsv"
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
            *modules_behind(PLAN.transforms(w.lab)),
            *PLAN.lab_code(w.lab, "settings", "claims", "evidence", "published"),
            lab=w.lab,
            parts=PLAN.parts(w.lab, "others"),
            study=PLAN.judged(w.lab),
            bootstrap=CONFIG.bootstrap,
        ),
    shell:
        """
        python -m eunoe.stages.render_claims \
            --settings {params.settings:q} \
            --results {input.results:q} \
            --numbers {input.numbers:q} \
            --claims {output.claims:q} \
            --published {output.published:q} \
            --log {log:q}
        """


rule render_figure:
    """Draw figure {figure} of lab {lab}."""
    input:
        tables=lambda w: PLAN.estimates(w.lab),
    output:
        png=report(
            "reports/figures/{lab}/{figure}.png",
            caption="../report/figure.rst",
            category="{lab}",
            labels={"figure": "{figure}"},
        ),
        svg="reports/figures/{lab}/{figure}.svg",
    log:
        "data/logs/render/figures/{lab}.{figure}.log",
    benchmark:
        "data/benchmarks/render/figures/{lab}.{figure}.tsv"
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
            *modules_behind(PLAN.transforms(w.lab)),
            *PLAN.lab_code(w.lab, "settings", "sources", f"figures.{w.figure}"),
            lab=w.lab,
            name=w.figure,
            parts=PLAN.parts(w.lab),
            study=PLAN.study(w.lab),
            figure=getattr(PLAN.labs[w.lab].figures, w.figure),
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


rule render_page:
    """Put claims, figures and how they were made into one file, the page of lab {lab}."""
    input:
        template="src/eunoe/report/page.html",
        section="src/eunoe/labs/{lab}/page.html",
        claims="reports/tables/{lab}.claims.parquet",
        published="reports/tables/{lab}.published.parquet",
        tables=lambda w: PLAN.estimates(w.lab),
        weights=lambda w: PLAN.weights(PLAN.study(w.lab)),
        networks=lambda w: PLAN.networks(w.lab),
        figures=lambda w: [
            f"reports/figures/{w.lab}/{name}.svg" for name in PLAN.figures(w.lab)
        ],
        captions=lambda w: [PLAN.caption(w.lab, name) for name in PLAN.figures(w.lab)],
        benchmarks=lambda w: PLAN.benchmarks(w.lab),
    output:
        page="reports/{lab}.html",
    log:
        "data/logs/render/{lab}.log",
    benchmark:
        "data/benchmarks/render/{lab}.tsv"
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=10,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_page",
            *modules_behind(PLAN.transforms(w.lab)),
            *PLAN.lab_code(w.lab, "settings", "page"),
            lab=w.lab,
            parts=PLAN.parts(w.lab),
            seeds=CONFIG.seeds,
            study=PLAN.study(w.lab),
            bootstrap=CONFIG.bootstrap,
            style=CONFIG.style,
        ),
    shell:
        """
        python -m eunoe.stages.render_page \
            --settings {params.settings:q} \
            --template {input.template:q} \
            --section {input.section:q} \
            --claims {input.claims:q} \
            --published {input.published:q} \
            --tables {input.tables:q} \
            --weights {input.weights:q} \
            --networks {input.networks:q} \
            --figures {input.figures:q} \
            --captions {input.captions:q} \
            --benchmarks {input.benchmarks:q} \
            --page {output.page:q} \
            --log {log:q}
        """


rule render_audit:
    """Judge the capabilities of audit {audit}; draw them and write the page."""
    input:
        template="src/eunoe/report/audit.html",
        questions="data/probes/{audit}/0/items.parquet",
        base="data/probes/{audit}/0/bases/{audit}/replies.parquet",
        tuned="data/probes/{audit}/0/runs/{audit}_tuned/replies.parquet",
    output:
        verdicts="reports/audits/{audit}/verdicts.parquet",
        png="reports/audits/{audit}/heatmap.png",
        svg="reports/audits/{audit}/heatmap.svg",
        html="reports/audits/{audit}/index.html",
    log:
        "data/logs/render/audits/{audit}.log",
    benchmark:
        "data/benchmarks/render/audits/{audit}.tsv"
    conda:
        "../../envs/render.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.render_audit",
            audit=w.audit,
            level=CONFIG.bootstrap.level,
            style=CONFIG.style,
            **CONFIG.audits[w.audit].model_dump(include={"home", "rule"}),
        ),
    shell:
        """
        python -m eunoe.stages.render_audit \
            --settings {params.settings:q} \
            --template {input.template:q} \
            --items {input.questions:q} \
            --base {input.base:q} \
            --tuned {input.tuned:q} \
            --verdicts {output.verdicts:q} \
            --png {output.png:q} \
            --svg {output.svg:q} \
            --html {output.html:q} \
            --log {log:q}
        """
