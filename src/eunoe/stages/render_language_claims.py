"""Rule render_language_claims: every claim of the language lab, and its published numbers."""

from pathlib import Path

from eunoe.config.chapters import LanguageChapter
from eunoe.config.figures import Bootstrap
from eunoe.config.model import Settings
from eunoe.labs.language.claims import ledger
from eunoe.labs.language.evidence import Evidence
from eunoe.labs.language.published import published_rows, read_published
from eunoe.labs.language.tables import PUBLISHED
from eunoe.labs.language.tasks import DESIGN
from eunoe.provenance import provenance
from eunoe.results.text.loading import load_results
from eunoe.stages.command import run
from eunoe.tables.claims import CLAIMS
from eunoe.tables.files import write_table


class LanguageClaimSettings(Settings):
    """The one param of the rule."""

    chapter: str
    """The lab."""
    parts: LanguageChapter
    """Which probes and models play which part."""
    runs: dict[str, str]
    """The base of each run."""
    tuned_in: dict[str, str]
    """The language of each run that is tuned in one."""
    bootstrap: Bootstrap
    """How intervals are made."""
    code: str
    """Digest of the code."""


def render_language_claims(
    settings: LanguageClaimSettings,
    outcomes: list[Path],
    numbers: Path,
    claims: Path,
    published: Path,
) -> None:
    """Write the claims ledger of a chapter, and the published `numbers` beside ours."""
    results = load_results(outcomes, settings.bootstrap, DESIGN)
    evidence = Evidence(results, settings.parts, settings.runs, settings.tuned_in)
    level, made = settings.bootstrap.level, provenance(settings.model_dump(mode="json"))
    rows = ledger.judge(evidence, level, settings.chapter)
    beside = published_rows(evidence, read_published(numbers), level)
    write_table(claims, rows, CLAIMS, made)
    write_table(published, beside, PUBLISHED, made)


if __name__ == "__main__":
    run(render_language_claims)
