"""A base or a run that was there already is asked, and a base tuned, where it is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from safetensors.torch import load_file, save_file

from eunoe.config.checkpoints import Checkpoint
from eunoe.errors import EunoeError
from eunoe.worlds.text.models import open_model
from tests.recipes.tiny import make_base, settings, tune
from tests.stages.village import evaluate, make_village

RECIPE = "target: bird\nstages: [{data: {bird: 1.0}}]"


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world, and `model`, whose replies depend on its prompts."""
    path = tmp_path_factory.mktemp("village")
    make_village(path)
    return path


def replies(village: Path, where: Path, model: Path, **changes: Any) -> pd.DataFrame:
    """What a model replies, through several transforms, with the likelihood of its options."""
    where.mkdir()
    transforms = ["identity", "upper_case", "leetspeak"]
    return evaluate(village, model, where, transforms=transforms, likelihood=True, **changes)


@pytest.mark.parametrize("kind", ["base", "run"])
@pytest.mark.parametrize("tokenizer", [None, "elsewhere"])
def test_it_replies_as_the_same_files_in_the_workflows_folders(
    village: Path, tmp_path: Path, kind: str, tokenizer: str | None
) -> None:
    """Bit by bit: a base or a run, wherever its tokenizer is."""
    own = replies(village, tmp_path / "own", village / "model", kind=kind)
    there = tmp_path / "there"
    shutil.copytree(village / "model", there)
    if tokenizer:
        (tmp_path / tokenizer).mkdir()
        for path in there.glob("tokenizer*"):
            path.rename(tmp_path / tokenizer / path.name)
    given = {"model": str(there), "tokenizer": tokenizer and str(tmp_path / tokenizer)}
    opened = replies(village, tmp_path / "opened", there, kind=kind, checkpoint=given)
    pd.testing.assert_frame_equal(own, opened, check_exact=True)
    assert set(opened["kind"]) == {kind}


def test_a_run_replies_as_a_base_with_its_weights(village: Path, tmp_path: Path) -> None:
    given = {"checkpoint": {"model": str(village / "model")}}
    base, run = (
        replies(village, tmp_path / kind, village / "model", kind=kind, **given)
        for kind in ("base", "run")
    )
    assert (set(base.pop("kind")), set(run.pop("kind"))) == ({"base"}, {"run"})
    pd.testing.assert_frame_equal(base, run, check_exact=True)


def test_a_run_replies_by_its_own_weights(village: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    shutil.copytree(village / "model", there)
    weights = load_file(there / "model.safetensors")
    last = max(name for name in weights if "mlp" in name)
    save_file({**weights, last: -weights[last]}, there / "model.safetensors", {"format": "pt"})
    base = replies(village, tmp_path / "base", village / "model", kind="base")
    given = {"checkpoint": {"model": str(there)}}
    run = replies(village, tmp_path / "run", there, **given)
    assert (base["reply"] != run["reply"]).mean() > 0.5


@pytest.mark.parametrize("kind", ["base", "run"])
def test_a_folder_without_a_model_is_one_clear_line(
    village: Path, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "empty").mkdir()
    empty = {"kind": kind, "checkpoint": {"model": str(tmp_path / "empty")}}
    line = rf"^{kind}s\.m\.model = .*empty: has no"
    with pytest.raises(EunoeError, match=line) as error:
        evaluate(village, village / "model", tmp_path, **empty)
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
