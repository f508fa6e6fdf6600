"""A folder in which an audit is made stage by stage, as the rules make it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from eunoe.config.figures import Style
from eunoe.config.study import asking_of, items_of
from eunoe.labs.audit.tables import VERDICTS
from eunoe.stages.evaluate_text import TextEvaluation, evaluate_text
from eunoe.stages.render_audit import AuditReport, render_audit
from eunoe.stages.synthesize_items import ItemSettings, synthesize_items
from eunoe.tables.files import read_table
from eunoe.tables.items import ITEMS
from eunoe.tables.replies import REPLIES
from eunoe.workflow.jobs import Plan
from eunoe.workflow.params import plain
from eunoe.workflow.templates import chat_template
from eunoe.worlds.text.checkpoints import files_of

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "src/eunoe/report/audit.html"
MODELS = {"base": ("bases", "mine"), "tuned": ("runs", "mine_tuned")}
"""The section and the name of both models of the audit `mine`."""


class Folder:
    """A folder in which an audit is made, as the rules make it."""

    def __init__(self, path: Path, values: dict[str, Any]) -> None:
        """Take the audit's entry in the configuration."""
        self.path = path
        self.items = path / "items.parquet"
        self.config = Plan({"seeds": [0], "audits": {"mine": values}}, str(ROOT)).config
        self.probe = self.config.probes["mine"]

    def replies(self, side: str) -> Path:
        """Return the table of what one of the two models has replied."""
        return self.path / f"{side}.parquet"

    def synthesize(self) -> pd.DataFrame:
        """Make the items."""
        parts = {"world": self.config.worlds["mine"], "asked": items_of(self.probe)}
        settings = ItemSettings.model_validate(
            plain(parts) | {"probe": "mine", "seed": 0, "code": "c"}
        )
        synthesize_items(settings, [], self.items)
        return read_table(self.items, ITEMS).to_pandas()

    def settings(self, side: str, **more: Any) -> dict[str, Any]:
        """Return the settings by which one of the two models is asked."""
        kind, model = MODELS[side]
        parts = {
            "probe": "mine",
            "kind": kind.removesuffix("s"),
            "model": model,
            "seed": 0,
            "checkpoint": self.config.opened[model],
            "key": self.config.key_of_model(kind, model),
            "chat_template": chat_template(self.config, "mine"),
            "adapter_scope": None,
            "code": "c",
            **asking_of(self.probe),
        }
        found: dict[str, Any] = plain(parts)
        return found | more

    def evaluate(self, side: str, **more: Any) -> pd.DataFrame:
        """Ask one of the two models."""
        settings = TextEvaluation.model_validate(self.settings(side, **more))
        assert settings.checkpoint is not None
        model = [Path(file) for file in files_of(settings.checkpoint, settings.key)]
        resume = self.path / "resume" / side
        evaluate_text(settings, self.items, model, [], [], resume, 0, self.replies(side))
        assert not resume.exists()
        return read_table(self.replies(side), REPLIES).to_pandas()

    def render(self) -> pd.DataFrame:
        """Judge, draw and write the page."""
        audit = self.config.audits["mine"]
        more = {"audit": "mine", "level": 0.95, "style": Style().model_dump(), "code": "c"}
        settings = AuditReport.model_validate(audit.model_dump(include={"home", "rule"}) | more)
        outputs = [self.path / name for name in ("v.parquet", "h.png", "h.svg", "index.html")]
        answers = [self.replies(side) for side in MODELS]
        render_audit(settings, TEMPLATE, self.items, *answers, *outputs)
        return read_table(outputs[0], VERDICTS).to_pandas()
