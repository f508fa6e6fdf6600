"""The digest of a stage's code changes with what the code does, and with nothing else."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eunoe import code_digest as module
from eunoe.code_digest import code_digest, modules_of

PACKAGE = {
    "__init__.py": '"""A package."""\n',
    "stage.py": (
        '"""A stage."""\n'
        "from typing import TYPE_CHECKING\n\n"
        "import fake.core.maths\n\n"
        "if TYPE_CHECKING:\n"
        "    from fake.shapes import Shape\n\n\n"
        "def run(shape: 'Shape') -> float:\n"
        '    """Run."""\n'
        "    from fake.lazy import later\n\n"
        "    return later(fake.core.maths.RATE)\n"
    ),
    "lazy.py": "def later(rate):\n    return 2 * rate\n",
    "shapes.py": "class Shape:\n    sides = 4\n",
    "unrelated.py": "import fake.core\n",
    "core/__init__.py": "",
    "core/maths.py": "from fake import constants\n\nRATE = constants.BASE + 1\n",
    "constants.py": "BASE = 1\n",
}


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small package in the place of eunoe."""
    folder = tmp_path / "fake"
    for name, text in PACKAGE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(module, "PACKAGE", folder)
    module.parse.cache_clear()
    yield folder
    module.parse.cache_clear()


def digest() -> str:
    module.parse.cache_clear()
    return code_digest("fake.stage")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_every_module_that_runs_is_found(fake: Path) -> None:
    assert modules_of("fake.stage") == [
        "fake",
        "fake.constants",
        "fake.core",
        "fake.core.maths",
        "fake.lazy",
        "fake.stage",
    ]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (
            "stage.py",
            "import fake.core.maths\n",
            "# a comment\nimport fake.core.maths  # another\n",
        ),
        ("stage.py", '"""A stage."""\n', '"""Another docstring."""\n'),
        ("stage.py", '    """Run."""\n', ""),
        ("lazy.py", "    return 2 * rate\n", "\n    return (\n        2\n        *rate\n    )\n"),
        ("constants.py", "BASE = 1\n", 'BASE = 1\n"""What an attribute means."""\n'),
        ("unrelated.py", "import fake.core\n", "import fake.core\nRATE = 5\n"),
        ("shapes.py", "sides = 4", "sides = 5"),
    ],
    ids=["comment", "docstring", "no docstring", "format", "attribute", "unrelated", "type"],
)
def test_what_does_not_run_does_not_count(fake: Path, name: str, old: str, new: str) -> None:
    before = digest()
    replace(fake / name, old, new)
    assert digest() == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("constants.py", "BASE = 1", "BASE = 2"),
        ("constants.py", "BASE = 1", "BASE = 1.0"),
        ("lazy.py", "2 * rate", "rate * 2"),
        ("lazy.py", "rate", "speed"),
        ("core/maths.py", "+ 1", "- 1"),
        ("stage.py", "    return later", "    'a string' + ''\n    return later"),
        ("stage.py", "def run", "@staticmethod\ndef run"),
    ],
)
def test_what_runs_counts(fake: Path, name: str, old: str, new: str) -> None:
    before = digest()
    replace(fake / name, old, new)
    assert digest() != before


@pytest.mark.parametrize("name", ["__init__.py", "core/__init__.py"])
def test_the_packages_around_a_module_count(fake: Path, name: str) -> None:
    before = digest()
    with (fake / name).open("a") as file:
        file.write("import fake.unrelated\n")
    assert digest() != before
    assert "fake.unrelated" in modules_of("fake.stage")


def test_a_renamed_module_counts(fake: Path) -> None:
    before = digest()
    (fake / "lazy.py").rename(fake / "lazier.py")
    replace(fake / "stage.py", "fake.lazy", "fake.lazier")
    assert digest() != before


def test_how_a_failure_is_told_does_not_count(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ONLY_TOLD", frozenset({"fake.constants"}))
    before = digest()
    replace(fake / "constants.py", "BASE = 1", "BASE = 2")
    assert digest() == before
    replace(fake / "core/maths.py", "+ 1", "- 1")
    assert digest() != before


def test_times_and_places_do_not_count(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest()
    for path in fake.rglob("*.py"):
        os.utime(path, (0, 0))
    assert digest() == before
    moved = fake.parent / "elsewhere" / "fake"
    moved.parent.mkdir()
    fake.rename(moved)
    monkeypatch.setattr(module, "PACKAGE", moved)
    assert digest() == before


def test_modules_that_import_each_other_are_no_problem(fake: Path) -> None:
    with (fake / "constants.py").open("a") as file:
        file.write("import fake.stage\n")
    assert "fake.constants" in modules_of("fake.stage")


# This package


def test_a_stage_covers_what_it_runs_and_not_the_figures() -> None:
    covered = modules_of("eunoe.stages.pretrain", "eunoe.worlds.regression.world")
    assert {"eunoe.training.loop", "eunoe.worlds.regression.network", "eunoe.streams"} <= set(
        covered
    )
    assert not [name for name in covered if name.startswith(("eunoe.labs", "eunoe.report"))]


@pytest.mark.parametrize(
    ("stage", "module"),
    [
        ("synthesize_world", "material"),
        ("synthesize_items", "items"),
        ("pretrain", "world"),
        ("finetune", "world"),
        ("evaluate_network", "world"),
        ("evaluate_ideals", "world"),
    ],
)
def test_a_new_task_of_text_reaches_nothing_of_regression(stage: str, module: str) -> None:
    covered = modules_of(f"eunoe.stages.{stage}", f"eunoe.worlds.regression.{module}")
    assert not [name for name in covered if "text" in name.split(".")]


@pytest.mark.parametrize("kind", ["regression", "text"])
def test_what_a_probe_asks_is_made_apart_from_the_world(kind: str) -> None:
    """A new way to draw a probe's items remakes no world and trains nothing."""
    material, items = f"eunoe.worlds.{kind}.material", f"eunoe.worlds.{kind}.items"
    made = modules_of("eunoe.stages.synthesize_world", material)
    asked = modules_of("eunoe.stages.synthesize_items", items)
    trained = modules_of("eunoe.stages.pretrain", f"eunoe.worlds.{kind}.world")
    assert material in made
    assert items in asked
    assert items not in made + trained
    assert material not in asked + trained


def test_python_loads_no_module_that_the_digest_does_not_cover(
    environment: dict[str, str],
) -> None:
    roots = ("eunoe.stages.pretrain", "eunoe.worlds.regression.world")
    program = f"import sys, {', '.join(roots)}; print(*(m for m in sys.modules if 'eunoe' in m))"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= set(modules_of(*roots))


def test_what_is_left_out_holds_exceptions_alone() -> None:
    assert "eunoe.errors" in module.ONLY_TOLD
    for name in module.ONLY_TOLD:
        path = module.source_of(name)
        assert path is not None, f"{name} is no module"
        for node in ast.parse(path.read_text()).body:
            assert isinstance(node, (ast.Expr, ast.ClassDef)), f"{name}: a function or an import"


def test_a_world_with_ciphers_covers_them() -> None:
    assert "eunoe.transforms.ciphers" in modules_of("eunoe.worlds.text.documents")
    assert "eunoe.transforms.ciphers" not in modules_of("eunoe.worlds.regression.world")


def test_no_import_is_relative() -> None:
    # the digest follows absolute imports only
    for path in module.PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path
