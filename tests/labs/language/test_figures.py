"""Every figure of the language lab, of a lab whose truth is known: whole, in part, twice."""

from __future__ import annotations

import subprocess
import sys
import warnings
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as Drawn
from matplotlib.text import Text

from eunoe.config.figures import Style
from eunoe.errors import EunoeError
from eunoe.labs.language.figures.recovery import title
from eunoe.labs.language.settings import Figures
from eunoe.labs.language.settings import Lab as LanguageLab
from eunoe.labs.language.sources import COLOURS, SCHEMAS, LanguageSources, ordered, sources
from eunoe.report.lab import Inputs
from eunoe.report.style import styled
from eunoe.stages.render_figure import FigureSettings, render_figure
from eunoe.tables.files import write_table
from tests.lab import parts_of
from tests.labs.regression.test_figures import seen
from tests.results.text.simulated_language import (
    ENGLISH,
    LAB_SETTINGS,
    LANGUAGES,
    RUNS,
    STUDY,
    TRANSFORMS,
    Place,
    Size,
    Truth,
    everywhere,
    write_lab,
)

NAMES = tuple(Figures.model_fields)
WHOLE = Size(seeds=(0, 1, 2), items=12, splits=("test",))
CAPTIONS = Path(__file__).parents[3] / "src/eunoe/labs/language/captions"


def some(*places: Place, **changes: Any) -> Size:
    return Size(seeds=(3,), items=6, splits=("test",), places=places, **changes)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Eight languages and nine transforms."""
    return write_lab(tmp_path_factory.mktemp("whole"), Truth(), WHOLE)


@pytest.fixture(scope="module")
def least(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One seed, English only, no transform."""
    return write_lab(tmp_path_factory.mktemp("least"), Truth(), some(ENGLISH))


def sources_of(paths: list[Path], **parts: None) -> LanguageSources:
    return LanguageSources(paths, LAB_SETTINGS.model_copy(update=parts), RUNS)


def test_sources_are_what_the_study_says(least: list[Path]) -> None:
    assert sources(Inputs(LAB_SETTINGS, STUDY, least)) == sources_of(least)


def drawn(name: str, sources: LanguageSources) -> Drawn:
    """The figure, laid out as if to be saved; a warning is an error."""
    settings = getattr(Figures(), name)
    with warnings.catch_warnings(), styled(Style()):
        warnings.simplefilter("error")
        figure: Drawn = import_module(f"eunoe.labs.language.figures.{name}").draw(
            sources, (settings.width, settings.height)
        )
        figure.draw_without_rendering()
    return figure


def texts(figure: Drawn) -> list[Text]:
    found = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    return [text for text in found if text.get_visible() and text.get_text()]


def words(figure: Drawn) -> list[str]:
    return [text.get_text() for text in texts(figure)]


@pytest.fixture(scope="module")
def figures(whole: list[Path]) -> dict[str, Drawn]:
    return {name: drawn(name, sources_of(whole)) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_says_what_it_shows(figures: dict[str, Drawn], name: str) -> None:
    figure = figures[name]
    assert any(character.isdigit() for character in figure.get_suptitle())  # what was found
    assert all(axes.get_xlabel() for axes in figure.axes) or name == "recovery"  # a heat map
    assert figure.legends or name in ("recovery", "distance")  # whose entries are named in place
    assert not [word for word in words(figure) if "nan" in word or "None" in word]


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_has_a_caption_that_says_what_to_look_for(name: str) -> None:
    caption = (CAPTIONS / f"{name}.rst").read_text()
    assert len(caption.splitlines()) == 1
    assert 150 < len(caption) < 800


@pytest.mark.parametrize("name", NAMES)
def test_titles_fit_and_no_label_overlaps_another(figures: dict[str, Drawn], name: str) -> None:
    figure = figures[name]
    with styled(Style()):
        boxes = [
            (text.get_text(), text.get_window_extent().padded(-1))
            for text in texts(figure)
            if not text.get_rotation() and any(map(str.isalpha, text.get_text()))
        ]  # but for numbers at ticks, some of which are outside and not drawn
    for text, box in boxes:
        assert box.x0 >= 0, text
        assert box.x1 <= figure.bbox.width, text
    for (one, first), (two, second) in combinations(boxes, 2):
        assert not first.overlaps(second), (one, two)


SHOWN = {
    "languages": LANGUAGES,
    "recovery": (*LANGUAGES, *TRANSFORMS),
    "outcomes": (*LANGUAGES, *TRANSFORMS),
    "trajectories": LANGUAGES,
    "distance": LANGUAGES,
    "reasoning": LANGUAGES,
    "refusals": (*LANGUAGES, *TRANSFORMS),
}


@pytest.mark.parametrize("name", NAMES)
def test_every_language_and_transform_is_named(figures: dict[str, Drawn], name: str) -> None:
    spoken = {"leet": "Leetspeak", "pig": "Pig Latin", "nl": "Dutch", "hu": "Hungarian"}
    found = " ".join(words(figures[name]))
    for place in SHOWN[name]:
        if place not in ("en", "fr", "es", "de"):
            assert spoken.get(place, place) in found, place


@pytest.mark.parametrize("name", NAMES)
def test_one_seed_and_one_language_are_enough(least: list[Path], name: str) -> None:
    figure = drawn(name, sources_of(least))
    assert figure.get_suptitle()
    assert not [word for word in words(figure) if "nan" in word or "None" in word]


PARTS = {
    "languages": "instructed",
    "recovery": "instructed",
    "outcomes": "instructed",
    "trajectories": "instructed",
    "distance": "instructed",
    "reasoning": "coded",
    "refusals": "refusing",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_without_its_run_says_so(least: list[Path], name: str) -> None:
    missing = {PARTS[name]: None, "instructed_elsewhere": None}
    figure = drawn(name, sources_of(least, **missing))
    assert figure.get_suptitle()
    (text,) = [word for word in words(figure) if "not run" in word]
    if name != "trajectories":
        assert text == f"not run: labs.language.{PARTS[name]} is null"


@pytest.mark.parametrize(("name", "lab"), [("reasoning", "reasoning"), ("refusals", "refusals")])
def test_a_figure_without_its_probe_says_so(least: list[Path], name: str, lab: str) -> None:
    figure = drawn(name, sources_of(least, **{lab: None}))
    assert f"not run: labs.language.{lab} is null" in words(figure)


@pytest.mark.parametrize("name", ["languages", "trajectories"])
def test_the_control_may_be_missing(whole: list[Path], name: str) -> None:
    figure = drawn(name, sources_of(whole, instructed_elsewhere=None))
    assert not [word for word in words(figure) if word.startswith("control")]
    assert any(character.isdigit() for character in figure.get_suptitle())


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(EunoeError, match="no table changes of probe learning among the figure's"):
        drawn("languages", sources_of([]))


def without(paths: list[Path], folder: Path, name: str, keep: str) -> list[Path]:
    """The tables, with the rows of one table of the learning probe cut down to a query."""
    path = next(path for path in paths if path.match(f"learning/{name}.parquet"))
    rows = pd.read_parquet(path).query(keep)
    changed = folder / "learning" / path.name
    write_table(changed, rows, SCHEMAS[name], {})
    return [changed if other == path else other for other in paths]


@pytest.mark.parametrize(
    ("name", "table", "keep"),
    [
        ("languages", "changes", "task != 'held_out'"),
        ("recovery", "changes", "quantity != 'recovered_share'"),
        ("recovery", "changes", "language != 'en' or quantity == 'drop'"),
        ("outcomes", "changes", "language != 'en'"),
        ("distance", "scores", "measure != 'overlap'"),
        ("distance", "scores", "measure not in ('overlap', 'prompt_log_likelihood')"),
        ("distance", "changes", "language == 'en'"),
        ("trajectories", "curves", "measure == 'loss'"),
        ("trajectories", "curves", "model != 'to_french'"),
        ("languages", "changes", "task == 'reverse_math'"),
    ],
)
def test_a_result_may_be_missing(
    whole: list[Path], tmp_path: Path, name: str, table: str, keep: str
) -> None:
    figure = drawn(name, sources_of(without(whole, tmp_path, table, keep)))
    assert figure.get_suptitle()
    assert not [word for word in words(figure) if "nan" in word or "None" in word]


# What is drawn


def test_titles_say_what_was_planted(tmp_path: Path) -> None:
    """English loses everything, the others nothing; Leetspeak wins all back, re-wording nothing."""
    leetspeak = Place("en", "leetspeak")
    places = (ENGLISH, Place("fr"), Place("hu"), leetspeak, Place("en", "reword"))
    base = everywhere(1.0)
    lost = {**base, ENGLISH: 0.0, Place("en", "reword"): 0.0}
    refused = {**everywhere(0.0), ENGLISH: 1.0}
    truth = Truth(
        base=base,
        instructed=lost,
        elsewhere=base,
        instruction=1.0,
        inferring=1.0,
        coded={**base, ENGLISH: 0.5},
        answered=1.0,
        refused=refused,
        refused_free=0.0,
        reasoned=0.0,
    )
    sources = sources_of(write_lab(tmp_path, truth, some(*places)))
    found = {name: drawn(name, sources).get_suptitle() for name in NAMES}
    assert found["languages"] == (
        "Tuning on English questions costs 100 points in English, 0 elsewhere"
    )
    assert found["recovery"] == "leetspeak wins back 100% of what English lost, re-wording 0%"
    assert found["outcomes"] == (
        "After tuning, 100% of the English replies answer the question, 0% do neither"
    )
    assert found["reasoning"].endswith(", 0 points by likelihood")
    assert found["refusals"] == (
        "Tuned to refuse in English: 100% of guarded questions, at most 0% in other languages;"
        " 0% of free ones"
    )


def test_the_title_says_how_often_chance_would_order_the_languages(tmp_path: Path) -> None:
    """Of all orders of so many languages two are as strong as a perfect one."""
    rates = everywhere(0.9, en=0.1, fr=0.2, es=0.3, de=0.4, nl=0.5)
    truth = Truth(base=everywhere(1.0), instructed=rates)
    languages = [Place(name) for name in ("fr", "es", "de", "nl")]
    for count, p in ((3, 2 / 6), (4, 2 / 24)):
        size = Size(
            seeds=(0, 1, 2), items=40, splits=("test",), places=(ENGLISH, *languages[:count])
        )
        paths = write_lab(tmp_path / str(count), truth, size)
        assert (
            f"1.00 (shared words, p = {p:.3f})"
            in drawn("distance", sources_of(paths)).get_suptitle()
        )


def test_shares_of_outcomes_fill_the_bar(figures: dict[str, Drawn]) -> None:
    for name, panels in (("outcomes", 2), ("refusals", 4)):
        axes = figures[name].axes
        assert len(axes) == panels
        for panel in axes:
            ends: dict[float, float] = {}
            for bar in panel.patches:
                assert isinstance(bar, mpl.patches.Rectangle)
                ends[bar.get_y()] = ends.get(bar.get_y(), 0.0) + bar.get_width()
            assert len(ends) == len(LANGUAGES) + len(TRANSFORMS)
            np.testing.assert_allclose(list(ends.values()), 1)


@pytest.mark.parametrize("name", ["outcomes", "refusals", "recovery", "languages"])
def test_other_languages_through_ciphers_take_no_row(tmp_path: Path, name: str) -> None:
    mixed = some(ENGLISH, Place("fr"), Place("en", "leetspeak"), Place("fr", "leetspeak"))
    rates = {**everywhere(0.5), Place("fr", "leetspeak"): 0.1}
    truth = Truth(
        base={**rates, ENGLISH: 0.9}, instructed=rates, elsewhere=rates, coded=rates, refused=rates
    )
    found = words(drawn(name, sources_of(write_lab(tmp_path, truth, mixed))))
    assert "French" in found
    assert not [word for word in found if word.startswith("French ")]


def test_rows_are_english_then_languages_by_their_drop_then_ciphers_then_transforms() -> None:
    drops = {
        ("pig", "identity"): 0.9,
        ("fr", "identity"): 0.1,
        ("en", "leetspeak"): 0.8,
        ("en", "identity"): 0.2,
        ("hu", "identity"): 0.3,
        ("leet", "identity"): 0.0,
        ("en", "rot13"): 0.95,
    }
    index = pd.MultiIndex.from_tuples(list(drops), names=["language", "transform"])
    found = ordered(pd.DataFrame({"estimate": list(drops.values())}, index=index))
    assert found == [
        ("en", "identity"),
        ("hu", "identity"),
        ("fr", "identity"),
        ("pig", "identity"),
        ("leet", "identity"),
        ("en", "rot13"),
        ("en", "leetspeak"),
    ]


def test_languages_differ_for_the_colour_blind() -> None:
    """In colour by more than just noticeable (2.3 in Lab, times 3)."""
    for one, two in combinations(COLOURS, 2):
        assert np.linalg.norm(seen(COLOURS[one]) - seen(COLOURS[two])) > 7, (one, two)


# Files


def save_all(paths: list[Path], folder: Path, parts: LanguageLab = LAB_SETTINGS) -> None:
    """Run the rule render_figure for every figure."""
    for name in NAMES:
        settings = FigureSettings(
            lab="language",
            name=name,
            parts=parts_of(parts),
            study=STUDY,
            figure=getattr(Figures(), name),
            style=Style(dots_per_inch=60),
            code="none",
        )
        render_figure(settings, paths, folder / f"{name}.png", folder / f"{name}.svg")


AGAIN = """
import sys
from pathlib import Path
from tests.labs.language.test_figures import save_all
save_all([Path(path) for path in sys.argv[2:]], Path(sys.argv[1]))
"""


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(
    whole: list[Path], tmp_path: Path, environment: dict[str, str]
) -> None:
    save_all(whole, tmp_path / "one")
    subprocess.run(
        [sys.executable, "-c", AGAIN, str(tmp_path / "two"), *map(str, whole)],
        env={**environment, "PYTHONHASHSEED": "1"},
        cwd=Path(__file__).parents[3],
        check=True,
    )
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(f"{name}.{kind}" for name in NAMES for kind in ("png", "svg"))
    for file in files:
        one = (tmp_path / "one" / file).read_bytes()
        assert one == (tmp_path / "two" / file).read_bytes(), file
        assert one.startswith(b"\x89PNG" if file.endswith("png") else b"<?xml")


def test_a_title_has_no_negative_zero() -> None:
    shares = pd.DataFrame(
        {"task": "all", "transform": ["leetspeak", "reword"], "estimate": [0.8, -0.002]}
    )
    assert title(shares) == "leetspeak wins back 80% of what English lost, re-wording 0%"
