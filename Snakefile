"""Is a capability that a fine-tuned model no longer shows forgotten, or only suppressed?

synthesize -> pretrain -> finetune -> evaluate -> render, over the named bases, runs, probes and seeds
of config.yaml. Each verb is a file of workflow/rules; what a stage does is src/eunoe/stages. The labs
regression and language are made by default, the recipes lab by `snakemake recipes`. Beside them, audit:
pairs of models of your own.
"""

from snakemake.utils import min_version

min_version("9.0")


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/synthesize.smk"
include: "workflow/rules/pretrain.smk"
include: "workflow/rules/finetune.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/render.smk"
include: "workflow/rules/audit.smk"


localrules:
    all,
    recipes,
    audit,


rule all:
    """Everything up to the report of the regression and the language lab."""
    default_target: True
    input:
        "reports/report.html",


rule recipes:
    """Everything up to the page of the recipes lab."""
    input:
        "reports/recipes.html",


rule audit:
    """The pages of all audits."""
    input:
        expand("reports/audits/{audit}/index.html", audit=CONFIG.audits),
