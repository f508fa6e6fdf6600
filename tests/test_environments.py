"""The environments of the rules, the constraints and the package's dependencies agree."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from eunoe.code_digest import modules_of, source_of

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))


def constraints() -> dict[str, str]:
    """Return the exact versions in constraints.txt by name."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = (line.split("==") for line in lines if not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pins}


def dependencies() -> list[Requirement]:
    """Return what pyproject.toml requires, for use and for tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*map(Requirement, project["dependencies"] + project["optional-dependencies"]["test"])]


def pins_of(environment: Path) -> dict[str, str]:
    """Return the packages of a conda environment's pip section."""
    parts = yaml.safe_load(environment.read_text())["dependencies"]
    section = next(part["pip"] for part in parts if isinstance(part, dict))
    return dict(line.split("==") for line in section)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)
def test_environment_pins_what_the_constraints_pin(environment: Path) -> None:
    pins = pins_of(environment)
    assert pins == {name: constraints()[name] for name in pins}


@pytest.mark.parametrize("requirement", dependencies(), ids=lambda requirement: requirement.name)
def test_constraints_satisfy_pyproject(requirement: Requirement) -> None:
    assert requirement.specifier.contains(constraints()[canonicalize_name(requirement.name)])


def test_rules_name_existing_environments() -> None:
    for rules in (ROOT / "workflow" / "rules").glob("*.smk"):
        for name in re.findall(r'"\.\./\.\./envs/([\w.]+)"', rules.read_text()):
            assert ROOT / "envs" / name in ENVIRONMENTS


def stages(environment: str) -> list[str]:
    """Return the modules that the rules of an environment run."""
    found = set()
    for rules in (ROOT / "workflow" / "rules").glob("*.smk"):
        for rule in re.split(r"^rule ", rules.read_text(), flags=re.M)[1:]:
            if f"envs/{environment}.yaml" in rule:
                found |= set(re.findall(r'"(eunoe\.[\w.]+)"', rule))
    return sorted(found)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)
def test_environment_has_what_its_rules_import(environment: Path) -> None:
    used = set()
    for module in modules_of(*stages(environment.stem), *worlds_and_labs(environment.stem)):
        source = source_of(module)
        assert source is not None
        for node in ast.parse(source.read_text()).body:
            if isinstance(node, ast.Import):
                used |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                used.add(str(node.module).split(".")[0])
    third = used - sys.stdlib_module_names - {"eunoe", "pydantic_core"}  # that comes with pydantic
    assert third <= set(pins_of(environment))


def worlds_and_labs(environment: str) -> list[str]:
    """Return the modules that those stages import by name."""
    if environment == "compute":
        return [
            f"eunoe.worlds.{kind}.{name}"
            for kind in ("regression", "text")
            for name in ("material", "items", "world")
        ] + ["eunoe.worlds.text.given.items", "eunoe.worlds.text.given.asking"]
    labs = ROOT / "src/eunoe/labs"
    found = [path.relative_to(labs).with_suffix("") for path in labs.rglob("[a-z]*.py")]
    return [".".join(["eunoe.labs", *path.parts]) for path in found if path.parts[0] != "audit"]
