"""Rule render_report: one self-contained HTML file with claims, figures and how they were made."""

import base64
import json
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from eunoe import tables
from eunoe.config.model import Settings
from eunoe.files import atomic
from eunoe.stages.command import run

VERDICTS = ("supported", "contradicted", "inconclusive", "not run")


class ReportSettings(Settings):
    """The one param of the rule."""

    config: dict[str, Any]
    """The whole configuration, defaults filled in."""
    code: str
    """Digest of the code."""


def render_report(
    settings: ReportSettings,
    template: Path,
    claims: list[Path],
    mean_errors: list[Path],
    networks: list[Path],
    figures: list[Path],
    captions: list[Path],
    benchmarks: list[Path],
    report: Path,
) -> None:
    """Write the report; it needs no other file and no network to be read."""
    rows = [row for path in claims for row in tables.read(path, tables.CLAIMS).to_pylist()]
    records = [json.loads(path.read_text()) for path in networks]
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    page = environment.from_string(template.read_text()).render(
        config=settings.config,
        config_text=json.dumps(settings.config, indent=2),
        claims=rows,
        counts={name: sum(row["verdict"] == name for row in rows) for name in VERDICTS},
        runs=[row for path in mean_errors for row in run_rows(path, settings.config)],
        figures=[figure_entry(*pair) for pair in zip(figures, captions, strict=True)],
        versions=records[0]["versions"] | {"python": records[0]["python"]},
        commits=sorted({record["commit"] for record in records}),
        machines=sorted({f"{r['machine']}, {r['device']}" for r in records}),
        stages=stage_rows(benchmarks),
    )
    with atomic(report) as temporary:
        temporary.write_text(page)


def figure_entry(path: Path, caption: Path) -> dict[str, str]:
    """Return a figure as a data URI, with its caption."""
    data = base64.b64encode(path.read_bytes()).decode()
    return {
        "name": path.stem,
        "uri": f"data:image/svg+xml;base64,{data}",
        "caption": caption.read_text().strip(),
    }


def run_rows(path: Path, config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return, for each base and run of a probe, its errors on test prompts."""
    rows = tables.read(path, tables.MEAN_ERRORS).to_pandas()
    chosen = rows[
        (rows["split"] == "test")
        & (rows["transform"] == "identity")
        & (rows["exemplars"] == "all")
        & (rows["kind"] != "ideal")
    ]
    found = []
    for (probe, kind, model), group in chosen.groupby(["probe", "kind", "model"], observed=True):
        errors = group.set_index("source")["estimate"]
        what = config["runs"][model] if kind == "run" else config["bases"][model]
        details = ", ".join(f"{key} {value}" for key, value in what.items())
        found.append(
            {"probe": probe, "kind": kind, "model": model, "details": details, **errors.to_dict()}
        )
    return found


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
