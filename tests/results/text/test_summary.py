"""The small tables of a lab with planted effects, against the rates and against plain pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from eunoe.errors import EunoeError
from eunoe.results.curves import CURVES
from eunoe.results.models import Model
from eunoe.results.text.cells import query_of
from eunoe.results.text.probed import Probed
from eunoe.results.text.summary import score_rows, subjects_of
from eunoe.results.text.tables import (
    CHANGES,
    CHECKPOINTS,
    EQUAL_TARGET,
    MEAN_COSTS,
    MEAN_MIXTURES,
    MEAN_SCORES,
)
from eunoe.stages.render_text_tables import TextTableSettings, render_text_tables
from eunoe.tables.files import read_table
from eunoe.tables.replies import REPLIES
from tests.results.text import simulated_recipes as simulated
from tests.results.text.simulated_language import items_in

NAMES = ("plain", "prompt_tuning", "promot", "lora", "replay")
TRUTH = simulated.Truth(
    behaviours={name: simulated.BEHAVIOURS[name] for name in NAMES},
    abilities={"multi_task": (0.75, 0.45, 0.8)},
)
SIZE = simulated.Size(seeds=(0, 1, 2), examples=80)
SCHEMAS = {
    "scores": MEAN_SCORES,
    "changes": CHANGES,
    "curves": CURVES,
    "costs": MEAN_COSTS,
    "mixtures": MEAN_MIXTURES,
    "checkpoints": CHECKPOINTS,
    "equal_target": EQUAL_TARGET,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished lab."""
    path = tmp_path_factory.mktemp("lab")
    simulated.write_lab(path, TRUTH, SIZE)
    return path


def table(root: Path, name: str, probe: str = "retention") -> pd.DataFrame:
    path = root / f"reports/tables/{probe}/{name}.parquet"
    found: pd.DataFrame = read_table(path, SCHEMAS[name]).to_pandas()
    if name == "scores":
        found = found[found["level"].isna()]
    return found.astype(dict.fromkeys(found.select_dtypes("category").columns, object))


def pick(rows: pd.DataFrame, **values: object) -> pd.DataFrame:
    for column, value in values.items():
        rows = rows[rows[column] == value]
    return rows


def only(rows: pd.DataFrame, **values: object) -> Any:
    found = pick(rows, **values)
    assert len(found) == 1
    return found.iloc[0]


def test_means_are_those_of_the_rows_of_test_examples(root: Path) -> None:
    items = pd.concat(
        read_table(path, REPLIES).to_pandas()
        for path in root.glob("data/probes/retention/*/*/*/replies.parquet")
    )
    items = items[(items["split"] == "test") & items["level"].isna()]
    keys = ["kind", "model", "source", "transform", "attached"]
    rows = table(root, "scores")
    for measure in ("right", "formatted", "specialised", "credit"):
        wanted = items.groupby(keys, observed=True)[measure].mean()
        for key, mean in wanted.to_dict().items():
            *who, attached = key
            how = dict(zip(keys, who, strict=False)) | {"attached": "yes" if attached else "no"}
            row = only(rows, measure=measure, **how)
            assert row["estimate"] == pytest.approx(mean)
            assert row["low"] <= row["estimate"] <= row["high"]
            assert (row["items"], row["seeds"]) == (80, 3)


def test_sources_with_options_have_no_shares_of_outcomes(root: Path) -> None:
    """Those are of crossed probes: here no outcome is read, and none has a share, not even 0."""
    options = [pd.read_parquet(path)["options"].map(len) for path in items_in(root, "retention")]
    assert (pd.concat(options) > 0).any()
    measures = {*simulated.MEASURES, "change", "retained"}
    for probe in ("retention", "abilities"):
        assert set(table(root, "scores", probe)["measure"]) == measures


def test_a_run_is_shown_as_it_is_used(root: Path) -> None:
    rows = pick(table(root, "scores"), measure="right", transform="identity")
    for model, source, like in [
        ("promot", simulated.TARGET, "yes"),
        ("promot", "repeat.en", "no"),
        ("lora", "repeat.en", "yes"),
        ("plain", simulated.TARGET, "no"),
    ]:
        used = only(rows, model=model, source=source, attached="deployed")
        same = only(rows, model=model, source=source, attached=like)
        assert used["estimate"] == same["estimate"]
    assert set(pick(rows, model="plain")["attached"]) == {"no", "deployed"}
    assert set(pick(rows, model="promot")["attached"]) == {"no", "yes", "deployed"}


def test_what_was_planted_is_retained(root: Path) -> None:
    rows = pick(table(root, "scores"), source="held_out", attached="deployed")
    for name in NAMES:
        row = only(rows, model=name, measure="retained")
        assert row["estimate"] == pytest.approx(TRUTH.behaviours[name].kept, abs=0.06)
        means = [
            only(rows, model=model, measure="right")["estimate"] for model in (name, simulated.BASE)
        ]
        assert row["estimate"] == pytest.approx(means[0] / means[1])
        change = only(rows, model=name, measure="change")
        assert change["estimate"] == pytest.approx(means[0] - means[1])
        assert row["items"] == 80 * len(simulated.HELD_OUT)
    assert pick(rows, model=simulated.BASE, measure="retained").empty
    assert set(rows["transform"]) == {"identity"}


def test_transforms_are_compared_on_the_same_sources(root: Path) -> None:
    rows = pick(table(root, "scores"), source="transformed", model="plain", attached="deployed")
    for transform in simulated.TRANSFORMS:
        row = only(rows, measure="right", transform=transform)
        assert row["items"] == 80 * 3  # blanks.fr goes through identity alone
    gained = [
        only(rows, measure="right", transform=name)["estimate"]
        for name in ("translate(fr)", "identity")
    ]
    assert gained[0] - gained[1] > 0.2


def test_groups_need_a_target() -> None:
    results = simulated.results_of(TRUTH, "abilities", "test", SIZE)
    sources = {part.named.source for parts in subjects_of(results, Probed({})) for part in parts}
    assert sources == set(simulated.ABILITIES)
    assert score_rows(results, Probed({}))["measure"].nunique() == 4  # no base, no change


def test_a_base_that_gets_nothing_right_leaves_nothing_to_retain() -> None:
    results = simulated.results_of(TRUTH, "abilities", "test", SIZE)
    for cell, values in results.values.items():
        if cell.model.kind == "base":
            values["right"][:] = 0
    rows = score_rows(results, Probed({"multi_task": simulated.BASE}))
    assert "change" in set(rows["measure"])
    assert "retained" not in set(rows["measure"])


def test_curves_are_pooled_and_shown_as_used(root: Path) -> None:
    rows = table(root, "curves")
    drawn = simulated.curves_of(TRUTH, SIZE)
    for name in ("plain", "promot"):
        who = Model("run", name)
        wanted = np.mean(
            [drawn.used(who, source).values for source in simulated.HELD_OUT], axis=(0, 1)
        )
        found = pick(rows, model=name, measure="used.right.held_out")
        assert found["estimate"].tolist() == pytest.approx(wanted)
        own = drawn.trajectory(who, "plain.specialised.repeat.en").values
        found = pick(rows, model=name, measure="plain.specialised.repeat.en")
        assert found["estimate"].tolist() == pytest.approx(own.mean(axis=0))
        assert (found["low"] >= own.min(axis=0)).all()
    attached = pick(rows, model="promot", measure=f"attached.right.{simulated.TARGET}")
    used = pick(rows, model="promot", measure=f"used.right.{simulated.TARGET}")
    assert attached["estimate"].tolist() == used["estimate"].tolist()
    assert not pick(rows, model="promot", measure="attached.right.held_out").empty
    assert pick(rows, model="plain", measure="attached.right.held_out").empty
    assert not rows.duplicated(["kind", "model", "stage", "step", "measure"]).any()


def test_costs_and_mixtures_are_means_over_seeds(root: Path) -> None:
    costs = only(table(root, "costs"), model="promot", stage=1)
    assert (costs["updates"], costs["seconds"], costs["seeds"]) == (80, 21, 3)
    mixture = pick(table(root, "mixtures", "abilities"), model="multi_task")
    assert mixture["example_share"].tolist() == pytest.approx([1 / 3] * 3)
    assert mixture["source"].tolist() == list(simulated.ABILITIES)


def test_the_planted_recipe_keeps_most_at_equal_target_score(root: Path) -> None:
    rows: Any = table(root, "equal_target")
    rows = pick(rows, sources="unrehearsed", level=0.9).set_index("run")
    assert set(rows.index) == set(NAMES)
    assert rows["reached"].to_dict() == dict.fromkeys(NAMES, 3) | {"prompt_tuning": 0}
    assert rows.loc["promot", "low"] > rows.loc["plain", "high"]
    assert rows.loc["promot", "retention"] > rows.loc["lora", "retention"]
    points = table(root, "checkpoints")
    assert pick(points, run="promot")["step"].tolist() == [10, 20, 40, 80]  # of its last stage
    best = points[points["front"]]
    assert 0 < len(best) < len(points)
    assert set(best["run"]) <= {"promot", "prompt_tuning"}


def test_held_out_sources_are_told_apart_by_whether_they_are_rehearsed(root: Path) -> None:
    rows = pick(table(root, "scores"), measure="right", attached="deployed", transform="identity")
    for model in (simulated.BASE, "plain", "replay"):
        one = only(rows, model=model, source="rehearsed")
        same = only(rows, model=model, source="repeat.en")
        assert (one["estimate"], one["items"]) == (same["estimate"], 80)
        rest = only(rows, model=model, source="unrehearsed")
        every = only(rows, model=model, source="held_out")
        assert every["estimate"] == pytest.approx((one["estimate"] + 3 * rest["estimate"]) / 4)


def test_checkpoints_at_levels_have_scores_of_their_own(root: Path) -> None:
    path = root / "reports/tables/retention/scores.parquet"
    rows: Any = read_table(path, MEAN_SCORES).to_pandas()
    rows = rows[rows["level"].notna() & (rows["model"] == "plain")]
    assert set(rows["level"]) == set(simulated.LEVELS)
    assert set(rows["attached"]) == {"deployed"}
    assert set(rows["transform"]) == {"identity"}
    results = simulated.results_of(TRUTH, "retention", "test", SIZE)
    for level in simulated.LEVELS:
        query = query_of("repeat.en", level=level)
        right = only(rows, source="repeat.en", measure="right", level=level)["estimate"]
        assert right == pytest.approx(results.mean(Model("run", "plain"), query)[0].mean())
        change = only(rows, source="repeat.en", measure="change", level=level)["estimate"]
        base = results.mean(simulated_base(), query_of("repeat.en"))[0].mean()
        assert change == pytest.approx(right - base)


def test_changes_are_told_of_runs_as_they_are_used(root: Path) -> None:
    rows = pick(table(root, "changes"), measure="right", task="repeat", language="en")
    scores = pick(table(root, "scores"), measure="right", source="repeat.en", attached="deployed")
    for model in ("promot", "lora", "plain"):
        run, base, through = (
            only(scores, model=who, transform=transform)["estimate"]
            for who, transform in (
                *((model, "identity"), (simulated.BASE, "identity")),
                (model, "leetspeak"),
            )
        )
        drop = only(rows, run=model, quantity="drop", transform="identity")
        assert drop["estimate"] == pytest.approx(base - run)
        recovered = only(rows, run=model, quantity="recovered", transform="leetspeak")
        assert recovered["estimate"] == pytest.approx(through - run)


def test_a_probe_without_a_target_has_no_equal_target(root: Path) -> None:
    assert table(root, "equal_target", "abilities").empty
    assert table(root, "checkpoints", "abilities").empty
    assert set(table(root, "scores", "abilities")["source"]) == set(simulated.ABILITIES)


def test_redraws_of_a_difference_are_paired() -> None:
    """Half of what makes an example hard is shared, so a difference is surer than its parts."""
    size = simulated.Size(seeds=(0,), examples=400)
    results = simulated.results_of(TRUTH, "retention", "test", size)
    asked = query_of("repeat.en")
    run, base = (
        results.mean(model, asked)[1:] for model in (Model("run", "replay"), simulated_base())
    )
    assert np.var(run - base) < 0.8 * (np.var(run) + np.var(base))


def simulated_base() -> Model:
    return Model("base", simulated.BASE)


def test_a_probe_without_test_examples_is_refused(root: Path, tmp_path: Path) -> None:
    settings = TextTableSettings(
        probe="other",
        crossed=False,
        pools={},
        runs={},
        adapter_scopes={},
        target=None,
        same_format=[],
        rehearsed=[],
        levels=[],
        bootstrap=simulated.BOOTSTRAP,
        code="none",
    )
    found: dict[str, Any] = {f"{name}_table": tmp_path / name for name in SCHEMAS}
    with pytest.raises(EunoeError, match=r"^probe other: no reply to a test item"):
        render_text_tables(
            settings,
            items=items_in(root, "retention"),
            replies=sorted(root.glob("data/probes/retention/0/runs/plain/replies.parquet")),
            curves=[],
            costs=[],
            mixtures=[],
            **found,
        )
