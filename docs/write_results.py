"""Estimates in README and docs, written from committed results so that no number is typed by hand.

    python docs/write_results.py --collect reports    # after a run: take its numbers
    python docs/write_results.py                      # write them into the pages

`docs/results/{lab}.json` holds a lab's claims ledger, some rows of its tables, and what they were
made with; `docs/results/{lab}.md.j2` is the text around them. A test keeps the pages in step.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eunoe.tables.files import read_provenance

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs/results"
PAGES = {
    "regression": "README.md",
    "language": "README.md",
    "recipes": "README.md",
    "rates": "docs/benchmarks.md",
}
"""The page that holds a lab's text; `rates` is the preset of that name."""
Row = dict[str, Any]

ROWS: Mapping[str, Mapping[str, tuple[str, Mapping[str, list[Any]]]]] = {
    "regression": {},
    "language": {
        "scores": (
            "learning/scores",
            {
                **{"task": ["all"], "wording": ["plain"], "measure": ["right"]},
                **{"language": ["en"], "transform": ["identity"], "attached": ["deployed"]},
            },
        ),
        "changes": (
            "learning/changes",
            {
                **{"task": ["all"], "wording": ["plain"], "measure": ["right"]},
                **{"quantity": ["drop"], "transform": ["identity"]},
            },
        ),
    },
    "recipes": {
        "scores": (
            "retention/scores",
            {
                **{"attached": ["deployed"], "transform": ["identity"], "level": [np.nan]},
                **{"measure": ["right", "retained"], "source": ["entailment.en", "held_out"]},
            },
        ),
        "abilities": (
            "abilities/scores",
            {
                **{"attached": ["deployed"], "transform": ["identity"], "level": [np.nan]},
                **{"measure": ["right"]},
            },
        ),
        "equal_target": ("retention/equal_target", {"sources": ["unrehearsed"]}),
    },
    "rates": {
        "specialised": (
            "specialised/curves",
            {"measure": ["used.specialised.held_out"], "step": [60, 100, 200]},
        ),
    },
}
"""Rows of which tables a lab's results hold beside its claims: table and values of columns."""


def collect(reports: Path) -> None:
    """Write `docs/results/{lab}.json` of every lab whose tables a reports folder has."""
    for lab, rows in ROWS.items():
        paths = {name: reports / f"tables/{table}.parquet" for name, (table, _) in rows.items()}
        if lab != "rates":
            paths["claims"] = reports / f"tables/{lab}.claims.parquet"
        if all(path.is_file() for path in paths.values()):
            (RESULTS / f"{lab}.json").write_text(as_lines(results_of(reports, lab, paths)))


def results_of(reports: Path, lab: str, paths: Mapping[str, Path]) -> Row:
    """Return rows of a lab's tables, and commits, seeds, date and machine."""
    last = list(paths.values())[-1]
    made = read_provenance(last)
    names = {"regression": "continuous", "language": "tongues"}
    networks = (reports.parent / f"data/bases/{names.get(lab, 'village')}").glob("*/network.json")
    trained = [json.loads(path.read_text()) for path in networks]
    return {
        "rendered_at": made["commit"],
        "trained_at": sorted({record["commit"] for record in trained}),
        "seeds": sorted({record["seed"] for record in trained}),
        "date": datetime.fromtimestamp(last.stat().st_mtime, UTC).date().isoformat(),
        "machine": made["machine"],
        "versions": made["versions"],
    } | {
        name: records(select(pd.read_parquet(path), ROWS[lab].get(name, ("", {}))[1]))
        for name, path in paths.items()
    }


def as_lines(results: Row) -> str:
    """Return results as JSON with a line for each key, and for each row of a table."""

    def value(found: Any) -> str:
        if not isinstance(found, list):
            return json.dumps(found, allow_nan=False)
        return "[\n" + ",\n".join(f"  {json.dumps(row, allow_nan=False)}" for row in found) + "\n ]"

    return "{\n" + ",\n".join(f' "{key}": {value(part)}' for key, part in results.items()) + "\n}\n"


def select(rows: pd.DataFrame, values: Mapping[str, list[Any]]) -> pd.DataFrame:
    """Return the rows whose columns have one of the given values."""
    for column, wanted in values.items():
        rows = rows[rows[column].isin(wanted)]
    return rows


def records(rows: pd.DataFrame) -> list[Row]:
    """Return rows as plain values, numbers rounded to what is ever printed."""
    found: list[Row] = json.loads(rows.to_json(orient="records", double_precision=5))
    return found


# From results to text


class Results:
    """What a template may ask of a lab's results."""

    def __init__(self, lab: str) -> None:
        self.values: Row = json.loads((RESULTS / f"{lab}.json").read_text())
        claims: list[Row] = self.values.get("claims", [])
        self.claims = {row["claim"]: row for row in claims}

    def claim(self, id: str) -> Row:
        """Return a claim's row."""
        return self.claims[id]

    def one(self, table: str, **values: Any) -> Row:
        """Return the one row of a table with these values; ValueError if there is not one."""
        found = [
            row
            for row in self.values[table]
            if all(row[column] == value for column, value in values.items())
        ]
        if len(found) != 1:
            raise ValueError(f"{table} has {len(found)} rows with {values}")
        return found[0]

    def many(self, table: str, **values: Any) -> list[Row]:
        """Return the rows of a table whose columns have one of the given values."""
        return [
            row
            for row in self.values[table]
            if all(row[column] in wanted for column, wanted in values.items())
        ]

    @property
    def origin(self) -> str:
        """Commits, seeds and date of the results, in words."""
        seeds = ", ".join(map(str, self.values["seeds"]))
        trained = " and ".join(self.values["trained_at"])
        rendered = self.values["rendered_at"]
        judged = f", judged at {rendered}" if rendered != trained else ""
        return f"seeds {seeds}; commit {trained}{judged}; {self.values['date']}"

    def counts(self) -> str:
        """Return how many claims, without controls, have which verdict, in words."""
        verdicts = [row["verdict"] for row in self.claims.values() if row["family"] != "control"]
        told = [f"{verdicts.count(name)} {name}" for name in dict.fromkeys(sorted(verdicts))]
        return f"of {len(verdicts)} claims {', '.join(told)}"


def percent(row: Row, digits: int = 0) -> str:
    """Return a share with its interval in per cent."""
    return ranged(row, 100, digits, "%")


def points(row: Row, digits: int = 0) -> str:
    """Return a difference of shares with its interval in points."""
    return ranged(row, 100, digits, " points")


def number(row: Row, digits: int = 2) -> str:
    """Return a number with its interval."""
    return ranged(row, 1, digits, "")


def ranged(row: Row, factor: float, digits: int, unit: str) -> str:
    """Return an estimate with its interval, each times a factor."""
    said = f"{plain(row['estimate'] * factor, digits)}{unit}"
    if row["low"] is None or row["high"] is None:
        return said
    low, high = (plain(row[end] * factor, digits) for end in ("low", "high"))
    return f"{said} ({low} to {high})"


def plain(value: float, digits: int) -> str:
    """Return a number with so many digits, without a negative zero."""
    return f"{value:z.{digits}f}"


def written(lab: str) -> str:
    """Return a lab's text."""
    environment = Environment(
        loader=FileSystemLoader(RESULTS), undefined=StrictUndefined, keep_trailing_newline=False
    )
    environment.filters |= {"percent": percent, "points": points, "number": number, "plain": plain}
    template = environment.get_template(f"{lab}.md.j2")
    found = Results(lab)
    said = {"claim": found.claim, "one": found.one, "many": found.many}
    blocks = template.render(results=found, **said).strip().split("\n\n")
    return "\n\n".join(
        block if block.startswith("|") else textwrap.fill(block, 110, break_on_hyphens=False)
        for block in blocks
    )


def page(lab: str, text: str) -> str:
    """Return a page with a lab's text between its marks; ValueError if it has none."""
    marks = rf"(<!-- results: {lab} -->\n).*?(\n<!-- end of results -->)"
    found = re.search(marks, text, re.DOTALL)
    if not found:
        raise ValueError(f"{PAGES[lab]}: no marks of the results of {lab}")
    return text[: found.end(1)] + written(lab) + text[found.start(2) :]


if __name__ == "__main__":
    if "--collect" in sys.argv:
        collect(Path(sys.argv[sys.argv.index("--collect") + 1]))
    for lab, name in PAGES.items():
        path = ROOT / name
        path.write_text(page(lab, path.read_text()))
