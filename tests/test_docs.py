"""docs/tables.md describes the schemas as they are, and its queries run."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from eunoe.config.probes.text import TextProbe
from eunoe.config.worlds.text import TextWorld
from eunoe.stages.render_claims import ClaimSettings, render_claims
from eunoe.tables.columns import CATEGORY
from eunoe.tables.files import mismatch, read_provenance, read_schema, read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.items import item_rows
from eunoe.worlds.text.material import world_rows
from tests.lab import Lab, parts_of
from tests.labs.audit import planted
from tests.results.text import simulated_language as simulated
from tests.results.text import simulated_recipes as recipes
from tests.schemas import SCHEMAS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/tables.md").read_text()
SECTIONS = {
    title: body
    for title, body in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
}
BLOCKS = [
    pytest.param(language, code, id=f"{title.strip('`')}-{number}-{language}")
    for title, body in SECTIONS.items()
    for number, (language, code) in enumerate(re.findall(r"```(\w+)\n(.*?)```", body, re.DOTALL))
]
RULES = {
    found[1]: found[2]
    for file in (ROOT / "workflow/rules").glob("*.smk")
    for found in re.finditer(
        r"^rule (\w+):\n(.*?)(?=^\S|\Z)", file.read_text(), re.DOTALL | re.MULTILINE
    )
}


@pytest.fixture(scope="module")
def lab(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The files of a run of all labs and of an audit."""
    both = Lab(tmp_path_factory.mktemp("both") / "labs", lab.seeds, lab.settings)
    shutil.copytree(lab.root, both.root)
    write_language(both.root)
    write_recipes(both.root)
    planted.write_audit(both.root)
    return both


def write_language(root: Path) -> None:
    """Write what the language lab leaves: a small world, some items, simulated replies."""
    made: dict[str, object] = {"seed": 0}
    languages = ["en", "fr"]
    truth, size = simulated.Truth(), simulated.Size(seeds=(0,), items=8, splits=("test",))
    simulated.write_lab(root, truth, size)
    world = TextWorld.model_validate(
        {
            "kind": "text",
            "tasks": ["few_shot_repeat", "arithmetic_quiz"],
            "languages": languages,
            "items": {"train": 4},
            "guarded": ["lighthouse"],
            "context": 96,
        }
    )
    material = root / "data/worlds/tongues/0/world.parquet"
    write_table(material, world_rows(world, 0), ITEMS, made)
    asked = TextProbe.model_validate(
        {
            "kind": "text",
            "world": "tongues",
            "transforms": ["identity"],
            "tasks": ["repeat_math", "guarded_topics"],
            "languages": languages,
            "items": {"validation": 2, "test": 2},
        }
    )
    items = item_rows(world, material, asked, 0)
    write_table(root / "data/probes/learning/0/items.parquet", items, ITEMS, made)
    render_claims(
        ClaimSettings(
            lab="language",
            parts=parts_of(simulated.LAB_SETTINGS),
            study=simulated.STUDY,
            bootstrap=simulated.BOOTSTRAP,
            code="none",
        ),
        results=sorted(root.glob("data/probes/*/*/*/*/replies.parquet")),
        numbers=[ROOT / "data/inputs/published.csv"],
        claims=root / "reports/tables/language.claims.parquet",
        published=root / "reports/tables/language.published.parquet",
    )


def write_recipes(root: Path) -> None:
    """Write a small world that holds items out, and what is left of a simulated recipes lab."""
    world = TextWorld.model_validate(
        {
            "kind": "text",
            "tasks": ["verification", "arithmetic"],
            "languages": ["en", "fr"],
            "items": {"train": 4, "validation": 2, "test": 2},
            "context": 96,
        }
    )
    material = root / "data/worlds/village/0/world.parquet"
    write_table(material, world_rows(world, 0), ITEMS, {"seed": 0})
    tuned = {name: recipes.BEHAVIOURS[name] for name in ("plain", "promot")}
    mixed = {"multi_task": (0.7, 0.4, 0.8), "dmt_1_4": (0.7, 0.4, 0.8)}
    size = recipes.Size(seeds=(0, 1), examples=8, splits=("test",))
    recipes.write_lab(root, recipes.Truth(behaviours=tuned, abilities=mixed), size)


def fits(path: Path, wanted: pa.Schema) -> bool:
    """Whether a table has a schema; labs keep different ones under the same name."""
    return mismatch(read_schema(path), wanted) is None


def section(name: str) -> str:
    return SECTIONS[f"`{name}`"]


def name_of(kind: pa.DataType) -> str:
    """A type in the page's words."""
    if kind == CATEGORY:
        return "category"
    if pa.types.is_struct(kind):
        return f"{{{', '.join(f'{field.name}: {name_of(field.type)}' for field in kind)}}}"
    if pa.types.is_list(kind):
        return f"list of {name_of(kind.value_type)}"
    return {"float": "float32", "double": "float64"}.get(str(kind), str(kind))


def described(name: str) -> list[tuple[str, str]]:
    """Columns and types of a section's table."""
    rows = [line.split("|") for line in section(name).splitlines() if line.startswith("| `")]
    return [(column.strip(" `"), kind.strip()) for _, column, kind, _, _, _ in rows]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_column_is_described_with_its_type(name: str) -> None:
    wanted = [
        (field.name, name_of(field.type) + (" or null" if field.nullable else ""))
        for field in SCHEMAS[name]
    ]
    assert described(name) == wanted
    rows = [line for line in section(name).splitlines() if line.startswith("|")]
    assert len(rows) == len(wanted) + 2
    assert all(row.split("|")[4].strip() for row in rows)


def test_no_section_is_stale() -> None:
    found = {title for title in SECTIONS if title.startswith("`")}
    assert found == {f"`{name}`" for name in SCHEMAS}


@pytest.mark.parametrize("name", SCHEMAS)
def test_files_and_rules_are_those_of_the_workflow(lab: Lab, name: str) -> None:
    lines = re.search(r"^- File: (.*?)^- Rule: (.*?)\n\n", section(name), re.DOTALL | re.MULTILINE)
    assert lines
    files = re.findall(r"`([^`]+\.parquet)`", lines[1])
    rules = re.findall(r"`(\w+)`", lines[2])
    assert len(files) == len(rules)
    for file, rule in zip(files, rules, strict=True):
        outputs = re.search(
            r"^    output:\n(.*?)(?=^    \w)", RULES[rule], re.DOTALL | re.MULTILINE
        )
        assert outputs
        assert f'"{file}"' in outputs[1]
        found = lab.root.glob(re.sub(r"\{\w+\}", "*", file))
        own = [path for path in found if fits(path, SCHEMAS[name])]
        assert own
        assert any(read_table(path, SCHEMAS[name]).num_rows for path in own)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_table_has_a_query_in_pandas_and_one_in_duckdb(name: str) -> None:
    assert re.findall(r"^```(\w+)$", section(name), re.MULTILINE) == ["python", "sql"]


@pytest.mark.parametrize(("language", "code"), BLOCKS)
def test_every_query_runs_and_finds_something(
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    language: str,
    code: str,
) -> None:
    monkeypatch.chdir(lab.root)
    if language == "sql":
        with duckdb.connect() as connection:
            assert connection.execute(code).fetchall()
    else:
        exec(compile(code, "docs/tables.md", "exec"), {})
        printed = capsys.readouterr().out
        assert printed
        assert "Empty" not in printed


def test_every_key_of_the_provenance_is_named(lab: Lab) -> None:
    made = read_provenance(lab.found("answers")[0])
    for key in made:
        assert f"`{key}`" in SECTIONS["Provenance"]


def test_links_within_the_page_lead_somewhere() -> None:
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in SECTIONS}
    links = re.findall(r"\]\(#([^)]+)\)", PAGE)
    assert len(links) == len(SECTIONS)
    assert set(links) == anchors


# data/README.md


def test_every_rule_that_leaves_data_is_on_the_page_of_the_folder() -> None:
    page = (ROOT / "data/README.md").read_text()
    text = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    rules = re.findall(r"^(?:use rule \w+ as|rule) (\w+)(?: with)?:", text, re.MULTILINE)
    named = {rule for line in page.splitlines() for rule in re.findall(r"`(\w+)`", line)}
    assert named == {rule for rule in rules if not rule.startswith("render")}
