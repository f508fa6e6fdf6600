"""synthesize: from nothing but the config to a world's material and a probe's items.

makes   data/worlds/{world}/{seed}/world.parquet
        data/probes/{probe}/{seed}/prompts.parquet
"""


rule synthesize_world:
    """Draw a world's material: in regression, the banks of tasks."""
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
            f"eunoe.{CONFIG.worlds[w.world].kind}.synthesis",
            seed=int(w.seed),
            world=CONFIG.worlds[w.world],
        ),
    shell:
        """
        python -m eunoe.stages.synthesize_world \
            --settings {params.settings:q} \
            --world {output.world:q} \
            --log {log:q}
        """


rule synthesize_prompts:
    """Draw a probe's evaluation prompts, which training never sees."""
    input:
        world=world_table,
    output:
        prompts="data/probes/{probe}/{seed}/prompts.parquet",
    log:
        "data/logs/probes/{probe}/prompts.{seed}.log",
    benchmark:
        "data/benchmarks/probes/{probe}/prompts.{seed}.tsv"
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=10,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.synthesize_prompts",
            f"eunoe.{world_of(w).kind}.synthesis",
            probe=w.probe,
            seed=int(w.seed),
            world=world_of(w),
            prompts=CONFIG.probes[w.probe].prompts,
        ),
    shell:
        """
        python -m eunoe.stages.synthesize_prompts \
            --settings {params.settings:q} \
            --world {input.world:q} \
            --prompts {output.prompts:q} \
            --log {log:q}
        """
