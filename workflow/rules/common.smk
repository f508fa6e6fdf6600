"""What the rules share: the validated configuration, and constraints on names."""

import os
import sys

# The package runs from this checkout, in whatever environment a rule has.
SOURCE = os.path.join(workflow.basedir, "src")
sys.path.insert(0, SOURCE)
shell.prefix(f"export PYTHONPATH='{SOURCE}'; ")

from eunoe.config.study import asking_of, items_of
from eunoe.transforms import modules_behind
from eunoe.workflow.jobs import Plan
from eunoe.workflow.params import canonical
from eunoe.workflow.templates import chat_template, template_files
from eunoe.worlds.text.formats.registry import modules_behind as modules_behind_formats

PLAN = Plan(config, workflow.basedir)
CONFIG = PLAN.config

# Snakemake puts no wildcards into the path of a caption: workflow/report/figure.rst looks it up here.
config["captions"] = PLAN.captions()


def one_of(names):
    """Return a wildcard's constraint; a hyphen, which no name has, if there are no names."""
    return "|".join(names) or "-"


wildcard_constraints:
    seed=r"\d+",
    world=one_of(CONFIG.worlds),
    base=one_of(CONFIG.bases),
    run=one_of(CONFIG.runs),
    probe=one_of(CONFIG.probes),
    kind="bases|runs",
    lab=one_of(PLAN.labs),
    figure=one_of(PLAN.figure_names()),
    audit=one_of(CONFIG.audits),
