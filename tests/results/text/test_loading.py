"""Reading gives back what was drawn, and refuses tables that do not line up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eunoe.errors import EunoeError
from eunoe.results.models import Model
from eunoe.results.text.cells import query_of
from eunoe.results.text.loading import load_results
from eunoe.results.text.trajectories import load_curves
from eunoe.tables.files import read_table, write_table
from eunoe.tables.replies import REPLIES
from eunoe.tables.training import CURVE
from tests.results.text import simulated_recipes as simulated

TRUTH = simulated.Truth(
    behaviours={name: simulated.BEHAVIOURS[name] for name in ("plain", "promot")}, abilities={}
)
SIZE = simulated.Size(seeds=(0, 4), examples=6)


@pytest.fixture
def scores(tmp_path: Path) -> list[Path]:
    return simulated.write_replies(tmp_path, TRUTH, SIZE)["retention"]


def test_tables_give_back_the_arrays(scores: list[Path]) -> None:
    adapter_scopes = simulated.adapter_scopes_of(TRUTH)
    found = load_results(scores[::-1], simulated.BOOTSTRAP, adapter_scopes=adapter_scopes)
    assert set(found) == {("retention", "validation"), ("retention", "test")}
    for split in SIZE.splits:
        drawn = simulated.results_of(TRUTH, "retention", split, SIZE).values
        read = found["retention", split].values
        assert read.keys() == drawn.keys()
        for cell, measures in drawn.items():
            assert read[cell].keys() == measures.keys()  # no shares of outcomes
            for measure, items in measures.items():
                np.testing.assert_array_equal(read[cell][measure], items)
    assert found["retention", "test"].adapter_scopes == adapter_scopes


def change(path: Path, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    rows = read_table(path, REPLIES).to_pandas()
    write_table(path, edit(rows), REPLIES, {})


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda rows: rows.iloc[1:], r"the items are not those of the other models"),
        (lambda rows: rows.assign(item="one"), r"allowed: the same, each once"),
        (
            lambda rows: rows[rows["source"] != "blanks.fr"],
            r"blanks\.fr through identity: seeds \[\d\] with \[6\] items; allowed",
        ),
    ],
)
def test_examples_that_do_not_line_up_are_refused(
    scores: list[Path], edit: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    change(scores[-1], edit)
    with pytest.raises(EunoeError, match=message):
        load_results(scores, simulated.BOOTSTRAP)


def test_a_checkpoint_at_a_level_may_lack_seeds_and_a_final_model_may_not(
    tmp_path: Path,
) -> None:
    missing = replace(TRUTH.behaviours["plain"], unlucky=1)
    truth = replace(TRUTH, behaviours={**TRUTH.behaviours, "plain": missing})
    scores = simulated.write_replies(tmp_path, truth, SIZE)["retention"]
    found = load_results(
        scores, simulated.BOOTSTRAP, adapter_scopes=simulated.adapter_scopes_of(truth)
    )
    results = found["retention", "test"]
    asked = query_of(simulated.TARGET, level=0.8)
    plain, promot = (results.mean(Model("run", run), asked)[0] for run in ("plain", "promot"))
    assert np.isnan(plain).tolist() == [True, False]
    assert np.isfinite(promot).all()
    assert {cell.level for cell in results.values} == {None, *simulated.LEVELS}
    with pytest.raises(EunoeError, match=r"seeds \[0\] with \[6\] items; allowed: seeds \[0, 4\]"):
        load_results(scores[:-1], simulated.BOOTSTRAP)


def test_a_table_that_is_given_twice_is_refused(scores: list[Path]) -> None:
    with pytest.raises(EunoeError, match=r"replies\.parquet: .* given twice$"):
        load_results([*scores, scores[0]], simulated.BOOTSTRAP)


def test_curves_give_back_the_courses(tmp_path: Path) -> None:
    paths = simulated.write_curves(tmp_path, TRUTH, SIZE)
    found = load_curves(paths[::-1], simulated.BOOTSTRAP, {})
    drawn = simulated.curves_of(TRUTH, SIZE).trajectories
    assert found.trajectories.keys() == drawn.keys()
    for key, course in drawn.items():
        for name, value in vars(course).items():
            np.testing.assert_array_equal(getattr(found.trajectories[key], name), value)
    assert load_curves([], simulated.BOOTSTRAP, {}).models == []


def test_updates_go_on_from_stage_to_stage(tmp_path: Path) -> None:
    paths = simulated.write_curves(tmp_path, TRUTH, SIZE)
    found = load_curves(paths, simulated.BOOTSTRAP, {})
    [course] = [
        course
        for (model, measure), course in found.trajectories.items()
        if model.name == "promot" and measure == "loss"
    ]
    assert course.updates.tolist() == [0, 10, 20, 40, 80, 80, 90, 100, 120, 160]


def test_seeds_with_other_checkpoints_are_refused(tmp_path: Path) -> None:
    paths = simulated.write_curves(tmp_path, TRUTH, SIZE)
    rows = read_table(paths[0], CURVE).to_pandas()
    write_table(paths[0], rows[rows["step"] != 40], CURVE, {})
    with pytest.raises(EunoeError, match=r"^run plain: .* not measured at the same checkpoints"):
        load_curves(paths, simulated.BOOTSTRAP, {})
