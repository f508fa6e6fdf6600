"""The page of an audit: one HTML file with the verdicts, the picture and their provenance."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from eunoe.config.audits import Rule
from eunoe.labs.audit.verdicts import IDENTITY, VERDICTS


def page(
    template: str,
    *,
    audit: str,
    home: str,
    rule: Rule,
    level: float,
    verdicts: pd.DataFrame,
    sides: dict[str, dict[str, Any]],
    items: dict[str, Any],
    picture: Path,
) -> str:
    """Return the page; it needs no other file and no network to be read.

    `sides` are the provenances of both models' answers, `items` that of the items; `picture` is an
    SVG file.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    plain = verdicts[verdicts["transform"] == IDENTITY]
    return environment.from_string(template).render(
        audit=audit,
        home=home,
        rule=rule,
        level=level,
        counts=counts(plain),
        verdicts=records(plain),
        ways=records(verdicts[verdicts["transform"] != IDENTITY]),
        models=[model_row(side, made) for side, made in sides.items()],
        settings=sides["base"]["settings"],
        foreign_code=any(
            made["settings"]["checkpoint"]["trust_remote_code"] for made in sides.values()
        ),
        prompts=items["settings"]["asked"]["texts"]["prompts"],
        versions=sides["base"]["versions"] | {"python": sides["base"]["python"]},
        commits=distinct(made["commit"] for made in [*sides.values(), items]),
        machines=distinct(f"{made['machine']}, {made['device']}" for made in sides.values()),
        settings_text=json.dumps(
            {side: made["settings"] for side, made in sides.items()}, indent=2, ensure_ascii=False
        ),
        picture=f"data:image/svg+xml;base64,{base64.b64encode(picture.read_bytes()).decode()}",
    )


def counts(plain: pd.DataFrame) -> dict[str, int]:
    """Return how often each verdict was given, by what the models generated."""
    found = plain.loc[plain["measure"] == "generated", "verdict"].value_counts()
    return {name: int(found.get(name, 0)) for name in VERDICTS}


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dictionaries, with None for what is missing."""
    return rows.astype(object).where(rows.notna(), None).to_dict("records")  # type: ignore[return-value]


def model_row(side: str, made: dict[str, Any]) -> dict[str, Any]:
    """Return where a model came from, and in which state."""
    settings = made["settings"]
    checkpoint = settings["checkpoint"]
    return {
        "side": side,
        "model": checkpoint["model"],
        "revision": settings["commit"] or checkpoint["revision"] or "",
        "tokenizer": checkpoint["tokenizer"] or "its own",
        "weights": settings["weights"],
        "files": {Path(path).name: digest for path, digest in settings["files"].items()},
    }


def distinct(values: Iterable[str]) -> list[str]:
    """Return values, each once, in order."""
    return sorted(set(values))
