"""A checkout with a workflow that finishes in a minute, edits to it, and the jobs they lead to."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from eunoe.workflow.configuration import read_config
from tests.workflow.jobs import COLLECTORS, Jobs, job

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "config.yaml", "workflow", "profiles", "src", "envs", "data/inputs")
MADE = ("data", "reports", ".snakemake")
"""What a finished workflow has left."""

PROBE = {
    "kind": "regression",
    "world": "linear",
    "prompts": {"validation": 4, "test": 24},
    "transforms": ["identity", {"name": "scale", "gamma": 2}],
    "mixture_alphas": [0.5],
    "task_weights": {"contexts": 4, "queries": 3, "exemplars": [1, 2]},
    "few": 2,
    "bins": 2,
}
LEARNING = {
    "kind": "text",
    "world": "tongues",
    "tasks": ["repeat_math", "arithmetic"],
    "languages": ["en", "fr"],
    "items": {"validation": 2, "test": 2},
    "format": "option",
    "transforms": ["identity", "reverse_words"],
    "new_tokens": 2,
    "likelihood": True,
    "crossed": True,
    "pools": {"all": ["repeat_math"]},
}
REASONING = {
    **LEARNING,
    "tasks": ["inference"],
    "items": {"validation": 2, "test": 2},  # its own: a shared one would be edited with the other
    "transforms": ["identity"],
    "pools": {},
}
RETENTION = {
    "kind": "text",
    "world": "village",
    "sources": ["entailment.en", "repeat.en"],
    "target": "entailment.en",
    "items": {"validation": 2, "test": 2},
    "transforms": ["identity", "reverse_words"],
    "new_tokens": 2,
}
VILLAGE = {
    "kind": "text",
    "tasks": ["entailment", "repeat"],
    "items": {"train": 8, "validation": 2, "test": 2},
    "context": 64,
    "monitored": ["entailment.en", "repeat.en"],
    "levels": [0.1, 0.5],
}
TONGUES: dict[str, Any] = {
    "kind": "text",
    "tasks": [
        *("few_shot_repeat", "answered_repeat", "answered_capslock"),
        *("arithmetic_quiz", "blanks_quiz"),
    ],
    "languages": ["en", "fr"],
    "items": {"train": 4, "validation": 1},
    "parallel": False,
    "context": 96,
    "monitored": ["few_shot_repeat.en", "repeat_math.en"],
}
REMOVED: Any = object()
"""In place of a new value, in edits."""

RECORDER = """
import atexit, json, pathlib, os, sys

def record():
    loaded = [name for name in sys.modules if name.split(".")[0] == "eunoe"]
    folder = pathlib.Path(__file__).parent.parent / "loaded"
    folder.mkdir(exist_ok=True)
    (folder / f"{os.getpid()}.json").write_text(json.dumps([sys.orig_argv, loaded]))

atexit.register(record)
"""
"""As src/sitecustomize.py, it notes the package's modules that each job has loaded."""

WHOLE = read_config(ROOT)
TRIED = ("plain", "promot", "wise")
"""Recipes of the recipes lab, and runs of the same names, that the tiny workflow keeps."""
REST = [name for name in WHOLE["runs"] if WHOLE["runs"][name]["base"] == "village"]
REST = [name for name in REST if name not in TRIED]

Edits = Mapping[str, Any]
"""New values by the dotted key, as in `{"worlds.linear.sigma": 2.0}`."""

TINY: Edits = {
    "seeds": [0],
    "worlds.linear.dimension": 2,
    "worlds.linear.tasks": 3,
    "worlds.linear.points": 5,
    "worlds.linear.sigma": 0.5,
    "networks.small": {"layers": 1, "heads": 2, "width": 8},
    "trainings.thorough.steps": 4,
    "trainings.thorough.batch": 8,
    "trainings.thorough.warmup": 1,
    "trainings.thorough.monitor_every": 2,
    "trainings.thorough.monitor_prompts": 8,
    "trainings.thorough.checkpoint_every": 2,
    "trainings.gentle.steps": 2,
    "trainings.gentle.batch": 8,
    "trainings.gentle.monitor_every": 1,
    "trainings.gentle.monitor_prompts": 8,
    "trainings.gentle.checkpoint_every": 2,
    "trainings.reading": {"steps": 4, "batch": 2, "monitor_every": 2, "monitor_prompts": 1},
    "trainings.tuning": {"steps": 2, "batch": 2, "monitor_every": 1, "monitor_prompts": 1},
    "networks.tiny": {"architecture": "llama", "layers": 1, "heads": 2, "width": 8},
    "worlds.tongues": TONGUES,
    "bases.mix80": REMOVED,
    "bases.tongues.mixture": {
        "languages": {"en": 2, "fr": 1},
        "tasks": {"few_shot_repeat": 1, "answered_repeat": 2},
    },
    "recipes.to_fresh_bank": REMOVED,
    "recipes.instruct_fr": REMOVED,
    "recipes.code_en": REMOVED,
    "recipes.refuse_en": REMOVED,
    "runs.mix50_to_fresh_bank": REMOVED,
    "runs.tongues_instructed_fr": REMOVED,
    "runs.tongues_coded": REMOVED,
    "runs.tongues_refusing": REMOVED,
    "probes.labels": PROBE,
    "probes.learning": LEARNING,
    "probes.reasoning": REASONING,
    "probes.refusals": REMOVED,
    "labs.language": {
        "learning": "learning",
        "reasoning": "reasoning",
        "instructed": "tongues_instructed",
        "figures": WHOLE["labs"]["language"]["figures"],
    },
    "worlds.village": VILLAGE,
    "networks.little": {"architecture": "llama", "layers": 1, "heads": 2, "width": 8},
    "trainings.schooling": {"steps": 2, "batch": 2, "monitor_every": 2, "monitor_prompts": 1},
    "trainings.adapting": {"steps": 2, "batch": 2, "monitor_every": 2, "monitor_prompts": 1},
    "trainings.prompting": {"steps": 2, "batch": 2, "monitor_every": 2, "monitor_prompts": 1},
    "bases.village.mixture": {"repeat.en": 1},
    "bases.opened": {"world": "village", "model": "data/bases/village/0"},
    **{f"recipes.{name}": REMOVED for name in REST},
    **{f"runs.{name}": REMOVED for name in REST},
    "recipes.wise.stages": [{"merge": {"plain": 0.5}}],
    "probes.retention": RETENTION,
    "probes.abilities": REMOVED,
    "labs.recipes": {
        "retention": "retention",
        **{name: name for name in TRIED},
        "figures": WHOLE["labs"]["recipes"]["figures"],
    },
    "labs.regression.fresh": None,
    "bootstrap.replicates": 50,
    "style.dots_per_inch": 50,
}
"""From the whole configuration to the tiny workflow: one seed, three bases and one run of them, a
language model and one run of it, and of the recipes lab two bases and three runs of one."""


@dataclass(frozen=True)
class Checkout:
    """A folder with Snakefile, config and package, apart from the one under test."""

    folder: Path

    def read_config(self) -> dict[str, Any]:
        read: dict[str, Any] = yaml.safe_load((self.folder / "config.yaml").read_text())
        return read

    def write_config(self, values: Mapping[str, Any]) -> None:
        text = yaml.safe_dump(dict(values), sort_keys=False)
        (self.folder / "config.yaml").write_text(text)

    def configure(self, edits: Edits) -> None:
        """Set, add or remove keys of the configuration."""
        values = self.read_config()
        for place, value in edits.items():
            *parents, key = (int(k) if k.isdigit() else k for k in place.split("."))
            within: Any = values
            for parent in parents:
                within = within[parent]
            if value is REMOVED:
                del within[key]
            else:
                within[key] = value
        self.write_config(values)

    def append(self, path: str, text: str) -> None:
        """Write text at the end of a file."""
        with (self.folder / path).open("a") as file:
            file.write(text)

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace a text wherever a file has it."""
        text = (self.folder / path).read_text()
        assert old in text, f"{path} has no {old!r}"
        (self.folder / path).write_text(text.replace(old, new))

    def jobs(self, *options: str) -> Jobs:
        """Return what a dry run would run, without the rules that only collect."""
        printed = self.snakemake("--dry-run", *options)
        found = jobs_in(printed)
        total = re.search(r"^total\s+(\d+)$", printed, re.MULTILINE)
        assert len(found) == (int(total[1]) if total else 0), printed
        assert found or "Nothing to be done" in printed, printed
        return found - COLLECTORS

    def modules_loaded(self) -> list[tuple[str, set[str]]]:
        """Return, for each job that was run, its stage and the package's modules that it loaded."""
        records = [json.loads(path.read_text()) for path in self.folder.glob("loaded/*.json")]
        return [
            (command[2].rsplit(".", 1)[1], set(loaded))
            for command, loaded in records
            if command[1:2] == ["-m"] and command[2].startswith("eunoe.stages.")
        ]

    def snakemake(self, *options: str) -> str:
        """Run Snakemake here as a user would, and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", *options],
            cwd=self.folder,
            env=user_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


def user_environment() -> dict[str, str]:
    """Return an environment that leads to this interpreter, and to no checkout of the package."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return {**kept, "PATH": path, "OMP_NUM_THREADS": "1"}


def jobs_in(printed: str) -> Jobs:
    """Return the jobs that a dry run lists: a line with the rule, below it one with wildcards."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in printed.splitlines():
        if rule := re.match(r"(?:local)?rule (\w+):$", line):
            found.append((rule[1], {}))
        elif wildcards := re.match(r"    wildcards: (.+)", line):
            found[-1][1].update(re.findall(r"(\w+)=([^,]+)", wildcards[1]))
    return frozenset(job(rule, **wildcards) for rule, wildcards in found)


def copy_of_checkout(source: Path, folder: Path) -> Checkout:
    """Copy what the workflow consists of, and nothing that it made, to a new folder.

    Its config.yaml holds what those of the labs say too, so that every key is edited in one file.
    """
    folder.mkdir(parents=True)
    for part in PARTS:
        path = source / part
        if path.is_dir() and not path.is_symlink():
            ignored = shutil.ignore_patterns("__pycache__", ".snakemake")
            shutil.copytree(path, folder / part, symlinks=True, ignore=ignored)
        else:
            shutil.copy2(path, folder / part, follow_symlinks=False)
    for path in folder.glob("workflow/labs/*.yaml"):
        path.write_text("{}\n")
    made = Checkout(folder)
    made.write_config(read_config(source))
    return made
