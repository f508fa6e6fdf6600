"""audit: a pair of models that the config names, asked the same items, and verdicts on the tuned one.

needs   data/inputs/{sentences,nli,phrases,refusal_markers}.csv, files of prompts that the config names
        config.json, safetensors and tokenizer of models in folders; models on the hub are fetched
makes   data/audits/{audit}/{items,base,tuned}.parquet
        reports/audits/{audit}/verdicts.parquet, heatmap.{png,svg}, index.html
"""


rule synthesize_audit:
    """Put together the items of audit {audit}."""
    input:
        texts=expand("data/inputs/{name}.csv", name=["sentences", "nli", "phrases"]),
        prompts=lambda w: [entry.file for entry in CONFIG.audits[w.audit].prompts],
        markers="data/inputs/refusal_markers.csv",
    output:
        questions="data/audits/{audit}/items.parquet",
    log:
        "data/logs/audits/{audit}.items.log",
    benchmark:
        "data/benchmarks/audits/{audit}.items.tsv"
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.synthesize_audit",
            audit=w.audit,
            **PLAN.audit_parts(
                w.audit, "languages", "home", "tasks", "items", "xnli", "prompts"
            ),
        ),
    shell:
        """
        python -m eunoe.stages.synthesize_audit \
            --settings {params.settings:q} \
            --prompts {input.prompts:q} \
            --markers {input.markers:q} \
            --items {output.questions:q} \
            --log {log:q}
        """


rule evaluate_audit:
    """Ask model {side} of audit {audit} every item; a killed job goes on from its resume files."""
    input:
        questions="data/audits/{audit}/items.parquet",
        prompts=lambda w: [entry.file for entry in CONFIG.audits[w.audit].prompts],
        markers="data/inputs/refusal_markers.csv",
        model=PLAN.audited_files,
    output:
        replies="data/audits/{audit}/{side}.parquet",
    log:
        "data/logs/audits/{audit}.{side}.log",
    benchmark:
        "data/benchmarks/audits/{audit}.{side}.tsv"
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=8000,
        runtime=240,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.evaluate_audit",
            *modules_behind(CONFIG.audits[w.audit].transforms),
            audit=w.audit,
            side=w.side,
            checkpoint=getattr(CONFIG.audits[w.audit], w.side),
            template_from=PLAN.template_owner(w.audit),
            **PLAN.audit_parts(
                w.audit,
                "languages",
                "home",
                "transforms",
                "prompts",
                "new_tokens",
                "likelihood",
                "batch_size",
                "dtype",
                "chat_template",
                "trust_remote_code",
                "keep_texts",
            ),
        ),
    shell:
        """
        python -m eunoe.stages.evaluate_audit \
            --settings {params.settings:q} \
            --items {input.questions:q} \
            --prompts {input.prompts:q} \
            --markers {input.markers:q} \
            --resume data/resume/audits/{wildcards.audit}.{wildcards.side} \
            --gpus {resources.gpu} \
            --replies {output.replies:q} \
            --log {log:q}
        """


rule render_audit:
    """Judge the capabilities of audit {audit}; draw them and write the page."""
    input:
        template="src/eunoe/report/audit.html",
        questions="data/audits/{audit}/items.parquet",
        base="data/audits/{audit}/base.parquet",
        tuned="data/audits/{audit}/tuned.parquet",
    output:
        verdicts="reports/audits/{audit}/verdicts.parquet",
        png="reports/audits/{audit}/heatmap.png",
        svg="reports/audits/{audit}/heatmap.svg",
        html="reports/audits/{audit}/index.html",
    log:
        "data/logs/audits/{audit}.page.log",
    benchmark:
        "data/benchmarks/audits/{audit}.page.tsv"
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
            **PLAN.audit_parts(w.audit, "home", "rule"),
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
