"""Rule render_page: the page of a lab, with claims, figures and how they were made."""

import base64
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import DictLoader, Environment, StrictUndefined

from eunoe.config.figures import Bootstrap, Style
from eunoe.config.model import Settings
from eunoe.config.study import Study
from eunoe.files import atomic
from eunoe.provenance import provenance
from eunoe.report.lab import Inputs
from eunoe.report.ledger import VERDICTS
from eunoe.stages.command import run
from eunoe.tables.claims import CLAIMS, PUBLISHED
from eunoe.tables.files import read_table

FAMILIES = ("primary", "secondary", "control")
Row = dict[str, Any]


class PageSettings(Settings):
    """The one param of the rule."""

    lab: str
    """A folder of `eunoe.labs`."""
    parts: Row
    """The lab's settings."""
    seeds: list[int]
    """The seeds."""
    study: Study
    """The entries of the configuration that the lab's probes depend on."""
    bootstrap: Bootstrap
    """How intervals are made."""
    style: Style
    """The style of the figures."""
    code: str
    """Digest of the code."""


def render_page(
    settings: PageSettings,
    template: Path,
    section: Path,
    claims: Path,
    published: Path,
    tables: list[Path],
    weights: list[Path],
    networks: list[Path],
    figures: list[Path],
    captions: list[Path],
    benchmarks: list[Path],
    page: Path,
) -> None:
    """Write the page; it needs no other file and no network to be read.

    `template` is what all pages share, `section` what the lab adds to it.
    """
    folder = f"eunoe.labs.{settings.lab}"
    lab = import_module(f"{folder}.settings").Lab.model_validate(settings.parts)
    inputs = Inputs(lab, settings.study, [*tables, *weights], settings.bootstrap)
    records = [json.loads(path.read_text()) for path in networks] or [provenance({})]
    loader = DictLoader({"page.html": template.read_text(), "lab.html": section.read_text()})
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    text = environment.get_template("lab.html").render(
        seeds=settings.seeds,
        bootstrap=settings.bootstrap,
        config_text=json.dumps(shown_config(settings), indent=2),
        **verdicts_of(read_table(claims, CLAIMS).to_pylist()),
        published=read_table(published, PUBLISHED).to_pylist(),
        figures=[figure_entry(*pair) for pair in zip(figures, captions, strict=True)],
        **import_module(f"{folder}.page").context(inputs),
        versions=records[0]["versions"] | {"python": records[0]["python"]},
        commits=sorted({record["commit"] for record in records}),
        machines=sorted({f"{r['machine']}, {r['device']}" for r in records}),
        stages=stage_rows(benchmarks),
    )
    with atomic(page) as temporary:
        temporary.write_text(text)


def shown_config(settings: PageSettings) -> Row:
    """Return the part of the configuration that the page depends on, with defaults filled in."""
    given = settings.model_dump(mode="json", exclude={"lab", "parts", "study", "code"})
    labs = {"labs": {settings.lab: settings.parts}}
    return {**given, **settings.study.model_dump(mode="json"), **labs}


def verdicts_of(claims: list[Row]) -> Row:
    """Return claims, with their verdicts counted: of all, and of each family, without zeros."""
    families = {family: [row for row in claims if row["family"] == family] for family in FAMILIES}
    return {
        "claims": claims,
        "counts": count_verdicts(claims),
        "families": {
            family: {verdict: count for verdict, count in count_verdicts(rows).items() if count}
            for family, rows in families.items()
            if rows
        },
    }


def count_verdicts(claims: list[dict[str, Any]]) -> dict[str, int]:
    """Return how many claims have each verdict."""
    return {verdict: sum(row["verdict"] == verdict for row in claims) for verdict in VERDICTS}


def figure_entry(path: Path, caption: Path) -> dict[str, str]:
    """Return a figure as a data URI, with its caption."""
    data = base64.b64encode(path.read_bytes()).decode()
    uri = f"data:image/svg+xml;base64,{data}"
    return {"name": path.stem, "uri": uri, "caption": caption.read_text().strip()}


def stage_rows(benchmarks: list[Path]) -> list[dict[str, Any]]:
    """Return jobs, seconds and largest memory per verb and rule, from Snakemake's benchmarks."""
    jobs = pd.DataFrame(
        {
            "stage": stage_of(path),
            "seconds": float(row["s"]),
            "mem_mb": pd.to_numeric(row["max_rss"], errors="coerce"),
        }
        for path in benchmarks
        for row in pd.read_csv(path, sep="\t").to_dict("records")
    )
    grouped = jobs.groupby("stage", sort=False)
    summed = pd.DataFrame(
        {
            "jobs": grouped.size(),
            "seconds": grouped["seconds"].sum(),
            "longest": grouped["seconds"].max(),
            "mem_mb": grouped["mem_mb"].max(),
        }
    )
    return [dict(zip(["stage", *summed.columns], row, strict=True)) for row in summed.itertuples()]


def stage_of(path: Path) -> str:
    """Return the verb that a benchmark file is about, from its folder."""
    if path.name.startswith("items.") or "worlds" in path.parts:
        return "synthesize"
    verbs = {"bases": "pretrain", "runs": "finetune", "probes": "evaluate", "render": "render"}
    return next(verb for folder, verb in verbs.items() if folder in path.parts)


if __name__ == "__main__":
    run(render_page)
