"""What is read back from a probe's tables, and which tables are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eunoe.errors import EunoeError
from eunoe.results.models import Model, NotRun
from eunoe.results.regression.arrays import Results, as_items, read_results
from eunoe.tables.files import write_table
from tests.lab import BOOTSTRAP, COUNTS, TRANSFORMS, WEIGHTS, WORLD, Lab, query
from tests.schemas import SCHEMAS

TUNED, BASE, RIDGE = Model("run", "mix50_to_bank"), Model("base", "mix50"), Model("ideal", "ridge")
REFUSED = "did not answer the same prompts"


@pytest.fixture(scope="module")
def results(lab: Lab) -> Results:
    return lab.results()


def answers(lab: Lab, model: str = "*") -> str:
    """A DuckDB table of the answers."""
    return f"read_parquet('{lab.root}/data/probes/labels/*/*/{model}/answers.parquet')"


def test_items_line_up_by_seed_prompt_and_exemplars(lab: Lab, results: Results) -> None:
    items = results.error(TUNED, "continuous", "scale(2)")
    assert items.shape == (2, COUNTS.test, WORLD.points)
    rows = query(
        f"""select seed, dense_rank() over (partition by seed order by prompt) - 1, exemplars,
            squared_error from {answers(lab, TUNED.name)} where split = 'test'
            and source = 'continuous' and transform = 'scale(2)'"""
    )
    assert len(rows) == items.size
    assert all(items[seed, prompt, k] == error for seed, prompt, k, error in rows)


def test_everything_that_was_measured_is_there(lab: Lab, results: Results) -> None:
    found = query(
        f"select distinct kind, model, split, source, transform from {answers(lab)}"
        f" union select distinct kind, model, split, source, transform from"
        f" read_parquet('{lab.root}/data/probes/labels/*/ideals/answers.parquet')"
    )
    assert {(Model(kind, model), *rest) for kind, model, *rest in found} == set(results.errors)
    assert len(found) == (5 + 6) * 2 * 3 * len(TRANSFORMS)
    assert set(results.likelihoods) == {
        (source, bank)
        for source in ("continuous", "bank", "fresh_bank")
        for bank in ("bank", "fresh_bank")
    }


def test_the_first_row_holds_the_mean_of_each_seed(lab: Lab, results: Results) -> None:
    found = results.mean(results.error(BASE, "bank"))
    rows = pd.concat(pd.read_parquet(path) for path in lab.found("answers"))
    rows = rows[(rows["model"] == BASE.name) & (rows["transform"] == "identity")]
    rows = rows[(rows["split"] == "test") & (rows["source"] == "bank")]
    assert found.shape == (1 + BOOTSTRAP.replicates, 2, WORLD.points)
    expected = rows.pivot_table(index="seed", columns="exemplars", values="squared_error")
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)


def test_the_other_rows_scatter_as_means_of_so_many_prompts_do(results: Results) -> None:
    items = results.error(BASE, "bank").astype(float)
    scatter = results.mean(items)[1:].std(axis=0)
    expected = items.std(axis=1) / np.sqrt(COUNTS.test)
    np.testing.assert_allclose(scatter, expected, rtol=0.25)


def test_models_of_a_seed_share_their_redraws(results: Results) -> None:
    one, two = (results.error(model, "continuous") for model in (TUNED, BASE))
    paired = results.mean(one) - results.mean(two)
    np.testing.assert_allclose(paired, results.mean(one - two), atol=1e-6)


def test_the_order_of_files_and_rows_does_not_matter(
    lab: Lab, results: Results, tmp_path: Path
) -> None:
    shuffled: dict[str, list[Path]] = {}
    for name in ("answers", "task_weights", "likelihoods"):
        wanted = SCHEMAS[name.upper()]
        rows = pd.concat(pd.read_parquet(path) for path in lab.found(name))
        rows = rows.sample(frac=1, random_state=1)
        # a model's answers of one seed stay in one file
        models = rows["model"] if "model" in rows else rows["bank"]
        parts = (rows["seed"] + models.astype(str).str.len()) % 3
        shuffled[name] = [tmp_path / f"{name}.{part}.parquet" for part in range(3)]
        for part, path in enumerate(shuffled[name]):
            write_table(path, rows[parts == part], wanted, {})
    # seeds and models are now mixed
    found = read_results(
        shuffled["answers"], shuffled["task_weights"], shuffled["likelihoods"], BOOTSTRAP
    )
    assert set(found.errors) == set(results.errors)
    for key, items in results.errors.items():
        np.testing.assert_array_equal(found.errors[key], items)
    for likely, items in results.likelihoods.items():
        np.testing.assert_array_equal(found.likelihoods[likely], items)
    for fit, fits in results.fits.items():
        assert found.fits[fit].exemplars == fits.exemplars
        for column, items in fits.columns.items():
            np.testing.assert_array_equal(found.fits[fit].columns[column], items)


# Task weights


@pytest.mark.parametrize("transform", ["identity", "scale(3)"])
def test_pooled_task_weights_are_least_squares_over_all_contexts(
    lab: Lab, results: Results, transform: str
) -> None:
    few = [1, 2]
    weight, share = results.pooled_fit(TUNED, "continuous", transform, few)
    expected = query(
        f"""select sum(task_weight::double * distance) / sum(distance::double),
            sum(explained::double * power) / sum(power::double)
            from read_parquet('{lab.root}/data/probes/labels/*/*/{TUNED.name}/task_weights.parquet')
            where source = 'continuous' and transform = '{transform}' and exemplars in (1, 2)
            group by seed order by seed"""
    )
    np.testing.assert_allclose(np.stack([weight[0], share[0]], axis=-1), expected, rtol=1e-5)
    assert weight.shape == share.shape == (1 + BOOTSTRAP.replicates, 2)


def test_planted_task_weights_are_found(results: Results) -> None:
    for name, expected in (("ridge", 0.0), ("discrete", 1.0)):
        weight, share = results.pooled_fit(
            Model("ideal", name), "continuous", "scale(2)", WEIGHTS.exemplars
        )
        np.testing.assert_allclose(weight, expected, atol=1e-4)
        np.testing.assert_allclose(share, 1.0, atol=1e-4)


def test_predicting_zero_is_explained_by_neither_algorithm(results: Results) -> None:
    _, share = results.pooled_fit(Model("ideal", "zero"), "continuous", "identity", [1])
    np.testing.assert_array_equal(share, 0.0)


# What was not asked for


def test_what_was_not_run_says_so(results: Results) -> None:
    with pytest.raises(NotRun, match="no run other on continuous through identity"):
        results.error(Model("run", "other"), "continuous")
    with pytest.raises(NotRun, match=r"no run mix50_to_bank on bank through scale\(9\)"):
        results.error(TUNED, "bank", "scale(9)")
    with pytest.raises(NotRun, match="no task weight of run other through identity"):
        results.pooled_fit(Model("run", "other"), "continuous", "identity", [1])
    with pytest.raises(NotRun, match=r"no task weight with \[3\] exemplars"):
        results.pooled_fit(TUNED, "continuous", "identity", [3])


# What does not fit together


def item_rows(seeds: int = 2, prompts: int = 3, counts: int = 4) -> pd.DataFrame:
    grid = pd.MultiIndex.from_product(
        [range(seeds), range(prompts), range(counts)], names=["seed", "prompt", "exemplars"]
    ).to_frame(index=False)
    return grid.assign(value=np.arange(len(grid), dtype=float))


def test_items_are_numbered_in_order() -> None:
    found = as_items(item_rows().sample(frac=1, random_state=0), "value")
    np.testing.assert_array_equal(found, np.arange(24).reshape(2, 3, 4))


@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize("change", ["missing", "twice", "one for another", "prompt", "exemplars"])
def test_a_hole_in_the_items_is_an_error(seeds: int, change: str) -> None:
    rows = item_rows(seeds)
    if change == "missing":
        rows = rows.drop(index=5)
    elif change == "twice":
        rows = pd.concat([rows, rows.iloc[[5]]])
    elif change == "one for another":
        rows = pd.concat([rows.drop(index=5), rows.iloc[[9]]])
    else:
        rows.loc[5, change] = 99
    with pytest.raises(EunoeError, match=REFUSED):
        as_items(rows, "value")


def read_changed(lab: Lab, tmp_path: Path, name: str, model: str, keep: str) -> Results:
    """The results with the rows of seed 1 of one table cut down to those of a query."""
    path = lab.root / "data/probes/labels/1" / model / f"{name}.parquet"
    rows = pd.read_parquet(path).query(keep)
    changed = tmp_path / "changed.parquet"
    write_table(changed, rows, SCHEMAS[name.upper()], {})
    found = {
        table: [changed if other == path else other for other in lab.found(table)]
        for table in ("answers", "task_weights", "likelihoods")
    }
    return read_results(found["answers"], found["task_weights"], found["likelihoods"], BOOTSTRAP)


@pytest.mark.parametrize("keep", ["prompt != 200", "exemplars != 2", "exemplars < 3"])
def test_a_seed_that_lacks_an_item_is_an_error(lab: Lab, tmp_path: Path, keep: str) -> None:
    with pytest.raises(EunoeError, match=REFUSED):
        read_changed(lab, tmp_path, "answers", "runs/mix50_to_bank", keep)


def test_a_model_that_lacks_a_seed_is_an_error(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(EunoeError, match=REFUSED):
        read_changed(lab, tmp_path, "answers", "bases/mix50", "seed != 1")


def test_likelihoods_of_other_prompts_are_an_error(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(EunoeError, match=REFUSED):
        read_changed(lab, tmp_path, "likelihoods", "ideals", "seed != 1")
