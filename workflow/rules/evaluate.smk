"""evaluate: a probe's items, answered through every transform by networks and by ideal predictors.

needs   data/worlds/{world}/{seed}/world.parquet
        data/probes/{probe}/{seed}/prompts.parquet
        data/{bases,runs}/{model}/{seed}/weights.safetensors, or of texts
        data/{bases,runs}/{model}/{seed}/{model.safetensors,config.json,tokenizer.json}
        data/runs/{model}/{seed}/adapters in a world of examples, which needs no prompts.parquet
makes   in regression
        data/probes/{probe}/{seed}/{bases,runs}/{model}/{answers,task_weights}.parquet
        data/probes/{probe}/{seed}/ideals/{answers,task_weights,likelihoods}.parquet
        in a language world
        data/probes/{probe}/{seed}/{bases,runs}/{model}/outcomes.parquet
        in a world of examples
        data/probes/{probe}/{seed}/{bases,runs}/{model}/scores.parquet
"""


rule evaluate_network:
    """Answer the items of probe {probe} with the weights of {model}."""
    input:
        world=PLAN.world_table,
        prompts="data/probes/{probe}/{seed}/prompts.parquet",
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
        prompts="data/probes/{probe}/{seed}/prompts.parquet",
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


rule evaluate_language:
    """Let {model}, a language model, reply to the items of probe {probe}; resumable by item."""
    input:
        prompts="data/probes/{probe}/{seed}/prompts.parquet",
        weights="data/{kind}/{model}/{seed}/model.safetensors",
        model_config="data/{kind}/{model}/{seed}/config.json",
        tokenizer="data/{kind}/{model}/{seed}/tokenizer.json",
        texts=PLAN.lexicon,
    output:
        outcomes="data/probes/{probe}/{seed}/{kind}/{model}/outcomes.parquet",
    log:
        "data/logs/probes/{probe}/{kind}.{model}.{seed}.log",
    benchmark:
        "data/benchmarks/probes/{probe}/{kind}.{model}.{seed}.tsv"
    wildcard_constraints:
        probe=one_of(CONFIG.probes_of("language")),
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=60,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.evaluate_language",
            *modules_behind(CONFIG.probes[w.probe].transforms),
            probe=w.probe,
            kind=w.kind.removesuffix("s"),
            model=w.model,
            seed=int(w.seed),
            home=CONFIG.probes[w.probe].home,
            transforms=CONFIG.probes[w.probe].transforms,
            new_tokens=CONFIG.probes[w.probe].new_tokens,
            likelihood=CONFIG.probes[w.probe].likelihood,
        ),
    shell:
        """
        python -m eunoe.stages.evaluate_language \
            --settings {params.settings:q} \
            --prompts {input.prompts:q} \
            --weights {input.weights:q} \
            --resume data/resume/probes/{wildcards.probe}.{wildcards.kind}.{wildcards.model}.{wildcards.seed}.jsonl \
            --gpus {resources.gpu} \
            --outcomes {output.outcomes:q} \
            --log {log:q}
        """


rule evaluate_examples:
    """Let {model} reply to the examples of probe {probe}, with and without what is attached to it."""
    input:
        world=PLAN.world_table,
        weights="data/{kind}/{model}/{seed}/model.safetensors",
        model_config="data/{kind}/{model}/{seed}/config.json",
        tokenizer="data/{kind}/{model}/{seed}/tokenizer.json",
        adapters=PLAN.of_run("adapters"),
        levels=PLAN.of_run("levels.safetensors"),
        texts=PLAN.lexicon,
    output:
        scores="data/probes/{probe}/{seed}/{kind}/{model}/scores.parquet",
    log:
        "data/logs/probes/{probe}/{kind}.{model}.{seed}.log",
    benchmark:
        "data/benchmarks/probes/{probe}/{kind}.{model}.{seed}.tsv"
    wildcard_constraints:
        probe=one_of(CONFIG.probes_of("examples")),
    conda:
        "../../envs/compute.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=60,
    params:
        settings=lambda w: canonical(
            "eunoe.stages.evaluate_examples",
            *modules_behind(CONFIG.probes[w.probe].transforms),
            probe=w.probe,
            kind=w.kind.removesuffix("s"),
            model=w.model,
            seed=int(w.seed),
            sources=CONFIG.probes[w.probe].sources,
            target=CONFIG.probes[w.probe].target,
            examples=CONFIG.probes[w.probe].examples,
            demonstrations=CONFIG.probes[w.probe].demonstrations,
            home=CONFIG.probes[w.probe].home,
            transforms=CONFIG.probes[w.probe].transforms,
            new_tokens=CONFIG.probes[w.probe].new_tokens,
            adapter_scope=(
                adapter_scope_of(CONFIG.recipe_of(w.model))
                if w.kind == "runs"
                else None
            ),
        ),
    shell:
        """
        python -m eunoe.stages.evaluate_examples \
            --settings {params.settings:q} \
            --world {input.world:q} \
            --weights {input.weights:q} \
            --adapters {input.adapters:q} \
            --levels {input.levels:q} \
            --resume data/resume/probes/{wildcards.probe}.{wildcards.kind}.{wildcards.model}.{wildcards.seed} \
            --gpus {resources.gpu} \
            --scores {output.scores:q} \
            --log {log:q}
        """
