"""evaluate: a probe's items, answered through every transform by networks and by ideal predictors.

needs   data/probes/{probe}/{seed}/items.parquet
        in regression
        data/worlds/{world}/{seed}/world.parquet
        data/{bases,runs}/{model}/{seed}/weights.safetensors
        of texts, but for existing models
        data/{bases,runs}/{model}/{seed}/{model.safetensors,config.json,tokenizer.json}
        data/runs/{model}/{seed}/{adapters.json,levels.safetensors}
makes   in regression
        data/probes/{probe}/{seed}/{bases,runs}/{model}/{answers,task_weights}.parquet
        data/probes/{probe}/{seed}/ideals/{answers,task_weights,likelihoods}.parquet
        of texts
        data/probes/{probe}/{seed}/{bases,runs}/{model}/replies.parquet
"""


rule evaluate_network:
    """Answer the items of probe {probe} with the weights of {model}."""
    input:
        world=PLAN.world_table,
        prompts="data/probes/{probe}/{seed}/items.parquet",
        weights="data/{kind}/{model}/{seed}/weights.safetensors",
    output:
        answers="data/probes/{probe}/{seed}/{kind}/{model}/answers.parquet",
        task_weights="data/probes/{probe}/{seed}/{kind}/{model}/task_weights.parquet",
    log:
        "data/logs/probes/{probe}/{kind}.{model}.{seed}.log",
    benchmark:
        "data/benchmarks/probes/{probe}/{kind}.{model}.{seed}.tsv"
    wildcard_constraints:
        probe=one_of(CONFIG.probes_of("regression")),
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=60,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.evaluate_network",
            *modules_behind(CONFIG.probes[w.probe].transforms),
            probe=w.probe,
            kind=w.kind.removesuffix("s"),
            model=w.model,
            seed=int(w.seed),
            world=PLAN.world(w),
            network=PLAN.network(w.kind, w.model),
            bank=CONFIG.tuned_bank(w.model) if w.kind == "runs" else "bank",
            transforms=CONFIG.probes[w.probe].transforms,
            task_weights=CONFIG.probes[w.probe].task_weights,
        ),
    shell:
        """
        python -m eunoe.stages.evaluate_network \
            --settings {params.settings:q} \
            --world {input.world:q} \
            --prompts {input.prompts:q} \
            --weights {input.weights:q} \
            --gpus {resources.gpu} \
            --answers {output.answers:q} \
            --task-weights {output.task_weights:q} \
            --log {log:q}
        """


rule evaluate_ideals:
    """Answer the items of probe {probe} with the predictors that know the world exactly."""
    input:
        world=PLAN.world_table,
        prompts="data/probes/{probe}/{seed}/items.parquet",
    output:
        answers="data/probes/{probe}/{seed}/ideals/answers.parquet",
        task_weights="data/probes/{probe}/{seed}/ideals/task_weights.parquet",
        likelihoods="data/probes/{probe}/{seed}/ideals/likelihoods.parquet",
    log:
        "data/logs/probes/{probe}/ideals.{seed}.log",
    benchmark:
        "data/benchmarks/probes/{probe}/ideals.{seed}.tsv"
    wildcard_constraints:
        probe=one_of(CONFIG.probes_of("regression")),
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=60,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.evaluate_ideals",
            *modules_behind(CONFIG.probes[w.probe].transforms),
            probe=w.probe,
            seed=int(w.seed),
            world=PLAN.world(w),
            transforms=CONFIG.probes[w.probe].transforms,
            task_weights=CONFIG.probes[w.probe].task_weights,
            mixture_alphas=PLAN.mixture_alphas(w.probe),
        ),
    shell:
        """
        python -m eunoe.stages.evaluate_ideals \
            --settings {params.settings:q} \
            --world {input.world:q} \
            --prompts {input.prompts:q} \
            --answers {output.answers:q} \
            --task-weights {output.task_weights:q} \
            --likelihoods {output.likelihoods:q} \
            --log {log:q}
        """


rule evaluate_text:
    """Let {model} reply to the items of probe {probe}, with soft prompt and LoRA and without.

    A killed job goes on from its resume files.
    """
    input:
        questions="data/probes/{probe}/{seed}/items.parquet",
        model=PLAN.model_files,
        adapters=PLAN.of_recipe("adapters.json"),
        levels=PLAN.of_recipe("levels.safetensors"),
        texts=PLAN.texts_of_replies,
        template=lambda w: template_files(CONFIG, w.probe),
    output:
        replies="data/probes/{probe}/{seed}/{kind}/{model}/replies.parquet",
    log:
        "data/logs/probes/{probe}/{kind}.{model}.{seed}.log",
    benchmark:
        "data/benchmarks/probes/{probe}/{kind}.{model}.{seed}.tsv"
    wildcard_constraints:
        probe=one_of(CONFIG.probes_of("text")),
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=lambda w: 8000 if CONFIG.checkpoint(w.kind, w.model) else 2000,
        runtime=lambda w: 240 if CONFIG.checkpoint(w.kind, w.model) else 60,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.evaluate_text",
            *PLAN.asking_code(w.probe),
            probe=w.probe,
            kind=w.kind.removesuffix("s"),
            model=w.model,
            seed=int(w.seed),
            chat_template=chat_template(CONFIG, w.probe),
            **asking_of(CONFIG.probes[w.probe]),
            checkpoint=CONFIG.checkpoint(w.kind, w.model),
            key=CONFIG.key_of_model(w.kind, w.model),
            adapter_scope=PLAN.adapter_scope(w),
        ),
    shell:
        """
        python -m eunoe.stages.evaluate_text \
            --settings {params.settings:q} \
            --items {input.questions:q} \
            --model {input.model:q} \
            --adapters {input.adapters:q} \
            --levels {input.levels:q} \
            --resume data/resume/probes/{wildcards.probe}.{wildcards.kind}.{wildcards.model}.{wildcards.seed} \
            --gpus {resources.gpu} \
            --replies {output.replies:q} \
            --log {log:q}
        """
