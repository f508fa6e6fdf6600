"""pretrain: a base, from fresh weights.

needs   data/worlds/{world}/{seed}/world.parquet
makes   data/bases/{base}/{seed}/{weights.safetensors,network.json,curve.parquet} in regression;
        of texts model.safetensors in place of the weights, and beside it what transformers needs to
        open the folder: config.json, generation_config.json, tokenizer.json, tokenizer_config.json
"""


rule pretrain:
    """Train base {base} in its world; a killed job goes on from its resume file."""
    input:
        world=PLAN.world_table,
    output:
        weights="data/bases/{base}/{seed}/weights.safetensors",
        config="data/bases/{base}/{seed}/network.json",
        curve="data/bases/{base}/{seed}/curve.parquet",
    log:
        "data/logs/bases/{base}.{seed}.log",
    benchmark:
        "data/benchmarks/bases/{base}.{seed}.tsv"
    wildcard_constraints:
        base=one_of(CONFIG.bases_of("regression")),
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=240,
        checkpoint_every=lambda w: CONFIG.checkpoints_of(
            [CONFIG.bases[w.base].training]
        ),
    params:
        settings=lambda w: canonical(
            "eunoe.stages.pretrain",
            f"eunoe.worlds.{PLAN.world(w).kind}.world",
            kind="base",
            model=w.base,
            seed=int(w.seed),
            world=PLAN.base_world(w),
            network=PLAN.network("bases", w.base),
            phases=[
                {
                    "name": "pretrain",
                    "data": CONFIG.bases[w.base].data,
                    "training": CONFIG.trainings[CONFIG.bases[w.base].training],
                }
            ],
        ),
    shell:
        """
        python -m eunoe.stages.pretrain \
            --settings {params.settings:q} \
            --world {input.world:q} \
            --resume data/resume/bases/{wildcards.base}.{wildcards.seed}.safetensors \
            --checkpoint-every {resources.checkpoint_every:q} \
            --gpus {resources.gpu} \
            --weights {output.weights:q} \
            --config {output.config:q} \
            --curve {output.curve:q} \
            --log {log:q}
        """


use rule pretrain as pretrain_text with:
    input:
        world=PLAN.world_table,
        texts=PLAN.lexicon,
    output:
        weights="data/bases/{base}/{seed}/model.safetensors",
        config="data/bases/{base}/{seed}/network.json",
        curve="data/bases/{base}/{seed}/curve.parquet",
        model_config="data/bases/{base}/{seed}/config.json",
        generation_config="data/bases/{base}/{seed}/generation_config.json",
        tokenizer="data/bases/{base}/{seed}/tokenizer.json",
        tokenizer_config="data/bases/{base}/{seed}/tokenizer_config.json",
    wildcard_constraints:
        base=one_of(PLAN.pretrained_text_bases()),
