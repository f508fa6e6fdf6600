"""Rule render_claims: the claims ledger of a lab, and published numbers beside ours."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.figures import Bootstrap
from eunoe.config.model import Settings
from eunoe.config.study import Study
from eunoe.provenance import provenance
from eunoe.report.lab import Inputs
from eunoe.stages.command import run
from eunoe.tables.claims import CLAIMS, PUBLISHED
from eunoe.tables.files import write_table


class ClaimSettings(Settings):
    """The one param of the rule."""

    lab: str
    """A folder of `eunoe.labs`."""
    parts: dict[str, Any]
    """The lab's settings: its probes and models, by role."""
    study: Study
    """The entries of the configuration that the lab's probes depend on."""
    bootstrap: Bootstrap
    """How intervals are made."""
    code: str
    """Digest of the code."""


def render_claims(
    settings: ClaimSettings,
    results: list[Path],
    numbers: list[Path],
    claims: Path,
    published: Path,
) -> None:
    """Write the claims ledger of a lab, and published `numbers` beside ours if it has some."""
    folder = f"eunoe.labs.{settings.lab}"
    lab = import_module(f"{folder}.settings").Lab.model_validate(settings.parts)
    inputs = Inputs(lab, settings.study, results, settings.bootstrap)
    evidence = import_module(f"{folder}.evidence").evidence(inputs)
    level = settings.bootstrap.level
    rows = import_module(f"{folder}.claims").ledger.judge(evidence, level, settings.lab)
    beside = pd.DataFrame(columns=PUBLISHED.names)
    if numbers and find_spec(f"{folder}.published"):
        literature = import_module(f"{folder}.published")
        known = literature.read_published(numbers[0])
        beside = literature.published_rows(evidence, known, level)
    made = provenance(settings.model_dump(mode="json"))
    write_table(claims, rows, CLAIMS, made)
    write_table(published, beside, PUBLISHED, made)


if __name__ == "__main__":
    run(render_claims)
