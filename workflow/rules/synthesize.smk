"""synthesize: from the config, and for texts a lexicon, to material and a probe's items.

needs   data/inputs/{lexicon,lexicon_phrases}.csv but in regression
        of given texts, data/inputs/{sentences,nli,phrases,refusal_markers}.csv instead
        of text, the files that the config names, if any
makes   data/worlds/{world}/{seed}/world.parquet
        data/probes/{probe}/{seed}/items.parquet
"""


rule synthesize_world:
    """Draw a world's material: banks of tasks in regression, items of text."""
    input:
        texts=PLAN.lexicon,
        files=PLAN.item_files,
    output:
        world="data/worlds/{world}/{seed}/world.parquet",
    log:
        "data/logs/worlds/{world}.{seed}.log",
    benchmark:
        "data/benchmarks/worlds/{world}.{seed}.tsv"
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=10,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.synthesize_world",
            f"eunoe.worlds.{PLAN.world(w).kind}.material",
            seed=int(w.seed),
            world=PLAN.material(w),
        ),
    shell:
        """
        python -m eunoe.stages.synthesize_world \
            --settings {params.settings:q} \
            --world {output.world:q} \
            --log {log:q}
        """


rule synthesize_items:
    """Draw what probe {probe} asks, or take it from what its world holds out, or from given texts."""
    input:
        world=PLAN.material_of_items,
        texts=PLAN.texts_of_items,
    output:
        questions="data/probes/{probe}/{seed}/items.parquet",
    log:
        "data/logs/probes/{probe}/items.{seed}.log",
    benchmark:
        "data/benchmarks/probes/{probe}/items.{seed}.tsv"
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=10,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.synthesize_items",
            PLAN.items_code(w),
            probe=w.probe,
            seed=int(w.seed),
            world=PLAN.items_world(w),
            asked=items_of(CONFIG.probes[w.probe]),
        ),
    shell:
        """
        python -m eunoe.stages.synthesize_items \
            --settings {params.settings:q} \
            --world {input.world:q} \
            --items {output.questions:q} \
            --log {log:q}
        """
