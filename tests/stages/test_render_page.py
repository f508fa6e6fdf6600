"""The page of a lab: one file that needs no other, and says what the tables say."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from eunoe.config.figures import Style
from eunoe.config.study import Study
from eunoe.labs.language.settings import Figures as LanguageFigures
from eunoe.labs.regression.settings import Figures as RegressionFigures
from eunoe.report.ledger import VERDICTS
from eunoe.results.text.tables import MEAN_SCORES
from eunoe.stages.render_page import PageSettings, render_page
from eunoe.tables.claims import CLAIMS, PUBLISHED
from eunoe.tables.files import read_table, write_table
from tests.config.conftest import ROOT
from tests.lab import BOOTSTRAP, LAB_SETTINGS, STUDY, Lab, parts_of
from tests.results.text import simulated_language as simulated

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
FIGURES_OF = {
    "regression": tuple(RegressionFigures.model_fields),
    "language": tuple(LanguageFigures.model_fields),
}
PARTS = {"regression": parts_of(LAB_SETTINGS), "language": parts_of(simulated.LAB_SETTINGS)}
MARKED = "<b>1 < 2 & 'so on'</b>"
OWN = {
    "kind": "text",
    "files": dict.fromkeys(("train", "validation", "test"), MARKED),
    "context": 64,
}
"""A world whose settings HTML has to escape."""
STUDIES = {
    "regression": Study.model_validate({**dict(STUDY), "worlds": {**STUDY.worlds, "own": OWN}}),
    "language": simulated.STUDY,
}
LABS = [*STUDIES]


class Page(HTMLParser):
    """Tags, their attributes and the text; an error if a tag is not closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def text(self, *tags: str) -> str:
        """All text, or that within some tags."""
        return "".join(text for tag, text in self.texts if not tags or tag in tags)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.tags if found == tag]


def picture(name: str) -> str:
    return f"<svg xmlns='http://www.w3.org/2000/svg'><title>{name}</title></svg>"


def write_claims(path: Path, lab: str) -> pd.DataFrame:
    """A ledger of regression with every verdict and what HTML has to escape, or a short one."""
    nothing = (None, None, None, None, None)
    rows = [
        ("R1", "primary", "R3, R6", 0.5, 0.25, 0.75, 0.0104, 0.0312, "supported", "it is > 0"),
        ("R2", "primary", "", -0.5, -0.75, -0.25, 1e-5, 3e-5, "contradicted", "it is < 0"),
        ("R3", "control", "", 0.125, -0.25, 0.5, 0.25, None, "inconclusive", "it holds 0"),
        ("R4", "secondary", "", *nothing, "not run", "labs.regression.fresh is null"),
        ("R5", "secondary", "", 1.5, None, None, 0.5, 0.6, "inconclusive", "no end"),
        ("R6", "control", "", -0.0001, -0.02, 0.02, 0.75, None, "equivalent", "within 0.1 of 0"),
        ("R7", "primary", "R2", 0.25, 0.125, 0.375, 0.04, 0.04, "premise not met", "R2 is not"),
        ("R8", "secondary", "", *nothing, "premise not met", "nothing was forgotten"),
        ("R9", "secondary", "", 0.75, 0.5, 1.0, None, None, "too few seeds", "2 of 3"),
        ("L1", "primary", "", 0.9, 0.8, 0.95, 1.0, 1.0, "supported", "it is above chance"),
    ]
    names = ["claim", "family", "premises", "estimate", "low", "high", "p", "adjusted"]
    found = pd.DataFrame(rows, columns=[*names, "verdict", "reason"]).assign(
        lab=["language" if name.startswith("L") else "regression" for name, *_ in rows],
        source='Someone & "others"',
        statement="That <i>x</i> < y & z.",
        predicate="x - y is below 0",
        seeds=3,
        over="seeds",
    )
    found.loc[found["estimate"].isna(), ["seeds", "over"]] = 0, ""
    found.loc[found["claim"] == "R9", ["seeds", "over"]] = 2, "items of fixed models"
    found.loc[found["claim"] == "L1", "over"] = "places"
    found = found[found["lab"] == lab]
    write_table(path, found, CLAIMS, {})
    return found


def write_scores(path: Path) -> pd.DataFrame:
    """Accuracies of a base and a run in two languages, and rows that the page leaves out."""
    asked = itertools.product(
        (("base", "tongues"), ("run", "to_english")),
        ("repeat_math", "all", "guarded_topics"),
        ("en", "fr"),
        ("identity", "rot13"),
        ("right", "likelihood"),
        ("deployed", "no"),
        (None, 0.5),
    )
    names = ["who", "task", "language", "transform", "measure", "attached", "level"]
    found = pd.DataFrame(list(asked), columns=names)
    found[["kind", "model"]] = found.pop("who").tolist()
    found = found.assign(
        estimate=(found.index + 1) / 100,
        source=found["task"] + "." + found["language"],
        probe="learning",
        wording="all",
    )
    found[["items", "seeds", "low", "high"]] = (4, 2, 0.0, 1.0)
    write_table(path, found, MEAN_SCORES, {})
    return found


def write_published(path: Path, lab: str) -> None:
    rows = [
        ("drop", "English", 56.75, "points", "A to B", 40.5, 30.25, 50.5),
        ("share", "French", 12.5, "per cent", "A", None, None, None),
    ]
    found = pd.DataFrame(rows if lab == "language" else [], columns=PUBLISHED.names)
    write_table(path, found, PUBLISHED, {})


def write_figures(folder: Path, names: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """Figures and their captions."""
    figures = [folder / "figures" / f"{name}.svg" for name in names]
    captions = [folder / "captions" / f"{name}.rst" for name in names]
    for paths, words in ((figures, picture), (captions, caption)):
        paths[0].parent.mkdir(exist_ok=True)
        for path in paths:
            path.write_text(words(path.stem))
    return figures, captions


def caption(name: str) -> str:
    return f"What the figure '{name}' shows & means."


def write_benchmarks(folder: Path) -> list[Path]:
    rows = "s\th:m:s\tmax_rss\tmax_vms\n{}\t0:00:10\t{}\t1\n"
    times = {
        "worlds/linear.0.tsv": rows.format(1, 10),
        "probes/labels/items.0.tsv": rows.format(2, 20),
        "bases/mix50.0.tsv": rows.format(30, 300),
        "bases/mix50.1.tsv": rows.format(40, "-"),  # too short to be measured
        "runs/mix50_to_bank.0.tsv": rows.format(7, 70),
        "probes/labels/bases.mix50.0.tsv": rows.format(5, 50),
        "render/tables.labels.tsv": rows.format(3, 30),
    }
    for name, text in times.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [folder / name for name in times]


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "regression.claims.parquet"
    write_claims(path, "regression")
    return path


def render(lab: Lab, claims: Path, folder: Path, name: str = "regression") -> str:
    """The text of a lab's page."""
    figures, captions = write_figures(folder, FIGURES_OF[name])
    accuracies, published = folder / "scores.parquet", folder / "published.parquet"
    write_scores(accuracies)
    write_published(published, name)
    errors = lab.root / "reports/tables/labels/mean_errors.parquet"
    page = folder / f"{name}.html"
    render_page(
        PageSettings(
            lab=name,
            parts=PARTS[name],
            seeds=[0, 1, 2],
            study=STUDIES[name],
            bootstrap=BOOTSTRAP,
            style=Style(),
            code="none",
        ),
        template=ROOT / "src/eunoe/report/page.html",
        section=ROOT / f"src/eunoe/labs/{name}/page.html",
        claims=claims,
        published=published,
        tables=[errors if name == "regression" else accuracies],
        weights=[],
        networks=sorted(lab.root.glob("data/bases/*/*/network.json")),
        figures=figures,
        captions=captions,
        benchmarks=write_benchmarks(folder),
        page=page,
    )
    return page.read_text()


def section(text: str, name: str) -> Page:
    """One part of a page."""
    start = text.index(f'<h2 id="{name}">')
    end = text.find("<h2", start + 1)
    return Page(text[start:end] if end > 0 else text[start:].split("</body>")[0])


@pytest.fixture(scope="module")
def text(lab: Lab, claims: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return render(lab, claims, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def language(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of the language lab's page."""
    folder = tmp_path_factory.mktemp("language")
    write_claims(folder / "language.claims.parquet", "language")
    return render(lab, folder / "language.claims.parquet", folder, "language")


@pytest.fixture(scope="module")
def texts(text: str, language: str) -> dict[str, str]:
    return {"regression": text, "language": language}


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


@pytest.mark.parametrize("name", LABS)
def test_it_is_one_page_with_every_tag_closed(texts: dict[str, str], name: str) -> None:
    text, page = texts[name], Page(texts[name])
    assert text.startswith("<!DOCTYPE html>")
    for tag in ("html", "head", "title", "body"):
        assert len(page.all(tag)) == 1
    assert {"charset": "utf-8"} in page.all("meta")
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", LABS)
def test_it_refers_to_nothing_outside(texts: dict[str, str], name: str) -> None:
    text, page = texts[name], Page(texts[name])
    assert page.all("link") == page.all("iframe") == page.all("object") == []
    ids = {attributes.get("id") for _, attributes in page.tags}
    for tag, attributes in page.tags:
        for key in ("src", "href", "srcset", "data", "action", "poster"):
            value = attributes.get(key) or "data:"
            inside = value.startswith("#") and value[1:] in ids
            assert value.startswith("data:") or inside, (tag, key, value)
    styles = page.text("style") + " ".join(a.get("style") or "" for _, a in page.tags)
    assert "url(" not in styles
    assert "@import" not in styles
    assert not re.search(r"https?://", text)


@pytest.mark.parametrize("name", LABS)
def test_every_figure_is_inside(texts: dict[str, str], name: str) -> None:
    page = Page(texts[name])
    found = {}
    for attributes in page.all("img"):
        head, data = str(attributes["src"]).split(",")
        assert head == "data:image/svg+xml;base64"
        found[base64.b64decode(data).decode()] = attributes["alt"]
    names = FIGURES_OF[name]
    assert found == {picture(name): caption(name) for name in names}
    assert all(caption(name) in page.text() for name in names)


def test_every_claim_is_there_with_what_the_table_says(text: str, claims: Path) -> None:
    ledger = read_table(claims, CLAIMS).to_pylist()
    shown = rows_of_claims(text)
    assert list(shown) == [row["claim"] for row in ledger]
    for row in ledger:
        family, words, *_, verdict = shown[row["claim"]]
        assert family == f"{row['claim']} {row['family']}"
        for part in ("statement", "predicate", "source", "reason"):
            assert row[part] in words
        assert verdict == row["verdict"]


def test_numbers_of_a_claim_are_those_of_the_table(text: str, language: str) -> None:
    shown = rows_of_claims(text)
    assert {name: cells[2:4] for name, cells in shown.items()} == {
        "R1": ["0.500 0.250 to 0.750 3 seeds", ".010 Holm .031"],
        "R2": ["-0.500 -0.750 to -0.250 3 seeds", "< .001 Holm < .001"],
        "R3": ["0.125 -0.250 to 0.500 3 seeds", ".250"],
        "R4": ["–", "–"],
        "R5": ["1.500", ".500 q .600"],
        "R6": ["0.000 -0.020 to 0.020 3 seeds", ".750"],
        "R7": ["0.250 0.125 to 0.375 3 seeds", ".040 Holm .040"],
        "R8": ["–", "–"],
        "R9": ["0.750 0.500 to 1.000 items, 2 seeds", "–"],
    }
    assert rows_of_claims(language)["L1"][2:4] == [
        *("0.900 0.800 to 0.950 places, 3 seeds", "1.000 Holm 1.000")
    ]


def test_premises_lead_to_their_claims(text: str) -> None:
    shown = rows_of_claims(text)
    for name, premises in (("R1", "R3, R6"), ("R7", "R2"), ("R2", "")):
        assert (f"Premises: {premises}." in shown[name][1]) == bool(premises)
    links = re.findall(r'<a href="#(claim-\w+)">(\w+)</a>', text)
    assert links == [("claim-R3", "R3"), ("claim-R6", "R6"), ("claim-R2", "R2")]
    for name in shown:
        assert f'id="claim-{name}"' in text


def test_every_verdict_has_a_style_and_is_explained(text: str) -> None:
    rules = Page(text).text("style")
    reading = section(text, "reading").text()
    for verdict in VERDICTS:
        assert f".{verdict.replace(' ', '-')}" in rules
        assert verdict in reading


def rows_of_claims(text: str) -> dict[str, list[str]]:
    """The cells of every claim's row as plain text, by claim."""
    found = {}
    for row in re.findall(r'<tr><td id="claim-.*?</tr>', text, re.DOTALL):
        parts = re.findall(r"<td.*?</td>", row, re.DOTALL)
        cells = [
            re.sub(r"\s+", " ", Page(part.replace("<br>", " ")).text()).strip() for part in parts
        ]
        found[cells[0].split()[0]] = cells
    return found


def test_verdicts_are_counted(text: str, language: str) -> None:
    everything = re.sub(r"\s+", " ", section(text, "claims").text())
    counts = (1, 1, 1, 2, 2, 1, 1)
    listed = ", ".join(f"{count} {name}" for count, name in zip(counts, VERDICTS, strict=True))
    assert f"9 claims: {listed}." in everything
    assert "Primary: 1 supported, 1 contradicted, 1 premise not met." in everything
    assert "Control: 1 equivalent, 1 inconclusive." in everything
    other = re.sub(r"\s+", " ", section(language, "claims").text())
    assert "1 claim: 1 supported, 0 contradicted" in other
    assert "Secondary" not in other


def test_a_page_holds_what_belongs_to_its_lab(texts: dict[str, str]) -> None:
    for name, claim, other in (("regression", "R1", "L1"), ("language", "L1", "R1")):
        found = Page(texts[name])
        words = [word.strip() for _, word in found.texts]
        assert claim in words
        assert other not in words
        ids = [attributes.get("id") for attributes in found.all("figure")]
        assert ids == list(FIGURES_OF[name])
    leads = {Page(text).text("p") for text in texts.values()}
    assert len(leads) == len(texts)


def test_a_lab_without_published_numbers_says_nothing_of_them(text: str, language: str) -> None:
    assert "Published numbers" in Page(language).text("h2")
    assert "Published" not in Page(text).text()


def test_published_numbers_stand_beside_ours(language: str) -> None:
    words = [word.strip() for _, word in Page(language).texts if word.strip()]
    start = words.index("drop")
    assert words[start : start + 6] == [
        *("drop", "English", "A to B", "56.8 points", "40.5", "30.2 to 50.5")
    ]
    start = words.index("share")
    assert words[start : start + 6] == ["share", "French", "A", "12.5 per cent", "–", "–"]


def test_language_models_are_listed_with_their_accuracies(language: str, tmp_path: Path) -> None:
    rows = write_scores(tmp_path / "scores.parquet")
    shown = rows.query("transform == 'identity' and measure == 'right' and attached == 'deployed'")
    shown = shown[shown["level"].isna()]
    words = [word.strip() for _, word in section(language, "models").texts if word.strip()]
    start = words.index("Probe") + 6
    for task, model, made in (
        ("all", "tongues", "world tongues, network tiny, training reading"),
        ("guarded_topics", "tongues", "world tongues, network tiny, training reading"),
        ("all", "to_english", "base tongues, recipe to_english"),
        ("guarded_topics", "to_english", "base tongues, recipe to_english"),
    ):
        cells = shown[(shown["task"] == task) & (shown["model"] == model)]
        numbers = [f"{value:.2f}" for value in cells["estimate"]]
        assert words[start : start + 6] == ["learning", task, model, made, *numbers]
        start += 6


def test_the_verdict_is_not_made_up_by_the_page(
    lab: Lab, claims: Path, tmp_path: Path, text: str
) -> None:
    """Another verdict in the table, with the same numbers, is what the page then shows."""
    rows = read_table(claims, CLAIMS).to_pandas()
    changed = tmp_path / "changed.parquet"
    write_table(changed, rows.assign(verdict="contradicted"), CLAIMS, {})
    found = render(lab, changed, tmp_path)
    verdicts = [cells[-1] for cells in rows_of_claims(found).values()]
    assert verdicts == ["contradicted"] * len(rows)
    before = [cells[-1] for cells in rows_of_claims(text).values()]
    assert before == rows["verdict"].tolist()


@pytest.mark.parametrize("name", LABS)
def test_numbers_that_are_not_there_are_not_shown(texts: dict[str, str], name: str) -> None:
    assert not re.search(r"\b(nan|None|inf)\b", Page(texts[name]).text())


@pytest.mark.parametrize("name", LABS)
def test_the_configuration_is_shown(texts: dict[str, str], name: str) -> None:
    """What is on the page, and what that is made of, with defaults filled in."""
    shown = json.loads(Page(texts[name]).text("pre"))
    assert shown.pop("seeds") == [0, 1, 2]
    assert shown.pop("bootstrap") == {"replicates": BOOTSTRAP.replicates, "level": 0.95}
    assert shown.pop("style") == Style().model_dump()
    assert shown.pop("labs") == {name: PARTS[name]}
    assert Study.model_validate(shown) == STUDIES[name]
    assert all(training["clip"] == 1 for training in shown["trainings"].values())


def test_text_is_escaped(text: str, page: Page) -> None:
    assert "<i>x</i>" not in text
    assert "<b>1" not in text
    assert MARKED in page.text("pre")
    assert "That <i>x</i> < y & z." in page.text()
    assert 'Someone & "others"' in page.text()


def test_models_are_listed_with_their_errors(lab: Lab, page: Page) -> None:
    rows = pd.read_parquet(lab.root / "reports/tables/labels/mean_errors.parquet")
    rows = rows.query(
        "split == 'test' and transform == 'identity' and exemplars == 'all' and kind != 'ideal'"
    )
    words = [text.strip() for _, text in page.texts]
    assert len(rows) == 5 * 3
    for row in rows.itertuples():
        assert row.model in words
        assert f"{row.estimate:.3f}" in words


def test_stages_are_summed(page: Page) -> None:
    words = [text.strip() for _, text in page.texts if text.strip()]
    start = words.index("pretrain")
    assert words[start : start + 5] == ["pretrain", "2", "70 s", "40 s", "300 MB"]
    start = words.index("synthesize", start - 10)
    assert words[start : start + 5] == ["synthesize", "2", "3 s", "2 s", "20 MB"]


def test_versions_and_commit_are_those_of_the_networks(lab: Lab, page: Page) -> None:
    record = json.loads(next(lab.root.glob("data/bases/*/*/network.json")).read_text())
    shown = re.sub(r"\s+", " ", page.text())
    assert record["commit"] in shown
    assert f"{record['machine']}, {record['device']}" in shown
    for name, version in record["versions"].items():
        assert f"{name} {version}" in shown


def test_a_ledger_may_be_empty(lab: Lab, claims: Path, tmp_path: Path) -> None:
    rows = read_table(claims, CLAIMS).to_pandas()
    write_table(tmp_path / "none.parquet", rows.iloc[:0], CLAIMS, {})
    text = render(lab, tmp_path / "none.parquet", tmp_path)
    assert rows_of_claims(text) == {}
    assert "0 claims" in section(text, "claims").text()
