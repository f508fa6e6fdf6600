"""The page of recipes: it says what the tables say, of every model, and at what size."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from eunoe.config.figures import Style
from eunoe.config.study import Study
from eunoe.errors import EunoeError
from eunoe.labs.recipes.claims import ledger
from eunoe.labs.recipes.page import made_from, stage_words
from eunoe.labs.recipes.settings import Figures
from eunoe.results.text.size import parameters_of
from eunoe.stages.render_page import PageSettings, render_page
from eunoe.tables.claims import CLAIMS, PUBLISHED
from eunoe.tables.files import write_table
from tests.config.conftest import ROOT
from tests.lab import parts_of
from tests.labs.recipes.planted import LAB_SETTINGS, Picture, abilities, behaviours, evidence
from tests.results.text.simulated_recipes import (
    BASE,
    BOOTSTRAP,
    TARGET,
    Behaviour,
    Size,
    study_of,
    write_lab,
)
from tests.stages.test_render_page import Page, write_benchmarks, write_figures

STAGE: dict[str, Any] = {
    **{"train": ["all"], "frozen": [], "frozen_layers": 0, "demonstrations": 0, "pick": "last"},
    **{"loss": "cross_entropy", "penalties": {"kl": None}, "training": "brief", "merge": None},
    "data": {TARGET: {"share": 1.0, "replies": "given"}},
}
PROMPT: dict[str, Any] = STAGE | {"train": ["soft_prompt"]}
RATES = {run: rates for run, rates in abilities().items() if not run.endswith(("_4", "_16", "_64"))}
PLANTED = Picture(
    abilities=RATES,
    behaviours=behaviours(
        kl=Behaviour(0.95, 0.8, 0.1, unlucky=1), replay=Behaviour(0.93, 0.5, 0.1, rehearsed=1.0)
    ),
)
SIZE = Size(seeds=(0, 1, 2), examples=8)


STUDY = study_of(PLANTED)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recipes")
    write_lab(folder, PLANTED, SIZE)
    return folder


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    rows = ledger.judge(evidence(PLANTED, LAB_SETTINGS, SIZE), BOOTSTRAP.level, "recipes")
    claims, published = root / "recipes.claims.parquet", root / "recipes.published.parquet"
    write_table(claims, rows, CLAIMS, {})
    write_table(published, pd.DataFrame(columns=PUBLISHED.names), PUBLISHED, {})
    weights = root / f"data/bases/{BASE}/0/model.safetensors"
    weights.parent.mkdir(parents=True)
    save_file({"a": np.zeros((1000, 300)), "b": np.zeros(45_000)}, weights)
    made = {"versions": {"torch": "2.0"}, "python": "3.12", "commit": "abc"}
    network = weights.with_name("network.json")
    network.write_text(json.dumps(made | {"machine": "a machine", "device": "cpu"}))
    figures, captions = write_figures(root, [*Figures.model_fields])
    render_page(
        PageSettings(
            lab="recipes",
            parts=parts_of(LAB_SETTINGS),
            seeds=[0, 1, 2],
            study=STUDY,
            bootstrap=BOOTSTRAP,
            style=Style(),
            code="none",
        ),
        template=ROOT / "src/eunoe/report/page.html",
        section=ROOT / "src/eunoe/labs/recipes/page.html",
        claims=claims,
        published=published,
        tables=sorted(root.glob("reports/tables/*/*.parquet"), reverse=True),
        weights=[weights],
        networks=[network],
        figures=figures,
        captions=captions,
        benchmarks=write_benchmarks(root / "benchmarks"),
        page=root / "recipes.html",
    )
    return (root / "recipes.html").read_text()


def rows_of(text: str, model: str) -> list[list[str]]:
    """The cells of every row that is about a model."""
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    cells = [re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL) for row in rows]
    plain = [[re.sub(r"\s+|<[^>]+>", " ", cell).strip() for cell in row] for row in cells]
    return [row for row in plain if row and row[0].split()[0] == model]


def test_it_is_one_page_of_its_own(text: str) -> None:
    page = Page(text)  # every tag is closed in its turn
    assert text.startswith("<!DOCTYPE html>")
    assert "What keeps a capability?" in page.text("title")
    assert "Published" not in page.text()
    assert not re.search(r"https?://|\b(nan|None|inf|Undefined)\b", page.text())


def test_every_figure_and_every_claim_is_there(text: str) -> None:
    page = Page(text)
    ids = [attributes.get("id") for attributes in page.all("figure")]
    assert ids == list(Figures.model_fields)
    rows = ledger.judge(evidence(PLANTED, LAB_SETTINGS, SIZE), BOOTSTRAP.level, "recipes")
    for claim, verdict in zip(rows["claim"], rows["verdict"], strict=True):
        assert rows_of(text, claim)[0][-1] == verdict


def test_the_size_of_the_base_is_said(text: str) -> None:
    words = re.sub(r"\s+", " ", Page(text).text())
    assert f"The base {BASE} has 0.345 million parameters." in words


def test_every_model_is_there_with_its_numbers(root: Path, text: str) -> None:
    scores = pd.read_parquet(root / "reports/tables/retention/scores.parquet")
    scores = scores[scores["level"].isna()]
    used = scores[(scores["attached"] == "deployed") & (scores["transform"] == "identity")]
    equal = pd.read_parquet(root / "reports/tables/retention/equal_target.parquet")
    costs = pd.read_parquet(root / "reports/tables/retention/costs.parquet")
    for run in PLANTED.behaviours:
        own = used[used["model"] == run].set_index(["source", "measure"])["estimate"]
        cells = rows_of(text, run)[0]
        assert cells[1] == f"{own[TARGET, 'right']:.2f}"
        assert cells[2].startswith(f"{own['held_out', 'retained']:.2f}")
        at = equal[(equal["run"] == run) & (equal["sources"] == "unrehearsed")]
        for place, kept in enumerate(at.sort_values("level")["retention"], start=3):
            assert cells[place].startswith("missed in 3 of 3" if np.isnan(kept) else f"{kept:.2f}")
        spent = costs[costs["model"] == run]
        assert cells[7] == f"{spent['updates'].sum():.0f}"
        assert cells[10] == f"{spent['seconds'].sum():.0f}"
    for run in PLANTED.abilities:
        assert rows_of(text, run)


def test_what_misses_a_level_says_in_how_many_seeds_and_its_best(root: Path, text: str) -> None:
    rows = pd.read_parquet(root / "reports/tables/retention/equal_target.parquet")
    rows = rows[(rows["sources"] == "unrehearsed") & (rows["level"] == 0.9)].set_index("run")
    for run, missed in (("kl", 1), ("prompt_tuning", 3)):
        row = rows.loc[run]
        assert row["reached"] == 3 - missed
        cell = re.sub(r"\s+", " ", rows_of(text, run)[0][5])
        assert cell.endswith(f"missed in {missed} of 3, best {row['best']:.2f}")
        kept = f"{row['retention']:.2f}" if missed < 3 else "missed"
        assert cell.startswith(kept)


def test_levels_are_of_tasks_that_no_recipe_trains_on(root: Path, text: str) -> None:
    rows = pd.read_parquet(root / "reports/tables/retention/equal_target.parquet")
    rows = rows[(rows["run"] == "replay") & (rows["level"] == 0.8)]
    kept = rows.set_index("sources")["retention"]
    assert f"{kept['unrehearsed']:.2f}" != f"{kept['held_out']:.2f}"
    assert rows_of(text, "replay")[0][4].startswith(f"{kept['unrehearsed']:.2f}")
    headings = re.findall(r"<th[^>]*>(.*?)</th>", text)
    assert "repeat.en" in headings
    assert not {"rehearsed", "unrehearsed", "held_out"} & {*headings}, "groups are no tasks"


def test_the_gain_is_that_of_the_best_transform(root: Path, text: str) -> None:
    rows = pd.read_parquet(root / "reports/tables/retention/scores.parquet")
    rows = rows[rows["level"].isna()]
    own = rows[(rows["model"] == "plain") & (rows["source"] == "transformed")]
    own = own[(own["attached"] == "deployed") & (own["measure"] == "right")]
    right = own.set_index("transform")["estimate"]
    gain = right.drop("identity").max() - right["identity"]
    assert rows_of(text, "plain")[0][6].startswith(f"{gain:+.2f}")


def test_mixtures_have_their_shares(text: str) -> None:
    shares = [row for row in rows_of(text, "dmt_1_256") if row[-1].endswith("%")]
    assert [row[1:3] for row in shares] == [
        ["1", source] for source in ("maths.en", "coding.en", "general.en")
    ]
    assert {row[-1] for row in shares} == {"33.33%"}


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (PROMPT, f"soft prompt on {TARGET} (brief)"),
        (STAGE | {"frozen": ["soft_prompt"]}, "with the soft prompt frozen"),
        (STAGE | {"merge": {"plain": 0.5}}, "the base plus 0.5 of plain"),
        (STAGE | {"penalties": {"kl": {"weight": 0.5, "data": None}}}, "with penalty kl 0.5"),
        (STAGE | {"data": {"a": {"fraction": 1 / 256}, "b": {"count": 7}}}, "1/256 of a, 7 of b"),
        (STAGE | {"data": {"a": 0.75, "b": {"share": 0.25, "replies": "base"}}}, "b 0.25 (own rep"),
        (STAGE | {"data": {"a": {"tokens": 0.75}}}, "a 0.75 of the tokens"),
        (
            STAGE | {"frozen_layers": 2, "loss": "dft"},
            "without the 2 lowest blocks by the loss",
        ),
        (STAGE | {"demonstrations": 1, "pick": "best"}, "keeping the best checkpoint (brief)"),
    ],
)
def test_a_stage_is_put_in_words(stage: dict[str, Any], words: str) -> None:
    assert words in stage_words(stage)


def test_a_base_that_was_there_is_named() -> None:
    bases = {"mine": {"world": "village", "model": "path/to/it"}}
    study = Study.model_validate({"bases": bases})
    assert made_from("base", "mine", study) == "path/to/it"


def test_a_file_without_weights_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "base/0/model.safetensors"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"nothing")
    with pytest.raises(EunoeError, match=r"model\.safetensors: not a readable safetensors file"):
        parameters_of([path])
