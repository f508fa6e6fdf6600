"""What changes no result runs nothing."""

from __future__ import annotations

import ast
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.checkout import MADE, Checkout, copy_of_checkout
from tests.workflow.jobs import NOTHING

pytestmark = pytest.mark.slow


def test_nothing_changed(checkout: Checkout) -> None:
    assert checkout.jobs() == NOTHING


def test_keys_in_another_order(checkout: Checkout) -> None:
    checkout.write_config(reversed_keys(checkout.read_config()))

    assert checkout.jobs() == NOTHING


def test_numbers_in_another_notation(checkout: Checkout) -> None:
    """1.0 for 1, and 1e-3, which YAML takes for a string, for 0.001."""
    checkout.write_config(renoted(checkout.read_config()))

    assert checkout.jobs() == NOTHING


def test_defaults_left_out(checkout: Checkout) -> None:
    values = checkout.read_config()
    del values["bootstrap"]["level"], values["labs"]["regression"]["fresh"]
    for lab in values["labs"].values():
        lab.pop("figures", None)
    checkout.write_config(values)

    assert checkout.jobs() == NOTHING


def test_comments_in_the_config(checkout: Checkout) -> None:
    path = checkout.folder / "config.yaml"
    path.write_text("# A remark.\n" + path.read_text().replace("\n", "  # another\n"))

    assert checkout.jobs() == NOTHING


@pytest.mark.parametrize("backwards", [False, True])
def test_every_file_touched(checkout: Checkout, backwards: bool) -> None:
    """Of an input and an output, either is the newer one in one of the two orders."""
    files = sorted(visible_files(checkout.folder), reverse=backwards)
    start = time.time() - 10 * len(files)
    for index, path in enumerate(files):
        os.utime(path, (start + index, start + index))

    assert checkout.jobs() == NOTHING


def test_other_hardware_in_the_rules(checkout: Checkout) -> None:
    for path in (checkout.folder / "workflow" / "rules").glob("*.smk"):
        text = path.read_text().replace("threads: 1", "threads: 2").replace("gpu=0", "gpu=1")
        text = re.sub(r"(mem_mb=.*)2000", r"\g<1>3000", text)
        path.write_text(re.sub(r"(runtime=.*\b)(\d+),", r"\g<1>1\2,", text))

    assert checkout.jobs() == NOTHING


@pytest.mark.parametrize(
    "options",
    [
        ["--set-threads", "pretrain=2", "render_tables=2", "--cores", "2"],
        ["--set-resources", "pretrain:mem_mb=9000", "evaluate_network:gpu=1"],
        ["--default-resources", "runtime=5"],
        ["--workflow-profile", "workflow/profiles/local-gpu"],
    ],
    ids=lambda options: options[0],
)
def test_other_hardware_in_the_options(checkout: Checkout, options: list[str]) -> None:
    assert checkout.jobs(*options) == NOTHING


def test_a_fresh_copy_with_the_results_brought_along(finished: Checkout, tmp_path: Path) -> None:
    """Another path, and new modification times everywhere."""
    clone = copy_of_checkout(finished.folder, tmp_path / "elsewhere" / "clone")
    for name in MADE:
        shutil.copytree(
            finished.folder / name,
            clone.folder / name,
            copy_function=shutil.copyfile,
            dirs_exist_ok=True,
        )

    assert clone.jobs() == NOTHING


def test_comments_docstrings_and_formatting_of_code(checkout: Checkout) -> None:
    for path in (checkout.folder / "src").rglob("*.py"):
        path.write_text(f"# A remark.\n{rewritten(path.read_text())}\n")

    assert checkout.jobs() == NOTHING


def visible_files(folder: Path) -> list[Path]:
    """Return every file but Snakemake's own."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and ".snakemake" not in path.parts and "__pycache__" not in path.parts
    ]


def reversed_keys(value: Any) -> Any:
    """Return the same mappings with their keys in reverse order."""
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(entry) for entry in value] if isinstance(value, list) else value


def renoted(value: Any) -> Any:
    """Return the same numbers: integers as 1.0, others as 1e-3."""
    if isinstance(value, dict):
        return {key: renoted(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [renoted(entry) for entry in value]
    if isinstance(value, float):
        return f"{value:e}"
    return float(value) if isinstance(value, int) else value


def rewritten(code: str) -> str:
    """Return the same code without comments, formatted otherwise, and with other docstrings."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = "Something else."
    return ast.unparse(tree)
