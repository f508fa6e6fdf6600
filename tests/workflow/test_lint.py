"""The rules: linted, formatted, and each of them complete."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eunoe.code_digest import modules_of, source_of
from eunoe.transforms import modules_behind, parse_transform
from eunoe.workflow.configuration import read_config
from eunoe.workflow.jobs import Plan
from eunoe.worlds.text.formats.registry import modules_behind as modules_behind_formats
from tests.workflow.checkout import LEARNING, PROBE, RETENTION, ROOT, Checkout, user_environment
from tests.workflow.jobs import FIGURES, LANGUAGE_FIGURES, RECIPES_FIGURES

RULES = ROOT / "workflow" / "rules"
DIRECTIVES = {"output", "log", "benchmark", "params", "threads", "resources", "conda", "shell"}


def rules() -> dict[str, str]:
    """Return the text of each rule but those of the Snakefile, which collect, by name."""
    text = "\n\n".join(path.read_text() for path in sorted(RULES.glob("*.smk")))
    blocks = re.finditer(r"^rule (\w+):\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    return {block[1]: block[2] for block in blocks}


def variants() -> dict[str, str]:
    """Return the text of each rule that is another one with other files, by name."""
    text = "\n\n".join(path.read_text() for path in sorted(RULES.glob("*.smk")))
    blocks = re.finditer(r"^use rule \w+ as (\w+) with:\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    return {block[1]: block[2] for block in blocks}


def directive(rule: str, name: str) -> str:
    """Return what a rule says under a directive, nothing if it has none."""
    found = re.search(rf"^    {name}:(.*\n(?:        .*\n)*)", rule, re.MULTILINE)
    return found[1] if found else ""


def keys(rule: str, name: str) -> list[str | None]:
    """Return the names of a directive's entries, None for one without a name."""
    entries = re.findall(r"^        (?![\s)\]}])(?:(\w+)=)?", directive(rule, name), re.MULTILINE)
    return [entry or None for entry in entries]


@pytest.mark.slow
def test_snakemake_lint(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "snakemake", "--lint", "--directory", str(tmp_path)]
    config = ["--configfile", str(ROOT / "config.yaml")]
    done = subprocess.run(
        [*command, *config], cwd=ROOT, env=user_environment(), capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_formatted() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "snakefmt", "--check", "Snakefile", "workflow"],
        cwd=ROOT,
        env=user_environment(),
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_is_read() -> None:
    """Guards the tests below: each line that starts a rule is one of those that they check."""
    started = [
        line
        for path in RULES.glob("*.smk")
        for line in path.read_text().splitlines()
        if re.match(r"\s*(rule|checkpoint) \w+:", line)
    ]

    assert len(rules()) == len(started) > 0


@pytest.mark.parametrize("name", variants())
def test_a_variant_of_a_rule_names_its_files(name: str) -> None:
    variant = variants()[name]

    assert directive(variant, "wildcard_constraints"), "both rules would make the same files"
    assert None not in keys(variant, "input") + keys(variant, "output"), "files without names"


@pytest.mark.parametrize("name", rules())
def test_a_rule_is_complete(name: str) -> None:
    rule = rules()[name]

    assert re.match(r'    """\S.*', rule), "no docstring"
    assert {part for part in DIRECTIVES if directive(rule, part)} == DIRECTIVES
    assert None not in keys(rule, "input") + keys(rule, "output"), "files without names"
    assert keys(rule, "params") == ["settings"]
    assert {"gpu", "mem_mb", "runtime"} <= set(keys(rule, "resources"))


@pytest.mark.parametrize("name", rules())
def test_a_rule_runs_the_stage_of_its_name(name: str) -> None:
    assert f"python -m eunoe.stages.{name} " in directive(rules()[name], "shell")


@pytest.mark.slow
def test_a_rule_names_all_code_that_it_runs(finished: Checkout) -> None:
    """What a job has loaded, its digest covers, imports by name included."""
    for stage, loaded in finished.modules_loaded():
        reached = [set(modules_of(*roots)) for roots in digested(stage)]
        assert any(loaded <= modules for modules in reached), stage

    stages = {name for name in rules() if not name.endswith("_audit")}
    assert {stage for stage, _ in finished.modules_loaded()} == stages


def digested(name: str) -> list[list[str]]:
    """Return the modules that a rule gives to its digest: for each kind of world, each figure."""
    params = directive(rules()[name], "params")
    given = re.findall(r'"(eunoe\.[^"]+)"', params)
    of_lab = re.findall(r"PLAN\.lab_code\(\s*w\.lab,(.*?)\),\n", params, re.DOTALL)
    names = [part for call in of_lab for part in re.findall(r'"([^"]+)"', call)]
    plan = Plan(read_config(ROOT), str(ROOT))
    if "modules_behind_formats()" in params:
        given += modules_behind_formats()
    found = []
    labs: tuple[tuple[str, str, dict[str, Any], tuple[str, ...]], ...] = (
        ("regression", "regression", PROBE, FIGURES),
        ("language", "text", LEARNING, LANGUAGE_FIGURES),
        ("recipes", "text", RETENTION, RECIPES_FIGURES),
    )
    for lab, kind, probe, figures in labs:
        texts = [re.sub(r"\{.*kind\}", kind, text) for text in given]
        if "PLAN.items_code" in params:
            texts.append(f"eunoe.worlds.{kind}.items")
        if "PLAN.asking_code" in params:
            texts += modules_behind_formats()
        if re.search(r"modules_behind\(|asking_code", params):
            texts += modules_behind([parse_transform(entry) for entry in probe["transforms"]])
        if all(source_of(text) for text in texts):
            own = [[part.replace("{w.figure}", figure) for part in names] for figure in figures]
            found += [[*texts, *plan.lab_code(lab, *parts)] for parts in own]
    return found
