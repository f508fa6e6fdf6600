"""Rule render_claims: every claim of a chapter, judged by code over the item rows."""

from importlib import import_module
from pathlib import Path

from eunoe.config.chapters import RegressionChapter
from eunoe.config.figures import Bootstrap
from eunoe.config.model import Settings
from eunoe.config.worlds import RegressionWorld
from eunoe.labs.regression.evidence import Evidence
from eunoe.provenance import provenance
from eunoe.report.ledger import Ledger
from eunoe.results.regression.arrays import read_results
from eunoe.stages.command import run
from eunoe.tables.claims import CLAIMS
from eunoe.tables.files import write_table


class ClaimSettings(Settings):
    """The one param of the rule."""

    chapter: str
    """The lab."""
    world: RegressionWorld
    """The world of the chapter's probe."""
    parts: RegressionChapter
    """Which models play which part."""
    tuned_base: str | None
    """The base of the tuned run."""
    tuned_alpha: float | None
    """That base's alpha."""
    bootstrap: Bootstrap
    """How intervals are made."""
    code: str
    """Digest of the code."""


def render_claims(
    settings: ClaimSettings,
    answers: list[Path],
    task_weights: list[Path],
    likelihoods: list[Path],
    claims: Path,
) -> None:
    """Write the claims ledger of a chapter."""
    ledger: Ledger[Evidence] = import_module(f"eunoe.labs.{settings.chapter}.claims").ledger
    results = read_results(answers, task_weights, likelihoods, settings.bootstrap)
    evidence = Evidence(
        results, settings.world, settings.parts, settings.tuned_base, settings.tuned_alpha
    )
    rows = ledger.judge(evidence, settings.bootstrap.level, settings.chapter)
    write_table(claims, rows, CLAIMS, provenance(settings.model_dump(mode="json")))


if __name__ == "__main__":
    run(render_claims)
