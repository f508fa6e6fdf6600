"""A run in a folder of one's own is asked, shown, and asked again if its files change."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from safetensors.torch import load_file, save_file

from tests.workflow.checkout import TRIED, Checkout
from tests.workflow.jobs import NOTHING, RECIPES_AGGREGATES, adapted, scores

pytestmark = pytest.mark.slow

FOLDER = Path("models/given")
EDITS = {
    "runs.given": {"base": "village", "model": str(FOLDER)},
    "runs.given_opened": {"base": "opened", "model": str(FOLDER)},
    "runs.tuned_opened": {"base": "opened", "recipe": "plain"},
    "probes.retention.runs": [*TRIED, "given", "given_opened", "tuned_opened"],
    "labs.recipes.plain_cool": "given",
}
GIVEN = scores([], ["given", "given_opened"])


def test_its_evaluation_alone_depends_on_its_files(checkout: Checkout) -> None:
    shutil.copytree(checkout.folder / "data/bases/village/0", checkout.folder / FOLDER)
    checkout.configure(EDITS)
    tuned = adapted(["tuned_opened"]) | scores([], ["tuned_opened"])
    assert checkout.jobs("recipes") == GIVEN | tuned | RECIPES_AGGREGATES

    checkout.snakemake("recipes", "--cores", "1")

    assert checkout.jobs("recipes") == NOTHING
    check_tables(checkout.folder / "reports/tables/retention")
    assert "village: models/given" in (checkout.folder / "reports/recipes.html").read_text()

    weights = checkout.folder / FOLDER / "model.safetensors"
    os.utime(weights, (1, 1))
    assert checkout.jobs("recipes") == NOTHING
    save_file({name: -tensor for name, tensor in load_file(weights).items()}, weights)
    assert checkout.jobs("recipes") == GIVEN | RECIPES_AGGREGATES


def check_tables(folder: Path) -> None:
    """The model is its base's copy: nothing has changed, and nothing is known of its tuning."""
    found = pd.read_parquet(folder / "scores.parquet")
    for run in ("given", "given_opened"):
        rows = found[(found["model"] == run) & (found["measure"] == "change")]
        rows = rows[rows["transform"] == "identity"]
        assert len(rows)
        assert (rows["estimate"] == 0).all()
    for table in ("curves", "costs", "mixtures"):
        names = set(pd.read_parquet(folder / f"{table}.parquet")["model"])
        assert {"plain", "tuned_opened"} <= names
        assert not names & {"given", "given_opened"}
