"""Where a lab's run was there already, what its tuning would tell is missing, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from eunoe.config.checkpoints import Checkpoint
from eunoe.config.recipes import Run
from eunoe.config.study import Study
from eunoe.labs.language import claims as language_claims
from eunoe.labs.language import page as language_page
from eunoe.labs.language import sources as language_sources
from eunoe.labs.language.evidence import evidence as language_evidence
from eunoe.labs.recipes import claims as recipes_claims
from eunoe.labs.recipes import page as recipes_page
from eunoe.labs.recipes import sources as recipes_sources
from eunoe.labs.recipes.evidence import evidence as recipes_evidence
from eunoe.labs.recipes.settings import RECIPE_PARTS
from eunoe.labs.recipes.settings import Lab as RecipesLab
from eunoe.report.lab import Inputs
from tests.labs.language import test_figures as language_figures
from tests.labs.recipes import test_figures as recipes_figures
from tests.labs.recipes.planted import Picture, behaviours
from tests.results.text import simulated_language as language
from tests.results.text import simulated_recipes as recipes

BOOTSTRAP = recipes.BOOTSTRAP
PARTS = ("plain", "plain_cool", "promot", "kl")
PICTURE = replace(
    Picture(abilities={"multi_task": (0.7, 0.6, 0.8)}),
    behaviours={run: behaviours()[run] for run in PARTS},
)
RECIPES = RecipesLab(
    retention="retention",
    abilities="abilities",
    level=0.8,
    multi_task="multi_task",
    mathematics="maths.en",
    code="coding.en",
    general="general.en",
    **{part: part for part in PARTS if part in RECIPE_PARTS},
)
TUNING = ("curve", "costs", "mixture")
"""Tables that tuning leaves."""


def opened(study: Study, run: str) -> Study:
    """The study, but that one of its runs was there."""
    there = Run(base=study.runs[run].base, model=Checkpoint(model="models/given"))
    return study.model_copy(update={"runs": {**study.runs, run: there}})


def tables_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("reports/tables/*/*.parquet"))


def results_of(folder: Path, there: str | None) -> list[Path]:
    """What probes and tuning have left, but for the tuning of a run that was there."""
    paths = sorted(folder.glob("data/**/*.parquet"))
    return [p for p in paths if not (there and there in p.parts and p.stem in TUNING)]


def read(path: Path) -> pd.DataFrame:
    """A table with plain texts: categories are those that are there."""
    found = pd.read_parquet(path)
    return found.astype(dict.fromkeys(found.select_dtypes("category").columns, object))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Labs, the last of each with one run that was there."""
    found = {name: tmp_path_factory.mktemp(name) for name in ("language", "recipes", "r", "l")}
    size = language.Size(seeds=(0, 1, 2), items=12)
    for name, there in (("language", []), ("l", ["to_french"])):
        language.write_lab(found[name], language.Truth(), size, there)
    examples = recipes.Size(seeds=(0, 1, 2), examples=20)
    for name, there in (("recipes", []), ("r", ["plain"])):
        recipes.write_lab(found[name], PICTURE, examples, there)
    return found


@pytest.mark.parametrize(("lab", "run"), [("language", "to_french"), ("recipes", "plain")])
def test_tables_tell_the_same_of_all_that_is_asked(
    folders: dict[str, Path], lab: str, run: str
) -> None:
    seen = set()
    for path in tables_of(folders[lab]):
        tuned = read(path)
        there = read(folders[lab[0]] / path.relative_to(folders[lab]))
        if path.stem in ("scores", "changes"):
            pd.testing.assert_frame_equal(tuned, there, check_exact=True)
            assert run in set(there["model" if path.stem == "scores" else "run"]) or (
                path.parent.name != {"language": "learning", "recipes": "retention"}[lab]
            )
        else:
            column = "run" if "run" in tuned else "model"
            seen |= {path.stem} if run in set(tuned[column]) else set()
            rest = tuned[tuned[column] != run].reset_index(drop=True)
            left_out = ["front"]  # a point is on it whatever else is there, or not
            rest, there = (rows.drop(columns=left_out, errors="ignore") for rows in (rest, there))
            pd.testing.assert_frame_equal(rest, there, check_exact=True)
    tuning = {"curves", "costs", "mixtures", "checkpoints", "equal_target"}
    assert seen == (tuning if lab == "recipes" else {"curves"})


def differing(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The rows of claims in another table, where they are others."""
    columns = ["verdict", "estimate", "low", "high", "p"]
    same = (one[columns].isna() & other[columns].isna()) | (one[columns] == other[columns])
    return other[~same.all(axis=1)]


def test_claims_about_its_tuning_are_not_run(folders: dict[str, Path]) -> None:
    study, folder = recipes.study_of(PICTURE), folders["recipes"]

    def judged(study: Study, there: str | None) -> pd.DataFrame:
        inputs = Inputs(RECIPES, study, results_of(folder, there), BOOTSTRAP)
        return recipes_claims.ledger.judge(recipes_evidence(inputs), BOOTSTRAP.level, "recipes")

    usual = judged(study, None)
    changed = differing(usual, judged(opened(study, "plain"), "plain"))
    assert {"P1"} <= set(changed["claim"]) < set(usual[usual["verdict"] != "not run"]["claim"])
    assert set(changed["verdict"]) == {"not run"}
    assert changed["reason"].str.endswith("run plain").all()


def test_claims_about_the_language_of_its_tuning_are_not_run(folders: dict[str, Path]) -> None:
    study, folder = language.STUDY, folders["language"]

    def judged(study: Study, there: str | None) -> pd.DataFrame:
        inputs = Inputs(language.LAB_SETTINGS, study, results_of(folder, there), BOOTSTRAP)
        evidence = language_evidence(inputs)
        return language_claims.ledger.judge(evidence, BOOTSTRAP.level, "language")

    usual = judged(study, None)
    assert differing(usual, judged(opened(study, "to_english"), "to_english")).empty
    changed = differing(usual, judged(opened(study, "to_french"), "to_french"))
    assert [*changed["claim"]] == ["L27"]
    assert [*changed["reason"]] == ["run to_french is not known to be tuned in one language"]


@pytest.mark.parametrize("name", language_figures.NAMES)
def test_figures_of_the_language_lab_show_the_rest(folders: dict[str, Path], name: str) -> None:
    study = opened(language.STUDY, "to_french")
    inputs = Inputs(language.LAB_SETTINGS, study, tables_of(folders["l"]))
    figure = language_figures.drawn(name, language_sources.sources(inputs))
    check_words(language_figures.words(figure))
    if name == "trajectories":
        assert [axes.get_title() for axes in figure.axes] == ["tuned on English questions"]


@pytest.mark.parametrize("name", recipes_figures.NAMES)
def test_figures_of_the_recipes_lab_show_the_rest(folders: dict[str, Path], name: str) -> None:
    study = opened(recipes.study_of(PICTURE), "plain")
    inputs = Inputs(RECIPES, study, tables_of(folders["r"]))
    figure = recipes_figures.drawn(name, recipes_sources.sources(inputs))
    check_words(language_figures.words(figure))


def check_words(words: list[str]) -> None:
    assert words
    assert not [word for word in words if "nan" in word or "None" in word]


def test_pages_say_where_it_is(folders: dict[str, Path]) -> None:
    study = opened(language.STUDY, "to_french")
    inputs = Inputs(language.LAB_SETTINGS, study, tables_of(folders["l"]))
    rows = language_page.context(inputs)["models"]
    made = {row["model"]: row["details"] for row in rows if row["probe"] == "learning"}
    assert made["to_french"] == "base tongues, model models/given"
    assert made["to_english"] == "base tongues, recipe to_english"

    study = opened(recipes.study_of(PICTURE), "plain")
    inputs = Inputs(RECIPES, study, tables_of(folders["r"]))
    sections = {part["name"]: part for part in recipes_page.context(inputs)["probes"]}
    rows = {row["model"]: row for row in sections["retention"]["models"]}
    assert rows["plain"]["made"] == f"{recipes.BASE}: models/given"
    assert rows["plain"]["retained"] is not None
    for key in ("updates", "tokens", "flops", "seconds"):
        assert rows["plain"][key] is None
        assert rows["kl"][key] is not None
    assert rows["plain"]["equal"] == {}
