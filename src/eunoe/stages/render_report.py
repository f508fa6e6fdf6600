"""Rule render_report: one self-contained HTML file with claims, figures and how they were made."""

import base64
import json
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from eunoe.config.figures import FIGURES_OF
from eunoe.config.model import Settings
from eunoe.files import atomic
from eunoe.labs.language.tables import PUBLISHED
from eunoe.labs.language.tasks import POOLS
from eunoe.labs.recipes.page import probe_sections
from eunoe.report.ledger import VERDICTS
from eunoe.results.regression.tables import MEAN_ERRORS
from eunoe.results.text.size import parameters_of
from eunoe.results.text.tables import MEAN_SCORES
from eunoe.stages.command import run
from eunoe.tables.claims import CLAIMS
from eunoe.tables.files import read_table

FAMILIES = ("primary", "secondary", "control")


class ReportSettings(Settings):
    """The one param of the rule."""

    page: str
    """Name of the page: report, of the labs regression and language, or recipes."""
    config: dict[str, Any]
    """The configuration of what is on the page, defaults filled in."""
    code: str
    """Digest of the code."""


def render_report(
    settings: ReportSettings,
    template: Path,
    claims: list[Path],
    published: list[Path],
    mean_errors: list[Path],
    accuracies: list[Path],
    scores: list[Path],
    costs: list[Path],
    mixtures: list[Path],
    equal_target: list[Path],
    weights: list[Path],
    networks: list[Path],
    figures: list[Path],
    captions: list[Path],
    benchmarks: list[Path],
    report: Path,
) -> None:
    """Write the report; it needs no other file and no network to be read."""
    judged = [row for path in claims for row in read_table(path, CLAIMS).to_pylist()]
    drawn = [figure_entry(*pair) for pair in zip(figures, captions, strict=True)]
    models = {
        "regression": [row for path in mean_errors for row in error_rows(path, settings.config)],
        "language": [row for path in accuracies for row in accuracy_rows(path, settings.config)],
        "recipes": probe_sections(scores, costs, mixtures, equal_target, settings.config),
    }
    records = [json.loads(path.read_text()) for path in networks]
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    page = environment.from_string(template.read_text()).render(
        page=settings.page,
        config=settings.config,
        config_text=json.dumps(settings.config, indent=2),
        labs=[lab(name, judged, drawn, models[name]) for name in FIGURES_OF if models[name]],
        published=[row for path in published for row in read_table(path, PUBLISHED).to_pylist()],
        sizes=parameters_of(weights),
        versions=records[0]["versions"] | {"python": records[0]["python"]},
        commits=sorted({record["commit"] for record in records}),
        machines=sorted({f"{r['machine']}, {r['device']}" for r in records}),
        stages=stage_rows(benchmarks),
    )
    with atomic(report) as temporary:
        temporary.write_text(page)


def lab(
    name: str,
    claims: list[dict[str, Any]],
    figures: list[dict[str, str]],
    models: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return a lab's section: its claims, their verdicts counted, its figures and models.

    Verdicts are counted over all claims, and over those of each family, without zeros.
    """
    own = [row for row in claims if row["chapter"] == name]
    families = {family: [row for row in own if row["family"] == family] for family in FAMILIES}
    return {
        "name": name,
        "claims": own,
        "counts": count_verdicts(own),
        "families": {
            family: {verdict: count for verdict, count in count_verdicts(rows).items() if count}
            for family, rows in families.items()
            if rows
        },
        "figures": [figure for figure in figures if figure["chapter"] == name],
        "models": models,
    }


def count_verdicts(claims: list[dict[str, Any]]) -> dict[str, int]:
    """Return how many claims have each verdict."""
    return {verdict: sum(row["verdict"] == verdict for row in claims) for verdict in VERDICTS}


def figure_entry(path: Path, caption: Path) -> dict[str, str]:
    """Return a figure as a data URI, with its caption."""
    data = base64.b64encode(path.read_bytes()).decode()
    return {
        "name": path.stem,
        "chapter": path.parent.name,
        "uri": f"data:image/svg+xml;base64,{data}",
        "caption": caption.read_text().strip(),
    }


def error_rows(path: Path, config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return, for each base and run of a regression probe, its errors on test prompts."""
    rows = read_table(path, MEAN_ERRORS).to_pandas()
    chosen = rows[
        (rows["split"] == "test")
        & (rows["transform"] == "identity")
        & (rows["exemplars"] == "all")
        & (rows["kind"] != "ideal")
    ]
    found = []
    for (probe, kind, model), group in chosen.groupby(["probe", "kind", "model"], observed=True):
        errors = group.set_index("source")["estimate"]
        who = {"probe": probe, "kind": kind, "model": model}
        found.append({**who, "details": details(kind, model, config), **errors.to_dict()})
    return found


def accuracy_rows(path: Path, config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return, for each base and run of a language probe and each task, its accuracy by language.

    Tasks of a group are left to the group.
    """
    rows = read_table(path, MEAN_SCORES).to_pandas()
    grouped = {task for tasks in POOLS.values() for task in tasks}
    chosen = rows[
        (rows["transform"] == "identity")
        & (rows["wording"] == "all")
        & (rows["attached"] == "deployed")
        & rows["level"].isna()
        & (rows["measure"] == "right")
        & ~rows["task"].isin(grouped)
    ]
    keys = ["probe", "task", "kind", "model"]
    found = []
    for (probe, task, kind, model), group in chosen.groupby(keys, observed=True, sort=False):
        who = {"probe": probe, "task": task, "kind": kind, "model": model}
        by_language = group.set_index("language")["estimate"].to_dict()
        made = {"details": details(kind, model, config), "accuracies": by_language}
        found.append({**who, **made})
    return found


def details(kind: str, model: str, config: dict[str, Any]) -> str:
    """Return what a base or run is made from, in words; a corpus is too long for that."""
    what = config["runs"][model] if kind == "run" else config["bases"][model]
    said = {key: value for key, value in what.items() if isinstance(value, str | int | float)}
    return ", ".join(f"{key} {value}" for key, value in said.items())


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
    if "prompts" in path.name or "worlds" in path.parts:
        return "synthesize"
    verbs = {"bases": "pretrain", "runs": "finetune", "probes": "evaluate", "render": "render"}
    return next(verb for folder, verb in verbs.items() if folder in path.parts)


if __name__ == "__main__":
    run(render_report)
