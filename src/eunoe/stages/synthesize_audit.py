"""Rule synthesize_audit: the items of an audit, from shipped texts and a user's own files."""

from pathlib import Path

from eunoe.config.audits import PromptFile
from eunoe.config.model import Settings
from eunoe.labs.audit.items import all_items, own_items
from eunoe.provenance import provenance
from eunoe.stages.command import run
from eunoe.tables.files import write_table
from eunoe.tables.items import ITEMS
from eunoe.worlds.text.formats.refusals import label, read_markers


class AuditItems(Settings):
    """The one param of the rule."""

    audit: str
    """Name of the audit."""
    languages: list[str] | None
    """Languages of the items, or all."""
    home: str
    """Language of rows that name none."""
    tasks: list[str]
    """Shipped tasks."""
    items: int
    """Items of each task in each language, at most."""
    xnli: bool
    """Whether XNLI is asked too."""
    prompts: list[PromptFile]
    """The user's own files."""
    code: str
    """Digest of the code."""


def synthesize_audit(settings: AuditItems, prompts: list[Path], markers: Path, items: Path) -> None:
    """Write the items; of files that keep no texts, with hashes of them."""
    own = own_items(settings.prompts, prompts, settings.languages, settings.home)
    known = read_markers(markers)
    for source, found in zip(settings.prompts, own, strict=True):
        for language in found["language"].unique() if source.kind == "refusals" else []:
            label("", language, known)  # raises where there are no markers
    rows = all_items(
        settings.tasks, settings.languages, settings.items, settings.xnli, settings.prompts, own
    )
    write_table(items, rows, ITEMS, provenance(settings.model_dump(mode="json")))


if __name__ == "__main__":
    run(synthesize_audit)
