"""A model that is there becomes a base: the same logits, and what it can do already."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from eunoe.config.audits import Checkpoint
from eunoe.errors import EunoeError
from eunoe.stages.open_base import OpeningSettings, open_base
from eunoe.tables.files import read_table
from eunoe.tables.training import CURVE
from eunoe.worlds.text.models import checkpoint_in, open_model
from tests.recipes.tiny import make_base, world


def opening(location: Path) -> OpeningSettings:
    checkpoint = Checkpoint(model=str(location))
    return OpeningSettings(model="mine", seed=0, checkpoint=checkpoint, world=world(), code="")


def test_a_folder_becomes_a_base(tmp_path: Path) -> None:
    source = make_base(tmp_path).parent
    base = tmp_path / "bases" / "mine"
    files = (base / "model.safetensors", base / "network.json", base / "curve.parquet")
    open_base(opening(source), tmp_path / "world.parquet", 0, *files)
    first, tokenizer = open_model(checkpoint_in(source))
    second, again = open_model(checkpoint_in(base))
    text = "3 Is the owl a bird?\nAnswer:"
    assert tokenizer(text)["input_ids"] == again(text)["input_ids"]
    ids = torch.tensor([tokenizer(text)["input_ids"]])
    with torch.inference_mode():
        assert first(ids).logits.equal(second(ids).logits)
    curve = read_table(files[2], CURVE).to_pandas()
    assert set(curve["measure"]) == {"bird", "copy"}
    assert {"config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"} <= {
        path.name for path in base.iterdir()
    }


def test_a_folder_without_a_model_is_one_clear_line(tmp_path: Path) -> None:
    make_base(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(EunoeError, match=r"bases\.mine\.model") as error:
        open_base(
            opening(tmp_path / "empty"),
            tmp_path / "world.parquet",
            0,
            *(tmp_path / name for name in ("model.safetensors", "network.json", "curve.parquet")),
        )
    assert "\n" not in str(error.value)
