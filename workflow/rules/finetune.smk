"""finetune: a run, from the weights of its base, by the stages of its recipe.

needs   data/worlds/{world}/{seed}/world.parquet
        data/bases/{base}/{seed}/weights.safetensors, or of texts model.safetensors
        data/runs/{run}/{seed}/model.safetensors of runs whose weights a recipe merges
makes   data/runs/{run}/{seed}/{weights.safetensors,network.json,curve.parquet} in regression;
        of text what pretrain makes there, and data/runs/{run}/{seed}/{mixture,costs}.parquet,
        levels.safetensors with the checkpoints that first reached the world's levels, adapters/,
        with the folders of soft prompts and LoRA that PEFT opens, and adapters.json, its files
"""


rule finetune:
    """Tune the base of run {run} by its recipe; a killed job goes on from its resume file."""
    input:
        world=PLAN.world_table,
        base=PLAN.base_file("weights.safetensors"),
    output:
        weights="data/runs/{run}/{seed}/weights.safetensors",
        config="data/runs/{run}/{seed}/network.json",
        curve="data/runs/{run}/{seed}/curve.parquet",
    log:
        "data/logs/runs/{run}.{seed}.log",
    benchmark:
        "data/benchmarks/runs/{run}.{seed}.tsv"
    wildcard_constraints:
        run=one_of(CONFIG.runs_of("regression")),
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=120,
        checkpoint_every=lambda w: CONFIG.checkpoints_of(
            stage.training for stage in CONFIG.recipe_of(w.run).stages
        ),
    params:
        settings=lambda w: canonical(
            "eunoe.stages.finetune",
            f"eunoe.worlds.{PLAN.world(w).kind}.world",
            kind="run",
            model=w.run,
            seed=int(w.seed),
            world=PLAN.world(w),
            network=PLAN.network("runs", w.run),
            phases=PLAN.phases(w.run),
        ),
    shell:
        """
        python -m eunoe.stages.finetune \
            --settings {params.settings:q} \
            --world {input.world:q} \
            --base {input.base:q} \
            --resume data/resume/runs/{wildcards.run}.{wildcards.seed}.safetensors \
            --checkpoint-every {resources.checkpoint_every:q} \
            --gpus {resources.gpu} \
            --weights {output.weights:q} \
            --config {output.config:q} \
            --curve {output.curve:q} \
            --log {log:q}
        """


rule finetune_text:
    """Tune the base of run {run} by the stages of its recipe; a killed job goes on from its files."""
    input:
        world=PLAN.world_table,
        base=PLAN.base_files,
        merged=PLAN.merged_weights,
        texts=PLAN.lexicon,
    output:
        weights="data/runs/{run}/{seed}/model.safetensors",
        config="data/runs/{run}/{seed}/network.json",
        curve="data/runs/{run}/{seed}/curve.parquet",
        mixture="data/runs/{run}/{seed}/mixture.parquet",
        costs="data/runs/{run}/{seed}/costs.parquet",
        adapters=directory("data/runs/{run}/{seed}/adapters"),
        adapter_list="data/runs/{run}/{seed}/adapters.json",
        levels="data/runs/{run}/{seed}/levels.safetensors",
        model_config="data/runs/{run}/{seed}/config.json",
        generation_config="data/runs/{run}/{seed}/generation_config.json",
        tokenizer="data/runs/{run}/{seed}/tokenizer.json",
        tokenizer_config="data/runs/{run}/{seed}/tokenizer_config.json",
    log:
        "data/logs/runs/{run}.{seed}.log",
    benchmark:
        "data/benchmarks/runs/{run}.{seed}.tsv"
    wildcard_constraints:
        run=one_of(PLAN.tuned_text_runs()),
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=120,
        checkpoint_every=lambda w: CONFIG.checkpoints_of(
            stage.training for stage in CONFIG.recipe_of(w.run).stages
        ),
    params:
        settings=lambda w: canonical(
            "eunoe.stages.finetune_text",
            *modules_behind_formats(),
            kind="run",
            model=w.run,
            seed=int(w.seed),
            world=PLAN.world(w),
            base=CONFIG.checkpoint("bases", CONFIG.runs[w.run].base),
            recipe=CONFIG.recipe_of(w.run),
            trainings=PLAN.trainings(w.run),
        ),
    shell:
        """
        python -m eunoe.stages.finetune_text \
            --settings {params.settings:q} \
            --world {input.world:q} \
            --base {input.base:q} \
            --merged {input.merged:q} \
            --resume data/resume/runs/{wildcards.run}.{wildcards.seed}.safetensors \
            --checkpoint-every {resources.checkpoint_every:q} \
            --gpus {resources.gpu} \
            --weights {output.weights:q} \
            --config {output.config:q} \
            --curve {output.curve:q} \
            --mixture {output.mixture:q} \
            --costs {output.costs:q} \
            --adapters {output.adapters:q} \
            --adapter-list {output.adapter_list:q} \
            --levels {output.levels:q} \
            --log {log:q}
        """
