"""Every figure is drawn from small tables: whole, with parts missing, and twice the same."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure as Drawn
from matplotlib.text import Text

from eunoe.config.figures import Style
from eunoe.errors import EunoeError
from eunoe.labs.regression.settings import Figures
from eunoe.labs.regression.sources import Sources, sources
from eunoe.report.lab import Inputs
from eunoe.report.style import alpha_colours, gamma_colours, styled
from eunoe.results.regression.tables import MEAN_TASK_WEIGHTS
from eunoe.stages.render_figure import FigureSettings, render_figure
from eunoe.tables.files import read_table, write_table
from eunoe.transforms.labels import Scale, Shrink
from eunoe.transforms.plain import Identity
from tests.lab import ALPHAS, FEW, LAB_SETTINGS, RUNS, STUDY, WORLD, Lab, parts_of, write_lab

NAMES = tuple(Figures.model_fields)
BASES = dict.fromkeys(RUNS, "mix50")
COARSE = Style(dots_per_inch=60)


@pytest.fixture(scope="module")
def least(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """One seed and one gamma."""
    transforms = (Identity(), Scale(gamma=2), Shrink(gamma=2))
    return write_lab(tmp_path_factory.mktemp("least"), seeds=[3], transforms=transforms)


def sources_of(lab: Lab, **parts: None) -> Sources:
    lab_settings = LAB_SETTINGS.model_copy(update=parts)
    return Sources(lab.rendered(), WORLD, lab_settings, FEW, BASES, ALPHAS)


def test_sources_are_what_the_study_says(lab: Lab) -> None:
    assert sources(Inputs(LAB_SETTINGS, STUDY, lab.rendered())) == sources_of(lab)


def test_alphas_are_of_bases_that_differ_in_nothing_else(lab: Lab) -> None:
    """Ablations have another network or training; the lab's controls are compared in any case."""
    mix80 = STUDY.bases["mix50"].model_copy(update={"alpha": 0.8})
    bases = {
        **STUDY.bases,
        "mix80": mix80,
        "wide": mix80.model_copy(update={"network": "large"}),
        "brief": mix80.model_copy(update={"training": "gentle"}),
        "discrete": STUDY.bases["discrete"].model_copy(update={"training": "gentle"}),
        "elsewhere": mix80.model_copy(update={"world": "other"}),
    }
    study = STUDY.model_copy(update={"bases": bases})
    assert sources(Inputs(LAB_SETTINGS, study, [])).alphas == {**ALPHAS, "mix80": 0.8}
    untuned = LAB_SETTINGS.model_copy(update={"tuned": None})
    alone = {**ALPHAS, "mix80": 0.8, "wide": 0.8, "brief": 0.8}
    assert sources(Inputs(untuned, study, [])).alphas == alone


def drawn(name: str, sources: Sources) -> Drawn:
    """The figure, laid out as if to be saved; a warning is an error."""
    settings = getattr(Figures(), name)
    with warnings.catch_warnings(), styled(Style()):
        warnings.simplefilter("error")
        figure: Drawn = import_module(f"eunoe.labs.regression.figures.{name}").draw(
            sources, (settings.width, settings.height)
        )
        figure.draw_without_rendering()
    return figure


def texts(figure: Drawn) -> list[str]:
    found = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    return [text.get_text() for text in found if text.get_visible() and text.get_text()]


def titles(figure: Drawn) -> list[str]:
    found = [figure.get_suptitle(), *(axes.get_title() for axes in figure.axes)]
    return [title for title in found if title]


@pytest.fixture(scope="module")
def figures(lab: Lab) -> dict[str, Drawn]:
    return {name: drawn(name, sources_of(lab)) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_says_what_it_shows(figures: dict[str, Drawn], name: str) -> None:
    figure = figures[name]
    assert titles(figure)
    assert any(character.isdigit() for character in titles(figure)[0])  # what was found
    assert all(axes.get_xlabel() for axes in figure.axes)
    assert figure.axes[0].get_ylabel() or name == "runs"  # its rows have names
    assert figure.legends
    assert not [text for text in texts(figure) if "nan" in text or "None" in text]


@pytest.mark.parametrize("name", NAMES)
def test_titles_are_sentences_that_fit_the_figure(figures: dict[str, Drawn], name: str) -> None:
    figure = figures[name]
    width = figure.bbox.width
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text() in titles(figure):
            box = text.get_window_extent()
            assert box.x0 >= -1, text.get_text()
            assert box.x1 <= width + 1, text.get_text()


@pytest.mark.parametrize("name", NAMES)
def test_one_seed_and_one_gamma_are_enough(least: Lab, name: str) -> None:
    figure = drawn(name, sources_of(least))
    assert not [text for text in texts(figure) if "nan" in text or "None" in text]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "missing", [["tuned"], ["fresh", "continuous"], ["tuned", "fresh", "continuous", "discrete"]]
)
def test_a_part_may_be_null(least: Lab, name: str, missing: list[str]) -> None:
    figure = drawn(name, sources_of(least, **dict.fromkeys(missing)))
    assert titles(figure)
    assert not [text for text in texts(figure) if "nan" in text or "None" in text]


def test_there_may_be_no_run(least: Lab) -> None:
    sources = replace(sources_of(least, tuned=None, fresh=None), runs={})
    for name in NAMES:
        assert titles(drawn(name, sources))


def test_context_lengths_may_all_be_long(least: Lab, tmp_path: Path) -> None:
    """None of the task weight's contexts has as few exemplars as `few` says."""
    path = least.root / "reports/tables/labels/task_weights.parquet"
    rows = read_table(path, MEAN_TASK_WEIGHTS).to_pandas()
    long = tmp_path / "labels" / path.name
    write_table(long, rows[rows["exemplars"] > FEW], MEAN_TASK_WEIGHTS, {})
    paths = [long if other == path else other for other in least.rendered()]
    assert titles(drawn("task_weight", replace(sources_of(least), paths=paths)))


def test_a_table_that_is_not_there_is_named(least: Lab) -> None:
    sources = replace(sources_of(least), paths=[])
    with pytest.raises(EunoeError, match="no table curves of probe labels among the figure's"):
        sources.table("curves")


# Files


def save_all(lab: Lab, folder: Path) -> None:
    """Run the rule render_figure for every figure."""
    for name in NAMES:
        settings = FigureSettings(
            lab="regression",
            name=name,
            parts=parts_of(LAB_SETTINGS),
            study=STUDY,
            figure=getattr(Figures(), name),
            style=COARSE,
            code="none",
        )
        render_figure(settings, lab.rendered(), folder / f"{name}.png", folder / f"{name}.svg")


AGAIN = """
import sys
from pathlib import Path
from tests.labs.regression.test_figures import LAB_SETTINGS, Lab, save_all
save_all(Lab(Path(sys.argv[1]), [0, 1], LAB_SETTINGS), Path(sys.argv[2]))
"""


def test_two_processes_write_the_same_bytes(
    lab: Lab, tmp_path: Path, environment: dict[str, str]
) -> None:
    save_all(lab, tmp_path / "one")
    subprocess.run(
        [sys.executable, "-c", AGAIN, str(lab.root), str(tmp_path / "two")],
        env={**environment, "PYTHONHASHSEED": "1"},
        cwd=Path(__file__).parents[3],
        check=True,
    )
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(f"{name}.{kind}" for name in NAMES for kind in ("png", "svg"))
    for file in files:
        one = (tmp_path / "one" / file).read_bytes()
        assert one == (tmp_path / "two" / file).read_bytes(), file
        assert len(one) > 1000
        assert one.startswith(b"\x89PNG" if file.endswith("png") else b"<?xml")


# Colours

DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
"""On linear RGB, Machado, Oliveira and Fernandes 2009."""


def seen(colour: Any) -> np.ndarray:
    """An sRGB colour as CIE Lab, as it is seen without the middle cones."""
    shown: np.ndarray = np.array(to_rgb(colour))
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    rgb = np.clip(DEUTERANOPIA @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ rgb / [0.9505, 1.0, 1.089]
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def looks(axes: Axes) -> Iterator[tuple[str, Any, tuple[Any, Any]]]:
    """Label, colour and form of what a panel's legend tells apart."""
    for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
        line: Any = handle[0] if isinstance(handle, ErrorbarContainer) else handle
        yield label, line.get_color(), (line.get_linestyle(), line.get_marker())


@pytest.mark.parametrize("name", NAMES)
def test_lines_of_a_panel_differ_for_the_colour_blind(figures: dict[str, Drawn], name: str) -> None:
    """In colour by more than just noticeable (2.3 in Lab, times 3), or in form."""
    for axes in figures[name].axes:
        for one, two in combinations(looks(axes), 2):
            far = float(np.linalg.norm(seen(one[1]) - seen(two[1])))
            assert far > 7 or one[2] != two[2] or one[0] == two[0], (one[0], two[0], far)


@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_scales_of_colours_grow_darker(count: int) -> None:
    gammas = [seen(colour)[0] for colour in gamma_colours(count)]
    alphas = [seen(colour)[0] for colour in alpha_colours([i / 10 for i in range(count)]).values()]
    for lightness in (gammas, alphas):
        assert len(lightness) == count
        assert (np.diff(lightness) < 0).all()
