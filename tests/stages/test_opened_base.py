"""A base that was there already is asked and tuned where it is."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from eunoe.config.audits import Checkpoint
from eunoe.errors import EunoeError
from eunoe.worlds.text.models import open_model
from tests.recipes.tiny import make_base, settings, tune
from tests.stages.village import evaluate, make_village

RECIPE = "target: bird\nstages: [{data: {bird: 1.0}}]"


def test_it_replies_as_the_same_files_in_the_workflows_folders(tmp_path: Path) -> None:
    make_village(tmp_path)
    own, opened = tmp_path / "own", tmp_path / "opened"
    own.mkdir()
    opened.mkdir()
    model = tmp_path / "model"
    first = evaluate(tmp_path, model, own)
    checkpoint = {"model": str(model)}
    second = evaluate(tmp_path, model, opened, checkpoint=checkpoint)
    pd.testing.assert_frame_equal(first, second)


def test_a_folder_without_a_model_is_one_clear_line(tmp_path: Path) -> None:
    make_village(tmp_path)
    (tmp_path / "empty").mkdir()
    empty = {"checkpoint": {"model": str(tmp_path / "empty")}}
    with pytest.raises(EunoeError, match=r"^bases\.m\.model = .*empty: has no") as error:
        evaluate(tmp_path, tmp_path / "model", tmp_path, **empty)
    assert "\n" not in str(error.value)


def test_tuning_it_makes_the_weights_that_tuning_a_copy_makes(tmp_path: Path) -> None:
    make_base(tmp_path)
    copied = tune(tmp_path, settings(RECIPE, "copied"))
    given = settings(RECIPE, "there")
    there = given.model_copy(update={"base": Checkpoint(model=str(tmp_path / "base"))})
    opened = tune(tmp_path, there)
    first, second = (open_model(Checkpoint(model=str(path)), "x")[0] for path in (copied, opened))
    assert all(
        one.equal(other) for one, other in zip(first.parameters(), second.parameters(), strict=True)
    )
