"""A finished workflow, made once for all tests and all workers, and a copy of it for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.workflow.checkout import RECORDER, ROOT, TINY, Checkout, copy_of_checkout


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The tiny workflow after `snakemake --cores 2 all recipes`. Not to be changed."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, done = shared / "finished", shared / "finished.done"
    with FileLock(shared / "finished.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            made = copy_of_checkout(ROOT, folder)
            made.configure(TINY)
            (folder / "src" / "sitecustomize.py").write_text(RECORDER)
            made.snakemake("--cores", "2", "all", "recipes")
            done.touch()
    return Checkout(folder)


@pytest.fixture
def checkout(finished: Checkout, tmp_path: Path) -> Iterator[Checkout]:
    """A copy of the finished workflow elsewhere, to be edited."""
    copy = Checkout(tmp_path / "checkout")
    shutil.copytree(finished.folder, copy.folder, symlinks=True)
    yield copy
    shutil.rmtree(copy.folder)
