"""What the rules share: the validated config, and how a rule's one param is made from it."""

import json
import os
import sys

# The package runs from this checkout, in whatever environment a rule has.
SOURCE = os.path.join(workflow.basedir, "src")
sys.path.insert(0, SOURCE)
shell.prefix(f"export PYTHONPATH='{SOURCE}'; ")

from eunoe.code_digest import code_digest
from eunoe.config.load import load_config
from eunoe.errors import EunoeError

try:
    CONFIG = load_config(config)
except EunoeError as error:
    sys.exit(str(error))


wildcard_constraints:
    seed=r"\d+",
    world="|".join(CONFIG.worlds),
    base="|".join(CONFIG.bases),
    run="|".join(CONFIG.runs) or "none",
    probe="|".join(CONFIG.probes),
    kind="bases|runs",


def canonical(*modules, **parts):
    """Return a rule's one param: JSON of config values and a digest of the modules' code.

    Keys are sorted and types fixed by the config's models, so that only a changed meaning changes
    the text. Nothing here may come from input, output, threads or resources: Snakemake would not
    notice.
    """

    def plain(part):
        if hasattr(part, "model_dump"):
            return part.model_dump(mode="json")
        if isinstance(part, dict):
            return {key: plain(value) for key, value in part.items()}
        if isinstance(part, (list, tuple)):
            return [plain(value) for value in part]
        return part

    return json.dumps({"code": code_digest(*modules), **plain(parts)}, sort_keys=True)


def world_of(wildcards):
    """Return the settings of the world that a job works in."""
    return CONFIG.worlds[world_name(wildcards)]


def world_name(wildcards):
    """Return the name of that world, whichever wildcard leads to it."""
    names = dict(wildcards.items())
    if "probe" in names:
        return CONFIG.probes[names["probe"]].world
    base = CONFIG.runs[names["run"]].base if "run" in names else names["base"]
    return CONFIG.bases[base].world


def world_table(wildcards):
    """Return the table of that world, for the job's seed."""
    return f"data/worlds/{world_name(wildcards)}/{wildcards.seed}/world.parquet"


def base_of(kind, model):
    """Return the settings of a base, or of the base that a run starts from."""
    return CONFIG.bases[CONFIG.runs[model].base if kind == "runs" else model]
