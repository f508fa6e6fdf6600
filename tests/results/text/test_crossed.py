"""What is read back from outcome tables, what is refused, and how models are compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from eunoe.errors import EunoeError
from eunoe.labs.language.tasks import DESIGN, MAIN
from eunoe.results.models import Model, NotRun
from eunoe.results.text.comparison import Comparison
from eunoe.results.text.loading import load_results
from eunoe.results.text.overlap import word_overlaps
from eunoe.results.text.results import Results
from eunoe.statistics.quantities import Mean, PremiseNotMet, interval
from eunoe.tables.files import write_table
from eunoe.tables.replies import REPLIES
from tests.results.text.simulated_language import (
    BOOTSTRAP,
    ENGLISH,
    SHARED,
    Place,
    Size,
    Truth,
    at,
    cell_at,
    everywhere,
    results_of,
    rows_of,
    write_replies,
)

PLACES = (ENGLISH, Place("fr"), Place("leet"), Place("en", "leetspeak"), Place("en", "reword"))
SMALL = Size(seeds=(0, 1), items=6, places=PLACES)
BASE, RUN = Model("base", "tongues"), Model("run", "to_english")
LEETSPEAK = Place("en", "leetspeak")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    return write_replies(tmp_path_factory.mktemp("replies"), Truth(), SMALL)


@pytest.fixture(scope="module")
def results(written: dict[str, list[Path]]) -> dict[tuple[str, str], Results]:
    return load_results([path for paths in written.values() for path in paths], BOOTSTRAP, DESIGN)


def tuning(found: Results) -> Comparison:
    return Comparison(found, RUN, BASE)


# Reading


def test_every_probe_and_split_is_there(results: dict[tuple[str, str], Results]) -> None:
    probes = ("learning", "reasoning", "refusals")
    assert set(results) == {(probe, split) for probe in probes for split in SMALL.splits}


def test_arrays_are_those_that_were_drawn(results: dict[tuple[str, str], Results]) -> None:
    for (probe, split), found in results.items():
        expected = results_of(Truth(), probe, split, SMALL)
        assert found.values.keys() == expected.values.keys()
        for cell, measures in expected.values.items():
            assert found.values[cell].keys() == measures.keys()
            for name, items in measures.items():
                assert items.shape == (2, 6)
                np.testing.assert_allclose(found.values[cell][name], items, atol=1e-6)


def test_means_are_those_of_duckdb(
    written: dict[str, list[Path]], results: dict[tuple[str, str], Results]
) -> None:
    files = [str(path) for path in written["refusals"]]
    with duckdb.connect() as connection:
        rows = connection.execute(
            """select kind, model, language, transform, avg((outcome = 'refuse')::int)
            from read_parquet(?)
            where split = 'test' and task = 'guarded_topics' and wording = 'plain'
            group by all""",
            [files],
        ).fetchall()
    assert len(rows) == 2 * len(PLACES)
    for kind, model, language, transform, mean in rows:
        place = Place(language, transform)
        query = at(place, "guarded_topics", measure="refuse")
        found = results["refusals", "test"].mean(Model(kind, model), query)
        assert found.shape == (1 + BOOTSTRAP.replicates, len(SMALL.seeds))
        assert found[0].mean() == pytest.approx(mean)


def shuffled(written: dict[str, list[Path]], tmp_path: Path) -> list[Path]:
    """The rows of the learning probe, spread over three tables at random."""
    rows = pd.concat(pd.read_parquet(path) for path in written["learning"])
    rows = rows.sample(frac=1, random_state=1)
    files = []
    for number, (_, part) in enumerate(rows.groupby(["model", "seed"], observed=True, sort=False)):
        files.append(tmp_path / f"{number}.parquet")
        write_table(files[-1], part, REPLIES, {})
    return files[::-1]


def test_the_order_of_files_and_rows_does_not_matter(
    written: dict[str, list[Path]], results: dict[tuple[str, str], Results], tmp_path: Path
) -> None:
    found = load_results(shuffled(written, tmp_path), BOOTSTRAP, DESIGN)["learning", "test"]
    expected = results["learning", "test"]
    assert found.values.keys() == expected.values.keys()
    for cell, measures in expected.values.items():
        for name, items in measures.items():
            np.testing.assert_array_equal(found.values[cell][name], items)


Change = Callable[[pd.DataFrame], pd.DataFrame]


def read_changed(written: dict[str, list[Path]], tmp_path: Path, change: Change) -> Results:
    """The learning probe with the rows of the run of seed 1 changed."""
    rows = rows_of(Truth(), "learning", SMALL)
    chosen = (rows["model"] == "to_english") & (rows["seed"] == 1)
    path = tmp_path / "changed.parquet"
    write_table(path, change(rows[chosen].reset_index(drop=True)), REPLIES, {})
    same = [file for file in written["learning"] if "/1/runs/to_english/" not in str(file)]
    assert len(same) == len(written["learning"]) - 1
    return load_results([*same, path], BOOTSTRAP, DESIGN)["learning", "test"]


REFUSED: dict[str, tuple[Change, str]] = {
    "an item is missing": (
        lambda rows: rows.drop(index=rows.index[rows["split"] == "test"][0]),
        "changed.parquet: repeat_math.en, plain, test, seed 1: the items are not those of",
    ),
    "an item is there twice": (
        lambda rows: pd.concat([rows, rows.iloc[[5]]]),
        "allowed: the same, each once",
    ),
    "an item is another": (
        lambda rows: rows.assign(item=rows["item"].replace("repeat_math.test.plain.0003", "x")),
        "repeat_math.en, plain, test, seed 1",
    ),
    "a place is missing": (
        lambda rows: rows[rows["language"] != "fr"],
        r"run to_english: capslock_blank.fr through identity: seeds \[0\] with \[6\] items;"
        r" allowed: seeds \[0, 1\]",
    ),
    "a seed is missing": (lambda rows: rows.head(0), r"seeds \[0\] with"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_models_must_have_answered_the_same(
    written: dict[str, list[Path]], tmp_path: Path, name: str
) -> None:
    change, message = REFUSED[name]
    with pytest.raises(EunoeError, match=message) as error:
        read_changed(written, tmp_path, change)
    assert len(str(error.value).splitlines()) == 1


def test_what_was_not_scored_is_not_run(written: dict[str, list[Path]], tmp_path: Path) -> None:
    columns = ["choice", "gold_share", "prompt_log_likelihood", "prompt"]
    gone = dict.fromkeys(columns)
    found = read_changed(written, tmp_path, lambda rows: rows.assign(**gone))
    for measure in ("likelihood", "gold_share", "prompt_log_likelihood", "overlap"):
        with pytest.raises(NotRun, match=f"no {measure} of run to_english on capslock_blank.en"):
            found.mean(RUN, at(ENGLISH, measure=measure))
        assert found.mean(BASE, at(ENGLISH, measure=measure)).shape == (201, 2)
    assert found.mean(RUN, at(ENGLISH)).shape == (201, 2)


def test_one_item_that_was_not_scored_leaves_its_cell_out(
    written: dict[str, list[Path]], tmp_path: Path
) -> None:
    def change(rows: pd.DataFrame) -> pd.DataFrame:
        rows["gold_share"] = rows["gold_share"].mask(rows["item"] == "repeat_math.test.plain.0003")
        return rows

    found = read_changed(written, tmp_path, change)
    with pytest.raises(NotRun):
        found.mean(RUN, at(ENGLISH, "repeat_math", measure="gold_share"))
    assert found.mean(RUN, at(ENGLISH, "repeat_blank", measure="gold_share")).shape == (201, 2)


def test_an_outcome_that_nobody_shows_has_a_share_of_zero(tmp_path: Path) -> None:
    right = replace_all(1.0)
    size = Size(seeds=(0,), items=3, splits=("test",), places=(ENGLISH,))
    paths = write_replies(tmp_path, right, size)["learning"]
    found = load_results(paths, BOOTSTRAP, DESIGN)["learning", "test"]
    for name in ("instruction", "other"):
        share = Mean(found.mean(RUN, at(ENGLISH, measure=name)))
        assert share.estimate == 0
        assert 0 < share.item_error < 1 / 3  # not known better than to about one of three items


def replace_all(rate: float) -> Truth:
    same = everywhere(rate)
    return Truth(base=same, instructed=same, elsewhere=same)


# Overlap


def test_the_overlap_is_the_share_of_english_words(
    results: dict[tuple[str, str], Results],
) -> None:
    found = results["learning", "test"]
    for language in ("en", "fr", "leet"):
        overlap = found.mean(RUN, at(Place(language), measure="overlap"))
        np.testing.assert_allclose(overlap[0], SHARED[language] / 10)


def prompts(**rows: tuple[str, str, str | None]) -> pd.DataFrame:
    columns = ["language", "transform", "prompt"]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return frame.assign(task="repeat_math", wording="plain")


def test_the_overlap_counts_words_as_they_are_written() -> None:
    rows = prompts(
        one=("en", "identity", "Repeat the input: cat, 4"),
        two=("en", "identity", "Output dog"),
        three=("fr", "identity", "Input chat 4 dog"),
        four=("en", "upper_case", "REPEAT THE INPUT: CAT, 4"),
        five=("fr", "identity", "été"),
        six=("hu", "identity", "?!"),
        seven=("hu", "identity", None),
    )
    found = word_overlaps(rows)
    np.testing.assert_allclose(found, [1, 1, 0.5, 0.2, 0, np.nan, np.nan])


def test_the_overlap_is_with_the_same_task_and_wording() -> None:
    rows = prompts(one=("en", "identity", "a b"), two=("fr", "identity", "a b"))
    other = rows.assign(wording="other")
    assert word_overlaps(pd.concat([rows, other[1:]]))["two"].isna().tolist() == [False, True]


def test_without_english_there_is_no_overlap() -> None:
    assert word_overlaps(prompts(one=("fr", "identity", "a b"))).isna().all()


# Pooling


def test_pooled_means_are_means_of_tasks_and_wordings(
    results: dict[tuple[str, str], Results],
) -> None:
    found = results["learning", "test"]
    parts = [
        found.mean(RUN, at(ENGLISH, task, wording))
        for task in MAIN
        for wording in ("plain", "other")
    ]
    pooled = found.mean(RUN, at(ENGLISH, "all", "all"))
    np.testing.assert_allclose(pooled, np.mean(parts, axis=0))
    assert found.count(RUN, [at(ENGLISH, "all", "all")]) == (2, 8 * 6)


def test_tasks_of_unequal_length_are_pooled_answer_by_answer() -> None:
    found = Results(BOOTSTRAP, design=DESIGN)
    draws = np.random.default_rng(0)
    short, long = draws.random((2, 3)), draws.random((2, 9))
    for task, items in (("repeat_math", short), ("repeat_blank", long)):
        found.values[cell_at(RUN, task, "plain", ENGLISH)] = {"right": items}
    pooled = found.mean(RUN, at(ENGLISH))
    np.testing.assert_allclose(pooled[0], np.concatenate([short, long], axis=1).mean(axis=1))
    assert (np.ptp(pooled, axis=0) > 0).all()


def test_models_that_are_always_right_are_not_known_to_be_alike() -> None:
    """Without a wrong answer redraws of items are all alike, so that about one item is allowed for:
    of means and of differences, with less the more items there are."""
    widths = []
    for count in (20, 200):
        found = Results(BOOTSTRAP, design=DESIGN)
        for model in (BASE, RUN):
            cell = cell_at(model, "repeat_math", "plain", ENGLISH)
            found.values[cell] = {"right": np.ones((3, count))}
        for values in (found.mean(RUN, at(ENGLISH)), tuning(found).drop(at(ENGLISH))):
            ends = interval(Mean(values), 0.95)
            assert ends.low < ends.estimate < ends.high
            widths.append(count * (ends.high - ends.low))
    assert widths == pytest.approx([5, 7, 5, 7], rel=0.15)  # 2 t / sqrt(3), and by sqrt(2) more


def test_items_shared_by_tasks_do_not_narrow_the_interval() -> None:
    """Four tasks that are right on the same items say no more than one of them."""
    items = np.random.default_rng(0).random((2, 30))
    found = Results(BOOTSTRAP, design=DESIGN)
    for task in MAIN:
        found.values[cell_at(RUN, task, "plain", ENGLISH)] = {"right": items}
    one = interval(Mean(found.mean(RUN, at(ENGLISH, "repeat_math"))), 0.95)
    four = interval(Mean(found.mean(RUN, at(ENGLISH, "all"))), 0.95)
    assert vars(four) == pytest.approx(vars(one))


def test_a_pool_lacks_nothing(results: dict[tuple[str, str], Results]) -> None:
    found = Results(BOOTSTRAP, dict(results["learning", "test"].values), design=DESIGN)
    del found.values[cell_at(RUN, "repeat_math", "plain", ENGLISH)]
    with pytest.raises(NotRun, match=r"no right of run to_english on repeat_math\.en"):
        found.mean(RUN, at(ENGLISH))
    with pytest.raises(NotRun, match=r"no right of run to_english on inference\.en: not asked"):
        found.mean(RUN, at(ENGLISH, "inference"))
    assert found.measures(RUN, [at(ENGLISH)]) == []


# Comparing


def test_a_model_compared_to_itself_has_lost_exactly_nothing(
    results: dict[tuple[str, str], Results],
) -> None:
    same = Comparison(results["learning", "test"], RUN, RUN)
    assert not same.drop(at(ENGLISH)).any()
    assert not same.drop_difference(at(Place("fr"))).any()
    with pytest.raises(PremiseNotMet, match="the drop in en is not surely above 0"):
        same.recovered_share(at(LEETSPEAK))


def test_quantities_are_differences_of_means(results: dict[tuple[str, str], Results]) -> None:
    pair = tuning(results["learning", "test"])

    def mean(model: Model, place: Place) -> np.ndarray:
        return pair.results.mean(model, at(place))

    lost = mean(BASE, ENGLISH) - mean(RUN, ENGLISH)
    gained = mean(RUN, LEETSPEAK) - mean(RUN, ENGLISH)
    gained_by_base = mean(BASE, LEETSPEAK) - mean(BASE, ENGLISH)
    reworded = mean(RUN, Place("en", "reword")) - mean(RUN, ENGLISH)
    share = pair.recovered_share(at(LEETSPEAK))
    assert share.estimate == pytest.approx(gained[0].mean() / lost[0].mean())
    np.testing.assert_array_equal(share.over, gained)
    np.testing.assert_array_equal(share.under, lost)
    for found, expected in (
        (pair.drop(at(ENGLISH)), lost),
        (pair.recovered(at(LEETSPEAK)), gained),
        (pair.drop_difference(at(LEETSPEAK)), gained - gained_by_base),
        (pair.base_cost(at(LEETSPEAK)), -gained_by_base),
        (pair.base_cost(at(Place("fr"))), mean(BASE, ENGLISH) - mean(BASE, Place("fr"))),
        (pair.beyond_control(at(LEETSPEAK)), gained - reworded),
    ):
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("quantity", "place"),
    [
        ("drop_difference", ENGLISH),
        ("base_cost", ENGLISH),
        ("recovered", ENGLISH),
        ("recovered_share", Place("fr")),
        ("beyond_control", Place("en", "reword")),
        ("beyond_control", Place("leet", "leetspeak")),
        ("drop", Place("hu")),
    ],
)
def test_what_means_nothing_is_not_run(
    results: dict[tuple[str, str], Results], quantity: str, place: Place
) -> None:
    with pytest.raises(NotRun):
        getattr(tuning(results["learning", "test"]), quantity)(at(place))
