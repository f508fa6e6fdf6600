"""Rule render_audit: verdicts on an audit's pair of models, their picture and their page."""

from pathlib import Path

from eunoe.config.audits import Rule
from eunoe.config.figures import Style
from eunoe.config.model import Settings
from eunoe.files import atomic
from eunoe.labs.audit.comparison import verdict_rows
from eunoe.labs.audit.heatmap import draw
from eunoe.labs.audit.page import page
from eunoe.labs.audit.tables import VERDICTS
from eunoe.provenance import provenance
from eunoe.report.style import save, styled
from eunoe.stages.command import run
from eunoe.tables.files import read_provenance, read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.replies import REPLIES


class AuditReport(Settings):
    """The one param of the rule."""

    audit: str
    """Name of the audit."""
    home: str
    """The language of the fine-tuning."""
    rule: Rule
    """When a capability counts as kept, suppressed or not recovered."""
    level: float
    """Coverage of intervals, such as .95."""
    style: Style
    """The style of the picture."""
    code: str
    """Digest of the code."""


def render_audit(
    settings: AuditReport,
    template: Path,
    items: Path,
    base: Path,
    tuned: Path,
    verdicts: Path,
    png: Path,
    svg: Path,
    html: Path,
) -> None:
    """Judge every capability in every language; draw it and write the page."""
    answers = {"base": base, "tuned": tuned}
    rows = verdict_rows(
        read_table(items, ITEMS).to_pandas(),
        *(read_table(path, REPLIES).to_pandas() for path in answers.values()),
        home=settings.home,
        rule=settings.rule,
        level=settings.level,
    ).assign(audit=settings.audit)
    with styled(settings.style):
        figure = draw(rows, settings.audit, settings.home)
        save(figure, png, svg, settings.style.dots_per_inch)
    text = page(
        template.read_text(),
        audit=settings.audit,
        home=settings.home,
        rule=settings.rule,
        level=settings.level,
        verdicts=rows,
        sides={side: read_provenance(path) for side, path in answers.items()},
        items=read_provenance(items),
        picture=svg,
    )
    write_table(verdicts, rows, VERDICTS, provenance(settings.model_dump(mode="json")))
    with atomic(html) as temporary:
        temporary.write_text(text)


if __name__ == "__main__":
    run(render_audit)
