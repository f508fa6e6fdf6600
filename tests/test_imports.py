"""No module imports what docs/design.md does not let it know."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eunoe.code_digest import PACKAGE, source_of

TABLE = Path(__file__).parent.parent / "docs/design.md"
MODULES = {
    ".".join(("eunoe", *path.relative_to(PACKAGE).with_suffix("").parts)): path
    for path in PACKAGE.rglob("*.py")
}
HOUSES = {name.split(".")[1] for name in MODULES} - {"__init__"}


def allowed() -> dict[str, set[str]]:
    """Return the houses that each house may know, from the table."""
    rows = re.findall(r"^\| `(\w+)` \|.*\|(.*)\|$", TABLE.read_text(), re.M)
    found = {}
    for house, known in rows:
        names = set(re.findall(r"`(\w+)`", known))
        found[house] = HOUSES - names if "everything but" in known else names
    return found


def imported(path: Path) -> Iterator[str]:
    """Yield the package's modules that a file imports, for type checking too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                yield whole if whole.startswith("eunoe.") and source_of(whole) else node.module


def edges() -> Iterator[tuple[str, str]]:
    """Yield which module imports which."""
    for module, path in MODULES.items():
        for other in imported(path):
            if other.startswith("eunoe."):
                yield module, other


def test_the_table_has_every_house() -> None:
    assert set(allowed()) == HOUSES


@pytest.mark.parametrize("house", sorted(HOUSES))
def test_a_house_knows_only_what_it_may(house: str) -> None:
    known = allowed()[house] | {house}
    wrong = [
        f"{module} imports {other}"
        for module, other in edges()
        if module.split(".")[1:2] == [house] and other.split(".")[1] not in known
    ]
    assert not wrong


def test_no_lab_knows_another() -> None:
    wrong = [
        f"{module} imports {other}"
        for module, other in edges()
        if module.startswith("eunoe.labs.") and other.startswith("eunoe.labs.")
        if module.split(".")[2] != other.split(".")[2]
    ]
    assert not wrong


def test_nothing_below_names_a_lab_in_an_import() -> None:
    wrong = [
        f"{module} imports {other}"
        for module, other in edges()
        if re.match(r"eunoe\.labs\.\w", other) and not module.startswith("eunoe.labs.")
    ]
    assert not [line for line in wrong if "labs.audit" not in line]


def test_the_configuration_needs_no_torch(environment: dict[str, str]) -> None:
    loaded = "[name for name in ('torch', 'transformers') if name in sys.modules]"
    program = f"import sys, eunoe.workflow.jobs; print({loaded})"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
