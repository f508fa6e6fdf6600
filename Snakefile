"""Is a capability that a fine-tuned model no longer shows forgotten, or only suppressed?

synthesize -> pretrain -> finetune -> evaluate -> render, over the named bases, runs, probes and seeds
of config.yaml. Each verb is a file of workflow/rules; what a stage does is src/eunoe/stages. The labs
regression and language are made by default, the recipes lab by `snakemake recipes`. Beside them, audit:
pairs of models of your own.
"""

import glob

from snakemake.utils import min_version

min_version("9.0")


for lab in sorted(glob.glob(f"{workflow.basedir}/workflow/labs/*.yaml")):

    configfile: lab


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/synthesize.smk"
include: "workflow/rules/pretrain.smk"
include: "workflow/rules/finetune.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/render.smk"


for target, pages in PLAN.targets().items():

    rule:
        name:
            target
        default_target: target == "all"
        input:
            pages,
        localrule: True
