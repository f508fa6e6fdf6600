"""The small tables of the language figures, recomputed from the outcomes by other means."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eunoe.errors import EunoeError
from eunoe.labs.language.tasks import DESIGN, MAIN
from eunoe.results.models import Model
from eunoe.results.text.comparison import QUANTITIES
from eunoe.results.text.probed import Probed
from eunoe.results.text.results import Results
from eunoe.results.text.summary import change_rows, interval_ends, score_rows, tasks_asked
from eunoe.results.text.tables import CHANGES
from eunoe.results.text.training_summary import pooled_curves
from eunoe.stages.render_text_tables import outcomes_of, render_text_tables
from eunoe.statistics.quantities import Mean, Ratio, interval
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.replies import REPLIES
from tests.results.text.simulated_language import (
    BOOTSTRAP,
    ENGLISH,
    RUNS,
    Place,
    Size,
    Truth,
    cell_at,
    items_in,
    table_settings,
    tables_in,
    write_lab,
    write_replies,
)

PLACES = (
    *(Place(language) for language in ("en", "fr", "hu")),
    *(Place("en", transform) for transform in ("leetspeak", "reword")),
)
SIZE = Size(seeds=(0, 1, 2), items=10, places=PLACES)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    write_lab(folder, Truth(), SIZE)
    return folder


def rendered(root: Path, probe: str, name: str) -> pd.DataFrame:
    return pd.read_parquet(root / "reports/tables" / probe / f"{name}.parquet")


@pytest.mark.parametrize("probe", ["learning", "reasoning", "refusals"])
def test_accuracies_and_shares_are_those_of_duckdb(root: Path, probe: str) -> None:
    """Of each task and of the pools, each wording and both."""
    pools = ["select *, task as pool from {rows} where split = 'test'"]
    if probe == "learning":
        main = ", ".join(f"'{task}'" for task in MAIN)
        pools.append(f"select *, 'all' from {{rows}} where split = 'test' and task in ({main})")
        pools.append(
            f"select *, 'held_out' from {{rows}} where split = 'test' and task not in ({main})"
        )
    rows = f"read_parquet('{root}/data/probes/{probe}/*/*/*/replies.parquet')"
    pooled = " union all ".join(pools).format(rows=rows)
    with duckdb.connect() as connection:
        expected = connection.execute(
            f"""with pooled as ({pooled}),
            worded as (select *, wording as words from pooled
                union all select *, 'all' from pooled),
            named as (select kind, model, pool, language, words, transform,
                count(distinct seed) as seeds, count(*) // count(distinct seed) as items, [
                {{measure: 'right', mean: avg("right"::int)}},
                {{measure: 'likelihood', mean: avg((choice = gold)::int)}},
                {{measure: 'gold_share', mean: avg(gold_share)}},
                {{measure: 'other', mean: avg((outcome = 'other')::int)}},
                {{measure: 'instruction', mean: avg((outcome = 'instruction')::int)}},
                {{measure: 'refuse', mean: avg((outcome = 'refuse')::int)}}
            ] as means from worded group by all),
            spread as (select * exclude means, unnest(means) as one from named)
            select * exclude (one, seeds, items), one.measure, one.mean, seeds, items from spread"""
        ).fetchall()
    keys = ["kind", "model", "task", "language", "wording", "transform", "measure"]
    rows_found = rendered(root, probe, "scores")
    assert rows_found["level"].isna().all()
    found = rows_found[rows_found["attached"] == "deployed"].set_index(keys)
    alike = rows_found[rows_found["attached"] == "no"].set_index(keys)
    pd.testing.assert_frame_equal(found.drop(columns="attached"), alike.drop(columns="attached"))
    assert not found.index.has_duplicates
    checked = 0
    for *key, mean, seeds, items in expected:
        if tuple(key) not in found.index:
            assert key[-1] in ("instruction", "refuse")  # no outcome of this task
            assert mean == 0
            continue
        row = found.loc[tuple(key)]
        assert (row["seeds"], row["items"]) == (seeds, items)
        assert row["estimate"] == pytest.approx(mean, abs=1e-6)
        checked += 1
    shown = ["right", "likelihood", "gold_share", "other", "instruction", "refuse"]
    assert checked == found.index.get_level_values("measure").isin(shown).sum()
    assert checked > 100


def test_changes_are_those_of_plain_pandas(root: Path) -> None:
    paths = root.glob("data/probes/learning/*/*/*/replies.parquet")
    rows = pd.concat(pd.read_parquet(path) for path in paths)
    rows = rows[(rows["split"] == "test") & rows["task"].isin(MAIN)]
    rows["place"] = rows["language"].astype(str) + " " + rows["transform"].astype(str)
    rows["right"] = (rows["choice"].astype(str) == rows["gold"].astype(str)).astype(float)
    mean = rows.pivot_table(index="place", columns="model", values="right", observed=True)
    found = rendered(root, "learning", "changes")
    found = found[(found["task"] == "all") & (found["wording"] == "all")]
    found = found[found["measure"] == "likelihood"]
    for run in ("to_english", "to_french"):
        base, tuned = mean["tongues"], mean[run]
        drop, plain = base - tuned, "en identity"
        gain = tuned - tuned[plain]
        part = found[found["run"] == run]
        english = part.query("quantity == 'drop' and language == 'en' and transform == 'identity'")
        surely = english["low"].item() > 0
        assert surely == (run == "to_english")
        expected = {(place, "drop"): drop[place] for place in mean.index}
        for place in mean.index.drop(plain):
            expected[place, "drop_difference"] = drop[plain] - drop[place]
            expected[place, "base_cost"] = base[plain] - base[place]
        for place in ("en leetspeak", "en reword"):
            expected[place, "recovered"] = gain[place]
            if surely:
                expected[place, "recovered_share"] = gain[place] / drop[plain]
        expected["en leetspeak", "beyond_control"] = gain["en leetspeak"] - gain["en reword"]
        place = part["language"].astype(str) + " " + part["transform"].astype(str)
        keys = pd.MultiIndex.from_arrays([place, part["quantity"].astype(str)])
        estimates = pd.Series(part["estimate"].to_numpy(), index=keys).to_dict()
        assert estimates == pytest.approx(expected)


def test_every_quantity_of_every_run_is_there(root: Path) -> None:
    found = rendered(root, "learning", "changes")
    assert set(found["quantity"]) == set(QUANTITIES)
    assert set(found["run"]) == {"to_english", "to_french"}
    assert set(found["measure"]) == {"right", "likelihood"}
    assert {"all", "held_out", *MAIN} <= set(found["task"])


@pytest.mark.parametrize("name", ["scores", "changes"])
def test_intervals_hold_their_estimates(root: Path, name: str) -> None:
    found = rendered(root, "learning", name)
    known = found[found["low"].notna()]
    assert (known["low"] <= known["estimate"]).all()
    assert (known["estimate"] <= known["high"]).all()
    assert (known["low"] < known["high"]).mean() > 0.4


@pytest.mark.parametrize("task", MAIN)
def test_intervals_are_student_t_over_seeds_with_the_items_as_floor(root: Path, task: str) -> None:
    """In closed form, but for the draws; items of both models are drawn together."""
    paths = root.glob("data/probes/learning/*/*/*/replies.parquet")
    rows = pd.concat(pd.read_parquet(path) for path in paths)
    rows = rows[(rows["split"] == "test") & (rows["task"] == task)]
    rows = rows[(rows["transform"] == "identity") & (rows["language"] == "en")]
    rows = rows[rows["wording"] == "plain"].assign(right=lambda rows: rows["right"].astype(float))
    wide = rows.pivot_table(index=["seed", "item"], columns="model", values="right", observed=True)
    lost = (wide["tongues"] - wide["to_english"]).groupby("seed")
    seeds, items = len(SIZE.seeds), SIZE.items
    means = lost.mean()
    each = lost.var(ddof=0) / items + 2 / items**2  # the second: about one item in each model
    errors = (means.std() / np.sqrt(seeds), np.sqrt(each.sum()) / seeds)
    reach = stats.t.ppf(0.975, seeds - 1) * max(errors)
    (row,) = (
        rendered(root, "learning", "changes")
        .query(
            f"run == 'to_english' and task == '{task}' and wording == 'plain' and language == 'en'"
            " and transform == 'identity' and measure == 'right' and quantity == 'drop'"
        )
        .to_dict("records")
    )
    assert row["estimate"] == pytest.approx(means.mean())
    tolerance = 1e-6 if errors[0] > 1.2 * errors[1] else 0.15
    assert row["high"] - row["low"] == pytest.approx(2 * reach, rel=tolerance)


def test_intervals_are_those_of_the_claims() -> None:
    draws = np.random.default_rng(0)
    means = list(draws.standard_normal((3, 101, 4)))
    ratio = Ratio(means[0], 5 + means[1], "five")
    found = interval_ends([means[0], ratio, means[2]], 0.9)
    expected: list[Mean | Ratio] = [Mean(means[0]), ratio, Mean(means[2])]
    for row, quantity in enumerate(expected):
        assert found.loc[row].to_dict() == pytest.approx(vars(interval(quantity, 0.9)))


def one_task(before: list[float], after: list[float], seeds: int = 1) -> Results:
    """Seeds alike; right as in `before`, the run as in `after`, plain and through leetspeak."""
    found = Results(BOOTSTRAP, design=DESIGN)
    for kind, name, right in (("base", "tongues", before), ("run", "to_english", after)):
        for place in (ENGLISH, Place("en", "leetspeak")):
            cell = cell_at(Model(kind, name), "repeat_math", "plain", place)
            found.values[cell] = {"right": np.array([right] * seeds)}
    return found


def share_of(results: Results) -> pd.DataFrame:
    rows = change_rows(results, {"to_english": "tongues"})
    return rows[(rows["quantity"] == "recovered_share") & (rows["task"] == "repeat_math")]


@pytest.mark.parametrize("seeds", [1, 3])
def test_where_nothing_was_lost_no_share_is_recovered(seeds: int) -> None:
    assert share_of(one_task([1, 1, 0], [1, 1, 1], seeds)).empty
    assert share_of(one_task([1, 1], [1, 1], seeds)).empty


def test_what_was_hardly_lost_has_a_share_without_ends_or_none(tmp_path: Path) -> None:
    """One of twelve: a single seed shows the share of a fixed model; three do not make it sure."""
    hardly = ([1.0] * 12, [1.0] * 11 + [0.0])
    assert share_of(one_task(*hardly, 3)).empty
    rows = share_of(one_task(*hardly, 1))
    assert set(rows["wording"]) == {"plain", "all"}
    assert (rows["estimate"] == 0).all()
    assert rows[["low", "high"]].isna().all(axis=None)
    path = tmp_path / "changes.parquet"
    write_table(path, rows.assign(probe="learning"), CHANGES, {})
    assert read_table(path, CHANGES)["low"].null_count == 2


def test_a_run_that_was_not_probed_has_no_rows() -> None:
    results = one_task([1, 1], [1, 0])
    assert change_rows(results, {"to_code": "tongues"}).empty
    assert change_rows(results, {}).columns.tolist() == CHANGES.names[1:]
    rows = score_rows(results, Probed({}, design=DESIGN))
    assert len(rows) == 2 * 2 * 2 * 2 * 2  # models, places; task, pool; plain, all; no, deployed


def test_asked_is_every_task_pool_and_wording() -> None:
    found = one_task([1], [1])
    assert tasks_asked(found) == [
        (task, wording) for task in ("repeat_math", "all") for wording in ("plain", "all")
    ]


def test_only_test_items_are_reported(root: Path, tmp_path: Path) -> None:
    path = next(root.glob("data/probes/learning/0/bases/tongues/replies.parquet"))
    rows = read_table(path, REPLIES).to_pandas()
    only = tmp_path / "replies.parquet"
    write_table(only, rows[rows["split"] == "validation"], REPLIES, {})
    with pytest.raises(EunoeError, match="probe learning: no reply to a test item"):
        render_text_tables(
            table_settings("learning", RUNS),
            items=items_in(root, "learning"),
            replies=[only],
            curves=[next(root.glob("data/*/*/*/curve.parquet"))],
            costs=[],
            mixtures=[],
            **tables_in(tmp_path),
        )
    assert [file.name for file in tmp_path.iterdir()] == ["replies.parquet"]


# Curves


def test_curves_are_pooled_over_the_main_tasks(root: Path) -> None:
    paths = root.glob("data/*/*/*/curve.parquet")
    rows = pd.concat(pd.read_parquet(path) for path in paths)
    rows = rows[(rows["model"] == "to_english") & rows["measure"].str.endswith(".fr")]
    by_seed = rows.groupby(["seed", "step"])["value"].mean()
    found = rendered(root, "learning", "curves")
    found = found[(found["model"] == "to_english") & (found["measure"] == "plain.right.all.fr")]
    ends = found.set_index("step")[["estimate", "low", "high"]].astype(float)
    assert len(ends) == by_seed.index.get_level_values("step").nunique() > 1
    wide = by_seed.unstack("seed").loc[ends.index]
    np.testing.assert_allclose(ends["estimate"], wide.mean(axis=1))
    np.testing.assert_allclose(ends["low"], wide.min(axis=1))
    np.testing.assert_allclose(ends["high"], wide.max(axis=1))


MEASURED = {
    **{"loss": 2.0, "cosine.all": 0.9, "plain.right.mine": 0.3, "plain.right.arithmetic.en": 0.1},
    **{"plain.right.repeat_math.en": 0.6, "plain.right.capslock_math.en": 0.8},
    **{"plain.right.repeat_math.fr": 0.2, "plain.formatted.repeat_math.en": 1.0},
    **{"attached.right.repeat_math.en": 0.4, "plain.right.reverse_math.en": 0.5},
}
"""What a run's curves hold at a step: of pooled tasks, of others, of a file's source, of none."""
POOLED = {
    **{"plain.right.all.en": 0.7, "plain.right.all.fr": 0.2, "plain.formatted.all.en": 1.0},
    **{"attached.right.all.en": 0.4, "plain.right.held_out.en": 0.5},
}


def measured_at(step: int, values: dict[str, float], seed: int = 0) -> pd.DataFrame:
    """Rows of `CURVE` of a run."""
    rows = pd.DataFrame({"measure": list(values), "value": list(values.values())})
    return rows.assign(kind="run", model="to_english", seed=seed, stage=0, step=step)


def test_each_measure_is_pooled_by_itself_and_others_stay_as_they_are() -> None:
    found = pooled_curves(measured_at(5, MEASURED), DESIGN).set_index("measure")["value"]
    assert found.index.is_unique
    assert found.to_dict() == pytest.approx(MEASURED | POOLED)
    none = measured_at(5, {"loss": 2.0, "plain.right.arithmetic.en": 0.1})
    pd.testing.assert_frame_equal(pooled_curves(none, DESIGN), none)
    assert pooled_curves(none.iloc[:0], DESIGN).empty


def test_curves_are_pooled_at_each_step_of_each_seed_and_stage() -> None:
    first, second = "plain.right.repeat_math.hu", "plain.right.capslock_blank.hu"
    places = [(0, 0, 0), (0, 0, 5), (0, 1, 0), (3, 0, 0)]
    rows = pd.concat(
        measured_at(step, {first: number, second: number + 0.5}, seed).assign(stage=stage)
        for number, (seed, stage, step) in enumerate(places)
    )
    found = pooled_curves(rows, DESIGN).set_index(["measure", "seed", "stage", "step"])["value"]
    assert found["plain.right.all.hu"].to_dict() == {
        place: number + 0.25 for number, place in enumerate(places)
    }
    assert len(found) == 3 * len(places)


# Outcomes


def write_options(path: Path, by_task: dict[str, list[tuple[str, ...]]]) -> Path:
    """Write items (`ITEMS`) of tasks with these options, one for each tuple."""
    rows = pd.DataFrame(
        {
            "item": f"{task}.test.{number:05}",
            "task": task,
            "options": [{"outcome": name, "text": f" {name}!"} for name in names],
        }
        for task, items in by_task.items()
        for number, names in enumerate(items)
    )
    same = {"source": "a.en", "language": "en", "wording": "plain", "split": "test"}
    same |= {"prompt": "a prompt", "reply": "", "gold": "", "format": "exact"}
    write_table(path, rows.assign(**same), ITEMS, {})
    return path


def test_outcomes_of_a_task_are_those_of_any_of_its_items(tmp_path: Path) -> None:
    one = write_options(
        tmp_path / "one.parquet",
        {"labels": [("true", "false"), ("true", "neither")], "free": [(), ()]},
    )
    other = write_options(tmp_path / "other.parquet", {"labels": [("perhaps",)], "late": [("so",)]})
    assert outcomes_of([one, other]) == {
        "labels": ["true", "false", "neither", "perhaps"],
        "free": [],
        "late": ["so"],
    }
    assert outcomes_of([]) == {}


def test_an_outcome_that_no_reply_shows_has_a_row_of_zero(tmp_path: Path) -> None:
    """Options alone say what could have been replied."""
    size = Size(seeds=(0, 1, 2), items=4, splits=("test",), places=(ENGLISH,))
    never = Truth(instruction=0.0)
    replies = write_replies(tmp_path, never, size)["learning"]
    said = pd.concat(pd.read_parquet(path) for path in replies)
    assert "instruction" not in set(said["outcome"])
    render_text_tables(
        table_settings("learning", {}),
        items=items_in(tmp_path, "learning"),
        replies=replies,
        curves=[],
        costs=[],
        mixtures=[],
        **tables_in(tmp_path),
    )
    rows = pd.read_parquet(tmp_path / "scores.parquet")
    shares = {str(name): part["estimate"] for name, part in rows.groupby("measure", observed=True)}
    assert (shares["instruction"] == 0).all()
    assert len(shares["instruction"]) == len(shares["in_context"]) > 0
    each = [*("model", "task", "language", "wording", "transform", "attached")]
    parts = rows[rows["measure"].isin(["in_context", "instruction", "other"])]
    np.testing.assert_allclose(parts.groupby(each, observed=True)["estimate"].sum(), 1)
