"""A folder and a YAML file make a lab, with its own target, page and incremental reruns."""

from __future__ import annotations

import shutil

import pytest

from tests.workflow.checkout import ROOT, Checkout
from tests.workflow.jobs import job

pytestmark = pytest.mark.slow
CLAIMS = job("render_claims", lab="toy")
FIGURE = job("render_figure", lab="toy", figure="bar")
PAGE = job("render_page", lab="toy")


@pytest.fixture
def with_toy(checkout: Checkout) -> Checkout:
    """A finished workflow, to which the lab is added."""
    shutil.copytree(ROOT / "tests/toy/lab", checkout.folder / "src/eunoe/labs/toy")
    shutil.copy(ROOT / "tests/toy/toy.yaml", checkout.folder / "workflow/labs")
    return checkout


def test_a_lab_is_a_folder_and_a_yaml_file(with_toy: Checkout) -> None:
    target = job("toy")
    assert with_toy.jobs("all", "recipes") == frozenset()
    assert with_toy.jobs("toy") - {target} == {CLAIMS, FIGURE, PAGE}

    with_toy.snakemake("toy", "--cores", "2")

    page = (with_toy.folder / "reports/toy.html").read_text()
    assert "<title>eunoe: Does it err?</title>" in page
    assert "The base errs." in page
    assert "its squared error is above 0" in page
    assert 'alt="The base errs."' in page
    assert "The base mix50." in page


def test_an_edit_of_a_lab_runs_that_lab_only(with_toy: Checkout) -> None:
    with_toy.snakemake("toy", "--cores", "2")
    folder = "src/eunoe/labs/toy"

    with_toy.append(f"{folder}/claims.py", "\nEDITED = True\n")
    everything = ("all", "recipes", "toy")
    assert with_toy.jobs(*everything) - {job("toy")} == {CLAIMS, PAGE}
    with_toy.append(f"{folder}/figures/bar.py", "\nEDITED = True\n")
    assert with_toy.jobs(*everything) - {job("toy")} == {CLAIMS, FIGURE, PAGE}


def test_a_lab_that_refers_to_nothing_says_so(with_toy: Checkout) -> None:
    path = with_toy.folder / "workflow/labs/toy.yaml"
    path.write_text("labs: {toy: {probe: labels, base: moon}}\n")

    with pytest.raises(AssertionError, match=r"labs\.toy\.base = moon: no such name; allowed: "):
        with_toy.snakemake("--dry-run", "toy")
