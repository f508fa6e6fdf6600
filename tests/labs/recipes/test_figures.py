"""Every figure of the recipes lab, from planted tables: whole, in part, twice."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
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
from eunoe.config.study import Study
from eunoe.errors import EunoeError
from eunoe.labs.recipes.settings import RECIPE_PARTS, ByAbility, Figures, Ratio
from eunoe.labs.recipes.settings import Lab as RecipesLab
from eunoe.labs.recipes.sources import (
    ABILITIES,
    ABILITY_COLOURS,
    GROUPS,
    LOOKS,
    SCHEMAS,
    RecipesSources,
    short,
    sources,
    strategy_label,
)
from eunoe.report.lab import Inputs
from eunoe.report.style import styled
from eunoe.results.text.tables import EQUAL_TARGET
from eunoe.stages.render_figure import FigureSettings, render_figure
from eunoe.tables.files import write_table
from tests.lab import parts_of
from tests.labs.recipes.tables import (
    BASE,
    LAB_SETTINGS,
    PLANTED,
    RUNS,
    SAME_FORMAT,
    TARGET,
    Lab,
    composed,
)
from tests.labs.regression.test_figures import looks, seen
from tests.results.text.simulated_recipes import FRACTIONS, Size, Truth, runs_of, write_lab

NAMES = tuple(Figures.model_fields)
CAPTIONS = Path(__file__).parents[3] / "src/eunoe/labs/recipes/captions"
STRATEGIES: dict[str, Any] = dict.fromkeys(
    ("multi_task", "sequential", "mixed_sequential"), None
) | {
    "dmt": {},
    "mixed": {},
    "single": ByAbility(),
    "ratio": Ratio(),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All recipes and strategies."""
    return Lab().write(tmp_path_factory.mktemp("whole"))


def sources_of(
    paths: list[Path],
    target: str | None = TARGET,
    same_format: Sequence[str] = (SAME_FORMAT,),
    **parts: Any,
) -> RecipesSources:
    lab_settings = LAB_SETTINGS.model_copy(update=parts)
    return RecipesSources(paths, lab_settings, target, list(same_format), RUNS)


def study_of(target: str | None) -> Study:
    """What a configuration would say of these models: what figures are told of it."""
    probe = {
        "kind": "text",
        "world": BASE,
        "sources": [TARGET, SAME_FORMAT],
        "target": target,
        "same_format": [SAME_FORMAT],
        "items": {"validation": 2, "test": 2},
        "transforms": ["identity"],
    }
    return Study.model_validate(
        {
            "runs": {run: {"base": base, "recipe": run} for run, base in RUNS.items()},
            "probes": {"retention": probe, "abilities": probe | {"target": None}},
        }
    )


@pytest.mark.parametrize("target", [TARGET, None])
def test_sources_are_what_the_study_says(whole: list[Path], target: str | None) -> None:
    found = sources(Inputs(LAB_SETTINGS, study_of(target), whole))
    assert found == sources_of(whole, target)


def drawn(name: str, sources: RecipesSources) -> Drawn:
    """The figure, laid out as if to be saved; a warning is an error."""
    settings = getattr(Figures(), name)
    with warnings.catch_warnings(), styled(Style()):
        warnings.simplefilter("error")
        figure: Drawn = import_module(f"eunoe.labs.recipes.figures.{name}").draw(
            sources, (settings.width, settings.height)
        )
        figure.draw_without_rendering()
    return figure


def texts(figure: Drawn) -> list[Text]:
    found = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    return [text for text in found if text.get_visible() and text.get_text()]


def words(figure: Drawn) -> list[str]:
    return [text.get_text() for text in texts(figure)]


def check(figure: Drawn) -> None:
    """A figure says something, and nothing that is no number."""
    assert figure.get_suptitle()
    assert not [word for word in words(figure) if "nan" in word or "None" in word]


@pytest.fixture(scope="module")
def figures(whole: list[Path]) -> dict[str, Drawn]:
    return {name: drawn(name, sources_of(whole)) for name in NAMES}


# How figures look


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_says_what_it_shows(figures: dict[str, Drawn], name: str) -> None:
    figure = figures[name]
    check(figure)
    assert any(character.isdigit() for character in figure.get_suptitle())  # what was found
    unnamed = [axes for axes in figure.axes if not axes.get_xlabel()]
    assert len(unnamed) == (name == "retention")  # whose second panel is a heat map
    assert figure.legends or name == "costs"  # whose rows are named in place


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_has_a_caption_that_says_what_to_look_for(name: str) -> None:
    caption = (CAPTIONS / f"{name}.rst").read_text()
    assert len(caption.splitlines()) == 1
    assert 150 < len(caption) < 800
    assert "Look" in caption or "Up and to the right" in caption


def overlaps(figure: Drawn) -> list[Any]:
    """Texts that are cut off, and pairs that lie on each other."""
    with styled(Style()):
        boxes = [
            (text.get_text(), text.get_window_extent().padded(-1))
            for text in texts(figure)
            if any(map(str.isalpha, text.get_text()))
        ]  # but for numbers at ticks, some of which are outside and not drawn
    cut = [text for text, box in boxes if box.x0 < 0 or box.x1 > figure.bbox.width]
    pairs = [(one, two) for (one, a), (two, b) in combinations(boxes, 2) if a.overlaps(b)]
    return cut + pairs


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_cut_off_or_overlaps_another(figures: dict[str, Drawn], name: str) -> None:
    assert not overlaps(figures[name])


def test_overlaps_would_be_found() -> None:
    figure = Drawn()
    for x, text in ((0.1, "one"), (0.12, "two"), (0.99, "cut off")):
        figure.text(x, 0.5, text)
    assert overlaps(figure) == ["cut off", ("one", "two")]


@pytest.mark.parametrize("name", ["retention", "equal_target", "recovered", "costs"])
def test_every_recipe_is_named_once(figures: dict[str, Drawn], name: str) -> None:
    found = [word for label in figures[name].axes for word in map(tick, label.get_yticklabels())]
    found += [
        word for label in figures[name].axes[1:] for word in map(tick, label.get_yticklabels())
    ]
    for part in RECIPE_PARTS:
        assert LOOKS[part][0] in found, part
    assert {"wise_75", "plain_long"} <= set(found)  # which play no part


def tick(label: Text) -> str:
    return label.get_text()


def test_every_part_has_a_look_that_differs_for_the_colour_blind() -> None:
    """In colour by more than just noticeable (2.3 in Lab, times 3), or in marker."""
    assert set(LOOKS) == set(RECIPE_PARTS)
    for one, two in combinations(LOOKS.values(), 2):
        far = float(np.linalg.norm(seen(one[1]) - seen(two[1])))
        assert far > 7 or one[2] != two[2], (one[0], two[0])
    for ability, other in combinations(ABILITIES, 2):
        assert np.linalg.norm(seen(ABILITY_COLOURS[ability]) - seen(ABILITY_COLOURS[other])) > 7


@pytest.mark.parametrize(
    "name", ["specialisation", "gradients", "rehearsal", "recovered", "scaling"]
)
def test_lines_of_a_panel_differ_for_the_colour_blind(figures: dict[str, Drawn], name: str) -> None:
    for axes in figures[name].axes:
        for one, two in combinations(looks(axes), 2):
            far = float(np.linalg.norm(seen(one[1]) - seen(two[1])))
            assert far > 7 or one[2] != two[2] or one[0] == two[0], (one[0], two[0], far)


# What is not there


SAYS: dict[str, dict[str, Any]] = {
    "specialisation": {"plain": None, "promot": None, "prompt_tuning": None},
    "ablations": dict.fromkeys(RECIPE_PARTS),
    "strategies": {"abilities": None},
    "rehearsal": {"dmt": {}},
    "gradients": {"plain": None, "promot": None},
    "scaling": {"mixed": {}, "single": ByAbility(), "ratio": Ratio()},
}
"""Parts without which a figure has nothing to show."""


@pytest.mark.parametrize("name", SAYS)
def test_a_figure_without_its_parts_says_so(whole: list[Path], name: str) -> None:
    figure = drawn(name, sources_of(whole, **SAYS[name]))
    check(figure)
    (text,) = [word for word in words(figure) if word.startswith("not run: ")]
    assert len(text) > 20


@pytest.mark.parametrize("name", ["specialisation", "retention", "equal_target", "ablations"])
def test_a_figure_without_a_target_says_so(whole: list[Path], name: str) -> None:
    figure = drawn(name, sources_of(whole, target=None))
    assert "not run: probes.retention.target is null" in words(figure)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "parts",
    [
        {"promot": None, "same_format": [], "multi_task": None},
        {"plain": None, "mathematics": None, "mixed_sequential": None},
        dict.fromkeys(RECIPE_PARTS) | STRATEGIES,
        {"abilities": None},
    ],
)
def test_any_part_may_be_missing(whole: list[Path], name: str, parts: dict[str, Any]) -> None:
    check(drawn(name, sources_of(whole, **parts)))


def without(paths: list[Path], folder: Path, name: str, keep: str) -> list[Path]:
    """The tables, with the rows of one table of both probes cut down to a query."""
    changed = {}
    for path in paths:
        if path.stem == name:
            changed[path] = folder / path.parent.name / path.name
            rows = pd.read_parquet(path).query(keep)
            write_table(changed[path], rows, SCHEMAS[name], {})
    return [changed.get(path, path) for path in paths]


@pytest.mark.parametrize(
    ("name", "table", "keep"),
    [
        ("specialisation", "curves", "measure == 'loss'"),
        ("specialisation", "curves", "not measure.str.startswith('attached')"),
        ("gradients", "curves", "not measure.str.startswith('cosine')"),
        ("gradients", "curves", "not measure.str.startswith('used')"),
        ("gradients", "curves", "measure != 'cosine.embedding'"),
        ("recovered", "scores", "transform == 'identity'"),
        ("recovered", "scores", "source != 'transformed'"),
        ("retention", "scores", "source != 'blanks.en' or model == 'plain'"),
        ("retention", "scores", "measure != 'retained'"),
        ("ablations", "scores", "measure != 'retained'"),
        ("ablations", "scores", "attached == 'deployed'"),
        ("equal_target", "equal_target", "run != run"),
        ("equal_target", "equal_target", "run == 'prompt_tuning'"),
        ("equal_target", "checkpoints", "run != 'promot'"),
        ("costs", "costs", "model != 'plain'"),
        ("costs", "costs", "model != model"),
        ("rehearsal", "mixtures", "model != model"),
        ("strategies", "scores", "model != 'general_1'"),
        ("scaling", "scores", "not model.str.startswith('mixed')"),
    ],
)
def test_a_result_may_be_missing(
    whole: list[Path], tmp_path: Path, name: str, table: str, keep: str
) -> None:
    figure = drawn(name, sources_of(without(whole, tmp_path, table, keep)))
    check(figure)
    if "retained" in keep:  # only the title is told otherwise
        assert not [word for word in words(figure) if word.startswith("not run")]


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(EunoeError, match="no table curves of probe retention among the figure's"):
        drawn("specialisation", sources_of([]))


def test_one_seed_has_no_interval_at_equal_target(whole: list[Path], tmp_path: Path) -> None:
    (found,) = [path for path in whole if path.match("retention/equal_target.parquet")]
    rows = pd.read_parquet(found).assign(low=None, high=None, seeds=1, reached=1)
    changed = tmp_path / "retention/equal_target.parquet"
    write_table(changed, rows, EQUAL_TARGET, {})
    figure = drawn(
        "equal_target", sources_of([*(path for path in whole if path != found), changed])
    )
    check(figure)
    assert "kept (%), 1 seed" in words(figure)


# What is drawn


def exact(root: Path, **changes: Any) -> RecipesSources:
    """A lab without noise, of a few recipes."""
    few = ("plain", "prompt_tuning", "promot", "promot_cool", "joint", "replay")
    planted = {run: PLANTED[run] for run in few} | changes.pop("planted", {})
    lab = replace(Lab(planted=planted, noise=0.0), **changes)
    parts = {part: part if part in planted else None for part in RECIPE_PARTS}
    lab_settings = lab.settings.model_copy(update=parts)
    paths = replace(lab, settings=lab_settings).write(root)
    return RecipesSources(paths, lab_settings, TARGET, [SAME_FORMAT], RUNS)


TITLES = {
    "retention": "Kept of what the base can do on other tasks: plain fine-tuning 10%, ProMoT 93%",
    "ablations": ("ProMoT keeps 93% of what the base can on other tasks, without a part of it 30%"),
    "equal_target": (
        "Kept on other tasks at equal target score: ProMoT, lower learning rate 98%; most of the "
        "others replay 99%"
    ),
    "strategies": (
        "DMT with k = 1/256 in mathematics: +15 points on mixed sequential, -8 points on multi-task"
    ),
    "rehearsal": (
        "Rehearsing k = 1/256 (0.8% of the last stage's examples) wins back 65% of the "
        "mathematics lost without it"
    ),
    "recovered": "leetspeak wins back 47% of what plain fine-tuning lost on other tasks",
    "costs": (
        "ProMoT costs 2.1 times the operations of plain fine-tuning, 2.2 times the wall time"
    ),
    "scaling": (
        "Mixing changes mathematics by +6 points with 1/256 of the data, -2 points with all data"
    ),
}


def test_titles_say_what_was_planted(tmp_path: Path) -> None:
    sources = exact(tmp_path)
    assert {name: drawn(name, sources).get_suptitle() for name in TITLES} == TITLES


def test_sources_through_the_heat_map_are_those_that_were_asked(tmp_path: Path) -> None:
    sources = exact(tmp_path)
    beside, heat = drawn("retention", sources).axes
    columns = [tick(label).split("\n")[0] for label in heat.get_xticklabels()]
    assert columns[:2] == [TARGET, "inference.en"]
    assert sorted(columns) == sorted(
        name.replace("_", " ") for name in Lab().sources() if name not in GROUPS
    )
    cells = {(text.get_position()): text.get_text() for text in heat.texts}
    rows = [tick(label) for label in beside.get_yticklabels()]
    assert len(cells) == len(rows) * len(columns)
    assert cells[0, rows.index("base")] == "50"
    assert cells[0, rows.index("ProMoT")] == "95"
    assert cells[2, rows.index("plain fine-tuning")] == "8"  # .8 times .1


@pytest.mark.parametrize("same", [[], ["translation.fr"], ["translation.fr", "blanks.en"]])
def test_the_heat_map_begins_with_the_target_and_every_source_of_its_format(
    tmp_path: Path, same: list[str]
) -> None:
    _, heat = drawn("retention", replace(exact(tmp_path), same_format=same)).axes
    labels = [tick(label) for label in heat.get_xticklabels()]
    known = [f"{TARGET}\n(target)", *(f"{source}\n(same format)" for source in same)]
    assert labels[: len(known)] == known
    assert not [label for label in labels[len(known) :] if "(" in label]


def test_the_front_falls_as_the_target_rises(figures: dict[str, Drawn]) -> None:
    (front,) = [
        line for line in figures["equal_target"].axes[0].lines if line.get_label() == "Pareto front"
    ]
    x, y = (np.asarray(values) for values in front.get_data())
    assert len(x) > 2
    assert (np.diff(x) > 0).all()
    assert (np.diff(y) < 0).all()
    assert front.get_drawstyle() == "steps-pre"  # a target score can be had at the next point's


def test_who_does_not_reach_the_level_is_last_and_says_so(figures: dict[str, Drawn]) -> None:
    panel = figures["equal_target"].axes[1]
    assert tick(panel.get_yticklabels()[-1]) == "prompt tuning"
    (text,) = panel.texts
    assert text.get_text() == "misses it, best 80.0%"
    assert text.get_position()[1] == len(panel.get_yticklabels()) - 1


def test_a_seed_that_does_not_reach_the_level_is_counted(whole: list[Path], tmp_path: Path) -> None:
    (found,) = [path for path in whole if path.match("retention/equal_target.parquet")]
    rows = pd.read_parquet(found)
    rows.loc[rows["run"] == "dft", "reached"] = 1
    write_table(tmp_path / "retention/equal_target.parquet", rows, EQUAL_TARGET, {})
    paths = [*(path for path in whole if path != found), *tmp_path.rglob("*.parquet")]
    figure = drawn("equal_target", sources_of(paths))
    assert "DFT loss (1 of 3 seeds)" in words(figure)


def test_stages_are_added_up(figures: dict[str, Drawn]) -> None:
    """ProMoT's two stages of 200 updates are 400; its second stage is marked."""
    for panel in figures["specialisation"].axes:
        assert max(np.max(line.get_xdata()) for line in panel.lines) == 400
        assert 200 in [
            np.asarray(line.get_xdata())[0]
            for line in panel.lines
            if "weights" in str(line.get_label())
        ]
    promot = figures["gradients"].axes[1]
    found = [np.asarray(line.get_xdata()) for line in promot.lines]
    assert min(np.min(updates) for updates in found if len(updates) > 2) == 200


def test_costs_are_those_of_all_stages(whole: list[Path]) -> None:
    found = pd.read_parquet(next(path for path in whole if path.match("retention/costs.parquet")))
    panel = drawn("costs", sources_of(whole)).axes[0]
    names = [tick(label) for label in panel.get_yticklabels()]
    widths = [bar.get_width() for bar in panel.patches if isinstance(bar, mpl.patches.Rectangle)]
    wanted = found.groupby("model", observed=True)["updates"].sum()["promot"]
    assert wanted == 400
    assert widths[names.index("ProMoT")] == wanted
    assert widths[names.index(LOOKS["wise"][0])] == 0  # trains nothing


def test_rehearsal_takes_up_what_the_mixture_says(figures: dict[str, Drawn]) -> None:
    shown = {line.get_label(): line for line in figures["rehearsal"].axes[1].lines}
    places, examples = map(np.asarray, shown["share of examples"].get_data())
    assert places.tolist() == [1, 2, 3, 4, 5]  # 0 rehearses nothing
    np.testing.assert_allclose(examples[-1], 100 * 2 / 3)  # as much of each of three
    np.testing.assert_allclose(examples[0], 100 * (2 / 256) / (2 / 256 + 1))


@pytest.mark.parametrize("bases", [["village"], ["village", "town", "city"]])
def test_every_size_of_model_has_its_row(tmp_path: Path, bases: list[str]) -> None:
    scaling = {base: composed(f"{base}_") for base in bases if base != BASE}
    lab_settings = LAB_SETTINGS.model_copy(update={"sizes": bases, "scaling": scaling})
    paths = Lab(settings=lab_settings).write(tmp_path)
    runs = RUNS | {run: base for base, parts in scaling.items() for run in parts.runs.values()}
    sources = RecipesSources(paths, lab_settings, TARGET, [SAME_FORMAT], runs)
    figure = drawn("scaling", sources)
    check(figure)
    assert not overlaps(figure)
    assert len(figure.axes) == 3 * len(bases)
    named = [axes.get_ylabel() for axes in figure.axes if axes.get_ylabel()]
    assert named == (
        ["right (%)"] if len(bases) == 1 else [f"{base}:\nright (%)" for base in bases]
    )
    for name in ("strategies", "rehearsal", "costs"):
        check(drawn(name, sources))


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("multi_task", "multi-task"),
        ("mixed_sequential", "mixed sequential"),
        ("dmt.1/16", "DMT, k = 1/16"),
        ("dmt.1", "DMT, k = 1"),
        ("single.code.1", "code alone"),
        ("single.code.1/4", "code alone, 1/4"),
        ("mixed.1/4", "1/4 of all three"),
        ("ratio.general.1/4", "1/4 of general, all mathematics and code"),
        ("ratio.specialised.1", "all mathematics and code, all general"),
    ],
)
def test_strategies_have_names(key: str, label: str) -> None:
    assert strategy_label(key) == label


def test_a_language_that_all_sources_share_is_not_repeated() -> None:
    assert short(["free_topics.en", "blanks.en"]) == {
        "free_topics.en": "free topics",
        "blanks.en": "blanks",
    }
    assert short(["blanks.en", "blanks.fr"])["blanks.fr"] == "blanks.fr"
    assert short(["mine", "yours"]) == {"mine": "mine", "yours": "yours"}


# From the tables that the lab's own stage makes


OTHERWISE = {
    "demonstrated": "plain_demonstration",
    "promot_demonstrated": "promot_demonstration",
    "plain_several": "plain_multitask",
    "promot_several": "promot_multitask",
    "plain_cool": "lower_rate",
    "wise": "interpolated",
}
"""Runs of the simulated lab that are called otherwise than their parts."""
FEW = ("plain", "prompt_tuning", "promot", "joint", "lora", "replay", "interpolated")
APART = ("cod", "gen")
"""Code and general instructions alone."""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> RecipesSources:
    """Examples drawn at planted rates, aggregated as in a finished run; one ability's fractions."""
    whole = Truth()
    truth = replace(
        whole,
        behaviours={run: whole.behaviours[run] for run in FEW},
        abilities={run: rates for run, rates in whole.abilities.items() if run[:3] not in APART},
    )
    size = Size(seeds=(0, 1, 2), examples=40, splits=("test",))
    paths = write_lab(tmp_path_factory.mktemp("simulated"), truth, size)
    runs = {part: OTHERWISE.get(part, part) for part in RECIPE_PARTS}
    shares = {share: share.replace("/", "_") for share in FRACTIONS}
    lab_settings = RecipesLab(
        retention="retention",
        abilities="abilities",
        level=0.8,
        mathematics="maths.en",
        code="coding.en",
        general="general.en",
        multi_task="multi_task",
        sequential="sequential",
        mixed_sequential="mixed_sequential",
        dmt={share: f"dmt_{end}" for share, end in shares.items()},
        mixed={share: f"mixed_{end}" for share, end in shares.items()},
        single=ByAbility(mathematics={share: f"maths_{end}" for share, end in shares.items()}),
        **{part: run for part, run in runs.items() if run in truth.behaviours},
    )
    known = {**runs_of(truth, "retention"), **runs_of(truth, "abilities")}
    return RecipesSources(paths, lab_settings, TARGET, [SAME_FORMAT], known)


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_drawn_from_what_the_tables_stage_makes(
    simulated: RecipesSources, name: str
) -> None:
    figure = drawn(name, simulated)
    check(figure)
    assert not overlaps(figure)
    assert not [word for word in words(figure) if word.startswith("not run")]


def test_titles_of_the_simulated_lab_are_near_its_truth(simulated: RecipesSources) -> None:
    def number(name: str, after: str) -> float:
        found = re.search(after + r" ([+-]?\d+)", drawn(name, simulated).get_suptitle())
        assert found
        return float(found[1])

    assert number("retention", "plain fine-tuning") == pytest.approx(10, abs=8)
    assert number("retention", "ProMoT") == pytest.approx(95, abs=8)
    assert number("specialisation", "format:") == pytest.approx(97, abs=8)
    assert number("strategies", "mathematics:") == pytest.approx(15, abs=15)
    assert number("recovered", "wins back") == pytest.approx(42, abs=15)


# Files


def save_all(paths: list[Path], folder: Path) -> None:
    """Run the rule render_figure for every figure."""
    for name in NAMES:
        settings = FigureSettings(
            lab="recipes",
            name=name,
            parts=parts_of(LAB_SETTINGS),
            study=study_of(TARGET),
            figure=getattr(Figures(), name),
            style=Style(dots_per_inch=60),
            code="none",
        )
        render_figure(settings, paths, folder / f"{name}.png", folder / f"{name}.svg")


AGAIN = """
import sys
from pathlib import Path
from tests.labs.recipes.test_figures import save_all
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
