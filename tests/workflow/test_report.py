"""Snakemake's own report: every figure with its caption."""

import zipfile

import pytest

from tests.workflow.checkout import ROOT, Checkout

pytestmark = pytest.mark.slow
CAPTIONS = sorted((ROOT / "src/eunoe/labs").glob("*/captions/*.rst"))


def test_snakemake_collects_the_figures_with_their_captions(checkout: Checkout) -> None:
    checkout.snakemake("all", "recipes", "--report", "report.zip")

    with zipfile.ZipFile(checkout.folder / "report.zip") as report:
        names = report.namelist()
        pages = "\n".join(
            report.read(name).decode() for name in names if name.endswith((".html", ".js"))
        )
    for caption in CAPTIONS:
        assert any(name.endswith(f"{caption.stem}.png") for name in names), caption.stem
        first = caption.read_text().split(".")[0]
        assert first[:60].split("'")[0] in pages, caption.stem
